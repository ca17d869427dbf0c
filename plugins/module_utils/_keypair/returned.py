# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The returned facts of a key pair, and warnings."""

from __future__ import annotations

import stat
import typing as t

from .._disk import owner_mode
from .._disk.attributes import Attributes
from .._errors import KeysmithError
from .._keys import passphrase as keys_passphrase
from . import decide, fingerprints
from .request import ADVISED_SIZE, Wanted
from .state import FoundFile, State
from .values import is_portable_key_id


def describe(
    wanted: Wanted, key: t.Optional[decide.FoundKey], decision: str, encrypted: bool, certificate: bytes = b""
) -> t.Dict[str, t.Any]:
    """The facts that the module returns of a key; of what is not made yet (check mode), what is certain.

    ``certificate`` is in PEM.
    """
    facts: t.Dict[str, t.Any] = {
        "path": wanted.path,
        "format": decide.format_of(wanted, key),
        "encrypted": encrypted,
        "created": decision in decide.NEW_KEY,
    }
    if key is None:
        row = wanted.algorithm
        facts.update(algorithm=row.jwk_alg, type=row.type)
        facts.update({"size": wanted.size} if row.type == "RSA" else {"curve": row.curve})
        if wanted.key_id_of("") == wanted.key_id:
            facts["key_id"] = wanted.key_id
    else:
        facts.update(algorithm=decide.algorithm_of(wanted, key).jwk_alg, type=key.type)
        facts.update(key_id=wanted.key_id_of(key.thumbprint), thumbprint=key.thumbprint)
        facts.update({"size": key.size} if key.type == "RSA" else {"curve": key.curve})
        public = decide.jwk(wanted, key, certificate)
        facts.update({"jwk": public} if public else {}, public_key=key.pem)
    if certificate:
        from . import certificates

        facts.update(certificates.facts(certificate))
    if key and bool(certificate) == ("certificate_path" in wanted.derived):
        facts["fingerprints"] = fingerprints.of(key.pem, certificate.decode("ascii"))
    return dict(facts, **wanted.derived)


def refuse_masking(secrets: t.Iterable[t.Tuple[str, bytes]], facts: t.Any) -> None:
    """Refuse a passphrase that is part of the public output: Ansible would mask that part, and damage the JWK.

    ``secrets``: options and what was given in them. Shorter ones than a passphrase can be are not hidden.
    """
    hidden = [(option, secret.decode("utf-8", "replace")) for option, secret in secrets]
    hidden = [(option, text) for option, text in hidden if len(text) >= keys_passphrase.LEAST]
    # One search through everything for each of them: no text is longer by what joins it to the next one.
    public = "\0".join(texts_of(facts)) if hidden else ""
    for option, text in hidden:
        if text in public:
            raise KeysmithError(
                "%s: is a part of the public output (a path, the key ID or the key itself), so Ansible would hide that "
                "part of it; choose another passphrase." % option
            )


def texts_of(value: t.Any) -> t.Iterator[str]:
    """Return all strings in a value, names of dictionaries included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, t.Mapping):
        for name, one in value.items():
            yield name
            yield from texts_of(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from texts_of(one)


def warnings(
    wanted: Wanted, key: t.Optional[decide.FoundKey], imported: str = "", certificate: bytes = b""
) -> t.List[str]:
    """Return warnings for the user. They are constant texts: Ansible masks nothing in a warning.

    ``imported`` is the thumbprint of the key to import, where one was given; ``certificate`` is in PEM.
    """
    texts = []
    size = key.size if key else wanted.size
    if size and size < ADVISED_SIZE:
        texts.append(
            "The RSA key has fewer than 3072 bits; NIST ends the use of 112-bit strength after 2030 (SP 800-57), so "
            "use size 3072 or more for a key that lives longer."
        )
    if wanted.passphrase and len(wanted.passphrase) < keys_passphrase.ADVISED:
        texts.append("The passphrase has fewer than 16 characters; somebody who steals the file may guess it.")
    if not is_portable_key_id(wanted.key_id):
        texts.append(
            "The key ID has characters other than letters, digits, '.', '_' and '-', or more than 64 of them; some "
            "authorization servers refuse it."
        )
    if key and not decide.matches(wanted, key):
        texts.append(
            "The key has another type, curve or size than the requested one; it was kept because of regenerate: never."
        )
    elif key and imported and key.thumbprint != imported:
        texts.append("The key is not the one to import; it was kept because of regenerate: never.")
    if certificate:
        from . import certificates

        texts += certificates.warnings(wanted, certificate)
    return texts


def unreadable(wanted: Wanted, key: decide.FoundKey) -> t.List[str]:
    """Return a warning about a private key that is kept as it is, and that other programs do not read."""
    if not key.fault:
        return []
    return [
        "The private key %s %s. It stays so because of format: keep; with another format it is rewritten, and the key "
        "stays the same." % (wanted.path, key.fault)
    ]


def fips(form: str, is_encrypted: bool) -> t.List[str]:
    """Return a warning about an encrypted key that OpenSSL does not open on this host, because it is in FIPS mode."""
    from .._keys import fips as host

    if form != "traditional" or not is_encrypted or not host.is_enabled():
        return []
    return [
        "The host is in FIPS mode, in which OpenSSL opens no encrypted key in the traditional form (its key "
        "derivation is MD5); set format: pkcs8."
    ]


def other_readers(state: State) -> t.List[str]:
    """Return warnings about environment files that seem to be for another program than ``format`` names."""
    from .._env_files import other_readers as signs

    found = [
        (item.wanted.path, signs.sign(item.file.content, item.wanted.format, item.wanted.variables))
        for item in state.environment
        if item.file.content
    ]
    return ["The environment file %s: %s." % (path, sign) for path, sign in found if sign]


def exposures(wanted: Wanted, state: State) -> t.List[str]:
    """Return warnings about a private key, or an environment file with its passphrase, that others could read.

    This run closes them. Who could read them: users and groups that the mode, an access control list or the owner of
    the file lets in, and that lose it now.
    """
    texts = []
    if _loses_readers(state.private, wanted.private):
        texts.append(
            "The private key %s was open to others until this run (%s). Whoever could enter its directory may have a "
            "copy; rotate it, by a new version or once with regenerate: always."
            % (wanted.path, _openness(state.private))
        )
    texts += [
        "The file %s, which holds the private key, was open to others until this run (%s); rotate the key."
        % (item.file.place.path, _openness(item.file))
        for item in state.derived
        if item.output.is_secret and _loses_readers(item.file, wanted.private)
    ]
    return texts + [
        "The environment file %s, which holds %s, was open to others until this run (%s); change the "
        "passphrase, or rotate the key."
        % (item.wanted.path, "the private key" if item.key_base64 else "the passphrase", _openness(item.file))
        for item in state.environment
        if (item.passphrase or item.key_base64) and _loses_readers(item.file, item.wanted.attributes)
    ]


def _loses_readers(file: FoundFile, later: Attributes) -> bool:
    info = file.info
    if not info:
        return False
    mode = stat.S_IMODE(info.st_mode)
    loses_group = later.group not in (-1, info.st_gid) and info.st_gid and mode & 0o060
    loses_owner = later.owner not in (-1, info.st_uid) and info.st_uid
    return bool(mode & 0o066 & ~later.mode or file.has_list or loses_group or loses_owner)


def _openness(file: FoundFile) -> str:
    """Describe mode, owner and group of a file."""
    if not file.info:
        return ""
    return "mode %04o%s, owner %s, group %s" % (
        stat.S_IMODE(file.info.st_mode),
        ", and an access control list" if file.has_list else "",
        owner_mode.user_name(file.info.st_uid),
        owner_mode.group_name(file.info.st_gid),
    )
