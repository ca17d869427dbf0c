# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service for the tests, run on its host: it signs client assertions with the key of its environment file.

``python3 service.py TOKEN_ENDPOINT AUDIENCE LOG`` reads its key once, when it starts, and then asks for a token again
and again. Each line of LOG has when it asked, with which key, and the server's error, empty where there was none.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

ENVIRONMENT, CLIENT = "/etc/orders/jwt/current/env", "/etc/orders/client.json"
#: Locked by whoever moves the time, so that no request is under way meanwhile.
CLOCK = "/etc/faketimerc"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PAUSE = 0.2


def segment(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def assertion(key, kid, client, audience):
    """A client assertion of RFC 7523, signed with ES256."""
    now = int(time.time())
    claims = {"iss": client, "sub": client, "aud": audience, "iat": now, "exp": now + 60, "jti": os.urandom(9).hex()}
    parts = [segment(json.dumps(part).encode()) for part in ({"alg": "ES256", "kid": kid}, claims)]
    r, s = utils.decode_dss_signature(key.sign(b".".join(parts), ec.ECDSA(hashes.SHA256())))
    return b".".join([*parts, segment(r.to_bytes(32, "big") + s.to_bytes(32, "big"))])


def ask(endpoint, signed):
    """The error with which the server answers, empty for a token."""
    form = {"grant_type": "client_credentials", "client_assertion_type": BEARER, "client_assertion": signed}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(endpoint, urllib.parse.urlencode(form).encode(), timeout=10) as answer:
            return "" if json.load(answer)["access_token"] else "no token"
    except urllib.error.HTTPError as error:
        return json.load(error)["error"]


def uptime():
    """Seconds by a clock that nobody moves."""
    with open("/proc/uptime") as file:
        return float(file.read().split()[0])


def main(endpoint, audience, log):
    with open(ENVIRONMENT) as file:
        said = dict(line.rstrip("\n").split("=", 1) for line in file)
    with open(said["PRIVATE_RSA_KEY_FILE_PATH"], "rb") as file:
        key = serialization.load_pem_private_key(file.read(), said["PRIVATE_KEY_PASSWORD"].encode())
    with open(CLIENT) as file:
        client = json.load(file)["client_id"]
    kid = said["PRIVATE_RSA_KEY_ID"]
    while True:
        with open(CLOCK) as clock:
            fcntl.flock(clock, fcntl.LOCK_SH)
            at, error = uptime(), ask(endpoint, assertion(key, kid, client, audience))
        with open(log, "a") as file:
            print(at, kid, error, file=file)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main(*sys.argv[1:])
