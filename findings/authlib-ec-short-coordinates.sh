#!/usr/bin/env bash
# Authlib 1.9.10: a JWK of an elliptic curve key can be a character short.
#
# Guess: the widest-used OAuth library of Python writes x, y and d with the full width of the curve, as RFC 7518
# section 6.2.1.2 demands ("the length of this octet string MUST be the full size of a coordinate").
# Seen:  authlib.jose's ECKey.as_dict() drops leading zero octets. One P-256 key in about 128 has a short x or y, and
#        three of four P-521 keys do. The thumbprint of such a JWK is not the key's RFC 7638 thumbprint either, so a
#        kid that Authlib derives differs from the kid that every other tool derives from the same key. PyJWT refuses
#        the JWK. joserfc 1.8.0, which its deprecation warning recommends, writes the full width.
# Why it matters: a fleet with P-521 keys meets this at once; with P-256 keys one service in a hundred is affected,
#        long after everything was tested.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v && v/bin/pip install -q --only-binary :all: Authlib==1.9.10 joserfc==1.8.0 jwcrypto==1.6.1 \
  PyJWT==2.15.1 cryptography==50.0.2; } >log 2>&1 || { echo "The packages could not be had." >&2; exit 2; }

expected='Authlib P-256, a key whose x starts with a zero octet: x has 42 characters
Authlib, thumbprint of that key: not the RFC 7638 thumbprint
PyJWT reads the JWK of Authlib: InvalidKeyError
joserfc, same key: x has 43 characters, RFC 7638 thumbprint
Authlib P-521, share of 400 keys with a short x or y: between 65 and 85 of 100'

seen=$(v/bin/python -W ignore - <<'E'
from authlib.jose import ECKey as AuthlibKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey as JoserfcKey
from jwcrypto.jwk import JWK
import jwt


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


key = ec.generate_private_key(ec.SECP256R1())
while key.public_key().public_numbers().x.bit_length() > 248:
    key = ec.generate_private_key(ec.SECP256R1())
right = JWK.from_pem(pem(key)).thumbprint()
written = AuthlibKey.import_key(pem(key))
public = written.as_dict(is_private=False)
print(f"Authlib P-256, a key whose x starts with a zero octet: x has {len(public['x'])} characters")
print(
    "Authlib, thumbprint of that key:", "the" if written.thumbprint() == right else "not the", "RFC 7638 thumbprint"
)
try:
    jwt.PyJWK({name: public[name] for name in ("kty", "crv", "x", "y")}, algorithm="ES256")
    print("PyJWT reads the JWK of Authlib: yes")
except jwt.PyJWTError as error:
    print("PyJWT reads the JWK of Authlib:", type(error).__name__)
other = JoserfcKey.import_key(pem(key))
print(
    f"joserfc, same key: x has {len(other.as_dict(private=False)['x'])} characters,",
    "RFC 7638 thumbprint" if other.thumbprint() == right else "another thumbprint",
)
keys = [AuthlibKey.import_key(pem(ec.generate_private_key(ec.SECP521R1()))).as_dict() for _ in range(400)]
share = 100 * sum(len(one["x"]) < 88 or len(one["y"]) < 88 for one in keys) // len(keys)
print(
    "Authlib P-521, share of 400 keys with a short x or y:",
    "between 65 and 85 of 100" if 65 <= share <= 85 else share,
)
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "Authlib no longer writes short coordinates in the way described above." >&2; exit 1; }
