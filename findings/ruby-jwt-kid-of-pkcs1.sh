#!/usr/bin/env bash
# ruby-jwt 2.5.0 (Debian 12): the kid that it makes is not an RFC 7638 thumbprint.
#
# Guess: JWT::JWK.new(key).kid, the kid that goes into the exported JWK by itself, is the RFC 7638 thumbprint, as with
#        npm node-jose, jwskate and others that fill kid in.
# Seen:  it is 64 hexadecimal digits: for RSA, the SHA-256 of the PKCS#1 RSAPublicKey (not of the PEM, not of the
#        SubjectPublicKeyInfo); for EC, the SHA-256 of a SEQUENCE of two INTEGERs, x and y, a structure of no standard.
#        OpenSSL's command line gives the first with "openssl rsa -RSAPublicKey_out -outform DER"; nothing gives the
#        second.
# Why it matters: a Ruby service that signs with its own kid and a JWKS made elsewhere from the same key do not match,
#        and neither side configured a kid that could be compared.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download ruby-jwt=2.5.0-1+deb12u1 ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: jwcrypto==1.6.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem

expected='RSA: kid has 64 characters, SHA-256 of the PKCS#1 RSAPublicKey
EC: kid has 64 characters, SHA-256 of SEQUENCE { INTEGER x, INTEGER y }'

cat >kid.rb <<'E'
require 'jwt'
%w[rsa ec].each { |name| puts JWT::JWK.new(OpenSSL::PKey.read(File.read("#{name}.pem"))).export[:kid] }
E
lib=$(echo "$PWD"/root/usr/lib/*-linux-gnu)
RUBYLIB=root/usr/lib/ruby/3.1.0:$lib/ruby/3.1.0:root/usr/share/rubygems-integration/all/gems/jwt-2.5.0/lib \
  LD_LIBRARY_PATH=$lib root/usr/bin/ruby3.1 --disable-gems kid.rb >kids 2>log || true
seen=$(v/bin/python - <<'E'
import hashlib
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from jwcrypto.jwk import JWK


def name(kid, pem):
    public = load_pem_private_key(pem, None).public_key()
    digests = {JWK.from_pem(pem).thumbprint(): "RFC 7638 thumbprint"}
    digests[hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()] = (
        "SHA-256 of the SubjectPublicKeyInfo"
    )
    if hasattr(public, "curve"):
        # A DER signature is a SEQUENCE of two INTEGERs as well.
        point = public.public_numbers()
        digests[hashlib.sha256(encode_dss_signature(point.x, point.y)).hexdigest()] = (
            "SHA-256 of SEQUENCE { INTEGER x, INTEGER y }"
        )
    else:
        digests[hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.PKCS1)).hexdigest()] = (
            "SHA-256 of the PKCS#1 RSAPublicKey"
        )
    return f"kid has {len(kid)} characters, {digests.get(kid, 'something else')}"


rsa, ec = open("kids").read().split()
print("RSA:", name(rsa, open("rsa.pem", "rb").read()))
print("EC:", name(ec, open("ec.pem", "rb").read()))
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "ruby-jwt makes its kid in another way now." >&2; exit 1; }
