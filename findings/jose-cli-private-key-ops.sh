#!/usr/bin/env bash
# latchset jose 11 and npm jose 6.2.18: a private key made by the one cannot be used for signing by the other.
#
# Guess: two widely used JOSE implementations exchange a private JWK. RFC 7517 section 4.3 lets key_ops list every
#        operation for which the key is meant, and ["sign", "verify"] is an obvious value for a key pair.
# Seen:  "jose jwk gen -i '{"alg": "ES256"}'" writes key_ops ["sign", "verify"] into the private JWK. npm jose hands
#        the list to WebCrypto, which knows no "verify" for a private key: SyntaxError "Unsupported key usage", an
#        error that is none of the library's own classes and names neither the member nor the JWK. With "verify" taken
#        out of the list, or without key_ops, the same key signs. jwcrypto signs in all cases.
# Why it matters: private JWKs travel between tools in vaults and files. A key that one tool made and tested fails in
#        the service that shall sign with it. Leave key_ops out of private JWKs, or list "sign" alone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download jose=11-2+deb12u1 libjose0=11-2+deb12u1 libjansson4=2.14-2 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done &&
  npm install --no-audit --no-fund --ignore-scripts jose@6.2.18 && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: jwcrypto==1.6.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
LD_LIBRARY_PATH=$(echo "$PWD"/root/usr/lib/*-linux-gnu) root/usr/bin/jose jwk gen -i '{"alg":"ES256"}' -o key.jwk

expected='jose jwk gen writes key_ops ["sign","verify"]
npm jose, key as it is: SyntaxError: Unsupported key usage for a ECDSA key
npm jose, key_ops ["sign"]: signs
npm jose, without key_ops: signs
jwcrypto, key as it is: signs'

seen=$({
cat >sign.mjs <<'E'
import { CompactSign, importJWK } from 'jose';
import fs from 'node:fs';
const made = JSON.parse(fs.readFileSync('key.jwk'));
console.log('jose jwk gen writes key_ops', JSON.stringify(made.key_ops));
const { key_ops: _, ...bare } = made;
for (const [words, jwk] of [
  ['key as it is', made],
  ['key_ops ["sign"]', { ...made, key_ops: ['sign'] }],
  ['without key_ops', bare],
]) {
  try {
    await new CompactSign(Buffer.from('x')).setProtectedHeader({ alg: 'ES256' }).sign(await importJWK(jwk));
    console.log(`npm jose, ${words}: signs`);
  } catch (error) {
    console.log(`npm jose, ${words}: ${error.name}: ${error.message}`);
  }
}
E
node sign.mjs
v/bin/python - <<'E'
from jwcrypto import jwk, jws

token = jws.JWS(b"x")
token.add_signature(jwk.JWK.from_json(open("key.jwk").read()), None, '{"alg": "ES256"}', None)
print("jwcrypto, key as it is: signs")
E
}) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "The two programs agree about key_ops of a private key in another way now." >&2; exit 1; }
