#!/usr/bin/env bash
# PyJWT 2.15.1, npm jose 6.2.18, cryptojwt 1.11.0: a key published a moment ago is refused for 30 to 300 seconds.
#
# Guess: a client of a JWKS URL that meets a kid it does not know asks the URL again, so a signer may use a new key as
#        soon as the key is in the set. (RFC 7517 leaves caching to the parties; OpenID Connect Core section 10.1.1
#        has the verifier fetch again when it sees an unfamiliar kid.)
# Seen:  npm jwks-rsa 4.1.0 does that. PyJWKClient and createRemoteJWKSet do not ask within 30 seconds after any fetch,
#        the very first included; cryptojwt's KeyJar not within its cache time of 300 seconds. None of the four looks
#        at Cache-Control: no-store, which the server here sends. All four take a retired key from their caches.
# Why it matters: tests rotate long after the first fetch and pass. In production, with a token every second, the fetch
#        of another key a moment ago is the normal case. Publish, wait five minutes, then sign; after the last token
#        has expired, wait as long again before a retired key counts as gone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ npm install --no-audit --no-fund --ignore-scripts jose@6.2.18 jwks-rsa@4.1.0 && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: PyJWT==2.15.1 cryptojwt==1.11.0 joserfc==1.8.0 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='PyJWT: first key good, 1 requests; new key refused, 1 requests; retired key good, 1 requests
cryptojwt: first key good, 1 requests; new key refused, 1 requests; retired key good, 1 requests
jose: first key good, 1 requests; new key refused, 1 requests; retired key good, 1 requests
jwks-rsa: first key good, 1 requests; new key good, 2 requests; retired key good, 2 requests'

cat >client.mjs <<'E'
import { createRemoteJWKSet, decodeProtectedHeader, importSPKI, jwtVerify } from 'jose';
import jwksRsa from 'jwks-rsa';
import readline from 'node:readline';
const [name, url] = process.argv.slice(2);
const set = createRemoteJWKSet(new URL(url)),
  client = jwksRsa({ jwksUri: url });
const verify = {
  jose: (token) => jwtVerify(token, set),
  'jwks-rsa': async (token) => {
    const key = await client.getSigningKey(decodeProtectedHeader(token).kid);
    return jwtVerify(token, await importSPKI(key.getPublicKey(), 'RS256'));
  },
}[name];
for await (const token of readline.createInterface({ input: process.stdin })) {
  console.log(
    await verify(token).then(
      () => 'good',
      () => 'refused',
    ),
  );
}
E
seen=$(v/bin/python -W ignore - 2>log <<'E'
import http.server, json, subprocess, threading, time
import jwt
from cryptojwt.jwt import JWT
from cryptojwt.key_jar import KeyJar
from joserfc.jwk import RSAKey

first, second = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}) for kid in ("first", "second"))
now = int(time.time())
token = {
    key.kid: jwt.encode(
        {"iss": "https://issuer.example", "iat": now, "exp": now + 600},
        key.as_pem(private=True),
        "RS256",
        headers={"kid": key.kid},
    )
    for key in (first, second)
}


class Publisher(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        type(self).requests += 1
        body = json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()
        self.send_response(200)
        for name, value in (
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-store"),
            ("Content-Length", str(len(body))),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/jwks.json"


def tried(work):
    try:
        work()
        return "good"
    except Exception:
        return "refused"


def by_pyjwt():
    client = jwt.PyJWKClient(url)
    return lambda text: tried(lambda: jwt.decode(text, client.get_signing_key_from_jwt(text).key, ["RS256"]))


def by_cryptojwt():
    jar = KeyJar()
    jar.add_url("https://issuer.example", url)
    return lambda text: tried(lambda: JWT(key_jar=jar, iss="me", allowed_sign_algs=["RS256"]).unpack(text))


def by_node(name):
    child = subprocess.Popen(
        ["node", "client.mjs", name, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )

    def verify(text):
        child.stdin.write(text + "\n")
        return child.stdout.readline().strip()

    return verify


for name, verify in (
    ("PyJWT", by_pyjwt()),
    ("cryptojwt", by_cryptojwt()),
    ("jose", by_node("jose")),
    ("jwks-rsa", by_node("jwks-rsa")),
):
    Publisher.requests = 0
    said = []
    for words, keys, kid in (
        ("first key", [first], "first"),
        ("new key", [first, second], "second"),
        ("retired key", [second], "first"),
    ):
        Publisher.keys = keys
        said.append(f"{words} {verify(token[kid])}, {Publisher.requests} requests")
    print(f"{name}: {'; '.join(said)}")
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "The clients of a JWKS URL fetch it at other times now." >&2; exit 1; }
