# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of real programs: each is adopted untouched, converted, or refused with advice that works.

    python tests/makers/run.py                    with the programs of this machine, and those of the fleet's releases
    python tests/makers/run.py --root DIRECTORY   with those in another file system, too (as root)

For each row of table.py: the key is made; ``format: keep`` leaves its octets; ``format: pkcs8`` leaves the key, and
openssl finds in the file the public key that the task returned. Or the task refuses the file, leaves it, and takes the
one that its advice makes of it. A build of a program is tried once. Rows of missing programs are named at the end.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "unit"), str(TESTS / "fleet")]
import conftest  # noqa: F401  # pylint: disable=unused-import
import key_pairs
import userland
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from table import MAKERS, PASSPHRASE, Maker

SECONDS = 120
#: Debian 11 and 13, with their openssl, ssh-keygen and certtool; Debian 12 has those of between.
RELEASES = ("bullseye", "trixie")


class Place:
    """A file system with programs: this machine's, or that of another release below a directory."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.name = os.path.basename(root)
        self.folders = os.path.join(root, "tmp") if root else tempfile.gettempdir()

    def run(self, script: str, folder: str) -> "subprocess.CompletedProcess[bytes]":
        """Run a shell script in a folder of this place."""
        inside = "/" + os.path.relpath(folder, self.root or "/")
        command = ["sh", "-c", "umask 077; cd %s && { %s\n}" % (shlex.quote(inside), script)]
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PASS": PASSPHRASE, "HOME": inside}
        return subprocess.run(
            ["chroot", self.root, *command] if self.root else command,
            env=env if self.root else {**os.environ, **env, "PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip

    def has(self, maker: Maker, folder: str) -> bool:
        """Whether the programs of a row are there, and can do what it asks of them."""
        programs = PROGRAMS.intersection(maker.script.split())
        needed = ["command -v %s" % name for name in programs] + [maker.needs] * bool(maker.needs)
        return self.run(" && ".join("{ %s; } >/dev/null 2>&1" % one for one in needed), folder).returncode == 0

    def builds(self, maker: Maker, folder: str) -> bytes:
        """Which builds of its programs a row runs here: digests of their files."""
        programs = sorted(PROGRAMS.intersection(maker.script.split()))
        return self.run("sha256sum %s" % " ".join("$(command -v %s)" % name for name in programs), folder).stdout


PROGRAMS = frozenset(("openssl", "ssh-keygen", "certtool", "botan", "node", "keytool", "puttygen", "jose", "rnbyc"))


def task(path: str, maker: Maker, **more: t.Any) -> t.Dict[str, t.Any]:
    """What jwt_keypair makes of the file."""
    secret: t.Dict[str, t.Any] = {"passphrase": PASSPHRASE} if maker.is_encrypted else {"encrypted": False}
    size = {"size": 2048} if maker.algorithm[:2] in ("RS", "PS") else {}
    return key_pairs.run(path, algorithm=maker.algorithm, **secret, **size, **more)


def openssl_reads(path: str) -> t.Any:
    """The numbers of the public key that openssl finds in a file."""
    command = ["openssl", "pkey", "-in", path, "-passin", "env:PASS", "-pubout"]
    return _numbers(
        subprocess.run(command, env={**os.environ, "PASS": PASSPHRASE}, capture_output=True, check=True).stdout
    )


def _numbers(pem: bytes) -> t.Any:
    """Without the restriction of a key for PS256 alone, which the task does not return."""
    public = load_pem_public_key(pem)
    return public.public_numbers() if hasattr(public, "public_numbers") else public.public_bytes_raw()


def try_out(maker: Maker, place: Place, folder: str) -> str:
    """What is wrong with a row; empty for nothing."""
    made, path = place.run(maker.script, folder), os.path.join(folder, "key")
    if not os.path.exists(path):
        return "was not made: %r" % made.stderr[-200:]
    before = Path(path).read_bytes()
    if maker.label.encode() not in before[:200]:
        return "is another file than meant: %r" % before[:60]
    if maker.refusal:
        problem = refused(path, maker, place, folder)
        if problem or not maker.advised:
            return problem
    else:
        kept = task(path, maker, format="keep")
        if kept["changed"] or Path(path).read_bytes() != before:
            return "was changed with format: keep: %s" % kept["changes"]
    converted = task(path, maker, format="pkcs8")
    if maker.algorithm.startswith("ML-DSA"):
        return ""
    right = openssl_reads(path) == _numbers(converted["public_key"].encode())
    return "" if right else "openssl reads another key of the converted file"


def refused(path: str, maker: Maker, place: Place, folder: str) -> str:
    """What is wrong with a refusal; the file is exchanged for the one that its advice makes."""
    before = Path(path).read_bytes()
    try:
        task(path, maker, format="keep")
    except KeysmithError as error:
        if maker.refusal not in str(error) or "\n" in str(error) or PASSPHRASE in str(error):
            return "was refused otherwise: %s" % error
    else:
        return "was not refused"
    if Path(path).read_bytes() != before:
        return "was changed though it was refused"
    if maker.advised:
        advised = place.run(maker.advised, folder)
        if not os.path.exists(os.path.join(folder, "new")):
            return "the advice does not work: %r" % advised.stderr[-200:]
        os.replace(os.path.join(folder, "new"), path)
    return ""


def fleet() -> t.List[str]:
    """The file systems of other Debian releases, as the fleet tests use them; none where they cannot be had."""
    try:
        userland.prepare(print, RELEASES)
    except userland.Unavailable as reason:
        print("not with the programs of %s: %s" % (", ".join(RELEASES), reason))
        return []
    return [str(userland.folder(suite)) for suite in RELEASES]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", action="append", default=[], help="a file system with more programs")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    options = parser.parse_args()
    wrong, missing, done = 0, [], set()
    for place in map(Place, ["", *fleet(), *options.root]):
        for maker in (one for one in MAKERS if options.only in one.name):
            with tempfile.TemporaryDirectory(dir=place.folders) as folder:
                if not place.has(maker, folder):
                    missing.append("%s %s" % (maker.name, place.name))
                    continue
                row = (maker.name, place.builds(maker, folder))
                if row in done:
                    continue
                done.add(row)
                try:
                    problem = try_out(maker, place, folder)
                except KeysmithError as error:
                    problem = "was refused: %s" % error
            wrong += bool(problem)
            print("%-7s %-32s %s %s" % ("WRONG" if problem else "ok", maker.name, place.name, problem), flush=True)
    print("not here: %s" % "; ".join(missing))
    print("%d wrong" % wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
