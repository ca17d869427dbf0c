# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the filter client_registration gives for programs that read keys from files, in these programs."""

from __future__ import annotations

import time
import typing as t
from importlib import import_module
from pathlib import Path

import installed
import pytest
import verifiers
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk, jws, public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _registration_shapes as shapes
from conftest import need

FILTER = import_module("ansible_collections.keysmith.jwt.plugins.filter.client_registration")
client_registration = FILTER.FilterModule().filters()["client_registration"]


class Key(t.NamedTuple):
    private: t.Any
    algorithm: str
    kid: str

    @property
    def jwk(self) -> t.Dict[str, str]:
        members = public_facts.facts(self.private.public_key()).members
        return jwk.build(members, ALGORITHMS[self.algorithm], self.kid)

    def token(self) -> str:
        header = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"}
        now = int(time.time())
        claims = {"iss": "https://login.example", "sub": "orders", "iat": now, "exp": now + 300, "aud": "x"}
        return jws.compact(self.private, ALGORITHMS[self.algorithm], header, claims)


def new(algorithm: str, kid: str) -> Key:
    row = ALGORITHMS[algorithm]
    return Key(read.generate(row, 2048 if row.type == "RSA" else 0), algorithm, kid)


@pytest.mark.parametrize("name", list(verifiers.VERIFIERS))
def test_a_key_of_each_algorithm_and_a_forged_token(name: str) -> None:
    need("debian")
    keys = [new(algorithm, f"orders-{algorithm}") for algorithm in shapes.SHAPES[name].algorithms]
    keys.append(new("RS256", "another/key%2f of .. orders" if name == "dovecot" else "another/key"))
    with installed.scratch(name) as folder:
        folder.chmod(0o755)
        place = str(folder / "keys")
        entries = client_registration([key.jwk for key in keys], name, directory=place)
        for entry in entries:
            path = Path(entry["file"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(entry["content"])
        inside = [{name: value.replace(str(installed.debian()), "") for name, value in one.items()} for one in entries]
        with verifiers.VERIFIERS[name](inside, folder) as takes:
            taken = {key.kid: takes(key.token()) for key in keys}
            forged = {key.kid: takes(key._replace(private=new(key.algorithm, "").private).token()) for key in keys}
    assert taken == dict.fromkeys(taken, True)
    assert forged == dict.fromkeys(forged, False)
