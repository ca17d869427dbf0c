#!/usr/bin/env bash
# gpgsm 2.2.40 (GnuPG of Debian 12): it imports the default PKCS#12 of node-forge, and not that of cryptography or OpenSSL.
#
# Guess: GnuPG's program for X.509 keys, which has PBES2 and AES, imports what cryptography, OpenSSL 3 and Java 17 write:
#        PBES2, PBKDF2 with HMAC-SHA-256, AES-256. If anything is too old for it, it is the default of node-forge.
# Seen:  PBES2 means AES-128 and HMAC-SHA-1 to it, which is what node-forge writes. With AES-256 or HMAC-SHA-256 it says
#        "data error" at "pkcs5PBES2-params" and imports no key. 3DES (PBE-SHA1-3DES) works, with any HMAC around it.
# Why it matters: "error parsing or decrypting the PKCS#12 file" reads like a wrong passphrase or a damaged file. Write
#        one for it with "openssl pkcs12 -export -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES", and remove it after the
#        import: what protects it is weak.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download gpgsm=2.2.40-1.1+deb12u2 gpg-agent=2.2.40-1.1+deb12u2 libassuan0=2.5.5-5 libksba8=1.6.3-2 \
    libnpth0=1.6-3 libgcrypt20=1.10.1-3+deb12u1 libgpg-error0=1.46-1 libreadline8=8.2-1.3 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: cryptography==50.0.2 &&
  npm install --no-audit --no-fund --ignore-scripts node-forge@1.4.3; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
libraries=$(echo "$PWD"/root/lib/*-linux-gnu):$(echo "$PWD"/root/usr/lib/*-linux-gnu)

expected='forge-default: OpenSSL reads it: yes; gpgsm: secret keys imported: 1
forge-aes256: OpenSSL reads it: yes; gpgsm: error parsing or decrypting the PKCS#12 file
forge-3des: OpenSSL reads it: yes; gpgsm: secret keys imported: 1
cryptography-default: OpenSSL reads it: yes; gpgsm: error parsing or decrypting the PKCS#12 file
cryptography-3des: OpenSSL reads it: yes; gpgsm: secret keys imported: 1'

cat >make.py <<'E'
import datetime
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

key = rsa.generate_private_key(65537, 2048)
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "orders")])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    .not_valid_before(now).not_valid_after(now + datetime.timedelta(30)).sign(key, hashes.SHA256())
)
form = serialization.PrivateFormat
old = form.PKCS12.encryption_builder().key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
for file, encryption in {
    "cryptography-default": serialization.BestAvailableEncryption(b"a passphrase"),
    "cryptography-3des": old.build(b"a passphrase"),
}.items():
    with open(file, "wb") as out:
        out.write(pkcs12.serialize_key_and_certificates(b"orders", key, certificate, None, encryption))
with open("certificate.pem", "wb") as out:
    out.write(certificate.public_bytes(serialization.Encoding.PEM))
with open("key.pem", "wb") as out:
    out.write(key.private_bytes(serialization.Encoding.PEM, form.TraditionalOpenSSL, serialization.NoEncryption()))
E
cat >make.cjs <<'E'
const forge = require('node-forge');
const fs = require('fs');
const key = forge.pki.privateKeyFromPem(fs.readFileSync('key.pem', 'utf8'));
const certificate = forge.pki.certificateFromPem(fs.readFileSync('certificate.pem', 'utf8'));
for (const [name, options] of Object.entries({ default: {}, aes256: { algorithm: 'aes256' }, '3des': { algorithm: '3des' } })) {
  const made = forge.pkcs12.toPkcs12Asn1(key, [certificate], 'a passphrase', options);
  fs.writeFileSync(`forge-${name}`, forge.asn1.toDer(made).getBytes(), 'binary');
}
E
v/bin/python make.py && node make.cjs

imported() {  # into a new home each time; the agent ends with its home
  mkdir -m 700 "home-$1"
  echo allow-loopback-pinentry >"home-$1/gpg-agent.conf"
  { LD_LIBRARY_PATH=$libraries root/usr/bin/gpgsm --homedir "$PWD/home-$1" --agent-program "$PWD/root/usr/bin/gpg-agent" \
    --batch --pinentry-mode loopback --passphrase-fd 3 --import "$1" 3<<<'a passphrase' 2>&1 || true; } |
    grep -oE 'secret keys imported: 1|error parsing or decrypting the PKCS#12 file' || echo something else
  rm -r "home-$1"
}
seen=$(
for file in forge-default forge-aes256 forge-3des cryptography-default cryptography-3des; do
  openssl pkcs12 -in "$file" -passin 'pass:a passphrase' -noout 2>>log && read=yes || read=no
  echo "$file: OpenSSL reads it: $read; gpgsm: $(imported "$file")"
done
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "gpgsm imports PKCS#12 files in another way now." >&2; exit 1; }
