#!/usr/bin/env bash
# npm fast-jwt 6.3.6: expiresIn is in milliseconds, and a secp256k1 key signs as ES256.
#
# Guess: expiresIn: 600 is ten minutes, as in npm jsonwebtoken, whose interface the package follows. With no algorithm
#        given it finds the right one by the key, or refuses the key.
# Seen:  expiresIn: 600 makes a token that expires within a second. clockTolerance of the verifier is in milliseconds,
#        too; jsonwebtoken's are seconds. An EC key on secp256k1 (ES256K, RFC 8812) gets the header alg ES256: the
#        package looks at "EC" and the length, its own verifier agrees, and jose refuses the token for that key.
#        A PEM of type id-RSASSA-PSS, the one key that is meant for PS256, cannot be loaded although PS256 is offered.
# Why it matters: after a change of the library each token is expired on arrival, which looks like clocks that differ;
#        and a key of the wrong curve, provisioned by mistake, is found at the other end only.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --ignore-scripts fast-jwt@6.3.6 jsonwebtoken@9.0.3 jose@6.2.18 >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='expiresIn: 600: jsonwebtoken 600 s, fast-jwt at most 1 s
expired 5 s ago: clockTolerance 60: The token has expired  clockTolerance 60000: accepted
secp256k1: {"alg":"ES256","typ":"JWT"}  own verifier: accepted  jose: JWK "crv" does not match the requested algorithm
RSA-PSS PEM with algorithm PS256: Unsupported PEM PCKS8 private key with OID 1.2.840.113549.1.1.10.'

cat >run.mjs <<'E'
import crypto from 'node:crypto';
import { createSigner, createVerifier } from 'fast-jwt';
import { compactVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
const pem = (key, type) => key.export({ type, format: 'pem' });
const attempt = (work) => {
  try {
    return work();
  } catch (error) {
    return error.message.replace(/ at \d.*/, '');
  }
};
const header = (token) => Buffer.from(token.split('.')[0], 'base64url').toString();
const life = (token) => {
  const { exp, iat } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  return exp - iat;
};
const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = pem(rsa.privateKey, 'pkcs8');
console.log(
  'expiresIn: 600: jsonwebtoken',
  life(jsonwebtoken.sign({}, key, { algorithm: 'RS256', expiresIn: 600 })),
  's,',
  'fast-jwt',
  life(createSigner({ key, expiresIn: 600 })({})) <= 1 ? 'at most 1 s' : 'more',
);
const now = Math.floor(Date.now() / 1000);
const old = createSigner({ key })({ iat: now - 60, exp: now - 5 });
console.log(
  'expired 5 s ago: clockTolerance 60:',
  attempt(() => createVerifier({ key: pem(rsa.publicKey, 'spki'), clockTolerance: 60 })(old) && 'accepted'),
  ' clockTolerance 60000:',
  attempt(() => createVerifier({ key: pem(rsa.publicKey, 'spki'), clockTolerance: 60000 })(old) && 'accepted'),
);
const k1 = crypto.generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
const token = createSigner({ key: pem(k1.privateKey, 'pkcs8') })({ sub: 'x' });
console.log(
  'secp256k1:',
  header(token),
  ' own verifier:',
  attempt(() => createVerifier({ key: pem(k1.publicKey, 'spki') })(token) && 'accepted'),
  ' jose:',
  await compactVerify(token, k1.publicKey).then(
    () => 'accepted',
    (error) => error.message,
  ),
);
const pss = crypto.generateKeyPairSync('rsa-pss', {
  modulusLength: 2048,
  hashAlgorithm: 'sha256',
  mgf1HashAlgorithm: 'sha256',
  saltLength: 32,
});
console.log(
  'RSA-PSS PEM with algorithm PS256:',
  attempt(() => header(createSigner({ key: pem(pss.privateKey, 'pkcs8'), algorithm: 'PS256' })({}))),
);
E
seen=$(node run.mjs 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "fast-jwt counts time or chooses algorithms in another way now." >&2; exit 1; }
