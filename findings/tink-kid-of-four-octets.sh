#!/usr/bin/env bash
# Tink 1.16.1 (PyPI): the kid of a JWT key is a random number of 32 bits, and a set with one key that has no alg is refused.
#
# Guess: the kid of a key is a thumbprint, or is chosen by whoever makes it; alg, which RFC 7517 makes optional, may be
#        left out of a JWK; a key for another use in the same set is skipped.
# Seen:  the kid is Tink's own ID of the key, four random octets, as six characters, and nothing sets it; a "raw" template
#        gives a key without any. The kid of a JWK that is imported stays. A set is refused as a whole if one key has no
#        alg, or one that Tink does not know: ECDH-ES, RSA-OAEP-256, and EdDSA too.
# Why it matters: six characters are fewer than Auth0 takes for a kid, and say nothing about the key. And a verifier built
#        with Tink rejects every token from the hour in which the set gets its first Ed25519 key: write alg into each
#        JWK, and give Tink a set of its own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: tink==1.16.1 jwcrypto==1.6.1 PyJWT==2.15.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='kid of three keys of Tink: 6, 6, 6 characters; the ID of the key: True; the thumbprint: False
kid of a key of the raw template: None
kid of a JWK that is imported and exported again: orders
good key: verified
good key, without alg: invalid JWK: '\''alg'\'' not found
good key and an RSA-OAEP-256 key: unknown RSA SSA PKCS1 algorithm
good key and an ECDH-ES key: unknown alg
good key and an EdDSA key: unknown alg'

cat >run.py <<'E'
import base64, json
import jwt as pyjwt
import tink
from jwcrypto import jwk
from tink import jwt

jwt.register_jwt_signature()


def exported(handle):
    return json.loads(jwt.jwk_set_from_public_keyset_handle(handle))["keys"][0]


def imported(*keys):
    return jwt.jwk_set_to_public_keyset_handle(json.dumps({"keys": keys}))


handles = [tink.new_keyset_handle(jwt.jwt_es256_template()).public_keyset_handle() for _ in range(3)]
made = [exported(handle) for handle in handles]
ids = [handle.keyset_info().primary_key_id.to_bytes(4, "big") for handle in handles]
is_id = [base64.urlsafe_b64decode(key["kid"] + "==") for key in made] == ids
is_thumbprint = any(jwk.JWK(**key).thumbprint() == key["kid"] for key in made)
lengths = ", ".join(str(len(key["kid"])) for key in made)
print(f"kid of three keys of Tink: {lengths} characters; the ID of the key: {is_id}; the thumbprint: {is_thumbprint}")
raw = tink.new_keyset_handle(jwt.raw_jwt_es256_template()).public_keyset_handle()
print("kid of a key of the raw template:", exported(raw).get("kid"))

key = jwk.JWK.generate(kty="EC", crv="P-256", kid="orders")
good = {**key.export_public(as_dict=True), "alg": "ES256", "use": "sig"}
print("kid of a JWK that is imported and exported again:", exported(imported(good))["kid"])
token = pyjwt.encode({"exp": 4000000000}, key.export_to_pem(True, None), "ES256", headers={"kid": "orders"})
validator = jwt.new_validator(ignore_issuer=True, ignore_audiences=True, ignore_type_header=True)


def other(**kind):
    return jwk.JWK.generate(kid="other", **kind).export_public(as_dict=True)


for name, keys in {
    "good key": [good],
    "good key, without alg": [{name: value for name, value in good.items() if name != "alg"}],
    "good key and an RSA-OAEP-256 key": [good, other(kty="RSA", size=2048, use="enc", alg="RSA-OAEP-256")],
    "good key and an ECDH-ES key": [good, other(kty="EC", crv="P-256", use="enc", alg="ECDH-ES")],
    "good key and an EdDSA key": [good, other(kty="OKP", crv="Ed25519", use="sig", alg="EdDSA")],
}.items():
    try:
        imported(*keys).primitive(jwt.JwtPublicKeyVerify).verify_and_decode(token, validator)
        print(f"{name}: verified")
    except tink.TinkError as error:
        print(f"{name}: {error}")
E
seen=$(v/bin/python -W ignore run.py 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "Tink names keys, or reads JWK Sets, in another way now." >&2; exit 1; }
