#!/usr/bin/env bash
# google-auth 2.63.0: google.auth.jwt.decode refuses a token whose aud is an array.
#
# Guess: aud may be a string or an array of strings (RFC 7519 section 4.1.3), and a verifier accepts a token when its
#        own name is among them. The function documents that its argument audience may be a list, so lists are plainly
#        expected.
# Seen:  the list is of the names that the verifier accepts. The claim itself is compared as a whole with them: the
#        array ["orders"] is "wrong audience", and the message prints two values that look alike. PyJWT and joserfc
#        accept the same token. Besides, iat is mandatory here, which RFC 7519 does not ask for.
# Why it matters: authorization servers differ in how they write aud of one value, and client assertions for two
#        accepted names carry an array. With this verifier behind the door they all fail, whatever key signed them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v && v/bin/pip install -q --only-binary :all: google-auth==2.63.0 PyJWT==2.15.1 joserfc==1.8.0 \
  cryptography==50.0.2; } >log 2>&1 || { echo "The packages could not be had." >&2; exit 2; }

expected='aud "orders": google-auth accepts; PyJWT accepts; joserfc accepts
aud ["orders"]: google-auth says InvalidValue: Token has wrong audience ['\''orders'\''], expected one of ['\''orders'\'']; PyJWT accepts; joserfc accepts
aud ["orders", "billing"]: google-auth says InvalidValue: Token has wrong audience ['\''orders'\'', '\''billing'\''], expected one of ['\''orders'\'']; PyJWT accepts; joserfc accepts
aud "orders", no iat: google-auth says MalformedError: Token does not contain required claim iat; PyJWT accepts; joserfc accepts'

seen=$(v/bin/python - <<'E'
import json, time
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.auth import jwt as google_jwt
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import RSAKey

key = rsa.generate_private_key(65537, 2048)
public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def by_joserfc(token):
    found = joserfc_jwt.decode(token, RSAKey.import_key(public), algorithms=["RS256"])
    joserfc_jwt.JWTClaimsRegistry(aud={"essential": True, "values": ["orders"]}).validate(found.claims)


verifiers = {
    "google-auth": lambda token: google_jwt.decode(token, public, audience="orders"),
    "PyJWT": lambda token: jwt.decode(token, public, ["RS256"], audience="orders"),
    "joserfc": by_joserfc,
}
now = int(time.time())
for audience, more, words in (
    ("orders", {"iat": now}, ""),
    (["orders"], {"iat": now}, ""),
    (["orders", "billing"], {"iat": now}, ""),
    ("orders", {}, ", no iat"),
):
    token = jwt.encode({"aud": audience, "exp": now + 60, **more}, key, "RS256")
    said = []
    for name, verify in verifiers.items():
        try:
            verify(token)
            said.append(f"{name} accepts")
        except Exception as error:
            said.append(f"{name} says {type(error).__name__}: {error}")
    print(f"aud {json.dumps(audience)}{words}: {'; '.join(said)}")
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "google-auth treats the audience of a token in another way now." >&2; exit 1; }
