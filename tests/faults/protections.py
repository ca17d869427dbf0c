# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The protective lines of the collection, each with what it becomes when it is taken out; see mutants.py."""

# A mutant is a line of the source and what it becomes: lines as long as those of the source, quoted.
from __future__ import annotations

import typing as t


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
        "            place.replaced()\n            if durable:\n                place.folder.sync()",
        "            place.replaced()",
        (_POWER, "--operation", "another file system", "--exhaustive"),
    ),
    Mutant(
        "modes are synced",
        "_files",
        "            set_context(fd, attributes.context)\n            os.fsync(fd)",
        "            set_context(fd, attributes.context)",
        (_POWER, "--operation", "modes", "--exhaustive"),
    ),
    Mutant(
        "leftovers are found",
        "_files",
        "return sorted(name for name, match in found if match and match[1] in known)",
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
    Mutant("short passphrases", "_passphrase", "    if len(value) < LEAST:", "    if False:"),
    Mutant("long passphrases", "_passphrase", "    if octets > MOST:", "    if False:"),
    Mutant(
        "control characters in passphrases",
        "_passphrase",
        "    if any(unicodedata.category(char)",
        "    if False and any(unicodedata.category(char)",
    ),
    Mutant(
        "what was swapped in is a file", "_files", "        if not stat.S_ISREG(info.st_mode):\n", "        if False:\n"
    ),
    Mutant(
        "no more is read than shows that it is too large",
        "_files",
        "content = file.read(limit + 1)",
        "content = file.read()",
    ),
    Mutant(
        "new files are this process's",
        "_files",
        "os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC",
        "os.O_EXCL | os.O_NOFOLLOW",
    ),
    Mutant(
        "read files are this process's",
        "_files",
        "os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC",
        "os.O_NOFOLLOW | os.O_NONBLOCK",
    ),
    Mutant(
        "nothing is left of a copy",
        "_files",
        "        except BaseException:\n            self.drop()\n            raise",
        "        except BaseException:\n            raise",
    ),
    Mutant(
        "a second name of a link is the link's",
        "_files",
        "dst_dir_fd=self.folder.fd, follow_symlinks=False)",
        "dst_dir_fd=self.folder.fd)",
    ),
    Mutant(
        "a switched link is synced", "_files", "            raise\n        place.folder.sync()", "            raise"
    ),
    Mutant(
        "nothing is left of a link",
        "_files",
        "            place.beside(temporary)._unlink(temporary)\n            raise\n",
        "            raise\n",
    ),
    Mutant(
        "a moved file is synced",
        "_files",
        "            os.rename(self.name, name, src_dir_fd=self.folder.fd, dst_dir_fd=self.folder.fd)\n"
        "            self.folder.sync()",
        "            os.rename(self.name, name, src_dir_fd=self.folder.fd, dst_dir_fd=self.folder.fd)",
    ),
    Mutant(
        "a removed file is synced",
        "_files",
        "            os.unlink(self.name, dir_fd=self.folder.fd)\n            self.folder.sync()",
        "            os.unlink(self.name, dir_fd=self.folder.fd)",
    ),
    Mutant(
        "a backup is synced",
        "_files",
        "follow_symlinks=False)\n            self.folder.sync()",
        "follow_symlinks=False)",
    ),
    Mutant(
        "contexts are mended",
        "_files",
        "            set_context(fd, attributes.context)\n            os.fsync(fd)\n\n    @context",
        "            os.fsync(fd)\n\n    @context",
    ),
    Mutant("leftovers are only ours", "_files", "_TEMPORARY.fullmatch(name)", "_TEMPORARY.match(name)"),
    Mutant("what was renamed is not what was looked at", "_files", "            place.replaced()\n", ""),
    Mutant(
        "links on the way are seen",
        "_folders",
        "os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW |",
        "os.O_PATH | os.O_DIRECTORY |",
    ),
    Mutant(
        "new directories are no links",
        "_folders",
        "_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW |",
        "_OPEN = os.O_RDONLY | os.O_DIRECTORY |",
        ("swapped",),
    ),
    Mutant("the directory is still there", "_folders", "        if not same and self.exists:", "        if False:"),
    Mutant(
        "new directories are judged",
        "_folders",
        "folder.fd, folder.missing = parent, ()\n    # Where others could put directories, too,"
        " one of them may be theirs: it is judged before anything is put there.\n"
        "    folder.refresh()",
        "folder.fd, folder.missing = parent, ()",
    ),
    Mutant(
        "what is not empty was not made here", "_folders", "return fd, made and not os.listdir(fd)", "return fd, made"
    ),
    Mutant("what is not empty is finished", "_folders", "== 0o700 and not os.listdir(fd)", "== 0o700"),
    Mutant(
        "what is somebody else's is finished",
        "_folders",
        "return info.st_uid in (os.geteuid(), owner) and stat",
        "return stat",
    ),
    Mutant(
        "one order of locks",
        "_folders",
        "return sorted((path for path in paths if self._folders[path].exists), key=self._inode)",
        "return [path for path in paths if self._folders[path].exists]",
    ),
    Mutant("a group of one", "_folders", " and set(group.gr_mem) <= {owner.pw_name}", ""),
    Mutant(
        "the old content waits",
        "_commit",
        "        if going_back and step.file.info:",
        "        if False:",
        (_ERROR, "--operation", "given to given", "--one-in", "6"),
    ),
    Mutant(
        "what cannot be proved is dropped",
        "_commit",
        "        new.drop()\n        if old:\n            old.drop()\n        raise",
        "        raise",
        (_ERROR, "--operation", "given to given", "--one-in", "6"),
    ),
    Mutant(
        "a backup of nothing goes",
        "_commit",
        "        if backed_up and private:",
        "        if False:",
        (_ERROR, "--operation", "replace by another type", "--one-in", "6"),
    ),
    Mutant("a backup is private", "_commit", "    if info and not info.st_mode & 0o077:", "    if info:"),
    Mutant(
        "no way back for a new key",
        "_commit",
        "    if private is None or (private.new.renamed and not private.old):",
        "    if private is None:",
        (_ERROR, "--operation", "encrypt", "--one-in", "6"),
    ),
    Mutant(
        "the old content goes in the end",
        "_commit",
        "    for item in pending:\n        if item.old:\n            item.old.drop()\n\n\ndef _go",
        "\n\ndef _go",
    ),
    Mutant(
        "the old content keeps its attributes",
        "_commit",
        "place.stage(before, _steps.kept(step.file.info, Attributes()))",
        "place.stage(before, Attributes())",
    ),
    Mutant(
        "an owner that nobody named stays", "_steps", "owner=info.st_uid if wanted.owner < 0 else wanted.owner,", ""
    ),
    Mutant("wrong modes are seen", "_steps", "if _files.differs(file.info, wanted) or", "if"),
    Mutant("wrong contexts are seen", "_steps", " or _context_differs(file.place, wanted):", ":"),
    Mutant("second names of a staged key are refused", "_look", "    if info.st_nlink != 1:\n", "    if False:\n"),
    Mutant(
        "a private JWK is a private key",
        "_look",
        "    return bool(re.search(b'\"(?:%s)\"\\\\s*:' % members, content))",
        "    return False",
    ),
    Mutant("the link's directory is judged", "_look", "        link.folder.judge(owners)\n", "        pass\n"),
    Mutant(
        "only the key that is named by its key ID",
        "_look",
        "    return first.key_id == opened.key.thumbprint",
        "    return True",
    ),
    Mutant("a staged name of the key itself", "_look", "    if _is_same(staged, private.info) or", "    if"),
    Mutant("a backup of something else stays", "_look", "other.read(LARGEST_KEY) == content", "True"),
    Mutant(
        "a proof is not the owner's where root reads it",
        "_proof",
        'if owner == 0 else ("trusted.keysmith.proof",)',
        "if True else ()",
    ),
    Mutant(
        "a removed key is narrowed",
        "_removal",
        "        if private.info and private.info.st_mode & 0o077:\n",
        "        if False:\n",
    ),
    Mutant("a staged key that is kept is narrowed", "_removal", "            staged.mend(Attributes(0o600))\n", ""),
    Mutant(
        "no copy of a passphrase without its key",
        "_removal",
        "            for copy in copies if self._is_in_place() else []:",
        "            for copy in []:",
    ),
    Mutant(
        "what is active is looked at again",
        "_removal",
        "        self.plan()\n        state = self.state",
        "        state = self.state",
    ),
    Mutant(
        "files without our lines are not touched",
        "_removal",
        "            if self._held(item):\n                self._clear(item)",
        "            self._clear(item)",
    ),
    Mutant(
        "misspelt options of an environment file",
        "_module",
        "    hide_unknown(module, item, _options.ENVIRONMENT)\n",
        "",
    ),
    Mutant(
        "misspelt options of a key pair",
        "_batch",
        "    _module.hide_unknown(module, item, {**_NAME, **_options.PUBLIC})\n",
        "",
    ),
    Mutant(
        "misspelt options of a service",
        "_batch",
        "        _module.hide_unknown(module, part, specification)\n",
        "        pass\n",
    ),
    Mutant(
        "short secrets are taken out",
        "_module",
        '            module.params[name] = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"',
        "            pass",
    ),
    Mutant(
        "short secrets do not mask",
        "_module",
        "    module.no_log_values = {text for text in module.no_log_values if len(str(text)) >= _passphrase.LEAST}\n",
        "",
    ),
    Mutant(
        "nothing is logged before it is checked",
        "_module",
        "    def _log_invocation(self) -> None:",
        "    def _log_invocation_(self) -> None:",
    ),
    Mutant(
        "what is no name is not shown",
        "_module",
        "    return isinstance(name, str) and name.isidentifier() and len(name) <= 30",
        "    return True",
    ),
    Mutant("an imported key is checked", "_keypair", "            self._check_import()\n", "            pass\n"),
    Mutant("the directory is read back", "_keypair", "            folder.refresh()\n", "            pass\n"),
    Mutant("a proof is of what was opened", "_keypair", "        if content == opened.content:", "        if True:"),
    Mutant(
        "passphrases are no_log",
        "_options",
        '"passphrase": {"type": "raw", "no_log": True}',
        '"passphrase": {"type": "raw", "no_log": False}',
    ),
    Mutant(
        "previous passphrases are no_log",
        "_options",
        '"previous_passphrases": {"type": "raw", "no_log": True}',
        '"previous_passphrases": {"type": "raw", "no_log": False}',
    ),
    Mutant(
        "private keys are no_log",
        "_options",
        '"private_key": {"type": "raw", "no_log": True}',
        '"private_key": {"type": "raw", "no_log": False}',
    ),
    Mutant("no file of two key pairs", "_run", "        it.each(_refuse_overlap(folders))\n", ""),
    Mutant("no passphrase in another's output", "_run", "        it.each(_refuse_masking(dict(it.pairs)))\n", ""),
    Mutant("no NUL in passphrases", "_passphrase", '    if b"\\0" in octets:', "    if False:"),
    Mutant(
        "passphrases are composed",
        "_passphrase",
        '    if unicodedata.normalize("NFC", value) != value:',
        "    if False:",
    ),
    Mutant("no blanks around passphrases", "_passphrase", "    if value != value.strip():", "    if False:"),
    Mutant(
        "attributes that forbid are refused",
        "_flags",
        "    if exists and is_touched and before & BARS & it.after:",
        "    if False:",
    ),
    Mutant("attributes are taken away first", "_flags", "        _put(place, it.before & ~BARS)\n", "        pass\n"),
    Mutant("attributes that only root gives", "_flags", "& BARS and not _may_bar():", "& BARS and False:"),
    Mutant("attributes that are not kept", "_flags", "    if lost:\n", "    if False:\n"),
    Mutant(
        "no passphrase that is cut",
        "_private",
        "    if passphrase and len(passphrase) > LONGEST_PASSPHRASE:",
        "    if False:",
    ),
)
