#!/usr/bin/env bash
# docker-registry 2.8.2: the kid of a token must be a libtrust fingerprint; an RFC 7638 thumbprint is refused.
#
# Guess: the registry gets the certificate of the one key that may sign (rootcertbundle). A token signed with that key
#        is accepted whatever its kid says, or at least with a kid of the usual kind; which key it is, is clear.
# Seen:  every JWT is answered with 401 "invalid_token" unless its kid is the key's fingerprint in a form of Docker's
#        own library: SHA-256 of the DER public key, cut to 30 octets, base32, in twelve groups of four with colons.
#        A token without kid is refused, too. An x5c header with the certificate works without any kid.
#        A token with RS384 is accepted, with PS256 not; aud must be a string, an array of one is refused.
# Why it matters: a key pair provisioned like all the others, with the thumbprint as kid and the right certificate in
#        place, makes a registry that refuses everybody; the reason is in its log only at level info.
# Source: the token authentication specification of the Distribution project names the form for "kid".
set -euo pipefail
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
{ apt-get download docker-registry=2.8.2+ds1-1 && dpkg-deb -x docker-registry_*.deb root && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: PyJWT==2.15.1 jwcrypto==1.6.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out bundle.pem -subj /CN=token -days 30 2>/dev/null
cat >config.yml <<E
version: 0.1
storage: {inmemory: {}}
http: {addr: "127.0.0.1:$port"}
auth: {token: {realm: "http://127.0.0.1/token", service: registry, issuer: issuer, rootcertbundle: "$PWD/bundle.pem"}}
E
root/usr/bin/docker-registry serve config.yml >server.log 2>&1 &
server=$!

expected='kid: RFC 7638 thumbprint: 401
kid: libtrust fingerprint: 200
no kid: 401
no kid, x5c with the certificate: 200
kid: libtrust fingerprint, alg RS384: 200
kid: libtrust fingerprint, alg PS256: 401
kid: libtrust fingerprint, aud ["registry"]: 401'

seen=$(v/bin/python - "$port" <<'E'
import base64, hashlib, sys, time, urllib.error, urllib.request
import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwcrypto.jwk import JWK

pem = open("key.pem", "rb").read()
certificate = x509.load_pem_x509_certificate(open("bundle.pem", "rb").read())
public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
text = base64.b32encode(hashlib.sha256(public).digest()[:30]).decode()
libtrust = ":".join(text[start : start + 4] for start in range(0, len(text), 4))
url = f"http://127.0.0.1:{sys.argv[1]}/v2/"


def status(token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        return urllib.request.urlopen(urllib.request.Request(url, headers=headers)).status
    except urllib.error.HTTPError as error:
        return error.code


for _ in range(100):
    try:
        status()
        break
    except urllib.error.URLError:
        time.sleep(0.1)

now = int(time.time())


def answer(words, headers, alg="RS256", audience="registry"):
    claims = {
        "iss": "issuer",
        "aud": audience,
        "sub": "user",
        "iat": now,
        "nbf": now - 5,
        "exp": now + 300,
        "jti": "1",
        "access": [],
    }
    print(f"{words}: {status(jwt.encode(claims, pem, alg, headers=headers))}")


answer("kid: RFC 7638 thumbprint", {"kid": JWK.from_pem(pem).thumbprint()})
answer("kid: libtrust fingerprint", {"kid": libtrust})
answer("no kid", {})
answer(
    "no kid, x5c with the certificate", {"x5c": [base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()]}
)
answer("kid: libtrust fingerprint, alg RS384", {"kid": libtrust}, alg="RS384")
answer("kid: libtrust fingerprint, alg PS256", {"kid": libtrust}, alg="PS256")
answer('kid: libtrust fingerprint, aud ["registry"]', {"kid": libtrust}, audience=["registry"])
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "docker-registry selects the key of a token in another way now." >&2; exit 1; }
