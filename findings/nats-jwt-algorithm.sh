#!/usr/bin/env bash
# npm nats-jwt 0.0.9 (NATS): its tokens are JWTs with Ed25519 signatures that no JWT library verifies.
#
# Guess: NATS's accounts and users are JWTs signed with Ed25519 keys, so with alg EdDSA (RFC 8037), a kid or an iss that
#        is a common form of the key, and a jti of any text.
# Seen:  alg is "ed25519-nkey", which is registered nowhere; npm jose refuses the name before it looks at
#        the key. The signature itself is Ed25519 over the usual "header.payload". iss is the public key: base32 of a
#        prefix octet, the 32 octets of the key, and a CRC-16. jti is standard base64 with padding, a digest of the
#        claims: the same claims in the same second give the same jti, although RFC 7519 wants it to be unique.
# Why it matters: a key that is provisioned as Ed25519 PEM or JWK has to be re-encoded by hand for NATS, and a token of
#        NATS cannot be checked with the JWKS tools that a team has.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --ignore-scripts nats-jwt@0.0.9 nkeys.js@1.1.0 jose@6.2.18 >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='header: {"typ":"JWT","alg":"ed25519-nkey"}  jti is base64 with padding: true
two tokens of one second have one jti: true
octets in iss: 35  Ed25519 signature under octets 1 to 32: true
jose: alg ed25519-nkey is not supported either by JOSE or your javascript runtime'

cat >run.mjs <<'E'
import crypto from 'node:crypto';
import { compactVerify } from 'jose';
import { encodeAccount } from 'nats-jwt';
import { createAccount, createOperator } from 'nkeys.js';
const operator = createOperator(),
  account = createAccount();
const token = await encodeAccount('orders', account, {}, { signer: operator });
const [header, claims] = token
  .split('.')
  .slice(0, 2)
  .map((part) => JSON.parse(Buffer.from(part, 'base64url')));
console.log('header:', JSON.stringify(header), ' jti is base64 with padding:', /^[A-Za-z0-9+/]+=+$/.test(claims.jti));
let twice;
do {
  twice = await Promise.all([1, 2].map(() => encodeAccount('orders', account, {}, { signer: operator })));
  twice = twice.map((one) => JSON.parse(Buffer.from(one.split('.')[1], 'base64url')));
} while (twice[0].iat !== twice[1].iat);
console.log('two tokens of one second have one jti:', twice[0].jti === twice[1].jti);
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const bits = [...claims.iss].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
const octets = Buffer.from(bits.match(/.{8}/g).map((octet) => parseInt(octet, 2)));
const key = crypto.createPublicKey({
  key: { kty: 'OKP', crv: 'Ed25519', x: octets.subarray(1, 33).toString('base64url') },
  format: 'jwk',
});
const cut = token.lastIndexOf('.');
console.log(
  'octets in iss:',
  octets.length,
  ' Ed25519 signature under octets 1 to 32:',
  crypto.verify(null, Buffer.from(token.slice(0, cut)), key, Buffer.from(token.slice(cut + 1), 'base64url')),
);
await compactVerify(token, key).then(
  () => console.log('jose: verifies'),
  (error) => console.log('jose:', error.message),
);
E
seen=$(node run.mjs 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "nats-jwt writes its tokens in another way now." >&2; exit 1; }
