#!/usr/bin/env bash
# OpenSSL 3.0.20 (Debian 12), RSA: an exponent that is fine for 3072 bits cannot be used with 4096.
#
# Guess: a key that genpkey makes, that "pkey -check" calls valid and that signs without an error can be verified with
#        its public half. If an odd public exponent of 66 bits (FIPS 186-5 allows up to 256) were not supported,
#        making the key would fail, for every size alike.
# Seen:  with 2048 and 3072 bits it works. With 4096 bits, making, checking and signing still work, and no signature
#        verifies: above 3072 bits the public operation wants an exponent of at most 64 bits and says "bad e value"
#        only in the queue of errors. cryptography 50.0.2, with an OpenSSL of its own, shows the same: the key loads and
#        signs, and the right signature is InvalidSignature.
# Why it matters: the pair looks healthy on the host that holds it. The fault shows at every verifier that uses
#        OpenSSL, as a bad signature, which reads like a wrong key. Tools that check a new key by a trial signature
#        find it only if they verify it, too.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download openssl=3.0.20-1~deb12u2 libssl3=3.0.20-1~deb12u2 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done &&
  python3 -m venv v && v/bin/pip install -q --only-binary :all: cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
LD_LIBRARY_PATH=$(echo "$PWD"/root/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH
openssl() { "$work/root/usr/bin/openssl" "$@"; }

expected='2048: made
2048: Key is valid
2048: signs
2048: Verified OK
3072: made
3072: Key is valid
3072: signs
3072: Verified OK
4096: made
4096: Key is valid
4096: signs
4096: Verification failure
cryptography, 2048: signs and verifies
cryptography, 3072: signs and verifies
cryptography, 4096: InvalidSignature'

seen=$({
printf x >message
for bits in 2048 3072 4096; do
  openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$bits" -pkeyopt rsa_keygen_pubexp:36893488147419103363 \
    -out "$bits.pem" 2>log && echo "$bits: made"
  echo "$bits: $(openssl pkey -in "$bits.pem" -check -noout 2>&1)"
  openssl pkey -in "$bits.pem" -pubout -out public.pem
  openssl dgst -sha256 -sign "$bits.pem" -out "$bits.sig" message && echo "$bits: signs"
  echo "$bits: $(openssl dgst -sha256 -verify public.pem -signature "$bits.sig" message 2>log || true)"
done
env -u LD_LIBRARY_PATH v/bin/python - <<'E'
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import load_pem_private_key

for bits in (2048, 3072, 4096):
    try:
        key = load_pem_private_key(open(f"{bits}.pem", "rb").read(), None)
        key.public_key().verify(key.sign(b"x", PKCS1v15(), hashes.SHA256()), b"x", PKCS1v15(), hashes.SHA256())
        print(f"cryptography, {bits}: signs and verifies")
    except Exception as error:
        print(f"cryptography, {bits}: {type(error).__name__}")
E
}) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "OpenSSL treats large public exponents in another way now." >&2; exit 1; }
