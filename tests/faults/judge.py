# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on the disk, judged with none of the collection's own code: by cryptography, hashlib and stat(2)."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import re
import shlex
import stat
import typing as t

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

_ASSIGNED = re.compile(rb"^(?:export )?([A-Z_]+)=(.*)$", re.M)
#: In a file, that there is a secret: a PEM key, one in base64, a key bag of PKCS#12.
_SECRETS = (b"PRIVATE KEY", b"LS0tLS1CRUdJTi", bytes.fromhex("060b2a864886f70d010c0a0102"))
LEFTOVER = re.compile(r".*\.ks-.*\.tmp$|.*\.staged$")
PASSPHRASE, KEY_ID, PATH = "PRIVATE_KEY_PASSWORD", "PRIVATE_RSA_KEY_ID", "PRIVATE_RSA_KEY_FILE_PATH"


class Node(t.NamedTuple):
    """A file, directory or link as it is on the disk."""

    kind: str
    content: bytes
    mode: int
    owner: int
    group: int
    inode: int
    changed: int

    @property
    def secret(self) -> bool:
        return any(sign in self.content for sign in _SECRETS) or re.search(rb"PASSWORD=.*\S", self.content) is not None


Disk = t.Dict[str, Node]


def disk(*roots: str) -> Disk:
    """All that is below the roots, by path."""
    found: Disk = {}
    for root in roots:
        for directory, folders, files in os.walk(root):
            links = [name for name in folders if os.path.islink(os.path.join(directory, name))]
            for name in ["", *files, *links]:
                path = os.path.join(directory, name) if name else directory
                found[path] = _node(path)
    return found


def _node(path: str) -> Node:
    info = os.lstat(path)
    content, kind = b"", "other"
    if stat.S_ISLNK(info.st_mode):
        content, kind = os.fsencode(os.readlink(path)), "link"
    elif stat.S_ISREG(info.st_mode):
        kind = "file"
        with open(path, "rb") as file:
            content = file.read()
    elif stat.S_ISDIR(info.st_mode):
        kind = "directory"
    return Node(kind, content, stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid, info.st_ino, info.st_mtime_ns)


def values(content: bytes) -> t.Dict[str, str]:
    """The assignments in an environment file as these tests write them."""
    found: t.Dict[str, str] = {}
    for name, value in _ASSIGNED.findall(content):
        text = value.decode("utf-8", "replace")
        try:
            found[name.decode()] = (shlex.split(text) or [""])[0] if text[:1] in "'\"" else text
        except ValueError:  # Half a value, in what a killed run leaves.
            found[name.decode()] = text
    return found


@functools.lru_cache(maxsize=10000)
def thumbprint(content: bytes, passphrase: str) -> str:
    """RFC 7638 of a private key file; empty where this passphrase does not open it."""
    try:
        key: t.Any = serialization.load_pem_private_key(content, passphrase.encode() or None)
    except (ValueError, TypeError):
        return ""
    return public_thumbprint(key.public_key())


def public_thumbprint(public: t.Any) -> str:
    if isinstance(public, rsa.RSAPublicKey):
        members = {"e": _number(public.public_numbers().e), "kty": "RSA", "n": _number(public.public_numbers().n)}
    elif isinstance(public, ec.EllipticCurvePublicKey):
        size, point = (public.curve.key_size + 7) // 8, public.public_numbers()
        members = {"crv": "P-%d" % public.curve.key_size, "kty": "EC"}
        members.update(x=_octets(point.x.to_bytes(size, "big")), y=_octets(point.y.to_bytes(size, "big")))
    elif isinstance(public, ed25519.Ed25519PublicKey):
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        members = {"crv": "Ed25519", "kty": "OKP", "x": _octets(raw)}
    else:
        raise TypeError("the tests make no such key")
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return _octets(hashlib.sha256(text.encode()).digest())


def _number(value: int) -> str:
    return _octets(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _octets(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def service(path: str, given: str = "") -> str:
    """The thumbprint of the key that a service gets which reads this environment file; empty where it cannot start.

    It takes the path, the passphrase and the key ID from the file and has nothing else (``given``: its passphrase,
    where that is not in the file).
    """
    try:
        with open(path, "rb") as file:
            said = values(file.read())
        with open(said[PATH], "rb") as file:
            found = thumbprint(file.read(), said.get(PASSPHRASE, given))
    except (OSError, KeyError):
        return ""
    return found if said.get(KEY_ID) in (found, "my-key") else ""


def passphrases(at: Disk, given: t.Iterable[str]) -> t.Set[str]:
    """All that there are: given ones, and whatever a file holds."""
    said = [values(node.content) for node in at.values() if node.kind == "file"]
    # A file can hold those of several key pairs, under names that end alike.
    return {"", *given, *(each[name] for each in said for name in each if name.endswith(PASSPHRASE))}


def keys(at: Disk, given: t.Iterable[str]) -> t.Dict[str, t.Set[str]]:
    """The private keys that can still be opened, and the files in which they are."""
    found: t.Dict[str, t.Set[str]] = {}
    tried = passphrases(at, given)
    for path, node in at.items():
        if b"PRIVATE KEY" in node.content:
            for passphrase in tried:
                key = thumbprint(node.content, passphrase)
                if key:
                    found.setdefault(key, set()).add(path)
    return found


def exposed(at: Disk, group: t.Collection[int] = ()) -> t.List[str]:
    """Files with a secret that somebody else can read; those of ``group`` may be read by it."""
    return [
        "%s has mode %04o and a secret in it" % (path, node.mode)
        for path, node in at.items()
        if node.kind == "file" and node.secret and node.mode & (0o037 if node.group in group else 0o077)
    ]


def leftovers(at: Disk) -> t.List[str]:
    """Temporaries, staged files, and files with a second name."""
    files = [(node.inode, path) for path, node in at.items() if node.kind == "file"]
    inodes = [inode for inode, _path in files]
    double = ["%s has a second name" % path for inode, path in files if inodes.count(inode) > 1]
    return [path for path in at if LEFTOVER.match(os.path.basename(path))] + double


def public_files(private: str, passphrase: str, public: str, jwk: str) -> str:
    """What is wrong with the public files of a private key; empty where they are its own."""
    with open(private, "rb") as file:
        wanted = thumbprint(file.read(), passphrase)
    with open(public, "rb") as file:
        if public_thumbprint(serialization.load_pem_public_key(file.read())) != wanted:
            return "%s is another key's" % public
    with open(jwk, "rb") as file:
        members = json.load(file)
    required = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}[members["kty"]]
    text = json.dumps({name: members[name] for name in required}, separators=(",", ":"), sort_keys=True)
    found = _octets(hashlib.sha256(text.encode()).digest())
    return "" if found == wanted and members["kid"] in (wanted, "my-key") else "%s is another key's" % jwk
