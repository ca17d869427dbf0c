# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are as they should be: key pairs and services with all their files, and whether a run looked into them."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import record
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import run as keypair_run
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypair, jwt_keypairs
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module

NAMES = ("private.key", "public.key", "jwk.json", "env")


class Host:
    """One key pair with all its files, and how often a run had to look into it."""

    def __init__(self, top: Path, monkeypatch: t.Any, capsys: t.Any) -> None:
        self.top, self.folder = top, top / "v1"
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.looked = 0
        run = keypair_run.run
        monkeypatch.setattr(keypair_run, "run", lambda *given, **named: (self._count(), run(*given, **named))[1])
        self.options: t.Dict[str, t.Any] = {
            "algorithm": "ES256",
            "path": str(self.folder / "private.key"),
            "public_path": str(self.folder / "public.key"),
            "jwk_path": str(self.folder / "jwk.json"),
            "environment": {"path": str(self.folder / "env")},
            "active_link": str(top / "current"),
            "base_directory": str(top),
            "generate_passphrase": True,
        }

    def _count(self) -> None:
        self.looked += 1

    def run(self, check: bool = False, diff: bool = False, **options: t.Any) -> Result:
        """The result, with whether it was looked into as ``looked``."""
        self.looked = 0
        given = {**self.options, **options}
        result = run_module(jwt_keypair.main, self._monkeypatch, self._capsys, given, check, diff)
        return dict(result, looked=self.looked > 0)

    def forget(self) -> None:
        """Take the record away."""
        forget(Path(self.options["path"]))


def settled(top: Path, monkeypatch: t.Any, capsys: t.Any) -> Host:
    """A host on which a run has been."""
    host = Host(top, monkeypatch, capsys)
    assert host.run()["changed"]
    return host


class Services:
    """Some services, with the layout of the role."""

    def __init__(self, host: Host, *names: str, **more: t.Any) -> None:
        self.host, self.top = host, host.top.parent / "services"
        self.options: t.Dict[str, t.Any] = {
            "services": [{"name": name, **more} for name in names],
            "defaults": {"directory": str(self.top / "{name}"), "algorithm": "ES256"},
        }

    def run(self, check: bool = False, diff: bool = False) -> Result:
        """The result, with whether it was looked into as ``looked``."""
        host = self.host
        host.looked = 0
        result = run_module(jwt_keypairs.main, host._monkeypatch, host._capsys, self.options, check, diff)
        return dict(result, looked=host.looked > 0)


def facts(result: Result) -> Result:
    return {name: result[name] for name in result if name not in ("_text", "looked", "invocation")}


def flip(path: Path) -> None:
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.write(bytes([content[0] ^ 1]))


def file_of(path: Path) -> Path:
    """The file that holds the record of a private key, where an attribute does not."""
    return path.with_name(record.name_of(path.name))


def records(path: t.Any) -> t.List[bytes]:
    """The record of a private key, as it is; none, or one."""
    path = Path(path)
    found = [os.getxattr(path, name) for name in os.listxattr(path) if name == record.ATTRIBUTE]
    return found + [file.read_bytes() for file in [file_of(path)] if file.is_file()]


def put(path: Path, octets: bytes) -> None:
    """Put other octets where the record of a private key is."""
    if file_of(path).is_file():
        file_of(path).write_bytes(octets)
    else:
        os.setxattr(path, record.ATTRIBUTE, octets)


def forget(path: Path) -> None:
    """Take the record of a private key away."""
    if file_of(path).is_file():
        file_of(path).unlink()
    elif record.ATTRIBUTE in os.listxattr(path):
        os.removexattr(path, record.ATTRIBUTE)
