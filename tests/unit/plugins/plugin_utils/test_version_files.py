# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_version_files: which host a file is of, and which files are left over."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.keysmith.jwt.plugins.plugin_utils._version_files import Hosts, keys, path

HOSTS = Hosts(["web", "web.example.com", "a/b"])


def test_no_version_of_a_host_is_another_host_s() -> None:
    assert HOSTS.owns("web", "v1") and HOSTS.owns("web.example.com", "2026.10") and HOSTS.owns("a/b", "v1")
    assert not HOSTS.owns("web", "example.com.v1")
    assert HOSTS.owns("web", "v" * 187) and not HOSTS.owns("web", "v" * 188)
    assert path("/out", "orders", "a/b", "v1") == "/out/orders/versions/a_b.v1.jwk.json"


def test_what_is_left_over_is_of_the_hosts_that_are_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "orders" / "versions"
    folder.mkdir(parents=True)
    for name in ("web.v1", "web.v2", "web.example.com.v1", "other.v1"):
        (folder / (name + ".jwk.json")).write_text('{"kty": "EC"}')
    (folder / "web.notes").touch()
    (folder / "web.notes.jwk.json").write_text("of a person")
    # Of a host of another inventory.
    (folder / "web.example.org.v1.jwk.json").write_text('{"kty": "EC"}')
    assert HOSTS.left_over(str(tmp_path), "orders", {"web": ["v2"]}) == [str(folder / "web.v1.jwk.json")]
    assert HOSTS.left_over(str(tmp_path), "bills", {"web": ["v2"]}) == []


def test_only_what_is_published_has_a_file_and_each_key_has_one() -> None:
    one, two, three = ({"kid": kid} for kid in "123")
    keypairs = {
        "orders/v1": {"jwk": one},
        "orders/v2": {"jwk": two},
        "orders/copy": {"jwk": two},
        "orders/v3": {"jwk": three},
        "orders/v4": {},
        "bills/v1": {"jwk": one},
    }
    assert keys("orders", keypairs, [one, two]) == {"v1": one, "v2": two}
