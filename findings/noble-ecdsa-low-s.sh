#!/usr/bin/env bash
# @noble/curves 2.4.0: half of all valid ES256 signatures do not verify.
#
# Guess: p256.verify, in the most used elliptic curve library of JavaScript, verifies what FIPS 186 calls an ECDSA
#        signature, and so what RFC 7518 calls ES256: any r and s below the order. If a curve is special, it is
#        secp256k1 (ES256K, RFC 8812), where Bitcoin wants s in the lower half.
# Seen:  of 200 signatures by OpenSSL about half fail, with P-256 as with secp256k1. Since its second major version the
#        library wants the lower half of every curve (lowS, in its list of changes). No standard of JOSE has that rule;
#        OpenSSL, Java, Go and cryptography do not follow it. With {lowS: false} all 200 verify. did-jwt 8.0.18 is
#        built on the library, changes s first, and takes all.
# Why it matters: a service signs with any other library, a verifier uses this one, and every second token is refused,
#        at random: the same claims signed again may pass. A test with one token is green half of the time, and the
#        key, which is right, is the first to be suspected.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --ignore-scripts @noble/curves@2.4.0 did-jwt@8.0.18 >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='noble ES256K, 200 signatures: between 60 and 140 verify
noble ES256, 200 signatures: between 60 and 140 verify
ES256K and ES256 with lowS: false: 200 and 200 verify
did-jwt, the same ES256K: 200 verify'

cat >run.mjs <<'E'
import crypto from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { verifyJWS } from 'did-jwt';
const made = (namedCurve, alg) => {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve });
  const jwk = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.y, 'base64url')]);
  const signed = Array.from({ length: 200 }, (_, id) => {
    const input = [{ alg }, { id }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return [input, crypto.sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })];
  });
  return { jwk, point, signed };
};
const count = (list, verify) =>
  list.filter(([input, signature]) => verify(signature, Buffer.from(input), input)).length;
const k1 = made('secp256k1', 'ES256K'),
  r1 = made('P-256', 'ES256');
const about = (number) => (number >= 60 && number <= 140 ? 'between 60 and 140' : number);
const all = { lowS: false };
console.log(
  'noble ES256K, 200 signatures:',
  about(count(k1.signed, (s, input) => secp256k1.verify(s, input, k1.point))),
  'verify',
);
console.log(
  'noble ES256, 200 signatures:',
  about(count(r1.signed, (s, input) => p256.verify(s, input, r1.point))),
  'verify',
);
console.log(
  'ES256K and ES256 with lowS: false:',
  count(k1.signed, (s, input) => secp256k1.verify(s, input, k1.point, all)),
  'and',
  count(r1.signed, (s, input) => p256.verify(s, input, r1.point, all)),
  'verify',
);
const method = { id: 'a', type: 'JsonWebKey2020', controller: 'x', publicKeyJwk: k1.jwk };
console.log(
  'did-jwt, the same ES256K:',
  count(k1.signed, (s, _, text) => verifyJWS(`${text}.${s.toString('base64url')}`, [method])),
  'verify',
);
E
seen=$(node run.mjs 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "noble/curves treats ECDSA signatures in another way now." >&2; exit 1; }
