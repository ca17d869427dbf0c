#!/usr/bin/env bash
# GnuTLS 3.7.9 (certtool): cannot read an EC private key that leaves out its public half.
#
# Guess: in RFC 5915 publicKey is OPTIONAL, and it follows from the private number; so a reader either takes it from
#        the file or computes it.
# Seen:  OpenSSL, ssh-keygen, cryptography and Node compute it. certtool fails, with "Element was not found" for PKCS#8
#        and "Error in DER parsing" for SEC 1, words of a damaged file. The same key with its public half as a
#        compressed point is "Error in parsing". npm jsrsasign and node-jose fail as well, the first with "Cannot read
#        properties of null".
# Why it matters: such keys are what "openssl ec -no_public" writes, and what comes out of key stores that keep the
#        private number alone. The service that reads with GnuTLS (exim, wget, libvirt, many daemons of Debian) says
#        that the file is broken, while every check with OpenSSL says that it is valid. "openssl pkey" writes the
#        public half again.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download gnutls-bin=3.7.9-2+deb12u7 libgnutls30=3.7.9-2+deb12u7 libopts25 libgnutls-dane0 \
  libunbound8 libtasn1-6 libp11-kit0 libidn2-0 libunistring2 libnettle8 libhogweed6 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done &&
  npm install --no-audit --no-fund --ignore-scripts jsrsasign@11.1.5 node-jose@2.2.0 && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
v/bin/python - <<'E'
import base64
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

P256 = bytes.fromhex("06082a8648ce3d030107")
EC_P256 = bytes.fromhex("301306072a8648ce3d0201") + P256


def tlv(tag, *parts):
    content = b"".join(parts)
    return bytes((tag, len(content))) + content


def write(name, label, der):
    text = base64.encodebytes(der).decode()
    open(name + ".pem", "w").write(f"-----BEGIN {label}-----\n{text}-----END {label}-----\n")


key = ec.generate_private_key(ec.SECP256R1())
number = tlv(4, key.private_numbers().private_value.to_bytes(32, "big"))


def pkcs8(*public):
    return tlv(0x30, tlv(2, b"\0"), EC_P256, tlv(4, tlv(0x30, tlv(2, b"\1"), number, *public)))


def point(form):
    return tlv(0xA1, tlv(3, b"\0" + key.public_key().public_bytes(Encoding.X962, form)))


open("pkcs8-whole.pem", "wb").write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
write("pkcs8-compressed", "PRIVATE KEY", pkcs8(point(PublicFormat.CompressedPoint)))
write("pkcs8-none", "PRIVATE KEY", pkcs8())
write("sec1-none", "EC PRIVATE KEY", tlv(0x30, tlv(2, b"\1"), number, tlv(0xA0, P256)))
E
cat >read.js <<'E'
const fs = require('node:fs'),
  pem = fs.readFileSync(process.argv[2] + '.pem', 'utf8');
const say = (name, words) => console.log(`${process.argv[2]}: ${name}: ${words}`);
const jwk = require('node:crypto').createPrivateKey(pem).export({ format: 'jwk' });
say('node', jwk.x && jwk.y ? 'reads it, x and y are there' : 'reads it');
try {
  const { KEYUTIL } = require('jsrsasign');
  KEYUTIL.getJWK(KEYUTIL.getKey(pem));
  say('jsrsasign', 'reads it');
} catch (error) {
  say('jsrsasign', error.message || error);
}
require('node-jose')
  .JWK.asKey(pem, 'pem')
  .then(
    () => say('node-jose', 'reads it'),
    (error) => say('node-jose', error.message),
  );
E
library=$(echo "$PWD"/root/usr/lib/*-linux-gnu)

expected='pkcs8-whole: certtool: BEGIN EC PRIVATE KEY
pkcs8-whole: openssl: Key is valid
pkcs8-whole: node: reads it, x and y are there
pkcs8-whole: jsrsasign: reads it
pkcs8-whole: node-jose: reads it
pkcs8-compressed: certtool: import error: Error in parsing.
pkcs8-compressed: openssl: Key is valid
pkcs8-compressed: node: reads it, x and y are there
pkcs8-compressed: jsrsasign: this method supports uncompressed format(04) only
pkcs8-compressed: node-jose: no importer for key
pkcs8-none: certtool: import error: ASN1 parser: Element was not found.
pkcs8-none: openssl: Key is valid
pkcs8-none: node: reads it, x and y are there
pkcs8-none: jsrsasign: Cannot read properties of null (reading '\''substr'\'')
pkcs8-none: node-jose: no importer for key
sec1-none: certtool: import error: ASN1 parser: Error in DER parsing.
sec1-none: openssl: Key is valid
sec1-none: node: reads it, x and y are there
sec1-none: jsrsasign: Cannot read properties of null (reading '\''substr'\'')
sec1-none: node-jose: no importer for key'

seen=$(
for form in pkcs8-whole pkcs8-compressed pkcs8-none sec1-none; do
  LD_LIBRARY_PATH=$library root/usr/bin/certtool --no-text -k --infile "$form.pem" >log 2>&1 || true
  echo "$form: certtool: $(grep -o -m1 -e 'import error: .*' -e 'BEGIN .*KEY' log)"
  echo "$form: openssl: $(openssl pkey -in "$form.pem" -check -noout 2>&1 | tail -1)"
  node read.js "$form"
done
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "GnuTLS or another reader treats such EC keys in another way now." >&2; exit 1; }
