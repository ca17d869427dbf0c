#!/usr/bin/env bash
# python-pkcs11 0.10.1 with SoftHSM 2.6.1: sign() without a mechanism is RS512 for RSA, and fails for EC.
#
# Guess: PrivateKey.sign(data) of an RSA key is PKCS #1 v1.5 with SHA-256 (RS256), as everywhere else, or asks for the
#        mechanism.
# Seen:  it is PKCS #1 v1.5 with SHA-512: RS512. For a P-256 key the default is ECDSA with SHA-512, which SoftHSM does
#        not have (MechanismInvalid); a token that has it would make a signature that is neither ES256 nor ES512.
#        Ed25519 is right. ES256 takes mechanism=Mechanism.ECDSA over a digest made beforehand.
# Why it matters: moving a signing key from a file into an HSM changes the algorithm of its tokens while the header
#        still says RS256, and the signature is reported as bad at the other end.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download softhsm2=2.6.1-2.1 libsofthsm2=2.6.1-2.1 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done &&
  python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: python-pkcs11==0.10.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
mkdir tokens
echo "directories.tokendir = $PWD/tokens" >softhsm2.conf
export SOFTHSM2_CONF=$PWD/softhsm2.conf
module=$PWD/root/usr/lib/softhsm/libsofthsm2.so
pin=$(python3 -c 'import secrets; print(secrets.randbelow(9 * 10**7) + 10**7)')
softhsm() { root/usr/bin/softhsm2-util --module "$module" "$@" >log 2>&1; }
softhsm --init-token --free --label keys --pin "$pin" --so-pin "$pin"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem 2>log
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem
openssl genpkey -algorithm ED25519 -out ed.pem
id=10
for name in rsa ec ed; do
  softhsm --import "$name.pem" --token keys --label "$name" --id "$id" --pin "$pin"
  id=$((id + 1))
done

expected='RSA: PKCS #1 v1.5 with sha512
EC: MechanismInvalid
Ed25519: verifies
EC with Mechanism.ECDSA over a SHA-256 digest: 64 octets, verifies as ES256'

seen=$(v/bin/python - "$module" "$pin" <<'E'
import hashlib, sys
import pkcs11
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

public = {
    name: load_pem_private_key(open(name + ".pem", "rb").read(), None).public_key() for name in ("rsa", "ec", "ed")
}
with pkcs11.lib(sys.argv[1]).get_token(token_label="keys").open(user_pin=sys.argv[2]) as session:

    def key(name):
        return session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=name)

    signature = key("rsa").sign(b"x")
    for algorithm in (hashes.SHA1(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()):
        try:
            public["rsa"].verify(signature, b"x", padding.PKCS1v15(), algorithm)
            print("RSA: PKCS #1 v1.5 with", algorithm.name)
        except InvalidSignature:
            pass
    try:
        print("EC:", len(key("ec").sign(b"x")), "octets")
    except pkcs11.exceptions.PKCS11Error as error:
        print("EC:", type(error).__name__)
    public["ed"].verify(key("ed").sign(b"x"), b"x")
    print("Ed25519: verifies")
    raw = key("ec").sign(hashlib.sha256(b"x").digest(), mechanism=pkcs11.Mechanism.ECDSA)
    numbers = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public["ec"].verify(encode_dss_signature(*numbers), b"x", ec.ECDSA(hashes.SHA256()))
    print(f"EC with Mechanism.ECDSA over a SHA-256 digest: {len(raw)} octets, verifies as ES256")
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "python-pkcs11 has other default mechanisms now." >&2; exit 1; }
