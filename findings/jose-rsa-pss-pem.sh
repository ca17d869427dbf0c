#!/usr/bin/env bash
# npm jose 6.2.18: signs PS256, but not with a PEM that is made for PS256.
#
# Guess: a private key whose algorithm identifier is id-RSASSA-PSS (RFC 4055; "openssl genpkey -algorithm RSA-PSS"),
#        restricted to SHA-256 and a salt of 32 octets, is the best fit for PS256, and a library that knows PS256 and
#        PKCS#8 reads it.
# Seen:  importPKCS8(pem, 'PS256') says "Invalid key type", and a KeyObject of node:crypto, which jose takes otherwise,
#        "Unsupported JWK Key Type.": WebCrypto knows rsaEncryption alone for PS256 as well. jsonwebtoken 9.0.3 and
#        PyJWT sign PS256 with the file. Without the restriction it is the other way round for jsonwebtoken: it refuses
#        the key for "its RSA-PSS parameters". PyJWT signs RS256 with it, too, which the identifier rules out.
#        The same numbers under rsaEncryption work everywhere.
# Why it matters: the identifier that says "for PSS alone" does not make a key safer for JWTs, it makes it unreadable
#        for a large part of the libraries. A key for PS256 is best made as a plain RSA key.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ npm install --no-audit --no-fund --ignore-scripts jose@6.2.18 jsonwebtoken@9.0.3 && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: PyJWT==2.15.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
rsa=(openssl genpkey -pkeyopt rsa_keygen_bits:2048)
{ "${rsa[@]}" -algorithm RSA -out plain.pem && "${rsa[@]}" -algorithm RSA-PSS -out unrestricted.pem &&
  "${rsa[@]}" -algorithm RSA-PSS -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 \
    -pkeyopt rsa_pss_keygen_saltlen:32 -out restricted.pem; } 2>log

expected='plain: jose importPKCS8: signs PS256; jose KeyObject: signs PS256; jsonwebtoken: signs PS256
restricted: jose importPKCS8: Invalid key type; jose KeyObject: Unsupported JWK Key Type.; jsonwebtoken: signs PS256
unrestricted: jose importPKCS8: Invalid key type; jose KeyObject: Unsupported JWK Key Type.; jsonwebtoken: refuses its RSA-PSS parameters
PyJWT plain: PS256, RS256
PyJWT restricted: PS256, RS256
PyJWT unrestricted: PS256, RS256'

cat >run.mjs <<'E'
import crypto from 'node:crypto';
import fs from 'node:fs';
import { CompactSign, importPKCS8 } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
const words = (error) =>
  /its RSA-PSS parameters/.test(error.message) ? 'refuses its RSA-PSS parameters' : error.message;
const attempt = async (work) => {
  try {
    await work();
    return 'signs PS256';
  } catch (error) {
    return words(error);
  }
};
const sign = (key) => new CompactSign(Buffer.from('x')).setProtectedHeader({ alg: 'PS256' }).sign(key);
for (const name of ['plain', 'restricted', 'unrestricted']) {
  const pem = fs.readFileSync(`${name}.pem`, 'utf8');
  console.log(
    `${name}: jose importPKCS8: ${await attempt(async () => sign(await importPKCS8(pem, 'PS256')))};`,
    `jose KeyObject: ${await attempt(() => sign(crypto.createPrivateKey(pem)))};`,
    `jsonwebtoken: ${await attempt(() => jsonwebtoken.sign({}, pem, { algorithm: 'PS256' }))}`,
  );
}
E
seen=$({
node run.mjs
v/bin/python - <<'E'
import jwt

for name in ("plain", "restricted", "unrestricted"):
    good = []
    for algorithm in ("PS256", "RS256"):
        try:
            jwt.encode({}, open(name + ".pem").read(), algorithm)
            good.append(algorithm)
        except Exception:
            pass
    print(f"PyJWT {name}: {', '.join(good)}")
E
} 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "The libraries treat id-RSASSA-PSS keys in another way now." >&2; exit 1; }
