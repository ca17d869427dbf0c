#!/usr/bin/env bash
# Perl's Crypt::JWT 0.034 (Debian 12): signs and verifies ES384 and ES512 with a P-256 key.
#
# Guess: ES384 is ECDSA with P-384 and SHA-384 (RFC 7518 section 3.4), so a P-256 key with alg ES384 is refused, at
#        the latest when the signature turns out to have 64 octets instead of 96.
# Seen:  the module takes the name for a choice of hash alone: it signs, the signature has 64 octets, and it verifies
#        its own token. The other libraries below refuse that token, each in its own words. With a JWK that has a kid,
#        the token has none either: the header's kid has to be set by hand.
# Why it matters: changing the algorithm of a service and forgetting to change its key is found by no test that signs
#        and verifies with this module; it is found by the first other reader.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download libcrypt-jwt-perl=0.034-1 libcryptx-perl=0.077-1+b1 libjson-perl &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done &&
  python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: PyJWT==2.15.1 jwcrypto==1.6.1 joserfc==1.8.0 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem
openssl pkey -in key.pem -pubout -out public.pem

expected='ES256 with a P-256 key: signs, signature of 64 octets, verifies it
ES384 with a P-256 key: signs, signature of 64 octets, verifies it
ES512 with a P-256 key: signs, signature of 64 octets, verifies it
header with a JWK that has a kid: {"alg":"ES256"}
PyJWT: refuses the ES384 token, InvalidKeyError
joserfc: refuses the ES384 token, InvalidKeyCurveError
jwcrypto: refuses the ES384 token, InvalidJWSSignature'

seen=$({
cat >sign.pl <<'E'
use strict; use warnings; use Crypt::JWT qw(encode_jwt decode_jwt); use Crypt::PK::ECC; use MIME::Base64 qw(decode_base64url);
my ($key, $public) = map { Crypt::PK::ECC->new($_) } qw(key.pem public.pem);
for my $alg (qw(ES256 ES384 ES512)) {
    my $token = eval { encode_jwt(payload => { sub => 'x' }, key => $key, alg => $alg) };
    print("$alg: refused\n"), next if !$token;
    my $length = length decode_base64url((split /\./, $token)[2]);
    my $good = eval { decode_jwt(token => $token, key => $public, accepted_alg => $alg); 1 } ? 'verifies it' : 'refuses it';
    print "$alg with a P-256 key: signs, signature of $length octets, $good\n";
    open my $out, '>', "$alg.jwt" or die; print $out $token;
}
my $jwk = { %{ $key->export_key_jwk('private', 1) }, kid => 'orders-1' };
my $header = decode_base64url((split /\./, encode_jwt(payload => { sub => 'x' }, key => $jwk, alg => 'ES256'))[0]);
print 'header with a JWK that has a kid: ', $header, "\n";
E
perl5=$(echo root/usr/lib/*-linux-gnu/perl5/*)
PERL5LIB=$perl5:root/usr/share/perl5 perl sign.pl
v/bin/python -W ignore - <<'E'
import jwt
from joserfc import jws
from joserfc.jwk import ECKey
from jwcrypto import jwk, jwt as jwcrypto_jwt

pem, token = open("public.pem", "rb").read(), open("ES384.jwt").read()
for name, verify in (
    ("PyJWT", lambda: jwt.decode(token, pem, ["ES384"])),
    ("joserfc", lambda: jws.deserialize_compact(token, ECKey.import_key(pem), algorithms=["ES384"])),
    ("jwcrypto", lambda: jwcrypto_jwt.JWT(jwt=token, key=jwk.JWK.from_pem(pem), algs=["ES384"])),
):
    try:
        verify()
        print(f"{name}: verifies the ES384 token")
    except Exception as error:
        print(f"{name}: refuses the ES384 token, {type(error).__name__}")
E
}) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "Crypt::JWT or a reader treats ES384 with a P-256 key in another way now." >&2; exit 1; }
