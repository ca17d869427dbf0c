# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that somebody writes beside a playbook: public keys in a directory to a JWK Set, ``jwks.py FROM TO``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jwcrypto.jwk import JWK

folder, target = Path(sys.argv[1]), Path(sys.argv[2])
keys = []
for path in sorted(folder.glob("*.pem")):
    jwk = JWK.from_pem(path.read_bytes()).export_public(as_dict=True)
    algorithm = "RS256" if jwk["kty"] == "RSA" else "ES256"
    keys.append({**jwk, "use": "sig", "alg": algorithm, "kid": path.stem})
text = json.dumps({"keys": keys}, indent=2)
if not target.exists() or target.read_text(encoding="utf-8") != text:
    target.write_text(text, encoding="utf-8")
    print("written")
