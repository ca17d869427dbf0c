# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registration and proof at real authorization servers."""

from __future__ import annotations

import json
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


def test_a_fleet_is_verified_and_one_key_refused_by_name(server: Server, ansible: Ansible, tmp_path: Path) -> None:
    """Two hosts with a key each; the client of one of them is then left with a key that the host does not use."""
    given = variables(server, tmp_path / "place")
    given.update(
        signing_key_services=[{"name": "orders", "algorithm": "ES256"}],
        signing_key_directory=str(tmp_path / "place/{{ inventory_hostname }}/{name}"),
        signing_key_verify={
            "token_endpoint": server.token_endpoint,
            "audience": server.audience,
            "credentials": str(tmp_path / "place/{{ inventory_hostname }}/client.json"),
            **({"scope": server.scope} if server.scope else {}),
        },
        signing_key_versions=["v1", "v2"],
        signing_key_active="v1",
    )
    hosts = ("-i", "alpha,beta,")
    ansible.play("keysmith.jwt.provision", *hosts, **given)
    ansible.play(str(HERE / "register.yml"), *hosts, version="v1", **given)
    # The same as keysmith.jwt.verify: nothing else has that tag.
    printed = ansible.play("keysmith.jwt.provision", "--tags", "verify", *hosts, **given)
    assert printed.count("was accepted") == 2 and printed.count(" changed=0 ") == 2
    assert "Make and keep" not in printed and "Compare" not in printed
    ansible.play("keysmith.jwt.provision", "-i", "beta,", **{**given, "signing_key_active": "v2"})
    printed = ansible.play("keysmith.jwt.verify", *hosts, "-vvvv", fails=True, **given)
    jwk = json.loads((tmp_path / "place/beta/orders/v2/jwk.json").read_text())
    host = server.token_endpoint.split("/")[2]
    failed = [line for line in printed.splitlines() if "refused the client assertion" in line and '"msg"' in line]
    assert len(failed) == 1 and f"orders: {host} refused" in failed[0] and jwk["kid"] in failed[0]
    assert "alpha" in printed.split("PLAY RECAP")[1] and printed.count("orders: " + _kid(tmp_path, "alpha")) == 1
    assert "fatal: [beta]" in printed and "fatal: [alpha]" not in printed
    assert [secret for secret in server.secrets() if secret and secret in printed] == []


def test_the_example_that_speaks_for_itself(server: Server, ansible: Ansible, tmp_path: Path) -> None:
    """docs/examples/registration/uri.yml: registered, unchanged, and with a successor."""
    client = tmp_path / "client.json"
    given = {
        **variables(server, tmp_path),
        "orders_hosts": "localhost",
        "client_file": str(client),
        "client_metadata": server.metadata,
        "signing_key_algorithm": "ES256",
        "signing_key_directory": str(tmp_path / "{name}"),
        "signing_key_show": False,
    }
    del given["metadata"]
    example = str(HERE.parents[1] / "docs/examples/registration/uri.yml")
    first = ansible.play(example, "-vvvv", **given)
    registered = json.loads(client.read_text())
    second = ansible.play(example, **given)
    given.update(signing_key_versions=["v1", "v2"], signing_key_active="v1")
    third = ansible.play(example, "-vvvv", **given)
    changed = json.loads(client.read_text())
    assert "changed=0" not in first and "changed=0" in second and "changed=0" not in third
    assert changed["client_id"] == registered["client_id"] and len(changed["jwks"]["keys"]) == 2
    token = registered["registration_access_token"]
    assert [one for one in (token, *server.secrets()) if one and one in first + second + third] == []


def _kid(place: Path, host: str) -> str:
    return str(json.loads((place / f"place/{host}/orders/v1/jwk.json").read_text())["kid"])
