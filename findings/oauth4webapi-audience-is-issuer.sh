#!/usr/bin/env bash
# npm oauth4webapi 3.8.8 (openid-client 6): a client assertion is addressed to the issuer, not to the token endpoint.
#
# Guess: aud of a private_key_jwt assertion is the URL of the token endpoint, as OpenID Connect Core section 9 says and
#        RFC 7523 section 3 offers; or both, in an array.
# Seen:  PrivateKeyJwt() sends the issuer identifier alone, as a string (the rule of the drafts that update RFC 7523).
#        Authlib 1.9.10 and requests-oauth2client 1.8.0 send the token endpoint. The header has alg and kid only,
#        no typ; exp is 60 s after iat, and nbf is there.
# Why it matters: a server that takes its token endpoint alone (glewlwyd, canaille) refuses the
#        assertion of an upgraded client whose key, kid and registration did not change. A hook of the option object,
#        modifyAssertion, sets aud back.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ npm install --no-audit --no-fund --ignore-scripts oauth4webapi@3.8.8 jose@6.2.18 && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: requests-oauth2client==1.8.0 jwskate==0.12.2 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='oauth4webapi: aud "https://server.example", header members alg kid, exp - iat 60, nbf: true
oauth4webapi with modifyAssertion: aud "https://server.example/token"
requests-oauth2client: aud "https://server.example/token"'

seen=$({
cat >run.mjs <<'E'
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { modifyAssertion, PrivateKeyJwt } from 'oauth4webapi';
const { privateKey: key } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
const server = { issuer: 'https://server.example', token_endpoint: 'https://server.example/token' };
async function assertion(options) {
  const body = new URLSearchParams();
  await PrivateKeyJwt({ key, kid: 'orders-1' }, options)(server, { client_id: 'client-1' }, body, new Headers());
  return body.get('client_assertion');
}
const token = await assertion(),
  claims = decodeJwt(token);
console.log(
  `oauth4webapi: aud ${JSON.stringify(claims.aud)}, header members ${Object.keys(decodeProtectedHeader(token)).sort().join(' ')},`,
  `exp - iat ${claims.exp - claims.iat}, nbf: ${'nbf' in claims}`,
);
const changed = await assertion({
  [modifyAssertion]: (_header, payload) => {
    payload.aud = server.token_endpoint;
  },
});
console.log('oauth4webapi with modifyAssertion: aud', JSON.stringify(decodeJwt(changed).aud));
E
node run.mjs
v/bin/python - <<'E'
import json
from jwskate import Jwk, SignedJwt
from requests_oauth2client import PrivateKeyJwt

key = Jwk.generate(alg="ES256").with_kid_thumbprint()
token = SignedJwt(str(PrivateKeyJwt("client-1", key).client_assertion("https://server.example/token")))
print("requests-oauth2client: aud", json.dumps(token.claims["aud"]))
E
}) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "The libraries address client assertions in another way now." >&2; exit 1; }
