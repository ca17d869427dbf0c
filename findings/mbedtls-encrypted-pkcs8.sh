#!/usr/bin/env bash
# Mbed TLS 2.28.8 (python-mbedtls 2.10.1): cannot read the encrypted private key that OpenSSL 3 writes by default.
#
# Guess: encrypted PKCS#8 with PBES2, PBKDF2 and AES-256 is the form that everybody reads, and the traditional form
#        with DEK-Info (MD5, one round) the one that a library of today refuses.
# Seen:  the other way round. PBES2 is there, but with DES and 3DES alone; an AES key is "PK - Invalid key tag or
#        value : ASN1 - ASN1 tag was of an unexpected value", the words for a broken file, not for an unknown cipher.
#        The traditional AES file is read, and PBES2 with 3DES is.
# Why it matters: the 2.28 branch is in Debian 12 and in much that is embedded. The better of the two formats is the
#        one that does not arrive there, and the message sends the reader to look for damage.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: python-mbedtls==2.10.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
passphrase=$(python3 -c 'import secrets; print(secrets.token_urlsafe(24))')
export passphrase
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out plain.pem 2>log
openssl pkcs8 -topk8 -in plain.pem -passout env:passphrase -out pbes2-aes.pem
openssl pkcs8 -topk8 -v2 des3 -in plain.pem -passout env:passphrase -out pbes2-3des.pem

expected='Mbed TLS 2.28.8
plain: read
traditional-aes: read
pbes2-3des: read
pbes2-aes: TLSError([0x3D62] '\''PK - Invalid key tag or value : ASN1 - ASN1 tag was of an unexpected value'\'')'

seen=$(v/bin/python - <<'E'
import os
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from mbedtls import pk, version

passphrase = os.environ["passphrase"].encode()
plain = load_pem_private_key(open("plain.pem", "rb").read(), None)
open("traditional-aes.pem", "wb").write(
    plain.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(passphrase))
)
print(version.version)
for name in ("plain", "traditional-aes", "pbes2-3des", "pbes2-aes"):
    try:
        pk.RSA.from_buffer(open(name + ".pem", "rb").read(), password=None if name == "plain" else passphrase)
        print(f"{name}: read")
    except Exception as error:
        print(f"{name}: {error}")
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "Mbed TLS reads other encrypted keys now." >&2; exit 1; }
