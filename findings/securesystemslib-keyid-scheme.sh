#!/usr/bin/env bash
# securesystemslib 1.6.0 (TUF, in-toto): one key has as many key IDs as signature schemes.
#
# Guess: the key ID that TUF metadata uses is a fingerprint of the public key, as an RFC 7638 thumbprint is: alg and use
#        do not enter into it, and the same key has the same ID wherever it is imported.
# Seen:  the default keyid is the SHA-256 of a canonical JSON text that holds the PEM text and the scheme. The same RSA
#        key imported for PKCS#1 v1.5 has another ID than imported for PSS. The ID cannot be recomputed from the key
#        alone.
# Why it matters: who keeps one list of key IDs for JWTs and for signed artefacts cannot match the two, and changing
#        the scheme of a key is a rotation of that key for every verifier.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v && v/bin/pip install -q --only-binary :all: securesystemslib==1.6.0 cryptography==50.0.2 \
  jwcrypto==1.6.1; } >log 2>&1 || { echo "The packages could not be had." >&2; exit 2; }

expected='the same key imported twice for one scheme: 1 key ID
the same key for rsassa-pss-sha256 and rsa-pkcs1v15-sha256: 2 key IDs
RFC 7638 thumbprint of the key: 1, none of the key IDs'

seen=$(v/bin/python - <<'E'
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwcrypto.jwk import JWK
from securesystemslib.signer import SSlibKey

public = rsa.generate_private_key(65537, 2048).public_key()
pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def ids(*found):
    return f"{len(set(found))} key ID{'s' if len(set(found)) > 1 else ''}"


one = SSlibKey.from_crypto(public)
print("the same key imported twice for one scheme:", ids(one.keyid, SSlibKey.from_crypto(public).keyid))
other = SSlibKey.from_crypto(public, scheme="rsa-pkcs1v15-sha256")
print("the same key for rsassa-pss-sha256 and rsa-pkcs1v15-sha256:", ids(one.keyid, other.keyid))
print(
    "RFC 7638 thumbprint of the key: 1,",
    "one of the key IDs" if JWK.from_pem(pem).thumbprint() in (one.keyid, other.keyid) else "none of the key IDs",
)
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "securesystemslib derives key IDs in another way now." >&2; exit 1; }
