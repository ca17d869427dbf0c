#!/usr/bin/env bash
# npm oidc-provider 9.13.3: a client's jwks_uri in an internal network is never asked, and else not again for a minute.
#
# Guess: a client registered with jwks_uri is authenticated with the keys found there, wherever it is; after a rotation
#        the provider asks again when it meets a kid that it does not know, as it has every reason to.
# Seen:  (1) jwks_uri is accepted in the client's metadata whatever its address. When it resolves to a private,
#        loopback or otherwise special address, the connection is cut as it opens, and the client gets 401
#        "invalid_client"; the reason ("fetch failed") is in an event of the provider only. A deployment that wants
#        internal addresses has to configure a fetch of its own.
#        (2) With such a fetch: the set counts as fresh for 60 seconds at least, even if it came with no-store, and for
#        as long as max-age says if that is more. Until then a new kid is 401, and a retired key is accepted.
# Why it matters: key sets published for a company's own network (10/8, 192.168/16) do not work with the default, and
#        the 401 looks like a wrong key. A Cache-Control: max-age=86400 on the published set, meant to spare the web
#        server, keeps a retired key usable for a day and the new one unusable for as long.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --no-audit --no-fund --ignore-scripts oidc-provider@9.13.3 jose@6.2.18 >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='default: registered key: 401 fetch failed, the set was answered 0 times
own fetch: registered key: 200, the set was answered 1 times
own fetch: new key beside it: 401 no applicable key found in the JSON Web Key Set, the set was answered 1 times
own fetch: retired key: 200, the set was answered 1 times'

cat >run.mjs <<'E'
import http from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';
const make = async (kid) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'ES256' } };
};
const listen = (server) =>
  new Promise((done) => server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`)));
const first = await make('first'),
  second = await make('second');
let published, answered;
const sets = await listen(
  http.createServer((_request, response) => {
    answered += 1;
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify({ keys: published.map((key) => key.publicJwk) }));
  }),
);
async function run(words, more, steps) {
  const server = http.createServer();
  const issuer = await listen(server);
  let reason;
  const provider = new Provider(issuer, {
    ...more,
    features: { clientCredentials: { enabled: true } },
    enabledJWA: { clientAuthSigningAlgValues: ['ES256'] },
    clients: [
      {
        client_id: 'orders',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        jwks_uri: `${sets}/jwks.json`,
      },
    ],
  });
  provider.on('grant.error', (_context, error) => {
    reason = error.cause?.cause?.message ?? error.error_detail;
  });
  server.on('request', provider.callback());
  answered = 0;
  for (const [step, keys, key] of steps) {
    published = keys;
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: key.kid })
      .setIssuer('orders')
      .setSubject('orders')
      .setAudience(issuer)
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(key.privateKey);
    reason = '';
    const { status } = await fetch(`${issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'orders',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    });
    console.log(`${words}: ${step}: ${status}${reason && ` ${reason}`}, the set was answered ${answered} times`);
  }
}
await run('default', {}, [['registered key', [first], first]]);
await run('own fetch', { fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }) }, [
  ['registered key', [first], first],
  ['new key beside it', [first, second], second],
  ['retired key', [second], first],
]);
process.exit();
E
seen=$(node run.mjs 2>log | grep -v -e WARNING -e NOTICE) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "oidc-provider fetches a client's key set in another way now." >&2; exit 1; }
