#!/usr/bin/env bash
# asn1crypto 1.5.1: PublicKeyInfo.sha256 is not the SHA-256 of the PublicKeyInfo.
#
# Guess: in a library of ASN.1 structures, the property sha256 of a SubjectPublicKeyInfo is the digest of its DER, the
#        fingerprint that GitHub, Snowflake, Kubernetes and HPKP call the fingerprint of a public key. The same
#        property of a certificate is the digest of the certificate's DER.
# Seen:  it is the digest of the key's bits inside: of the PKCS#1 RSAPublicKey for RSA, of the bare point for EC. The
#        property fingerprint raises an error and sends the reader to another library, so sha256 is what is left. The
#        usual fingerprint takes hashlib.sha256(key.dump()).
# Why it matters: a fingerprint computed this way looks right, has the right length, and matches nothing that a
#        service shows for the registered key.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v && v/bin/pip install -q --only-binary :all: asn1crypto==1.5.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='RSA: sha256 is the digest of the PKCS#1 structure
EC: sha256 is the digest of the point alone
certificate: sha256 is the digest of the DER'

seen=$(v/bin/python - <<'E'
import datetime, hashlib
from asn1crypto import keys, x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID


def digest(key, other, name):
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    of = {hashlib.sha256(der).digest(): "the DER", hashlib.sha256(other).digest(): name}
    info = keys.PublicKeyInfo.load(der)
    return of.get(info.sha256, "something else")


private = rsa.generate_private_key(65537, 2048)
key = private.public_key()
print(
    "RSA: sha256 is the digest of",
    digest(key, key.public_bytes(Encoding.DER, PublicFormat.PKCS1), "the PKCS#1 structure"),
)
key = ec.generate_private_key(ec.SECP256R1()).public_key()
print(
    "EC: sha256 is the digest of",
    digest(key, key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), "the point alone"),
)
name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a")])
now = datetime.datetime(2030, 1, 1)
certificate = x509.CertificateBuilder(name, name, private.public_key(), 1, now, now.replace(year=2031)).sign(
    private, hashes.SHA256()
)
der = certificate.public_bytes(Encoding.DER)
same = asn1_x509.Certificate.load(der).sha256 == hashlib.sha256(der).digest()
print("certificate: sha256 is the digest of", "the DER" if same else "something else")
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "asn1crypto's digests of a public key are others now." >&2; exit 1; }
