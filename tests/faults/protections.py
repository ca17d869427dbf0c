# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that the promises of docs/security.md rest on, each with what it becomes when it is taken out.

See mutants.py. What any other line is good for, mutate.py asks of the tests of its file, without a list.
"""

# A mutant is a line of the source and what it becomes: lines as long as those of the source, quoted.
from __future__ import annotations

import typing as t


class Mutant(t.NamedTuple):
    """A line taken out of a file in module_utils, plugin_utils or modules."""

    what: str
    file: str
    old: str
    new: str
    #: Arguments of tests/faults/run.py that are to see it, where the unit tests of the file do not.
    faults: t.Tuple[str, ...] = ()


_KILL, _POWER, _ERROR, _BACK = "kill points", "power", "errors at", "way back"
MUTANTS = (
    Mutant(
        "born 0600",
        "_disk/files",
        "os.open(temporary, _NEW, _BORN,",
        "os.open(temporary, _NEW, 0o666,",
        ("watcher opens",),
    ),
    Mutant(
        "attributes before content",
        "_disk/files",
        "                        set_owner_and_mode(fd, mode, attributes.owner, attributes.group)\n"
        "                    set_context(fd, attributes.context)\n"
        "                    _write_all(fd, content)",
        "                        os.fchmod(fd, 0o644)\n"
        "                    _write_all(fd, content)\n"
        "                    set_owner_and_mode(fd, mode, attributes.owner, attributes.group)",
        (_KILL, "--operation", "create without", "--exhaustive"),
    ),
    Mutant("modes are kept", "_disk/owner_mode", "    check_kept(fd, wanted, owner, group)\n", ""),
    Mutant(
        "no empty directory is left",
        "_keypair/run",
        "            self.unmake_folders(wanted)\n",
        "            pass\n",
        ("no modes",),
    ),
    Mutant("O_EXCL", "_disk/files", "os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW", "os.O_CREAT", ("planted",)),
    Mutant("links are refused", "_disk/regular_file", "if stat.S_ISLNK(info.st_mode):", "if False:", ("planted",)),
    Mutant(
        "the file that was looked at",
        "_disk/files",
        "if self._seen and self._seen !=",
        "if False and self._seen !=",
        ("swapped files",),
    ),
    Mutant(
        "nothing is left after an error",
        "_disk/files",
        "                self._unlink(temporary)\n                raise",
        "                raise",
        (_ERROR, "--operation", "convert", "--one-in", "6"),
    ),
    Mutant(
        "all octets",
        "_disk/files",
        "    while view:\n        view = view[os.write(fd, view) :]",
        "    os.write(fd, view)",
        (_ERROR, "--operation", "convert", "--one-in", "6"),
    ),
    Mutant(
        "files are synced",
        "_disk/files",
        "                    _write_all(fd, content)\n                    os.fsync(fd)",
        "                    _write_all(fd, content)",
        (_POWER, "--operation", "another file system", "--exhaustive"),
    ),
    Mutant(
        "renames are synced",
        "_disk/files",
        "            place.replaced(self._inode)\n            if durable:\n                place.folder.sync()",
        "            place.replaced(self._inode)",
        (_POWER, "--operation", "another file system", "--exhaustive"),
    ),
    Mutant(
        "modes are synced",
        "_disk/files",
        "            set_context(fd, attributes.context)\n            os.fsync(fd)",
        "            set_context(fd, attributes.context)",
        (_POWER, "--operation", "modes", "--exhaustive"),
    ),
    Mutant(
        "leftovers are found",
        "_disk/temporaries",
        "return sorted(name for known in {name[:200] for name in names} for name in found.get(known, ()))",
        "return []",
        (_KILL, "--operation", "convert", "--exhaustive"),
    ),
    Mutant(
        "directories of others are refused",
        "_disk/path_walk",
        "if info.st_uid not in (0, os.geteuid()) and info.st_uid not in owners:",
        "if False:",
        ("directories of others",),
    ),
    Mutant(
        "directories open to others are refused",
        "_disk/path_walk",
        "if info.st_mode & stat.S_IWOTH or (info.st_mode & stat.S_IWGRP and not _is_closed(path, info)):",
        "if False:",
        ("directories of others",),
    ),
    Mutant(
        "links of others are refused",
        "_disk/path_walk",
        "        if info.st_uid not in (0, os.geteuid()):",
        "        if False:",
        ("links of others",),
    ),
    Mutant(
        "whose a link is and where it leads are asked of one descriptor",
        "_disk/path_walk",
        'return os.readlink("", dir_fd=link), info',
        "return os.readlink(part, dir_fd=fd), info",
        ("exchanged",),
    ),
    Mutant(
        "the lock",
        "_disk/directory",
        "                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "",
        ("one path",),
    ),
    Mutant(
        "the lock of a directory that is gone",
        "_disk/locked_directories",
        "        if again.exists and again.inode == folder.inode and folder.descriptor >= 0:",
        "        if True:",
        ("disagree",),
    ),
    Mutant(
        "directories are born closed",
        "_disk/make_directories",
        "os.mkdir(part, _BORN, dir_fd=parent)",
        "os.mkdir(part, 0o777, dir_fd=parent)",
    ),
    Mutant(
        "new directories are synced",
        "_disk/make_directories",
        "    sync(parent)\n    fd = os.open",
        "    fd = os.open",
        (_POWER, "--operation", "another file system", "--exhaustive"),
    ),
    Mutant(
        "second names are refused",
        "_keypair/inspect",
        '    if info and info.st_nlink > 1 and option != "path":',
        "    if False:",
        ("planted",),
    ),
    Mutant(
        "files of strangers are refused",
        "_keypair/inspect",
        "    if info and place.folder.is_shared and",
        "    if False and place.folder.is_shared and",
        ("strangers",),
    ),
    Mutant(
        "staged files of strangers",
        "_keypair/recovery",
        "or info.st_uid not in (0, os.geteuid(), owner):",
        "or False:",
        ("strangers",),
    ),
    Mutant(
        "rolled forward",
        "_keypair/inspect",
        "        if successor:\n",
        "        if False:\n",
        (_KILL, "--operation", "to given", "--exhaustive"),
    ),
    Mutant(
        "only what the environment file names",
        "_keypair/recovery",
        "    if first.wanted.passphrase_variable and opened.passphrase != first.passphrase:",
        "    if False:",
        (_KILL, "--operation", "key ID", "--exhaustive"),
    ),
    Mutant(
        "environment file first",
        "_keypair/commit",
        "return first + sorted(others, key=lambda step: step.output.commit_order)",
        "return sorted(first + others, key=lambda step: step.output.commit_order)",
        (_KILL, "--operation", "given to given", "--exhaustive"),
    ),
    Mutant(
        "what was written is read",
        "_disk/files",
        "            if staged.read(len(content) + 1, prove) != content:",
        "            if staged.read(len(content) + 1, prove) is None:",
        (_ERROR, "--operation", "mend public", "--one-in", "6"),
    ),
    Mutant(
        "a staged key is proved",
        "_keypair/commit",
        "step.attributes, name, prove if is_key else None)",
        "step.attributes, name)",
    ),
    Mutant(
        "all is staged before the first rename",
        "_keypair/commit",
        '            with reporting_errors(folder.option, folder.path, "write to"):\n                folder.sync()',
        "            pass",
        (_POWER, "--operation", "another file system", "--exhaustive"),
    ),
    Mutant(
        "back after an error",
        "_keypair/commit",
        "            _go_back(pending, backup)\n",
        "",
        (_ERROR, "--operation", "given to given", "--one-in", "6"),
    ),
    Mutant(
        "a way back that a kill leaves open",
        "_keypair/commit",
        "        _also_staged(private)\n",
        "        pass\n",
        (_BACK, "--operation", "given to given", "--one-in", "6"),
    ),
    Mutant(
        "a replaced key is backed up",
        "_keypair/commit",
        "        if private and backup and private.file.info:",
        "        if False:",
        (_KILL, "--operation", "replace", "--exhaustive"),
    ),
    Mutant(
        "what is wrong is mended first",
        "_keypair/put_in_place",
        "        if attributes:\n            step.place.set_attributes(attributes)\n    backup",
        "    backup",
        (_KILL, "--operation", "modes", "--exhaustive"),
    ),
    Mutant(
        "a restart is remembered before the change",
        "_keypair/run",
        "            restart.mark(self.folders)\n",
        "",
        (_KILL, "--operation", "restarted"),
    ),
    Mutant("no core file", "_module", "    forbid_core_files()\n", "", ("core files",)),
    Mutant(
        "unforeseen errors show no value",
        "_module",
        'failure = {"msg": _unforeseen(error)}',
        'failure = {"msg": str(error)}',
    ),
    Mutant("modes of secrets", "_keypair/values", "SECRET = Mode(0o640,", "SECRET = Mode(0o666,"),
    Mutant(
        "new directories are no links",
        "_disk/path_walk",
        "OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW |",
        "OPEN = os.O_RDONLY | os.O_DIRECTORY |",
        ("exchanged",),
    ),
    Mutant(
        "new directories are judged",
        "_disk/make_directories",
        "    # Where others could put directories, too, one of them may be theirs: it is judged before anything is put "
        "there.\n    folder.refresh()\n",
        "",
    ),
    Mutant(
        "passphrases are no_log",
        "_keypair/options",
        '"passphrase": {"type": "raw", "no_log": True}',
        '"passphrase": {"type": "raw", "no_log": False}',
    ),
    Mutant(
        "a version that is added is not active",
        "_service/active",
        '    if active in versions:\n        return active, ""',
        '    if active in versions:\n        return versions[-1], ""',
    ),
    Mutant(
        "nobody is locked out of a directory",
        "_keypair/changes",
        "        _refuse_lock_out(wanted, path, info, managed)\n",
        "",
    ),
    Mutant(
        "a key that is to be there and gone stays",
        "_keypair/conflicts",
        "                        found[other] = _contradiction(claim, *both)\n"
        "                        raise found[other]\n",
        "                        pass\n",
    ),
    Mutant(
        "a file with a private key is left",
        "_jose/jwk_set",
        "        check_secrets(item, label)\n",
        "",
    ),
    Mutant("a private JWK is not logged", "jwks", '    unread = ("jwks", "sets", "sets_json")\n', "    unread = ()\n"),
    Mutant("the name of a host leads nowhere", "_record", 'host.replace("/", "_")', "host"),
    Mutant(
        "a record is checked",
        "_keypair/record",
        "        if octets[1 + SALT : HEAD] != digest(",
        "        if None is digest(",
    ),
    Mutant("no link is followed", "_keypair/record", "os.O_RDONLY | os.O_NOFOLLOW |", "os.O_RDONLY |"),
    Mutant(
        "who was not asked to share is not heard",
        "_sharing",
        "            if service is None or not service.shared:\n",
        "            if service is None:\n",
    ),
    Mutant(
        "the controller says which key it has to be",
        "_sharing",
        '            one = {"jwe": sealed[host], "thumbprint": thumbprint, **_age(answer, key.name)}\n',
        '            one = {"jwe": sealed[host], **_age(answer, key.name)}\n',
    ),
    Mutant(
        "what is not documented is not kept",
        "_shapes",
        "            if shape is None:\n                drop(inner)\n                continue\n",
        "            if shape is None:\n                kept[name] = held\n                continue\n",
    ),
    Mutant("no value that is kept is a template", "_shapes", " or _TEMPLATE.search(plain):", ":"),
    Mutant("what is sealed is for who was named", "_answers", "_jwe if host in hosts else None", "_jwe"),
    Mutant(
        "true shares with nobody",
        "_asked",
        "        raise _Refused(_SHARED_BY_ALL)\n",
        '        return ("all",)\n',
    ),
    Mutant("a fact decides what is made of it", "_own_facts", "name not in others or _differs(", "_differs("),
    Mutant(
        "a fact is no answer",
        "_record",
        'if name in (variables.get("ansible_facts") or {}) or not',
        "if not",
    ),
    Mutant(
        "who may not have a service publishes nothing of it",
        "_batch",
        "                    del allowed[host][name]\n",
        "                    pass\n",
    ),
    Mutant(
        "a host's own facts do not say where files go",
        "_batch_publish",
        '    sound = [one for one in records if not {_OUTPUT, "signing_key_show"} & set(one.facts)]\n',
        "        sound = records\n",
    ),
    Mutant("one host's bad key is its own", "_publish", "(_refused(offers) if wrong else {}) or ", ""),
    Mutant("no redirect is followed", "_oauth/exchange", 'follow_redirects="none"', 'follow_redirects="all"'),
    Mutant(
        "no part of a secret is shown",
        "_oauth/words",
        "return any(part in secret for part in",
        "return any(() for part in",
    ),
    Mutant(
        "a deletion is remembered",
        "_oauth/registration_run",
        "self.file.write({**stored, _DELETING: True})",
        "pass",
        ("registrations",),
    ),
    Mutant(
        "a key that cannot be read is not gone",
        "_service/host_history",
        "found={**more, **self.found}",
        "found=self.found",
    ),
    Mutant(
        "no variable of another key by its name",
        "_keypair/other_keys",
        "for path in filter(is_others, paths):",
        "for path in ():",
    ),
)
