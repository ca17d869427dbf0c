# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registration and proof at real authorization servers."""

from __future__ import annotations

import typing as t
from pathlib import Path

from conftest import INITIAL, Ansible
from servers import Server

HERE = Path(__file__).resolve().parent


def variables(server: Server, place: Path) -> t.Dict[str, t.Any]:
    return {
        "place": str(place),
        "registration_endpoint": server.registration_endpoint,
        "token_endpoint": server.token_endpoint,
        "audience": server.audience,
        "initial_access_token": server.initial_access_token,
        "metadata": server.metadata,
        "scope": server.scope,
    }


def test_a_client_through_its_life(server: Server, ansible: Ansible, tmp_path: Path) -> None:
    printed = ansible.play(str(HERE / "rotation.yml"), "-vvvv", **variables(server, tmp_path / "place"))
    assert not (tmp_path / "place/client/client.json").exists()
    secrets = [one for one in server.secrets() if one]
    log = (tmp_path / "home/log").read_text()
    assert [secret for secret in secrets if secret in printed or secret in log] == []
    if server.name == "oidc-provider":
        assert len(secrets) > 10 and INITIAL not in printed + log
