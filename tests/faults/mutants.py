# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes out one protective line at a time, and shows that a test sees it: ``python3 tests/faults/mutants.py``.

Each mutant is a copy of the collection with one text replaced. It is killed when the unit tests of its file, or the
fault tests that are named beside it, go red. As root, with ansible-core, cryptography and pytest; about ten minutes.
"""

# A mutant is a line of the source and what it becomes: lines as long as those of the source, quoted.
from __future__ import annotations

import argparse
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import typing as t

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Mutant(t.NamedTuple):
    """A line taken out of a file in module_utils."""

    what: str
    file: str
    old: str
    new: str
    #: Arguments of tests/faults/run.py that are to see it, where the unit tests of the file do not.
    faults: t.Tuple[str, ...] = ()


_KILL, _POWER, _ERROR, _BACK = "kill points", "power", "errors at", "way back"
MUTANTS = (
    Mutant(
        "born 0600", "_files", "os.open(temporary, _NEW, 0o600,", "os.open(temporary, _NEW, 0o666,", ("watcher opens",)
    ),
    Mutant(
        "attributes before content",
        "_files",
        "                    dress(fd, attributes.mode, attributes.owner, attributes.group)\n"
        "                    set_context(fd, attributes.context)\n"
        "                    _write_all(fd, content)",
        "                    os.fchmod(fd, 0o644)\n"
        "                    _write_all(fd, content)\n"
        "                    dress(fd, attributes.mode, attributes.owner, attributes.group)",
        (_KILL, "--operation", "create without", "--exhaustive"),
    ),
    Mutant("O_EXCL", "_files", "os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW", "os.O_CREAT", ("planted",)),
    Mutant("no link is read", "_files", "os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK", "os.O_RDONLY | os.O_NONBLOCK"),
    Mutant(
        "no FIFO is waited for", "_files", "os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK", "os.O_RDONLY | os.O_NOFOLLOW"
    ),
    Mutant("links are refused", "_files", "if stat.S_ISLNK(info.st_mode):", "if False:", ("planted",)),
    Mutant("devices and FIFOs are refused", "_files", "if is_kind(info.st_mode):", "if False:", ("planted",)),
    Mutant(
        "the file that was looked at",
        "_files",
        "if self._seen and self._seen !=",
        "if False and self._seen !=",
        ("swapped files",),
    ),
    Mutant(
        "nothing is left after an error",
        "_files",
        "                self._unlink(temporary)\n                raise",
        "                raise",
        (_ERROR, "--operation", "convert", "--one-in", "6"),
    ),
    Mutant(
        "all octets",
        "_files",
        "    while view:\n        view = view[os.write(fd, view) :]",
        "    os.write(fd, view)",
        (_ERROR, "--operation", "convert", "--one-in", "6"),
    ),
    Mutant(
        "files are synced",
        "_files",
        "                    _write_all(fd, content)\n                    os.fsync(fd)",
        "                    _write_all(fd, content)",
        (_POWER, "--operation", "another file system", "--exhaustive"),
    ),
    Mutant(
        "renames are synced",
        "_files",
        "            place.replaced()\n            place.folder.sync()",
        "            place.replaced()",
        (_POWER, "--operation", "another file system", "--exhaustive"),
    ),
    Mutant(
        "modes are synced",
        "_files",
        "                set_context(fd, attributes.context)\n                os.fsync(fd)",
        "                set_context(fd, attributes.context)",
        (_POWER, "--operation", "modes", "--exhaustive"),
    ),
    Mutant(
        "leftovers are found",
        "_files",
        "return sorted(name for name in folder.entries() if pattern.fullmatch(name))",
        "return []",
        (_KILL, "--operation", "convert", "--exhaustive"),
    ),
    Mutant("no more than so much is read", "_files", "if len(content) > limit:", "if False:"),
    Mutant(
        "directories of others are refused",
        "_folders",
        "if info.st_uid not in (0, os.geteuid()) and info.st_uid not in owners:",
        "if False:",
        ("directories of others",),
    ),
    Mutant(
        "directories open to others are refused",
        "_folders",
        "if info.st_mode & stat.S_IWOTH or (info.st_mode & stat.S_IWGRP and not _private_group(info)):",
        "if False:",
        ("directories of others",),
    ),
    Mutant(
        "links of others are refused",
        "_folders",
        "                if info.st_uid not in (0, os.geteuid()):",
        "                if False:",
        ("links of others",),
    ),
    Mutant(
        "the lock",
        "_folders",
        "                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "",
        ("one path",),
    ),
    Mutant(
        "the lock of a directory that is gone",
        "_folders",
        "        if again.exists and os.path.samestat(os.fstat(again.fd), os.fstat(folder.fd)):",
        "        if True:",
        ("disagree",),
    ),
    Mutant(
        "directories are born 0700",
        "_folders",
        "os.mkdir(part, 0o700, dir_fd=parent)",
        "os.mkdir(part, 0o777, dir_fd=parent)",
    ),
    Mutant(
        "new directories are synced",
        "_folders",
        "    _sync(parent)\n    fd = os.open",
        "    fd = os.open",
        (_POWER, "--operation", "another file system", "--exhaustive"),
    ),
    Mutant(
        "narrowed before it is given away", "_folders", "            os.fchmod(fd, now & wanted)", "            pass"
    ),
    Mutant(
        "second names are refused",
        "_look",
        '    if info and info.st_nlink > 1 and option != "path":',
        "    if False:",
        ("planted",),
    ),
    Mutant(
        "second names of the key are refused",
        "_look",
        "    if private.info.st_nlink != 1 + len(same)",
        "    if 0 and private.info.st_nlink != 1 + len(same)",
        ("planted",),
    ),
    Mutant(
        "files of strangers are refused",
        "_look",
        "    if info and place.folder.is_shared and",
        "    if False and place.folder.is_shared and",
        ("strangers",),
    ),
    Mutant(
        "staged files of strangers",
        "_look",
        "or info.st_uid not in (0, os.geteuid(), owner):",
        "or False:",
        ("strangers",),
    ),
    Mutant(
        "rolled forward",
        "_look",
        "        if successor:\n",
        "        if False:\n",
        (_KILL, "--operation", "to given", "--exhaustive"),
    ),
    Mutant(
        "only what the environment file names",
        "_look",
        "    if first.wanted.passphrase_variable and opened.passphrase != first.passphrase:",
        "    if False:",
        (_KILL, "--operation", "key ID", "--exhaustive"),
    ),
    Mutant(
        "unused backups go",
        "_look",
        "unused_backups=unused_backups if recovery != FORWARD else [],",
        "unused_backups=[],",
        (_KILL, "--operation", "replace", "--exhaustive"),
    ),
    Mutant("private keys are not overwritten", "_look", "    if file and is_private(file.content):", "    if False:"),
    Mutant(
        "environment file first",
        "_commit",
        "return environment[:1] + private + environment[1:] + derived",
        "return private + environment + derived",
        (_KILL, "--operation", "given to given", "--exhaustive"),
    ),
    Mutant(
        "what was written is read",
        "_commit",
        "    if staged.read(_LARGEST, also=prove) != content:",
        "    if staged.read(_LARGEST, also=prove) is None:",
        (_ERROR, "--operation", "mend public", "--one-in", "6"),
    ),
    Mutant("a staged key is proved", "_commit", "new, content, prove if secret else None", "new, content, None"),
    Mutant(
        "all is staged before the first rename",
        "_commit",
        '            with said(folder.option, folder.path, "write to"):\n                folder.sync()',
        "            pass",
        (_POWER, "--operation", "another file system", "--exhaustive"),
    ),
    Mutant(
        "back after an error",
        "_commit",
        "            _go_back(pending, backup)\n",
        "",
        (_ERROR, "--operation", "given to given", "--one-in", "6"),
    ),
    Mutant(
        "a way back that a kill leaves open",
        "_commit",
        "        _also_staged(private)\n",
        "        pass\n",
        (_BACK, "--operation", "given to given", "--one-in", "6"),
    ),
    Mutant(
        "a replaced key is backed up",
        "_commit",
        "        if private and backup and private.file.info:",
        "        if False:",
        (_KILL, "--operation", "replace", "--exhaustive"),
    ),
    Mutant("a proof is of its content", "_proof", "hashlib.sha256(content).digest() + text", "text"),
    Mutant(
        "a proof is of its passphrase",
        "_proof",
        'hashlib.pbkdf2_hmac("sha256", passphrase or b"", salt',
        'hashlib.pbkdf2_hmac("sha256", b"", salt',
    ),
    Mutant(
        "a proof is checked",
        "_proof",
        '            if hmac.compare_digest(expected, record["mac"]):',
        "            if True:",
    ),
    Mutant(
        "a proof is nobody else's",
        "_proof",
        'return ("user.keysmith.proof",) if owner == os.geteuid() else ()',
        'return ("user.keysmith.proof",)',
    ),
    Mutant(
        "what is wrong is mended first",
        "_keypair",
        "        for step in steps:\n"
        "            if step.content is None:\n"
        "                step.place.mend(step.attributes)\n"
        "        backup",
        "        backup",
        (_KILL, "--operation", "modes", "--exhaustive"),
    ),
    Mutant("no passphrase that would be masked", "_keypair", "        _plan.refuse_masking(", "        str("),
    Mutant("the disk is read back", "_keypair", "        if again.changes:", "        if False:"),
    Mutant(
        "the directory that was looked at",
        "_keypair",
        "                if not os.path.samestat(os.fstat(folder.fd), info):",
        "                if False:",
        ("swapped parents",),
    ),
    Mutant(
        "a staged key is the key",
        "_keypair",
        "        if key is None or opened.key.members != key.members or",
        "        if key is None or",
    ),
    Mutant("no core file", "_module", "    forbid_core_files()\n", "", ("core files",)),
    Mutant("no handler of core files", "_module", "(1 if hard else 0, hard)", "(0, hard)", ("core files",)),
    Mutant(
        "unforeseen errors show no value",
        "_module",
        'failure = {"msg": _unforeseen(error)}',
        'failure = {"msg": str(error)}',
    ),
    Mutant(
        "a removed key keeps its passphrase",
        "_removal",
        "                self._back_up_passphrase(item, copies)\n",
        "                pass\n",
        (_KILL, "--operation", "absent", "--exhaustive"),
    ),
    Mutant(
        "a removed key keeps its staged one",
        "_removal",
        "        self._back_up_staged()\n",
        "",
        (_KILL, "--operation", "absent after", "--exhaustive"),
    ),
    Mutant("what is active stays", "_removal", "        if self._is_active(links or {}):", "        if False:"),
    Mutant(
        "a removed key is a private key",
        "_removal",
        "        if self.state.private.info and not _is_private_key(self.state.private.place):",
        "        if False:",
    ),
    Mutant(
        "the way to the parent",
        "_removal",
        "                parent.judge(self.wanted.owners)\n",
        "",
        ("swapped parents",),
    ),
    Mutant("modes of secrets", "_wanted", "    if number & ~0o640 or not number & 0o400:", "    if False:"),
    Mutant("modes of directories", "_wanted", "    if number & 0o7022 or number & 0o700 != 0o700:", "    if False:"),
    Mutant(
        "no world-readable environment files",
        "_wanted",
        "        if item.path.startswith(_WORLD_READABLE):",
        "        if False:",
    ),
    Mutant("short passphrases", "_passphrase", "    if len(value) < least:", "    if False:"),
    Mutant("long passphrases", "_passphrase", "    if octets > MOST:", "    if False:"),
    Mutant(
        "control characters in passphrases",
        "_passphrase",
        "    if any(unicodedata.category(char)",
        "    if False and any(unicodedata.category(char)",
    ),
)


Command = t.Tuple[str, ...]


def _copy(folder: str, mutant: t.Optional[Mutant]) -> bool:
    """A copy of the collection with the mutant in it; False where its line is no longer there, once."""
    for name in ("plugins", "tests"):
        ignored = shutil.ignore_patterns("output", "__pycache__")
        shutil.copytree(os.path.join(ROOT, name), os.path.join(folder, name), ignore=ignored)
    if mutant is None:
        return True
    path = os.path.join(folder, "plugins", "module_utils", mutant.file + ".py")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(mutant.old, mutant.new))
    return text.count(mutant.old) == 1


def _commands(mutant: Mutant) -> t.List[Command]:
    """The tests that may see it, the quickest first."""
    pytest = (sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider")
    own = os.path.join("tests", "unit", "plugins", "module_utils", "test%s.py" % mutant.file)
    faults: t.List[Command] = []
    if mutant.faults:
        faults = [(sys.executable, os.path.join("tests", "faults", "run.py"), "--jobs", "1", *mutant.faults)]
    every = os.path.join("tests", "unit", "plugins", "module_utils")
    return [*([(*pytest, own)] if os.path.exists(os.path.join(ROOT, own)) else []), *faults, (*pytest, every)]


def _is_red(command: Command, folder: str) -> bool:
    """Whether tests failed; a command that did not come to test anything is no proof, and ends the program."""
    environment = {**os.environ, "KEYSMITH_TREE": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode not in (0, 1):
        raise SystemExit("%s ended with %d:\n%s" % (" ".join(command), done.returncode, done.stdout.decode()[-800:]))
    return done.returncode == 1


def _seen_by(mutant: Mutant) -> str:
    """What saw the mutant; empty where nothing did."""
    with tempfile.TemporaryDirectory(prefix="keysmith-mutant-") as folder:
        if not _copy(folder, mutant):
            return ""
        for command in _commands(mutant):
            if _is_red(command, folder):
                return " ".join(command[1:])
    return ""


def _is_green(command: Command) -> bool:
    with tempfile.TemporaryDirectory(prefix="keysmith-mutant-") as folder:
        _copy(folder, None)
        return not _is_red(command, folder)


def main() -> int:
    parser = argparse.ArgumentParser(description="Take out protective lines and see which test notices.")
    parser.add_argument("chosen", nargs="*", metavar="WORD", help="only mutants with this word in their name or file")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    arguments = parser.parse_args()
    words = arguments.chosen
    chosen = [one for one in MUTANTS if not words or any(word in one.what or word == one.file for word in words)]
    survived = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        commands = sorted({command for mutant in chosen for command in _commands(mutant)[:-1]})
        for command, green in zip(commands, pool.map(_is_green, commands)):
            if not green:
                print("red without any mutant: %s\n0 passed, 1 failed" % " ".join(command[1:]))
                return 1
        for mutant, by in zip(chosen, pool.map(_seen_by, chosen)):
            survived += not by
            print("%-9s %-12s %-46s %s" % ("killed" if by else "SURVIVED", mutant.file, mutant.what, by), flush=True)
    print("%d passed, %d failed" % (len(chosen) - survived, survived))
    return 1 if survived or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
