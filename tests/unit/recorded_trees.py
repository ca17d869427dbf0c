# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private key, its public files and a link in directories that are ours, with a record and without a key."""

from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path

from ansible_collections.keysmith.jwt.plugins.module_utils._disk.directory import open_directory
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.files import FileSlot
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import record, record_writing

ASKED = '{"a": 1}'
#: What is remembered, and what the public files hold.
REST, PUBLIC_KEY, JWK = '[{"format": "pkcs8"}, [], {}]', "a public key\n", '{"kty": "a JWK"}\n'


def no_context(_path: str) -> str:
    return ""


def without_attributes(monkeypatch: t.Any) -> None:
    """As on a file system that keeps no attributes of root's, and in a container that lets nobody set them."""
    setxattr = os.setxattr

    def refuse(file: t.Any, name: t.Any, *given: t.Any, **named: t.Any) -> None:
        if name == record.ATTRIBUTE:
            raise OSError(errno.ENOTSUP, "injected")
        setxattr(file, name, *given, **named)

    monkeypatch.setattr(os, "setxattr", refuse)


class Tree:
    """The files, and the calls with which their record is left and found."""

    def __init__(self, top: Path) -> None:
        self.top, self.link, self.version = top, top / "current", top / "v1"
        self.key, self.env = self.version / "private.key", self.version / "env"
        #: Not in any directory that is looked at.
        self.apart = top.parent / "apart"
        self.version.mkdir(0o700, parents=True)
        for name, content in (("private.key", "a key"), ("public.key", PUBLIC_KEY), ("jwk.json", JWK), ("env", "A=b")):
            (self.version / name).write_text(content)
            (self.version / name).chmod(0o600)
        self.link.symlink_to("v1")

    @property
    def paths(self) -> t.List[str]:
        """As a record has them."""
        public = [str(self.version / name) for name in ("public.key", "jwk.json")]
        return [str(self.key), *public, str(self.env), str(self.link)]

    def asked(self, text: str = ASKED, names: t.Sequence[t.Sequence[str]] = ()) -> record.Asked:
        return str(self.key), text, names

    def look(
        self, asked: t.Optional[record.Asked] = None, context: record.Context = no_context, is_file: bool = False
    ) -> bytes:
        return record.look(asked or self.asked(), self.paths, context, is_file, False)

    def writer(self, bound: t.Optional[record_writing.Bound] = None) -> record_writing.Writer:
        place = FileSlot(open_directory(str(self.version), "path"), "private.key", "path")
        asked = self.asked()
        return record_writing.Writer(
            bound or record_writing.Bound(asked, no_context, record.meanings(asked)), place, self.paths
        )

    def leave(
        self,
        rest: t.Optional[str] = REST,
        meanwhile: t.Callable[[], t.Any] = lambda: None,
        bound: t.Optional[record_writing.Bound] = None,
        is_guessable: bool = False,
    ) -> None:
        """``meanwhile`` is called while everything is looked at."""
        writer = self.writer(bound)
        writer.make_room()
        writer.begin()
        meanwhile()
        writer.end(rest, is_guessable)

    def recall(
        self, asked: t.Optional[record.Asked] = None, context: record.Context = no_context
    ) -> t.Optional[t.Tuple[str, str, str]]:
        """What is remembered and what the public files hold."""
        found = record.recall(asked or self.asked(), context)
        return (found.rest, found.public_key, found.jwk) if found else None


#: What is recalled where nothing has changed.
ALL = (REST, PUBLIC_KEY, JWK)
