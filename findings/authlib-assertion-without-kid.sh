#!/usr/bin/env bash
# Authlib 1.9.10: a client assertion does not carry the kid of the JWK that signed it.
#
# Guess: give the OAuth client a private JWK with a kid and an alg (the form in which keys are handed out), and the
#        assertion of private_key_jwt names that kid and uses that alg.
# Seen:  PrivateKeyJWT takes the JWK, signs with RS256 and leaves kid out. A JWK whose alg is PS256 is refused, since
#        the algorithm comes from an option of its own (default RS256), not from the key. The kid has to be handed
#        over as headers={"kid": ...}.
# Why it matters: a client with one registered key works. On the day of the first rotation it has two registered
#        keys, and a server that selects by kid (Okta, Hydra, glewlwyd, Mia-Platform) cannot tell which one to use.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v && v/bin/pip install -q --only-binary :all: Authlib==1.9.10 joserfc==1.8.0 requests==2.34.2 \
  cryptography==50.0.2; } >log 2>&1 || { echo "The packages could not be had." >&2; exit 2; }

expected='JWK with kid orders-1 and alg RS256: header alg RS256, kid missing
the same with headers={"kid": ...}: header alg RS256, kid orders-1
JWK with kid orders-1 and alg PS256: UnsupportedKeyAlgorithmError
the same with alg="PS256": header alg PS256, kid missing'

seen=$(v/bin/python -W ignore - <<'E'
import base64, json, urllib.parse
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import RSAKey


class Record(requests.adapters.BaseAdapter):
    """Answers a token request without any network, and keeps it."""

    def send(self, request, **_options):
        self.body = dict(urllib.parse.parse_qsl(request.body))
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 200, request, request.url
        answer._content = b'{"access_token": "x", "token_type": "Bearer", "expires_in": 60}'
        return answer

    def close(self):
        pass


def header(jwk, **options):
    url = "https://server.example/token"
    client = OAuth2Session("client-1", jwk, token_endpoint_auth_method="private_key_jwt")
    client.register_client_auth_method(PrivateKeyJWT(url, **options))
    record = Record()
    client.mount("https://", record)
    try:
        client.fetch_token(url, grant_type="client_credentials")
    except Exception as error:
        return type(error).__name__
    first = record.body["client_assertion"].split(".")[0]
    found = json.loads(base64.urlsafe_b64decode(first + "==="))
    return f"header alg {found['alg']}, kid {found.get('kid', 'missing')}"


key = RSAKey.generate_key(2048).as_dict(private=True)
key["kid"] = "orders-1"
rs256, ps256 = dict(key, alg="RS256"), dict(key, alg="PS256")
print("JWK with kid orders-1 and alg RS256:", header(rs256))
print('the same with headers={"kid": ...}:', header(rs256, headers={"kid": "orders-1"}))
print("JWK with kid orders-1 and alg PS256:", header(ps256))
print('the same with alg="PS256":', header(ps256, alg="PS256"))
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "Authlib treats the kid or alg of a client's JWK in another way now." >&2; exit 1; }
