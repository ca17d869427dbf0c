#!/usr/bin/env bash
# SoftHSM 2.6.1 and OpenSC 0.23.0 (Debian 12): whether an Ed25519 public key can be exported depends on how it came in.
#
# Guess: two Ed25519 key pairs in one token, one made there by pkcs11-tool and one imported by softhsm2-util, are alike:
#        the same attributes in the same forms, and "pkcs11-tool --read-object --type pubkey" writes both as a DER
#        SubjectPublicKeyInfo, as it does for P-256 and RSA.
# Seen:  of the pair that was made in the token, CKA_EC_POINT is a DER OCTET STRING (34 octets) and CKA_EC_PARAMS a
#        PrintableString "edwards25519"; of the imported pair they are the bare 32 octets and an object identifier.
#        pkcs11-tool writes the first as PEM (P-256 as DER), and ends with "cannot decode EC_POINT" for the second. The
#        last 32 octets of CKA_EC_POINT are x of the OKP JWK in both cases, and verify what the token signs.
# Why it matters: a key that moves from a file into the token cannot be published from there with the tool of every
#        guide, while a trial with a fresh key went well. Code that takes CKA_EC_POINT for x makes a JWK of 34 octets.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download opensc=0.23.0-0.3+deb12u2 opensc-pkcs11=0.23.0-0.3+deb12u2 softhsm2=2.6.1-2.1 libsofthsm2=2.6.1-2.1 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: python-pkcs11==0.10.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
mkdir tokens
echo "directories.tokendir = $PWD/tokens" >softhsm2.conf
export SOFTHSM2_CONF=$PWD/softhsm2.conf
module=$PWD/root/usr/lib/softhsm/libsofthsm2.so
PIN=$(python3 -c 'import secrets; print(secrets.randbelow(9 * 10**7) + 10**7)')
export PIN
library=$(echo "$PWD"/root/usr/lib/*-linux-gnu)
softhsm() { root/usr/bin/softhsm2-util --module "$module" "$@" >log 2>&1; }
tool() {
  LD_LIBRARY_PATH=$library root/usr/bin/pkcs11-tool --module "$module" --token-label keys --login --pin env:PIN "$@"
}
softhsm --init-token --free --label keys --pin "$PIN" --so-pin "$PIN"
openssl genpkey -algorithm ED25519 -out ed25519.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.pem
softhsm --import ed25519.pem --token keys --label imported-ed25519 --id 11 --pin "$PIN"
softhsm --import p256.pem --token keys --label imported-p256 --id 12 --pin "$PIN"
tool --keypairgen --key-type EC:edwards25519 --label made-ed25519 --id 13 >log 2>&1
tool --keypairgen --key-type EC:prime256v1 --label made-p256 --id 14 >log 2>&1

expected='made-p256: exported as DER
imported-p256: exported as DER
made-ed25519: exported as PEM
imported-ed25519: error: cannot decode EC_POINT
made-ed25519: CKA_EC_POINT of 34 octets, CKA_EC_PARAMS 130c656477617264733235353139; the last 32 verify its signature
imported-ed25519: CKA_EC_POINT of 32 octets, CKA_EC_PARAMS 06032b6570; the last 32 verify its signature'

seen=$({
for label in made-p256 imported-p256 made-ed25519 imported-ed25519; do
  tool --read-object --type pubkey --label "$label" --output-file "$label.out" >log 2>&1 || true
  if [ ! -s "$label.out" ]; then
    echo "$label: $(grep -m1 error: log)"
  elif grep -q 'BEGIN PUBLIC KEY' "$label.out"; then
    echo "$label: exported as PEM"
  else
    openssl pkey -pubin -inform DER -in "$label.out" -noout && echo "$label: exported as DER"
  fi
done
v/bin/python - "$module" <<'E'
import os, sys
import pkcs11
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

with pkcs11.lib(sys.argv[1]).get_token(token_label="keys").open(user_pin=os.environ["PIN"]) as session:
    for label in ("made-ed25519", "imported-ed25519"):
        public = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=label)
        point = public[pkcs11.Attribute.EC_POINT]
        signature = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label).sign(b"x")
        Ed25519PublicKey.from_public_bytes(point[-32:]).verify(signature, b"x")
        print(
            f"{label}: CKA_EC_POINT of {len(point)} octets, CKA_EC_PARAMS "
            f"{public[pkcs11.Attribute.EC_PARAMS].hex()}; the last 32 verify its signature"
        )
E
}) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "SoftHSM and OpenSC treat Ed25519 keys in another way now." >&2; exit 1; }
