#!/usr/bin/env bash
# librdkafka 2.16.0 (confluent-kafka 2.16.1): a client that signs its JWT bearer grant with ES256 can get no token.
#
# Guess: with sasl.oauthbearer.grant.type jwt-bearer (RFC 7523), ES256 makes the 64 octets of RFC 7518 section 3.4, R and
#        S one after the other; and any access_token will do, which is opaque to a client (RFC 6749 section 1.4).
# Seen:  the assertion ends with the DER that OpenSSL makes, about 71 octets, which no JWT library accepts. Unpacked, it
#        is the right signature. RS256 is right. The header has alg and typ, and no option names a key ID. An access
#        token that is no JWT is an error, whose text asks for a field that RFC 6749 does not know.
# Why it matters: the same key signs in every other program, so the key, its JWK and its registration are searched for
#        the fault. Take RS256 for Kafka clients, register one key a client (no kid is sent), and a server whose
#        tokens are JWTs.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: confluent-kafka==2.16.1 cryptography==50.0.2 PyJWT==2.15.1; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='RS256: header {"alg":"RS256","typ":"JWT"}, PyJWT verifies: True
ES256: header {"alg":"ES256","typ":"JWT"}, PyJWT verifies: False
ES256: a DER sequence: True, R and S unpacked, PyJWT verifies: True
an opaque access token: Expected JSON response with "id_token" field
an access token that is a JWT: no error'

cat >run.py <<'E'
import base64, http.server, json, logging, re, threading, urllib.parse
import jwt
from confluent_kafka import Consumer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

forms, answer = [], {}


class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        forms.append(urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"token_type": "Bearer", "expires_in": 300, **answer}).encode())

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()


def encode(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "==")


def ask(algorithm, key, access_token):
    """The assertion that the client sends, and what it makes of such an answer."""
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    open("key.pem", "wb").write(pem)
    answer["access_token"] = access_token
    forms.clear()
    errors, option = [], "sasl.oauthbearer."
    client = Consumer({
        "bootstrap.servers": "127.0.0.1:1", "group.id": "orders", "logger": logging.getLogger("kafka"),
        "security.protocol": "SASL_PLAINTEXT", "sasl.mechanisms": "OAUTHBEARER", option + "method": "oidc",
        option + "grant.type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        option + "token.endpoint.url": f"http://127.0.0.1:{server.server_port}/token",
        option + "assertion.algorithm": algorithm, option + "assertion.private.key.file": "key.pem",
        option + "assertion.claim.iss": "orders", option + "assertion.claim.aud": "kafka",
        "error_cb": lambda error: errors.append(error.str()),
    })
    client.poll(3)
    client.close()
    refused = [error for error in errors if "SASL OAUTHBEARER token" in error]
    return forms[0]["assertion"][0], refused[0].rpartition("token: ")[2] if refused else "no error"


def verifies(assertion, key, algorithm):
    try:
        return bool(jwt.decode(assertion, key.public_key(), [algorithm], audience="kafka"))
    except jwt.InvalidSignatureError:
        return False


for algorithm, key in (("RS256", rsa.generate_private_key(65537, 2048)), ("ES256", ec.generate_private_key(ec.SECP256R1()))):
    assertion, refusal = ask(algorithm, key, "opaque")
    signed, _, signature = assertion.rpartition(".")
    header = decode(signed.partition(".")[0]).decode()
    print(f"{algorithm}: header {header}, PyJWT verifies: {verifies(assertion, key, algorithm)}")
signature = decode(signature)
raw = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))
unpacked = verifies(f"{signed}.{encode(raw)}", key, "ES256")
print(f"ES256: a DER sequence: {signature[:1] == b'0'}, R and S unpacked, PyJWT verifies: {unpacked}")
print("an opaque access token:", refusal)
token = jwt.encode({"sub": "orders", "iat": 1, "exp": 4000000000}, "x" * 32)
print("an access token that is a JWT:", ask("ES256", key, token)[1])
E
seen=$(v/bin/python run.py 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "librdkafka signs client assertions, or reads the answer, in another way now." >&2; exit 1; }
