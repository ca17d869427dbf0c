# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules without the role: each algorithm and each kind of change, with each release's library."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import verify
from conftest import Bring
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

#: What PyJWT, joserfc and jwcrypto all know, and what they don't.
SIGNING = ("RS256", "PS256", "ES256", "ES384", "ES512", "ES256K", "EdDSA")
OTHERS = ("Ed448", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES-X25519")


def keypair(algorithm: str) -> dict[str, t.Any]:
    """A key pair in the home directory, as the module takes it."""
    folder = f"~/keys/{algorithm}"
    size = {"size": 2048} if algorithm.startswith(("RS", "PS")) else {}
    return {
        "name": algorithm,
        "algorithm": algorithm,
        "path": f"{folder}/key.pem",
        "jwk_path": f"{folder}/jwk.json",
        **size,
    }


def test_modules(bring: Bring) -> None:
    controller = bring("one", "two", "three", user="deploy")
    imported = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    outcome = controller.play(
        str(Path(__file__).with_name("modules.yml")),
        ansible_become=False,
        imported=imported.decode(),
        keypairs=[keypair(algorithm) for algorithm in (*SIGNING, *OTHERS)],
    )
    assert outcome.status == 0 and not outcome.names("failed")
    for host in controller.hosts:
        for algorithm in SIGNING:
            folder = host.file(f"/home/deploy/keys/{algorithm}")
            jwk = json.loads((folder / "jwk.json").read_text())
            verify.signs((folder / "key.pem").read_text(), "", jwk)
        left = [name for name in os.listdir(host.file("/home/deploy/keys")) if name.startswith("changing")]
        assert [name.rpartition(".")[2] for name in left] == ["bak"] * len(left), left
