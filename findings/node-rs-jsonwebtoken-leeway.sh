#!/usr/bin/env bash
# npm @node-rs/jsonwebtoken 0.5.11 (Rust's jsonwebtoken): tokens last a minute more, SEC 1 keys are not read.
#
# Guess: verify() compares exp with the clock as npm jsonwebtoken does, whose place the package takes: no tolerance
#        unless one is configured. It reads the PEM files that the other one reads.
# Seen:  the leeway is 60 seconds unless leeway: 0 is given, for exp (not for a token that was never to be valid: an
#        exp of 70 s ago is refused). An EC key that starts with "BEGIN EC PRIVATE KEY" is InvalidKeyFormat; the same
#        key as PKCS#8 signs. RSA works in both forms, so the rule is not one for PKCS#8.
# Why it matters: tokens with a life of 60 s, the most that Keycloak and SMART take, live twice as long at this
#        verifier, and the overlap of a rotation has to include the minute. A SEC 1 file from OpenSSL 1.1.1 or from
#        "ecparam -genkey" has to be converted first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --ignore-scripts @node-rs/jsonwebtoken@0.5.11 jsonwebtoken@9.0.3 >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='expired 50 s ago: jsonwebtoken: jwt expired; node-rs: accepts; node-rs, leeway 0: ExpiredSignature
expired 70 s ago: jsonwebtoken: jwt expired; node-rs: ExpiredSignature; node-rs, leeway 0: ExpiredSignature
EC pkcs8: jsonwebtoken: signs; node-rs: signs
EC sec1: jsonwebtoken: signs; node-rs: InvalidKeyFormat
RSA pkcs8: jsonwebtoken: signs; node-rs: signs
RSA pkcs1: jsonwebtoken: signs; node-rs: signs'

cat >run.cjs <<'E'
const crypto = require('node:crypto');
const rust = require('@node-rs/jsonwebtoken'),
  npm = require('jsonwebtoken');
const pem = (key, type) => key.export({ type, format: 'pem' });
const ec = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const attempt = (good, work) => {
  try {
    work();
    return good;
  } catch (error) {
    return error.message;
  }
};
const now = Math.floor(Date.now() / 1000);
for (const age of [50, 70]) {
  const token = npm.sign({ iat: now - 600, exp: now - age }, pem(ec.privateKey, 'pkcs8'), { algorithm: 'ES256' });
  const key = pem(ec.publicKey, 'spki'),
    algorithms = [rust.Algorithm.ES256];
  console.log(
    `expired ${age} s ago: jsonwebtoken: ${attempt('accepts', () => npm.verify(token, key, { algorithms: ['ES256'] }))};`,
    `node-rs: ${attempt('accepts', () => rust.verifySync(token, key, { algorithms }))};`,
    `node-rs, leeway 0: ${attempt('accepts', () => rust.verifySync(token, key, { algorithms, leeway: 0 }))}`,
  );
}
for (const [name, key, types, algorithm] of [
  ['EC', ec.privateKey, ['pkcs8', 'sec1'], 'ES256'],
  ['RSA', rsa.privateKey, ['pkcs8', 'pkcs1'], 'RS256'],
]) {
  for (const type of types) {
    console.log(
      `${name} ${type}: jsonwebtoken: ${attempt('signs', () => npm.sign({}, pem(key, type), { algorithm }))};`,
      `node-rs: ${attempt('signs', () => rust.signSync({ iat: now }, pem(key, type), { algorithm: rust.Algorithm[algorithm] }))}`,
    );
  }
}
E
seen=$(node run.cjs 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "@node-rs/jsonwebtoken has another leeway or reads other keys now." >&2; exit 1; }
