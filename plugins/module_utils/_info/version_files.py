# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of one version on a host: which key they are about, and what is wrong with them. Nothing is opened with a
passphrase, and the library is not needed.
"""

from __future__ import annotations

import os
import re
import stat
import typing as t

from .._disk import owner_mode, xattrs
from .._disk.directory import Directory, open_directory
from .._disk.files import FileSlot
from .._env_files import edit
from .._errors import KeysmithError
from .._jose import jwk as jose_jwk
from .._jose import public_facts
from .._keypair.values import BACKUP
from .._keys import der, key_numbers, pem
from .._service.options import OUTPUTS
from . import problems
from .problems import Problem

KEY, PUBLIC, JWK, ENVIRONMENT = "private.key", "public.key", "jwk.json", "env"
_LARGEST = 64 * 1024
_OPTION = "directory"
_BACKUP = re.compile(r"private\.key" + BACKUP)
_Members = t.Dict[str, str]


class Rights(t.NamedTuple):
    """Who may have the files of a service: uids, and the widest modes of its private keys and environment files."""

    owners: t.FrozenSet[int]
    private: int
    environment: int


class Environment(t.NamedTuple):
    """How the environment file is written, and the names of its variables; empty for those that it does not have."""

    format: str
    key_id: str = ""
    key_path: str = ""
    passphrase: str = ""
    #: The file elsewhere that has the same variables; empty for none.
    other: str = ""


class Files:
    """One version's files. What is public of the key is in ``facts``, what is wrong in ``problems``."""

    def __init__(self, directory: str, version: str, rights: Rights, environment: Environment) -> None:
        self.facts: t.Dict[str, t.Any] = {}
        self.problems: t.List[Problem] = []
        self.is_there = False
        self._unread: t.Set[str] = set()
        self._rights, self._environment = rights, environment
        path = os.path.join(directory, version)
        try:
            with open_directory(path, _OPTION) as folder:
                self._look(folder)
        except KeysmithError as error:
            self._found(problems.UNREADABLE, str(error))

    def _look(self, folder: Directory) -> None:
        self.facts["backups"] = sum(bool(_BACKUP.fullmatch(name)) for name in folder.entries())
        private = self._read(folder, KEY, self._rights.private)
        self.is_there = private is not None
        if private is None:
            return
        self._judge_way(folder)
        keys = {"private_key": self._private(private, folder.path)}
        keys["public_key"] = self._public(self._read(folder, PUBLIC), folder.path)
        jwk = self._jwk(self._read(folder, JWK), folder.path)
        keys["jwk"] = {name: jwk[name] for name in jose_jwk.REQUIRED[jwk["kty"]]} if jwk else None
        self._describe(keys, jwk, folder.path)
        for row in OUTPUTS.values():
            if row.is_secret:
                self._read(folder, row.file_name, self._rights.private)
        self._compare_environment(folder, ENVIRONMENT, folder.path)
        if self._environment.other:
            above, name = os.path.split(self._environment.other)
            with open_directory(above, "environment: path") as other:
                self._judge_way(other)
                self._compare_environment(other, name, folder.path)

    def _judge_way(self, folder: Directory) -> None:
        try:
            folder.judge(self._rights.owners)
        except KeysmithError as error:
            self._found(problems.ACCESS, str(error))

    def _describe(self, keys: t.Mapping[str, t.Optional[_Members]], jwk: t.Optional[_Members], path: str) -> None:
        """Describe the key in the private key file; if that does not show it, the published key."""
        known = {source: members for source, members in keys.items() if members}
        if jwk:
            self.facts.update({"kid": jwk.get("kid", ""), "algorithm": jwk.get("alg", "")})
        if not known:
            return
        source, members = next(iter(known.items()))
        self.facts.update(source=source, thumbprint=jose_jwk.thumbprint(members), type=members["kty"])
        size, curve = jose_jwk.size(members), jose_jwk.curve(members)
        self.facts.update({"size": size} if size else {"curve": curve})
        prints = {jose_jwk.thumbprint(one): one for one in known.values()}
        if len(prints) > 1:
            names = {"private_key": KEY, "public_key": PUBLIC, "jwk": JWK}
            text = "%s in %s are about different keys; run the role, which rewrites the public files."
            self._found(problems.MISMATCH, text % (" and ".join(names[one] for one in known), path))

    def _private(self, content: bytes, path: str) -> t.Optional[_Members]:
        try:
            block = pem.parse(content, os.path.join(path, KEY))
            self.facts["encrypted"] = block.label == "ENCRYPTED PRIVATE KEY" or bool(block.headers)
            if block.container == "openssh":
                from .._keys import openssh

                sealed = openssh.private(block.body)
                self.facts["encrypted"] = sealed.encrypted
                return public_facts.of_material(sealed.public)
            if self.facts["encrypted"]:
                return None
            material = key_numbers.from_der(block.label, block.body)
        except der.Malformed:
            self._found(problems.UNREADABLE, "%s is damaged; restore it from a backup." % os.path.join(path, KEY))
            return None
        except KeysmithError as error:
            self._found(problems.UNREADABLE, str(error))
            return None
        # Some forms hold the private half alone, of which the other follows by the library only.
        return public_facts.of_material(material) if material.numbers or material.public else None

    def _public(self, content: t.Optional[bytes], path: str) -> t.Optional[_Members]:
        name = os.path.join(path, PUBLIC)
        if content is None:
            self._missing(name)
            return None
        try:
            block = pem.parse(content, name)
            if "PRIVATE" in block.label:
                raise KeysmithError("%s holds a private key." % name)
            return public_facts.of_material(key_numbers.from_der(block.label, block.body))
        except (KeysmithError, der.Malformed, KeyError):
            self._found(
                problems.UNREADABLE, "%s holds no public key; run the role, which reports what it holds." % name
            )
            return None

    def _jwk(self, content: t.Optional[bytes], path: str) -> t.Optional[_Members]:
        name = os.path.join(path, JWK)
        if content is None:
            self._missing(name)
            return None
        members = public_facts.of_jwk(content)
        if members is None:
            self._found(
                problems.UNREADABLE, "%s holds no public JWK; run the role, which reports what it holds." % name
            )
        return members

    def _compare_environment(self, folder: Directory, file: str, path: str) -> None:
        """Compare the key ID and key path in the environment file with the files: the service uses those."""
        content = self._read(folder, file, self._rights.environment)
        name, said = os.path.join(folder.path, file), self._environment
        if content is None:
            self._missing(name)
            return
        try:
            variables = filter(None, (said.key_id, said.key_path, said.passphrase))
            found = edit.values(content, variables, said.format, name=name)
        except KeysmithError as error:
            self._found(problems.UNREADABLE, str(error))
            return
        expected = [said.key_id, said.key_path, said.passphrase if self.facts.get("encrypted") else ""]
        unset = [one for one in expected if one and one not in found]
        if unset:
            self._found(problems.MISSING, "%s does not set %s; run the role." % (name, ", ".join(unset)))
        key_id = found.get(said.key_id)
        if key_id and self.facts.get("kid") and key_id != self.facts["kid"]:
            self._found(
                problems.MISMATCH, "%s names another key ID than %s; run the role." % (name, os.path.join(path, JWK))
            )
        key_path = found.get(said.key_path)
        if key_path and os.path.normpath(key_path) != os.path.join(path, KEY):
            text = "%s names another private key than %s; run the role."
            self._found(problems.MISMATCH, text % (name, os.path.join(path, KEY)))

    def _read(self, folder: Directory, name: str, widest: int = -1) -> t.Optional[bytes]:
        """Return the content; None if it is missing or unreadable. A file with a ``widest`` mode is a secret."""
        place = FileSlot(folder, name, _OPTION)
        try:
            if not place.look():
                return None
            seen: t.List[t.Tuple[os.stat_result, bool]] = []
            content = place.read(
                _LARGEST, also=lambda fd, _content: seen.append((os.fstat(fd), bool(xattrs.get_list(fd))))
            )
        except KeysmithError as error:
            self._unread.add(place.path)
            self._found(problems.UNREADABLE, str(error))
            return None
        if widest >= 0:
            self._judge(place.path, *seen[0], widest)
        return content

    def _judge(self, path: str, info: os.stat_result, has_list: bool, widest: int) -> None:
        mode = stat.S_IMODE(info.st_mode)
        if mode & ~widest:
            text = "%s has mode %04o instead of %04o. Run the role, and rotate a key that others may have read."
            self._found(problems.ACCESS, text % (path, mode, widest))
        elif has_list:
            self._found(problems.ACCESS, "%s has an access control list that gives others access." % path)
        if info.st_uid not in self._rights.owners:
            self._found(problems.ACCESS, "%s belongs to %s." % (path, owner_mode.user_name(info.st_uid)))

    def _missing(self, path: str) -> None:
        """Report a missing file; an unreadable one has been reported already."""
        if path not in self._unread:
            self._found(problems.MISSING, "%s is missing; run the role, which rewrites it." % path)

    def _found(self, kind: str, text: str) -> None:
        self.problems.append(problems.problem(kind, text))
