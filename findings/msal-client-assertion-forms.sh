#!/usr/bin/env bash
# MSAL for Python 1.39.0: times with a fraction, padded thumbprints, and an algorithm that follows the form of an option.
#
# Guess: the assertion with which Microsoft's library proves a certificate is a plain one: PS256 with x5t#S256, as Entra
#        documents it, base64url without padding (RFC 7515 section 2), exp and iat whole seconds.
# Seen:  with the option thumbprint (hexadecimal SHA-1) the same key and certificate give RS256 and x5t; without it,
#        PS256 and x5t#S256. x5t and x5t#S256 end in "=". exp and iat are numbers such as 1795960705.9061606. There is
#        no nbf. x5c is the text between the PEM lines with its line breaks in it, which RFC 7515 section 4.1.6 does not
#        have in mind (base64 of DER).
# Why it matters: Entra takes all of that. The library is also used with "authority" set to other servers, and a strict
#        one refuses fractions (docker-registry's parser wants an integer) or does not find the certificate by a padded
#        thumbprint. Adding thumbprint to an option changes the algorithm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: msal==1.39.0 PyJWT==2.15.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected='certificate: alg PS256, header members alg typ x5c x5t#S256, thumbprint padded: True, line breaks in x5c: True
certificate and thumbprint: alg RS256, header members alg typ x5c x5t, thumbprint padded: True, line breaks in x5c: True
thumbprint: alg RS256, header members alg typ x5t, thumbprint padded: True
claims: aud exp iat iss jti sub, exp and iat are whole numbers: False'

seen=$(v/bin/python - <<'E'
import base64, datetime, json
import msal
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Answer:
    status_code, headers = 200, {}

    def __init__(self, **members):
        self.text = json.dumps(members)

    def raise_for_status(self):
        pass


class Offline:
    """An HTTP client that answers as a server would, and keeps the form that was sent."""

    def get(self, url, **_options):
        return Answer(
            authorization_endpoint="https://server.example/a",
            token_endpoint="https://server.example/t",
            issuer="https://server.example",
        )

    def post(self, url, data=None, **_options):
        self.form = data
        return Answer(access_token="x", token_type="Bearer", expires_in=60)

    def close(self):
        pass


key = rsa.generate_private_key(65537, 2048)
name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "orders")])
now = datetime.datetime(2030, 1, 1)
certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now.replace(year=2031)).sign(
    key, hashes.SHA256()
)
private = {"private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()}
public = {"public_certificate": certificate.public_bytes(Encoding.PEM).decode()}
thumbprint = {"thumbprint": certificate.fingerprint(hashes.SHA1()).hex()}
for words, credential in (
    ("certificate", public),
    ("certificate and thumbprint", {**public, **thumbprint}),
    ("thumbprint", thumbprint),
):
    client = Offline()
    application = msal.ConfidentialClientApplication(
        "client-1",
        authority="https://server.example/tenant",
        client_credential={**private, **credential},
        http_client=client,
        instance_discovery=False,
        validate_authority=False,
    )
    application.acquire_token_for_client(["scope/.default"])
    assertion = client.form["client_assertion"]
    assertion = assertion.decode() if isinstance(assertion, bytes) else assertion
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "===")) for part in assertion.split(".")[:2])
    padded = any(header.get(member, "").endswith("=") for member in ("x5t", "x5t#S256"))
    more = f", line breaks in x5c: {any(chr(10) in one for one in header['x5c'])}" if "x5c" in header else ""
    print(
        f"{words}: alg {header['alg']}, header members {' '.join(sorted(header))}, thumbprint padded: {padded}{more}"
    )
whole = all(isinstance(claims[member], int) for member in ("exp", "iat"))
print(f"claims: {' '.join(sorted(claims))}, exp and iat are whole numbers: {whole}")
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "MSAL writes client assertions in another way now." >&2; exit 1; }
