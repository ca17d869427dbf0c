#!/usr/bin/env bash
# jwcrypto 1.6.1: a JWK Set has its keys in another order in each run.
#
# Guess: JWKSet.export() writes the keys in the order in which they were added, or in which they stood in the JSON text.
# Seen:  the keys are in a Python set, ordered by hashes that differ from process to process. Eight runs with the same six
#        keys give several orders.
# Why it matters: a program that writes a published set this way changes the file in each run, and the active key is not
#        at its start. Verifiers that try the keys in order, or stop at the first one of a type that they do not know,
#        work in some runs and fail in others. Write the list of keys yourself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v && v/bin/pip install -q --only-binary :all: jwcrypto==1.6.1 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

cat >made.py <<'E2'
import json

from jwcrypto import jwk

keys = [jwk.JWK.generate(kty="OKP", crv="Ed25519", kid=str(number)) for number in range(6)]
print(json.dumps({"keys": [json.loads(key.export_public()) for key in keys]}))
E2
cat >again.py <<'E2'
import json
import sys

from jwcrypto import jwk

text = sys.stdin.read()
print("".join(key["kid"] for key in json.loads(jwk.JWKSet.from_json(text).export(private_keys=False))["keys"]))
E2
v/bin/python made.py >set.json
for _ in 1 2 3 4 5 6 7 8; do v/bin/python again.py <set.json; done >orders
echo "In the file: 012345. Exported, in eight runs:"
cat orders
[ "$(sort -u orders | wc -l)" -gt 1 ] || { echo "jwcrypto keeps an order now." >&2; exit 1; }
