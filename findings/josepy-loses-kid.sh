#!/usr/bin/env bash
# josepy 2.2.0 (the JOSE library of Certbot): a JWK that is read and written again has lost kid, use and alg.
#
# Guess: a JWK that a library reads and writes again keeps its members; RFC 7517 says to ignore the ones that are not
#        understood, and kid, use and alg are in the RFC itself.
# Seen:  to_json() has the members of the key alone: kty, n and e of RSA; kty, crv, x and y of EC. There is no attribute
#        for the others. An Ed25519 key is no key to it.
# Why it matters: a program that passes the keys of a set through this library publishes keys that no verifier finds by
#        the kid of a JWT. Keep the dictionary that was read, and use the object for its numbers only.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v && v/bin/pip install -q --only-binary :all: josepy==2.2.0 jwcrypto==1.6.1 cryptography==50.0.2
} >log 2>&1 || { echo "The packages could not be had." >&2; exit 2; }

expected='RSA read:    alg e kid kty n use
RSA written: e kty n
EC read:    alg crv kid kty use x y
EC written: crv kty x y
OKP read:    alg crv kid kty use x
OKP: UnrecognizedTypeError'

cat >run.py <<'E2'
import josepy
from jwcrypto import jwk

MEMBERS = {"kid": "orders-2026", "use": "sig"}
for kty, alg, how in (
    ("RSA", "RS256", {"size": 2048}),
    ("EC", "ES256", {"crv": "P-256"}),
    ("OKP", "EdDSA", {"crv": "Ed25519"}),
):
    public = jwk.JWK.generate(kty=kty, alg=alg, **MEMBERS, **how).export_public(as_dict=True)
    print(f"{kty} read:   ", *sorted(public))
    try:
        print(f"{kty} written:", *sorted(josepy.JWK.from_json(public).to_json()))
    except Exception as error:
        print(f"{kty}:", type(error).__name__)
E2
seen=$(v/bin/python run.py 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "josepy treats these members in another way now." >&2; exit 1; }
