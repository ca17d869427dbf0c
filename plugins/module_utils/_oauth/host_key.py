# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a private key that is on the host, to sign with it as the service does: its key ID, algorithm and passphrase
are found in the files beside it. Nothing is changed.
"""

from __future__ import annotations

import os
import typing as t

from .._disk.directory import open_directory
from .._disk.files import FileSlot
from .._disk.links import link_target
from .._env_files import edit
from .._errors import CannotOpen, KeysmithError
from .._jose import jwk as jose_jwk
from .._jose import jwk_checks, jwk_set, public_facts
from .._keypair.values import absolute, checked_key_id
from .._keys import passphrase as keys_passphrase
from .._keys import read as keys_read
from .._keys.algorithms import ALGORITHMS, Algorithm, chosen_for, named

_LARGEST_KEY = 64 * 1024
#: The files of a version, and the link to the active one, as the role names them.
_KEY, _JWK, _ENVIRONMENT, _LINK = "private.key", "jwk.json", "env", "current"


class HostKey(t.NamedTuple):
    """A private key that was opened, and how to sign with it. Holds secrets: never shown."""

    path: str
    #: The key of the library.
    private: t.Any
    algorithm: Algorithm
    key_id: str
    thumbprint: str

    def __repr__(self) -> str:
        return "<private key %s>" % self.thumbprint


class _Files(t.NamedTuple):
    """The paths of the files of a key; empty for none. In a directory, all but the key may be missing."""

    option: str
    key: str
    jwk: str
    environment: str
    is_jwk_named: bool
    is_environment_named: bool


def find(options: t.Mapping[str, t.Any]) -> HostKey:
    """Return the key that the options lead to, opened and proved to belong to its public half.

    ``options`` are those of ARGUMENTS in options.py. KeysmithError where the key is missing, cannot be opened, or is
    not the one that the files beside it are about.
    """
    files = _files(options)
    variables = _variables(files, options["environment"] or {})
    jwk = _jwk(files)
    name = "%s: %s" % (files.option, files.key)
    content = _read(files.key, files.option, _LARGEST_KEY)
    if content is None:
        raise KeysmithError("%s is not there; make the key pair first, with jwt_keypair or the role." % name)
    tried = _passphrases(options["passphrase"], variables)
    why = "the passphrase does not open it" if tried else _without(files, options["environment"] or {})
    # A key whose JWK lies beside it went through the checks when both were written.
    key = _opened(content, tried, name, why, trusted=True)
    facts = public_facts.facts(key.public, key.restriction)
    thumbprint = jose_jwk.thumbprint(facts.members)
    if not jwk:
        key = _opened(content, tried, name, why, trusted=False)
    elif jose_jwk.thumbprint(jwk) != thumbprint:
        raise KeysmithError(
            "%s: %s is the JWK of another key; name the right one as jwk_path, or remove it."
            % (files.option, files.jwk)
        )
    keys_read.prove(key.private, key.private.public_key())
    algorithm = _algorithm(options["algorithm"], jwk, facts, files)
    return HostKey(
        files.key, key.private, algorithm, _key_id(options["key_id"], jwk, variables, thumbprint, files), thumbprint
    )


def _files(options: t.Mapping[str, t.Any]) -> _Files:
    environment = absolute("environment.path", (options["environment"] or {}).get("path"))
    if options["directory"] is None:
        path = absolute("path", options["path"])
        beside = os.path.join(os.path.dirname(path), _JWK)
        return _Files(
            "path",
            path,
            absolute("jwk_path", options["jwk_path"]) or beside,
            environment,
            bool(options["jwk_path"]),
            bool(environment),
        )
    directory = absolute("directory", options["directory"])
    folder = os.path.join(directory, _version(directory, options["version"]))
    return _Files(
        "directory",
        os.path.join(folder, _KEY),
        os.path.join(folder, _JWK),
        environment or os.path.join(folder, _ENVIRONMENT),
        False,
        bool(environment),
    )


def _version(directory: str, version: t.Any) -> str:
    """Return the folder of the version, by default the one that the link leads to."""
    if version is not None:
        if not isinstance(version, str):
            raise KeysmithError("version: has to be a string; put it in quotes.")
        if not _is_name(version):
            raise KeysmithError("version: has to be the name of a version, such as v1.")
        return version
    folder = open_directory(directory, "directory")
    try:
        target = link_target(FileSlot(folder, _LINK, "directory"))
    finally:
        folder.close()
    if target is None:
        raise KeysmithError(
            "directory: %s has no active version (there is no link %s); give a version, or provision the service first."
            % (directory, _LINK)
        )
    # Whoever owns the directory could lead it to the key of another service.
    if not _is_name(target):
        raise KeysmithError("directory: the link %s in %s leads out of it; give a version." % (_LINK, directory))
    return target


def _is_name(version: str) -> bool:
    return bool(version) and "/" not in version and version not in (".", "..") and version.isprintable()


def _read(path: str, option: str, limit: int) -> t.Optional[bytes]:
    """Return the content of a file, None if it is missing."""
    folder = open_directory(os.path.dirname(path), option)
    try:
        place = FileSlot(folder, os.path.basename(path), option)
        return None if place.look() is None else place.read(limit)
    finally:
        folder.close()


def _variables(files: _Files, options: t.Mapping[str, t.Any]) -> t.Dict[str, str]:
    """Return ``passphrase`` and ``key_id`` in the environment file, those that it has."""
    if not files.environment:
        return {}
    content = _read(files.environment, "environment.path", edit.LARGEST_FILE)
    if content is None:
        if files.is_environment_named:
            raise KeysmithError("environment.path: %s is not there." % files.environment)
        return {}
    names = {what: options[what + "_variable"] for what in ("passphrase", "key_id") if options.get(what + "_variable")}
    found = edit.values(content, list(names.values()), options["format"], name="environment: " + files.environment)
    return {what: found[name] for what, name in names.items() if found.get(name)}


def _passphrases(given: t.Any, variables: t.Mapping[str, str]) -> t.List[bytes]:
    if given is None:
        return [variables["passphrase"].encode("utf-8")] if "passphrase" in variables else []
    octets = keys_passphrase.checked_to_read("passphrase", given)
    if not octets:
        raise KeysmithError("passphrase: is empty; leave it out for a key that is not encrypted.")
    return [octets]


def _without(files: _Files, options: t.Mapping[str, t.Any]) -> str:
    """Say where no passphrase was found."""
    variable = options.get("passphrase_variable")
    if not files.environment or not variable:
        return "no passphrase was given"
    return "no passphrase was given, and %s does not set %s" % (files.environment, variable)


def _opened(content: bytes, tried: t.Sequence[bytes], name: str, why: str, trusted: bool) -> keys_read.Key:
    """Return the key; CannotOpen says ``why`` if it cannot be opened."""
    try:
        return keys_read.read_private(content, tried, name=name, trusted=trusted)
    except CannotOpen:
        raise CannotOpen("%s is encrypted, and %s; see passphrase and environment." % (name, why)) from None


def _jwk(files: _Files) -> t.Optional[jwk_checks.Jwk]:
    """Return the public JWK beside the key, if there is one."""
    name = "jwk_path: %s" % files.jwk
    content = _read(files.jwk, "jwk_path", _LARGEST_KEY)
    if content is None:
        if files.is_jwk_named:
            raise KeysmithError("%s is not there." % name)
        return None
    document = jwk_set.parse(content, name)
    if "keys" in document:
        raise KeysmithError("%s is a JWK Set; name the file with the JWK of this key as jwk_path." % name)
    return jwk_checks.check_form(document, name)


def _key_id(
    given: t.Any,
    jwk: t.Optional[jwk_checks.Jwk],
    variables: t.Mapping[str, str],
    thumbprint: str,
    files: _Files,
) -> str:
    """Return the key ID that the service sends: the given one, or that of its files, which have to agree."""
    if given is not None:
        key_id = checked_key_id(given)
        return thumbprint if key_id == "thumbprint" else key_id
    registered = (jwk or {}).get("kid")
    sent = variables.get("key_id")
    if sent and registered and sent != registered:
        raise KeysmithError(
            "environment: %s has the key ID %s, but %s has %s; the service would send a key ID that is not registered."
            % (files.environment, sent, files.jwk, registered)
        )
    return str(sent or registered or thumbprint)


def _algorithm(
    given: t.Optional[str], jwk: t.Optional[jwk_checks.Jwk], facts: public_facts.Facts, files: _Files
) -> Algorithm:
    """Return the algorithm that is given, else that of the JWK, else the default for such a key."""
    kind, curve = facts.members["kty"], jose_jwk.curve(facts.members)
    says = (jwk or {}).get("alg")
    if given:
        row, where = named(given), "algorithm"
    elif says:
        rows = [row for row in ALGORITHMS.values() if row.jwk_alg == says and row.use == "sig"]
        if not rows:
            raise KeysmithError("jwk_path: %s has an alg that does not sign; give algorithm." % files.jwk)
        row, where = rows[0], "jwk_path: " + files.jwk
    else:
        return chosen_for(kind, curve, facts.restriction)
    if row.use != "sig" or not row.takes(kind, curve, facts.restriction):
        raise KeysmithError("%s: %s is not for the key %s, which is %s." % (where, row.name, files.key, curve or kind))
    return row
