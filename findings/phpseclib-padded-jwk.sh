#!/usr/bin/env bash
# phpseclib 3.0.19 (Debian 12): the members of its JWKs end in "=", and one key comes as a set.
#
# Guess: a JWK exporter writes base64url without padding (RFC 7515 section 2), and a bare JWK for one key.
# Seen:  n of an RSA key and x and y of an EC or Ed25519 key are padded with "=". joserfc refuses the JWK, with an error
#        of Python's base64 module. PyJWT, jwcrypto and npm jose read it, but the RFC 7638 thumbprint is computed over
#        the text of the members, so jwcrypto derives a kid from it that is not the key's. Whatever the type of the
#        key, the result is a set with one key ({"keys": [...]}), which a registration that wants a JWK refuses.
# Why it matters: most verifiers are content, so the JWK looks right until a strict library or a kid made from the
#        JWK comes into play. Cutting the "=" off every member gives the right JWK.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download php8.2-cli=8.2.36-1~deb12u1 php-phpseclib3=3.0.19-1+deb12u6 libxml2 libsodium23 libargon2-1 libicu72 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done &&
  npm install --no-audit --no-fund --ignore-scripts jose@6.2.18 && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: PyJWT==2.15.1 jwcrypto==1.6.1 joserfc==1.8.0 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

cat >jwk.php <<'E'
<?php
spl_autoload_register(function ($class) {
    $file = 'root/usr/share/php/' . str_replace('\\', '/', $class) . '.php';
    if (file_exists($file)) { require $file; }
});
foreach (['rsa', 'p256', 'ed25519'] as $name) {
    $key = phpseclib3\Crypt\PublicKeyLoader::load(file_get_contents("$name.pem"));
    file_put_contents("$name.json", $key->getPublicKey()->toString('JWK'));
}
E
v/bin/python - <<'E'
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

for name, key in (
    ("rsa", rsa.generate_private_key(65537, 2048)),
    ("p256", ec.generate_private_key(ec.SECP256R1())),
    ("ed25519", ed25519.Ed25519PrivateKey.generate()),
):
    open(name + ".pem", "wb").write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
E
LD_LIBRARY_PATH=$(echo "$PWD"/root/usr/lib/*-linux-gnu) root/usr/bin/php8.2 -n jwk.php 2>log || true

expected='rsa: members of the result: keys
rsa: padded members: n
rsa: PyJWT reads it
rsa: joserfc refuses it: Error
rsa: jwcrypto reads it
rsa: npm jose reads it
rsa: thumbprint by jwcrypto is another
p256: members of the result: keys
p256: padded members: x y
p256: PyJWT reads it
p256: joserfc refuses it: Error
p256: jwcrypto reads it
p256: npm jose reads it
p256: thumbprint by jwcrypto is another
ed25519: members of the result: keys
ed25519: padded members: x
ed25519: PyJWT reads it
ed25519: joserfc refuses it: Error
ed25519: jwcrypto reads it
ed25519: npm jose reads it
ed25519: thumbprint by jwcrypto is another'

seen=$({
cat >jose.mjs <<'E'
import { importJWK } from 'jose';
const jwk = JSON.parse(process.argv[2]);
importJWK(jwk, process.argv[3]).then(
  () => console.log('reads it'),
  (error) => console.log('refuses it:', error.name),
);
E
v/bin/python -W ignore - <<'E'
import json, subprocess
import jwt
from joserfc import jwk as joserfc_jwk
from jwcrypto.jwk import JWK

for name, alg in (("rsa", "RS256"), ("p256", "ES256"), ("ed25519", "EdDSA")):
    made = json.load(open(name + ".json"))
    print(f"{name}: members of the result: {' '.join(made)}")
    key = made["keys"][0]
    padded = [member for member, value in key.items() if str(value).endswith("=")]
    print(f"{name}: padded members: {' '.join(padded) or 'none'}")
    right = JWK.from_pem(open(name + ".pem", "rb").read()).thumbprint()
    for reader, read in (
        ("PyJWT", lambda: jwt.PyJWK(key, algorithm=alg)),
        ("joserfc", lambda: joserfc_jwk.import_key(dict(key)).as_pem()),
        ("jwcrypto", lambda: JWK(**key).export_to_pem()),
    ):
        try:
            read()
            print(f"{name}: {reader} reads it")
        except Exception as error:
            print(f"{name}: {reader} refuses it: {type(error).__name__}")
    print(
        f"{name}: npm jose",
        subprocess.run(["node", "jose.mjs", json.dumps(key), alg], capture_output=True, text=True).stdout.strip(),
    )
    try:
        print(f"{name}: thumbprint by jwcrypto is", "right" if JWK(**key).thumbprint() == right else "another")
    except Exception as error:
        print(f"{name}: thumbprint by jwcrypto: {type(error).__name__}")
E
}) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "phpseclib writes JWKs in another way now." >&2; exit 1; }
