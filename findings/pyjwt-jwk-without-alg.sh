#!/usr/bin/env bash
# PyJWT 2.15.1: an RSA JWK without alg verifies RS256 and nothing else.
#
# Guess: alg is optional in a JWK (RFC 7517 section 4.4). A JWK without it serves each algorithm of its type that the
#        caller allows: decode(token, jwk, algorithms=["PS256"]) verifies a PS256 token.
# Seen:  PyJWK fills in RS256 by itself, and the token is refused: "Token algorithm 'PS256' does not match the key's
#        algorithm 'RS256'", though nobody ever said RS256. The public key inside, handed over as jwk.key, verifies the
#        same token. An EC JWK without alg follows its curve. joserfc and jwcrypto verify PS256 with the JWK as it is.
# Why it matters: leaving alg out looks like the choice that fits everywhere. With this library at the other end it
#        fixes RS256: a service for PS256 (FAPI, Entra) or RS384 (SMART) has to publish alg.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: PyJWT==2.15.1 joserfc==1.8.0 jwcrypto==1.6.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='RS256: PyJWT, JWK without alg: good; with alg: good; jwk.key: good; joserfc: good; jwcrypto: good
RS384: PyJWT, JWK without alg: Token algorithm '\''RS384'\'' does not match the key'\''s algorithm '\''RS256'\''; with alg: good; jwk.key: good; joserfc: good; jwcrypto: good
PS256: PyJWT, JWK without alg: Token algorithm '\''PS256'\'' does not match the key'\''s algorithm '\''RS256'\''; with alg: good; jwk.key: good; joserfc: good; jwcrypto: good'

seen=$(v/bin/python -W ignore - <<'E'
import jwt
from joserfc import jws
from joserfc.jwk import RSAKey
from jwcrypto import jwk as jwcrypto_jwk, jwt as jwcrypto_jwt

key = RSAKey.generate_key(2048)
public = {name: value for name, value in key.as_dict(private=False).items() if name in ("kty", "n", "e")}


def tried(work):
    try:
        work()
        return "good"
    except Exception as error:
        return str(error)


for algorithm in ("RS256", "RS384", "PS256"):
    token = jwt.encode({"sub": "x"}, key.as_pem(private=True), algorithm)
    readers = (
        ("PyJWT, JWK without alg", lambda: jwt.decode(token, jwt.PyJWK(public), algorithms=[algorithm])),
        ("with alg", lambda: jwt.decode(token, jwt.PyJWK({**public, "alg": algorithm}), algorithms=[algorithm])),
        ("jwk.key", lambda: jwt.decode(token, jwt.PyJWK(public).key, algorithms=[algorithm])),
        ("joserfc", lambda: jws.deserialize_compact(token, RSAKey.import_key(public), algorithms=[algorithm])),
        ("jwcrypto", lambda: jwcrypto_jwt.JWT(jwt=token, key=jwcrypto_jwk.JWK(**public), algs=[algorithm])),
    )
    print(f"{algorithm}: " + "; ".join(f"{name}: {tried(read)}" for name, read in readers))
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "PyJWT treats a JWK without alg in another way now." >&2; exit 1; }
