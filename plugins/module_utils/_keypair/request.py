# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user wants of one key pair, as one value."""

from __future__ import annotations

import base64
import typing as t

from .._disk.attributes import Attributes
from .._keys import algorithms
from . import outputs

#: NIST SP 800-57: 3072 bits are 128-bit strength; 112-bit strength ends after 2030.
ADVISED_SIZE = 3072
THUMBPRINT = "thumbprint"
#: RFC 5280 appendix A.1.
LONGEST_COMMON_NAME = 64


class CertificateOptions(t.NamedTuple):
    """The options of the certificate, and the files that hold it."""

    #: The common name; empty: the key ID.
    name: str
    days: int
    in_jwk: bool
    pkcs12_name: str


#: The options that name variables, in the order in which files of one variable are committed.
VARIABLES = ("passphrase_variable", "key_id_variable", "key_path_variable", "key_base64_variable")


class EnvironmentFile(t.NamedTuple):
    """One environment file; a variable whose name is empty is turned off."""

    path: str
    format: str
    key_id_variable: str
    passphrase_variable: str
    key_path_variable: str
    key_base64_variable: str
    attributes: Attributes
    #: The names of variables that are not to be in it.
    removed: t.Tuple[str, ...] = ()

    @property
    def variables(self) -> t.List[str]:
        """Return the names of our variables in the file."""
        names = (self.passphrase_variable, self.key_id_variable, self.key_path_variable, self.key_base64_variable)
        return [name for name in names if name] + list(self.removed)

    def values(
        self, key_id: str, passphrase: t.Optional[bytes], key_path: str, private_key: bytes
    ) -> t.Dict[str, t.Optional[str]]:
        """Return the wanted values of our variables; None: not in the file. ``private_key`` is the content of that
        file.
        """
        held = {
            self.passphrase_variable: passphrase.decode("utf-8") if passphrase else None,
            self.key_id_variable: key_id,
            self.key_path_variable: key_path,
            self.key_base64_variable: base64_of(private_key),
        }
        return {**dict.fromkeys(self.removed), **{name: value for name, value in held.items() if name}}


class Wanted(t.NamedTuple):
    """The options of one key pair. Holds secrets: never shown."""

    path: str
    state: str
    algorithm: algorithms.Algorithm
    size: int
    format: str
    #: None: not given; empty: the key is stored unencrypted on purpose.
    passphrase: t.Optional[bytes]
    previous_passphrases: t.Tuple[bytes, ...]
    generate_passphrase: bool
    private_key: t.Optional[bytes]
    key_id: str
    #: The paths of the files that are made of the public key, by their options.
    derived: t.Dict[str, str]
    certificate: CertificateOptions
    environment: t.Tuple[EnvironmentFile, ...]
    active_link: str
    regenerate: str
    backup: bool
    base_directory: str
    directory: Attributes
    private: Attributes
    public: Attributes
    #: The private key's inode flags in chattr's notation; empty if not given.
    attributes: str
    lock_timeout: int

    def __repr__(self) -> str:
        return "<wanted: %s>" % self.path

    def key_id_of(self, thumbprint: str) -> str:
        """Return the key ID of a key with that thumbprint."""
        return thumbprint if self.key_id == THUMBPRINT else self.key_id

    @property
    def files(self) -> t.List[t.Tuple[outputs.Output, str]]:
        """All files, with what they are, in no order."""
        derived = [(output, self.derived[output.option]) for output in outputs.DERIVED if output.option in self.derived]
        environment = [(outputs.ENVIRONMENT, item.path) for item in self.environment]
        return [(outputs.PRIVATE_KEY, self.path), *derived, *environment]

    @property
    def named(self) -> t.List[t.Tuple[str, str]]:
        """Return the paths of all files and of the link, with the options that name them."""
        link = [("active_link", self.active_link)] if self.active_link else []
        return [(output.option, path) for output, path in self.files] + link

    @property
    def paths(self) -> t.Set[str]:
        """Return the paths that a key pair uses."""
        return {path for _option, path in self.named}

    @property
    def in_order(self) -> t.List[str]:
        """Return the paths in the order of the record; empty for a public key or JWK without a file."""
        first = [self.path, self.derived.get("public_path", ""), self.derived.get("jwk_path", "")]
        return first + sorted(self.paths - set(first))

    @property
    def owners(self) -> t.FrozenSet[int]:
        """Return the uids that files will get; none if no option sets owners."""
        given = [self.private.owner] + [item.attributes.owner for item in self.environment]
        return frozenset(uid for uid in given if uid >= 0)

    @property
    def secrets(self) -> t.List[t.Tuple[str, bytes]]:
        """Return the given passphrases, each with its option."""
        given = [("previous_passphrases", secret) for secret in self.previous_passphrases]
        return ([("passphrase", self.passphrase)] if self.passphrase else []) + given


def base64_of(private_key: bytes) -> str:
    """Return a private key file as an environment file holds it."""
    return base64.b64encode(private_key).decode("ascii")
