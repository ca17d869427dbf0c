#!/usr/bin/env bash
# npm rsa-pem-to-jwk 1.1.3: every JWK that it writes has an n with a zero octet too many.
#
# Guess: a package that does this one thing copies the modulus without the sign octet of its ASN.1 form (RFC 7518
#        section 6.3.1.1 warns of just this octet). If it fails, it fails for rare keys.
# Seen:  the modulus of an ordinary RSA key has its highest bit set, so its ASN.1 form has the sign octet, and the
#        package copies it: n has 343 characters instead of 342 and begins with "A", for all keys. Libraries read the
#        JWK and verify with it. The thumbprint is computed over n as it stands, though, so a kid derived from the JWK
#        is not the RFC 7638 thumbprint of the key. Of a PKCS#8 file the package returns undefined, without an error.
# Why it matters: nothing fails until somebody compares kids. The kid published with this JWK matches no kid that a
#        signer derives from its own PEM.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --ignore-scripts rsa-pem-to-jwk@1.1.3 jose@6.2.18 >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='20 keys of 2048 bits: n with 343 characters that begins with A: 20
jose imports the JWK and verifies the PEM'\''s signature: true
thumbprint of the JWK is the thumbprint of the PEM: false
PKCS#8: undefined'

cat >run.mjs <<'E'
import crypto from 'node:crypto';
import { calculateJwkThumbprint, CompactSign, compactVerify, importJWK } from 'jose';
import toJwk from 'rsa-pem-to-jwk';
let wrong = 0,
  pair,
  jwk;
for (let count = 0; count < 20; count++) {
  pair = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  jwk = toJwk(pair.privateKey.export({ type: 'pkcs1', format: 'pem' }), { use: 'sig' }, 'public');
  wrong += jwk.n.length === 343 && jwk.n.startsWith('A');
}
console.log('20 keys of 2048 bits: n with 343 characters that begins with A:', wrong);
const token = await new CompactSign(Buffer.from('x')).setProtectedHeader({ alg: 'RS256' }).sign(pair.privateKey);
await compactVerify(token, await importJWK(jwk, 'RS256'));
console.log("jose imports the JWK and verifies the PEM's signature: true");
console.log(
  'thumbprint of the JWK is the thumbprint of the PEM:',
  (await calculateJwkThumbprint(jwk)) === (await calculateJwkThumbprint(pair.publicKey.export({ format: 'jwk' }))),
);
console.log('PKCS#8:', toJwk(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), {}, 'public'));
E
seen=$(node run.mjs 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "rsa-pem-to-jwk writes another n now." >&2; exit 1; }
