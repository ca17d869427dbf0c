#!/usr/bin/env bash
# Encrypted JWKs (PBES2) of jwcrypto 1.6.1, npm jose 6.2.18, joserfc 1.8.0: the rounds that are advised are refused.
#
# Guess: a private JWK encrypted under a passphrase as RFC 7517 appendix C shows it (PBES2-HS256+A128KW), with the
#        rounds that are advised for PBKDF2-HMAC-SHA-256 today (600,000), is read by each library that knows the
#        algorithm; more rounds cost time, nothing else.
# Seen:  each library has an upper limit against JWEs that cost too much, and all limits lie far below: npm jose takes
#        10,000 at most, jwcrypto 16,384, joserfc 299,999. What node-jose 2.2.0 or jwskate 0.12.2 encrypt with 600,000
#        rounds, they alone read again. So 10,000 is all that travels between them. npm jose has an option for it
#        (maxPBES2Count), jwcrypto and joserfc a global or class-wide variable.
# Why it matters: a key is encrypted for a vault or a backup with good rounds, and the library that shall read it years
#        later says that the token is invalid or that no recipient matched the key, which reads like a wrong passphrase.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ npm install --no-audit --no-fund --ignore-scripts jose@6.2.18 node-jose@2.2.0 && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: jwcrypto==1.6.1 joserfc==1.8.0 jwskate==0.12.2 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='10000 rounds: jwcrypto reads
10000 rounds: joserfc reads
10000 rounds: jwskate reads
16384 rounds: jwcrypto reads
16384 rounds: joserfc reads
16384 rounds: jwskate reads
299999 rounds: jwcrypto refuses: InvalidJWEData: No recipient matched the provided key["Failed: [ValueError('\''Invalid p2c value, too large'\'')]"]
299999 rounds: joserfc reads
299999 rounds: jwskate reads
600000 rounds: jwcrypto refuses: InvalidJWEData: No recipient matched the provided key["Failed: [ValueError('\''Invalid p2c value, too large'\'')]"]
600000 rounds: joserfc refuses: InvalidHeaderValueError: invalid_header_value: '\''p2c'\'' in header must be less than 300000
600000 rounds: jwskate reads
10000 rounds: npm jose reads
10000 rounds: node-jose reads
16384 rounds: npm jose refuses: JOSE Header "p2c" (PBES2 Count) out is of acceptable bounds
16384 rounds: node-jose reads
299999 rounds: npm jose refuses: JOSE Header "p2c" (PBES2 Count) out is of acceptable bounds
299999 rounds: node-jose reads
600000 rounds: npm jose refuses: JOSE Header "p2c" (PBES2 Count) out is of acceptable bounds
600000 rounds: node-jose reads'

cat >read.mjs <<'E'
import { compactDecrypt } from 'jose';
import nodeJose from 'node-jose';
import fs from 'node:fs';
const passphrase = fs.readFileSync('passphrase');
const key = await nodeJose.JWK.asKey({ kty: 'oct', k: passphrase.toString('base64url') });
const algorithms = ['PBES2-HS256+A128KW', 'A256GCM'];
for (const rounds of process.argv.slice(2)) {
  const token = fs.readFileSync(rounds, 'utf8');
  const say = (name, work) =>
    work.then(
      () => console.log(`${rounds} rounds: ${name} reads`),
      (error) => console.log(`${rounds} rounds: ${name} refuses: ${error.message}`),
    );
  await say('npm jose', compactDecrypt(token, passphrase, { keyManagementAlgorithms: algorithms.slice(0, 1) }));
  await say('node-jose', nodeJose.JWE.createDecrypt(key, { algorithms }).decrypt(token));
}
E
cat >read.py <<'E'
import base64, json, os, secrets, sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from joserfc import jwe as joserfc_jwe
from joserfc.jwk import OctKey
from jwcrypto import jwe, jwk
from jwskate import JweCompact


def encode(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


passphrase = secrets.token_urlsafe(32).encode()
open("passphrase", "wb").write(passphrase)
private = jwk.JWK.generate(kty="EC", crv="P-256").export().encode()
ALGORITHMS = ["PBES2-HS256+A128KW", "A256GCM"]
for rounds in map(int, sys.argv[1:]):
    salt, content_key, iv = os.urandom(16), os.urandom(32), os.urandom(12)
    header = encode(
        json.dumps(
            {"alg": ALGORITHMS[0], "enc": ALGORITHMS[1], "p2s": encode(salt), "p2c": rounds, "cty": "jwk+json"}
        ).encode()
    )
    wrapping = PBKDF2HMAC(hashes.SHA256(), 16, ALGORITHMS[0].encode() + b"\0" + salt, rounds).derive(passphrase)
    sealed = AESGCM(content_key).encrypt(iv, private, header.encode())
    token = ".".join(
        (header, encode(aes_key_wrap(wrapping, content_key)), encode(iv), encode(sealed[:-16]), encode(sealed[-16:]))
    )
    open(str(rounds), "w").write(token)
    for name, read in (
        ("jwcrypto", lambda: jwe.JWE(algs=ALGORITHMS).deserialize(token, jwk.JWK.from_password(passphrase.decode()))),
        ("joserfc", lambda: joserfc_jwe.decrypt_compact(token, OctKey.import_key(passphrase), algorithms=ALGORITHMS)),
        ("jwskate", lambda: JweCompact(token).decrypt_with_password(passphrase)),
    ):
        try:
            read()
            print(f"{rounds} rounds: {name} reads")
        except Exception as error:
            print(f"{rounds} rounds: {name} refuses: {type(error).__name__}: {error}")
E
seen=$({
v/bin/python -W ignore read.py 10000 16384 299999 600000
node read.mjs 10000 16384 299999 600000
} 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "The limits of the libraries for PBES2 are others now." >&2; exit 1; }
