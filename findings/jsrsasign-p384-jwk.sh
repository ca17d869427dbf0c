#!/usr/bin/env bash
# npm jsrsasign 11.1.5: a P-384 or P-521 JWK signs, but cannot be written as PEM.
#
# Guess: a library that has JWK, PEM and all three curves of RFC 7518 converts between them for all three.
# Seen:  a P-256 JWK becomes a PEM. P-384 and P-521 JWKs are read and sign ES384 and
#        ES512; written as PEM they are "DERObjectIdentifier oidName undefined: P-384" (private) and "algId and/or
#        subjPubKey not set" (public): the key object keeps the JWK's name of the curve, and the ASN.1 part knows
#        secp384r1 alone. The same keys read from a PEM are written as PEM, so a round trip that begins with PEM passes.
# Why it matters: a converter from JWK to PEM that was tested with P-256 fails on the day when a stronger curve is asked
#        for, although signing with it has worked all along.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --ignore-scripts jsrsasign@11.1.5 >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='P-256: signs: 64 octets, private PEM from JWK: right, public PEM from JWK: right, private PEM from PEM: right
P-384: signs: 96 octets, private PEM from JWK: DERObjectIdentifier oidName undefined: P-384, public PEM from JWK: algId and/or subjPubKey not set, private PEM from PEM: right
P-521: signs: 132 octets, private PEM from JWK: DERObjectIdentifier oidName undefined: P-521, public PEM from JWK: algId and/or subjPubKey not set, private PEM from PEM: right'

cat >run.cjs <<'E'
const crypto = require('node:crypto'),
  { KEYUTIL, KJUR } = require('jsrsasign');
const attempt = (work) => {
  try {
    return work();
  } catch (error) {
    return error.message ?? error;
  }
};
for (const [namedCurve, alg] of [
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
]) {
  const pair = crypto.generateKeyPairSync('ec', { namedCurve });
  const [jwk, publicJwk] = [pair.privateKey, pair.publicKey].map((key) => key.export({ format: 'jwk' }));
  const same = (pem, read, right) =>
    JSON.stringify(read(pem).export({ format: 'jwk' })) === JSON.stringify(right) ? 'right' : 'wrong';
  const token = KJUR.jws.JWS.sign(null, JSON.stringify({ alg }), '{}', KEYUTIL.getKey(jwk));
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' });
  console.log(
    `${namedCurve}: signs: ${Buffer.from(token.split('.')[2], 'base64url').length} octets,`,
    `private PEM from JWK: ${attempt(() => same(KEYUTIL.getPEM(KEYUTIL.getKey(jwk), 'PKCS8PRV'), crypto.createPrivateKey, jwk))},`,
    `public PEM from JWK: ${attempt(() => same(KEYUTIL.getPEM(KEYUTIL.getKey(publicJwk)), crypto.createPublicKey, publicJwk))},`,
    `private PEM from PEM: ${attempt(() => same(KEYUTIL.getPEM(KEYUTIL.getKey(pem), 'PKCS8PRV'), crypto.createPrivateKey, jwk))}`,
  );
}
E
seen=$(node run.cjs 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "jsrsasign writes EC keys as PEM in another way now." >&2; exit 1; }
