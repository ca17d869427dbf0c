# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many key pairs in one run: what they share, what stops none of the others, and what two runs do at a time."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import shutil
import sys
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import (
    directory,
    files,
    locked_directories,
    make_directories,
)
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError, MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import inspect
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import run as keypair_run
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import cryptography_keys, read
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, picture, run, wanted
from ansible_collections.keysmith.jwt.tests.unit.system_calls import Calls


def runs(check: bool = False, diff: bool = False, **pairs: t.Any) -> t.Dict[str, keypair_run.Outcome]:
    return keypair_run.run(pairs, check, diff)


def results(outcomes: t.Mapping[str, keypair_run.Outcome]) -> t.Dict[str, t.Any]:
    return {name: str(one.error) if one.error else one.result["changed"] for name, one in outcomes.items()}


def test_check_real_check_real(tmp_path: Path) -> None:
    pairs = {name: wanted(tmp_path / name / "private.key", jwk_path=tmp_path / name / "jwk.json") for name in "abc"}
    before = picture(tmp_path)
    assert results(runs(True, **pairs)) == dict.fromkeys("abc", True) and picture(tmp_path) == before
    made = runs(**pairs)
    assert results(made) == dict.fromkeys("abc", True) and list(made) == list("abc")
    after = picture(tmp_path)
    for check in (True, False):
        assert results(runs(check, **pairs)) == dict.fromkeys("abc", False) and picture(tmp_path) == after
    assert len({one.result["thumbprint"] for one in made.values()}) == 3
    assert all("diff" not in one.result for one in made.values())


def test_key_pairs_share_a_new_directory_and_an_environment_file(tmp_path: Path) -> None:
    folder, env = tmp_path / "new", tmp_path / "new" / "env"
    (tmp_path / "link").symlink_to("new")

    def pair(name: str, where: Path) -> t.Any:
        variables = {"%s_variable" % one: "%s_%s" % (name, one) for one in ("key_id", "key_path", "passphrase")}
        return wanted(folder / name, passphrase=FIRST, environment=[{"path": where, **variables}])

    # The same file by another way: what the first wrote is not lost to the second.
    folder.mkdir()
    pairs = {"A": pair("A", env), "B": pair("B", tmp_path / "link" / "env"), "C": pair("C", env)}
    made = runs(**pairs)
    assert results(made) == dict.fromkeys("ABC", True)
    names = ["%s_key_id" % name for name in "ABC"]
    held = edit.values(env.read_bytes(), names, "systemd")
    assert held == {"%s_key_id" % name: made[name].result["thumbprint"] for name in "ABC"}
    assert results(runs(**pairs)) == dict.fromkeys("ABC", False)


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ({"path": "a.key"}, "path: .*/a.key is already used by another key pair"),
        ({"path": "link/a.key"}, "path: .*/link/a.key is already used by another key pair"),
        ({"path": "b.key", "jwk_path": "a.jwk"}, "jwk_path: .*/a.jwk is already used by another key pair"),
        ({"path": "b.key", "public_path": "a.env"}, "public_path: .*/a.env is already used by another key pair"),
        ({"path": "b.key", "environment": "a.jwk"}, "environment: PRIVATE_KEY_PASSWORD in .*/a.jwk is already used"),
        ({"path": "b.key", "environment": "a.env"}, "environment: PRIVATE_KEY_PASSWORD in .*/a.env is already used"),
    ],
)
def test_two_that_want_the_same_file(tmp_path: Path, second: t.Dict[str, str], sentence: str) -> None:
    (tmp_path / "link").symlink_to(".")
    first = wanted(tmp_path / "a.key", jwk_path=tmp_path / "a.jwk", environment=[{"path": tmp_path / "a.env"}])
    given: t.Dict[str, t.Any] = {name: tmp_path / value for name, value in second.items()}
    if "environment" in given:
        given["environment"] = [{"path": given["environment"]}]
    made = runs(first=first, second=wanted(given.pop("path"), **given))
    assert made["first"].result["changed"]
    with pytest.raises(KeysmithError, match="^" + sentence):
        raise t.cast(KeysmithError, made["second"].error)
    assert not (tmp_path / "b.key").exists()


def test_one_that_fails_stops_no_other(tmp_path: Path, monkeypatch: t.Any) -> None:
    (tmp_path / "junk").write_bytes(b"junk")
    (tmp_path / "directory").mkdir()
    stage = files.FileSlot.stage

    def full(self: t.Any, *arguments: t.Any) -> t.Any:
        with files.reporting_errors(self.option, self.path, "write"):
            if self.name == "full":
                raise OSError(errno.ENOSPC, "")
        return stage(self, *arguments)

    monkeypatch.setattr(files.FileSlot, "stage", full)
    generate = read.generate

    def refuse(algorithm: t.Any, size: int) -> t.Any:
        if algorithm.name == "ES256K":
            raise KeysmithError("algorithm: refused here.")
        return generate(algorithm, size)

    monkeypatch.setattr(read, "generate", refuse)
    names = ("good", "junk", "directory", "full", "refused", "last")
    pairs = {name: wanted(tmp_path / name, algorithm="ES256K" if name == "refused" else "ES256") for name in names}
    made = results(runs(**pairs))
    assert made["good"] is made["last"] is True
    for name in ("junk", "directory", "full"):
        assert made[name].startswith("path: ") and str(tmp_path / name) in made[name]
    assert made["refused"] == "algorithm: refused here."


@pytest.mark.parametrize("failing", [False, True])
def test_what_is_active_when_a_run_starts_is_not_removed_in_it(
    tmp_path: Path, monkeypatch: t.Any, failing: bool
) -> None:
    link = tmp_path / "current"
    run(tmp_path / "v1" / "key", active_link=link)
    pairs = {
        "v2": wanted(tmp_path / "v2" / "key", active_link=str(link)),
        "v1": wanted(tmp_path / "v1" / "key", active_link=str(link), state="absent", backup=False),
    }
    assert "is active" in results(runs(True, **pairs))["v1"]
    with monkeypatch.context() as patched:
        Calls(patched, 0 if failing else -1, errno.EIO, ["symlink"])
        made = results(runs(**pairs))
    assert "is active" in made["v1"] and (tmp_path / "v1" / "key").exists()
    assert os.readlink(str(link)) == ("v1" if failing else "v2") and ("cannot switch" in str(made["v2"])) == failing
    if not failing:
        assert results(runs(True, **pairs)) == results(runs(**pairs)) == {"v2": False, "v1": True}


def test_without_the_library_nothing_is_done_at_all(tmp_path: Path, monkeypatch: t.Any) -> None:
    run(tmp_path / "kept")

    def missing() -> t.Any:
        raise MissingLibrary("The Python package cryptography is missing on this host.")

    monkeypatch.setattr(cryptography_keys, "_version", missing)
    before = picture(tmp_path)
    for one in (wanted(tmp_path / "new"), wanted(tmp_path / "kept", format="traditional")):
        for check in (True, False):
            with pytest.raises(MissingLibrary):
                runs(check, kept=wanted(tmp_path / "other"), one=one)
    assert picture(tmp_path) == before


def _in_a_process(folder: str, env: str, name: str, send: t.Any) -> None:
    path = Path(folder, "new", "private.key")
    options = {
        "generate_passphrase": True,
        "environment": [{"path": Path(folder, env)}],
        "jwk_path": Path(folder, "new", "jwk.json"),
        "active_link": Path(folder, "new-link"),
    }
    try:
        send.send((name, run(path, **options)))
    except KeysmithError as error:
        send.send((name, str(error)))


@pytest.mark.parametrize("env", ["shared/env", "new/env"])
def test_parallel_runs_end_in_one_key(tmp_path: Path, env: str) -> None:
    for turn in range(3):
        folder = tmp_path / str(turn)
        (folder / "shared").mkdir(parents=True)
        context = multiprocessing.get_context("fork")
        pipes, processes = [], []
        for number in range(6):
            receive, send = context.Pipe(False)
            pipes.append(receive)
            processes.append(context.Process(target=_in_a_process, args=(str(folder), env, str(number), send)))
        for process in processes:
            process.start()
        made = [pipe.recv() for pipe in pipes]
        for process in processes:
            process.join()
        thumbprints = {result["thumbprint"] for _name, result in made}
        assert len(thumbprints) == 1
        assert sum(result["created"] for _name, result in made) == 1
        values = edit.values((folder / env).read_bytes(), ["PRIVATE_KEY_PASSWORD"], "systemd")
        passphrase = values["PRIVATE_KEY_PASSWORD"].encode()
        assert read.read_private((folder / "new" / "private.key").read_bytes(), [passphrase], name="it").encrypted
        names = {path.name for path in (folder / "new").iterdir()}
        assert names - {"env"} == {"jwk.json", "private.key"}


def test_a_directory_that_was_just_made_is_locked_too(tmp_path: Path, monkeypatch: t.Any) -> None:
    """Another run can be quicker to lock it than the one that made it."""
    make, holders = make_directories.make, []

    def made_and_held(folder: t.Any, *arguments: t.Any) -> None:
        make(folder, *arguments)
        holders.append(os.open(folder.path, os.O_RDONLY))
        fcntl.flock(holders[-1], fcntl.LOCK_EX)

    monkeypatch.setattr(make_directories, "make", made_and_held)
    with pytest.raises(KeysmithError, match="another run has held .*/new"):
        run(tmp_path / "new" / "key", lock_timeout=0)
    assert list((tmp_path / "new").iterdir()) == []
    os.close(holders[0])


def _in_order(folder: str, names: str, send: t.Any) -> None:
    made = runs(**{name: wanted(Path(folder, name, "key"), regenerate="always", lock_timeout=120) for name in names})
    send.send(results(made))


def test_runs_over_the_same_directories_in_another_order_do_not_wait_for_each_other(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / name).mkdir()
    context = multiprocessing.get_context("fork")
    pipes = []
    for names in ("abcd", "dcba", "bdac", "cadb") * 2:
        receive, send = context.Pipe(False)
        pipes.append(receive)
        context.Process(target=_in_order, args=(str(tmp_path), names, send)).start()
    made = [pipe.recv() for pipe in pipes]
    assert all(one == dict.fromkeys(one, True) for one in made)


def test_a_directory_that_is_held_fails_those_that_need_it_alone(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    holder = os.open(str(tmp_path / "a"), os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    made = results(runs(a=wanted(tmp_path / "a" / "key", lock_timeout=0), b=wanted(tmp_path / "b" / "key")))
    os.close(holder)
    assert "another run has held" in made["a"] and made["b"] is True


@pytest.mark.parametrize("option", ["public_path", "jwk_path", "active_link", "environment"])
def test_every_directory_in_which_something_is_written_is_held(tmp_path: Path, option: str) -> None:
    """Another run may be at the same file, such as an environment file that two services share."""
    (tmp_path / "elsewhere").mkdir()
    place: t.Any = tmp_path / "elsewhere" / "file"
    holder = os.open(str(tmp_path / "elsewhere"), os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    try:
        with pytest.raises(KeysmithError, match="another run has held .*/elsewhere for 0 seconds"):
            given = {option: [{"path": place}] if option == "environment" else place}
            run(tmp_path / "key", lock_timeout=0, **given)
    finally:
        os.close(holder)
    assert not (tmp_path / "key").exists()


def test_what_one_that_failed_has_written_is_not_lost_to_the_next(tmp_path: Path, monkeypatch: t.Any) -> None:
    """Its key has its place, and its generated passphrase is in the file that they share and nowhere else."""
    env = tmp_path / "env"

    def pair(name: str, **more: t.Any) -> t.Any:
        variables = {"%s_variable" % one: "%s_%s" % (name, one) for one in ("key_id", "key_path", "passphrase")}
        return wanted(tmp_path / name, generate_passphrase=True, environment=[{"path": env, **variables}], **more)

    with monkeypatch.context() as patch:
        calls = Calls(patch, 2, errno.EIO, ["rename"])
        made = results(runs(A=pair("A", public_path=tmp_path / "A.pem"), B=pair("B")))
    assert [call.names[1] for call in calls.made[:3]] == ["env", "A", "A.pem"]
    assert "public_path: cannot replace" in made["A"] and made["B"] is True
    held = edit.values(env.read_bytes(), ["A_passphrase", "B_passphrase"], "systemd")
    for name in "AB":
        passphrase = held["%s_passphrase" % name].encode()
        assert read.read_private((tmp_path / name).read_bytes(), [passphrase], name=name).encrypted


def test_a_key_that_another_run_made_meanwhile_is_kept(tmp_path: Path, monkeypatch: t.Any) -> None:
    path, make, others = tmp_path / "new" / "key", make_directories.make, []

    def quicker(folder: t.Any, *arguments: t.Any) -> None:
        make(folder, *arguments)
        with monkeypatch.context() as patch:
            patch.setattr(make_directories, "make", make)
            others.append(run(path)["thumbprint"])

    monkeypatch.setattr(make_directories, "make", quicker)
    done = run(path)
    assert [done["thumbprint"]] == others and [one.name for one in path.parent.iterdir()] == ["key"]


def test_an_error_of_the_system_stops_no_other(tmp_path: Path, monkeypatch: t.Any) -> None:
    look = inspect.look

    def failing(one: t.Any, *arguments: t.Any) -> t.Any:
        if one.path.endswith("bad"):
            raise OSError(errno.EIO, "injected")
        return look(one, *arguments)

    monkeypatch.setattr(inspect, "look", failing)
    made = results(runs(bad=wanted(tmp_path / "bad"), good=wanted(tmp_path / "good")))
    assert made == {"bad": "path: the file system failed: Input/output error; fix it and run again.", "good": True}


@pytest.mark.parametrize("option", ["path", "jwk_path", "environment"])
def test_a_way_that_goes_in_a_circle_stops_no_other(tmp_path: Path, option: str) -> None:
    """Nor is what the other has made taken away again, or left behind where it comes to nothing."""
    (tmp_path / "loop").symlink_to("loop")
    good = wanted(tmp_path / "good" / "private.key", jwk_path=tmp_path / "good" / "jwk.json")
    inside = tmp_path / "loop" / "in" / "file"
    given: t.Dict[str, t.Any] = {option: [{"path": inside}] if option == "environment" else inside}
    bad = wanted(given.pop("path", tmp_path / "new" / "private.key"), **given)
    for pairs in ({"bad": bad, "good": good}, {"good": good, "bad": bad}):
        made = runs(**pairs)
        assert made["bad"].error and "loop" in str(made["bad"].error) and not made["good"].error
        assert (tmp_path / "good" / "private.key").exists() and not (tmp_path / "new").exists()


@pytest.mark.parametrize("secret", ["name-of-the-other", "key-id-of-the-other", "path-of-the-other"])
def test_a_passphrase_that_is_a_part_of_what_is_said_of_another_is_refused(tmp_path: Path, secret: str) -> None:
    pairs = {
        "name-of-the-other": wanted(tmp_path / "path-of-the-other", key_id="key-id-of-the-other"),
        "it": wanted(tmp_path / "key", passphrase=secret),
    }
    made = results(runs(**pairs))
    assert made["it"].startswith("passphrase: is a part of the public output") and made["name-of-the-other"] is True
    assert not (tmp_path / "key").exists()


def test_before_directories_are_locked_anew_all_are_let_go_of(tmp_path: Path, monkeypatch: t.Any) -> None:
    """A run that keeps some while it waits for others has others wait for it."""
    done: t.List[str] = []
    lock, unlock = keypair_run._Run._lock_all, locked_directories.LockedDirectories.unlock

    def second(self: t.Any) -> t.Dict[str, t.List[str]]:
        done.append("lock")
        return lock(self) or ({str(tmp_path): []} if len(done) == 1 else {})

    monkeypatch.setattr(keypair_run._Run, "_lock_all", second)
    monkeypatch.setattr(
        locked_directories.LockedDirectories, "unlock", lambda self: (done.append("unlock"), unlock(self))[1]
    )
    run(tmp_path / "key")
    assert done == ["lock", "unlock", "lock"]


def test_what_is_settled_is_locked_anew_with_the_others(tmp_path: Path) -> None:
    with locked_directories.LockedDirectories() as folders:
        it = keypair_run._Run({"it": wanted(tmp_path / "key")}, folders, False)
        it.lock()
        it.settled.add("it")
        folders.unlock()
        it.lock()
        assert folders.get(str(tmp_path), "path").inode in folders.held


def test_four_times_the_key_pairs_take_four_times_the_work(tmp_path: Path) -> None:
    """Counted, not timed: each function that is called, of Python or of C."""
    counts: t.Dict[int, t.List[int]] = {}
    for number in (12, 48):
        top = tmp_path / str(number)
        pairs = {
            str(at): wanted(
                top / str(at) / "key",
                environment=[{"path": top / str(at) / "env"}],
                passphrase="the passphrase of number %d" % at,
                active_link=top / str(at) / "current",
                base_directory=top / str(at),
            )
            for at in range(number)
        }
        gone = {name: one._replace(state="absent", regenerate="always", backup=False) for name, one in pairs.items()}
        counts[number] = [_calls(lambda given=given: runs(**given)) for given in (pairs, pairs, gone)]  # type: ignore[misc]
    assert all(many < 4.8 * few for few, many in zip(counts[12], counts[48])), counts


def _calls(do: t.Callable[[], t.Any]) -> int:
    count = 0

    def note(_frame: t.Any, event: str, _argument: t.Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        do()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("run_", ["first", "second"])
def test_a_directory_is_listed_as_often_for_many_key_pairs_as_for_few(
    tmp_path: Path, monkeypatch: t.Any, run_: str
) -> None:
    listed: t.List[str] = []
    entries = directory.Directory.entries
    monkeypatch.setattr(directory.Directory, "entries", lambda folder: listed.append(folder.path) or entries(folder))
    looks = {}
    for count in (2, 12):
        top = tmp_path / str(count)
        top.mkdir(0o700)
        environments = [[{"path": top / ("%d.env" % at)}] for at in range(count)]
        pairs = {
            str(at): wanted(top / ("%d.pem" % at), environment=environment, generate_passphrase=True)
            for at, environment in enumerate(environments)
        }
        for _run in range(1 if run_ == "first" else 2):
            listed.clear()
            assert all(not outcome.error for outcome in runs(**pairs).values())
        looks[count] = len(listed)
    assert looks[2] == looks[12]


def test_a_directory_that_its_owner_replaces_for_ever_stops_no_other(tmp_path: Path, monkeypatch: t.Any) -> None:
    for name in ("quiet", "restless"):
        (tmp_path / name).mkdir(0o700)
    lock = locked_directories.Directory.lock

    def replaced(self: t.Any, timeout: float) -> None:
        lock(self, timeout)
        if self.path.endswith("/restless"):
            os.rename(self.path, "%s.%d" % (self.path, time.monotonic_ns()))
            os.mkdir(self.path, 0o700)

    monkeypatch.setattr(locked_directories.Directory, "lock", replaced)
    made = results(runs(**{name: wanted(tmp_path / name / "key") for name in ("quiet", "restless")}))
    assert made == {
        "restless": "path: %s/restless keeps being replaced; run again when that has stopped." % tmp_path,
        "quiet": True,
    }


def test_a_directory_that_appears_while_others_are_waited_for_is_held_too(tmp_path: Path, monkeypatch: t.Any) -> None:
    new = tmp_path / "new"
    with locked_directories.LockedDirectories() as folders:
        one = wanted(new / "private.key", public_path=tmp_path / "public.pem")
        it = keypair_run._Run({"it": one}, folders, False)
        lock = folders.lock

        def slowly(path: str, timeout: float) -> bool:
            new.mkdir(0o700, exist_ok=True)
            return lock(path, timeout)

        monkeypatch.setattr(folders, "lock", slowly)
        it.lock()
        fd = os.open(str(new), os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(fd)


@pytest.mark.parametrize("check", [True, False])
def test_nothing_stays_open(tmp_path: Path, check: bool) -> None:
    def once(**more: t.Any) -> None:
        base = {"base_directory": tmp_path / "jwt", "active_link": tmp_path / "jwt" / "current"}
        environment = [{"path": tmp_path / "jwt" / "v1" / "env"}]
        runs(check, it=wanted(tmp_path / "jwt" / "v1" / "private.key", environment=environment, **base, **more))

    once(passphrase=FIRST)
    before = os.listdir("/proc/self/fd")
    (tmp_path / "jwt").mkdir(exist_ok=True)
    (tmp_path / "jwt").chmod(0o755)
    once(passphrase=FIRST, mode="0640")
    once(passphrase=FIRST, regenerate="always")
    once(state="absent")
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_a_new_directory_that_somebody_holds_is_waited_for_in_order_with_the_others(
    tmp_path: Path, monkeypatch: t.Any
) -> None:
    """Waited for while others are held, the one order would be lost, and two runs could wait for each other."""
    seen: t.List[str] = []
    theirs: t.List[int] = []
    make, unlock = make_directories.make, locked_directories.LockedDirectories.unlock

    def make_and_hold(*given: t.Any) -> None:
        make(*given)
        theirs.append(os.open(str(tmp_path / "a"), os.O_RDONLY))
        fcntl.flock(theirs[0], fcntl.LOCK_EX)

    def let_go(self: t.Any) -> None:
        unlock(self)
        seen.append("unlocked")
        while theirs:
            os.close(theirs.pop())

    monkeypatch.setattr(make_directories, "make", make_and_hold)
    monkeypatch.setattr(locked_directories.LockedDirectories, "unlock", let_go)
    assert run(tmp_path / "a" / "private.key", public_path=tmp_path / "b.pem")["changed"]
    assert seen == ["unlocked"]


def test_a_first_run_inspects_the_host_twice(tmp_path: Path, monkeypatch: t.Any) -> None:
    """Before anything is changed, and when all is in place; the directories that it makes are held meanwhile."""
    base = tmp_path / "jwt"
    path = base / "v1" / "private.key"
    looks: t.List[bool] = []
    look = inspect.look

    def noted(*given: t.Any) -> t.Any:
        looks.append(path.exists())
        return look(*given)

    monkeypatch.setattr(inspect, "look", noted)
    run(path, base_directory=base, active_link=base / "current", public_path=tmp_path / "b" / "public.pem")
    assert looks == [False, True]


def test_a_new_directory_in_another_that_its_owner_removes_at_once_is_made_again(
    tmp_path: Path, monkeypatch: t.Any
) -> None:
    """The key would be put into the directory above, over another of that name."""
    make_one, removed = make_directories._make_one, []

    def make_and_lose(parent: int, part: str) -> t.Any:
        if part == "below" and not removed:
            removed.append(part)
            raise FileNotFoundError(part)
        return make_one(parent, part)

    monkeypatch.setattr(make_directories, "_make_one", make_and_lose)
    paths = {name: tmp_path / "new" / name / "private.key" for name in (".", "below")}
    outcomes = runs(**{name: wanted(path) for name, path in paths.items()})
    assert removed and results(outcomes) == {".": True, "below": True}
    assert results(runs(**{name: wanted(path) for name, path in paths.items()})) == {".": False, "below": False}


@pytest.mark.parametrize("times", [1, 1000])
def test_a_directory_that_another_run_removes_while_new_ones_are_locked_is_made_again(
    tmp_path: Path, monkeypatch: t.Any, times: int
) -> None:
    run(tmp_path / "old" / "private.key")
    unlock, removed = locked_directories.LockedDirectories.unlock, []

    def unlock_and_lose(self: t.Any) -> None:
        unlock(self)
        if len(removed) < times:
            removed.append(self)
            shutil.rmtree(str(tmp_path / "old"), ignore_errors=True)

    monkeypatch.setattr(locked_directories.LockedDirectories, "unlock", unlock_and_lose)
    monkeypatch.setattr(keypair_run._Run, "lock_made", lambda self: False)
    pairs = {
        name: wanted(tmp_path / name / "private.key", public_path=tmp_path / name / "pem") for name in ("old", "new")
    }
    outcomes = runs(**pairs)
    assert not (tmp_path / "private.key").exists() and outcomes["new"].result["changed"]
    if times == 1:
        assert outcomes["old"].result["changes"] == ["directory", "private_key", "public_key"]
    else:
        assert str(outcomes["old"].error).startswith("path: %s keeps being removed" % (tmp_path / "old"))


def test_what_is_removed_follows_from_what_others_of_the_run_have_made(tmp_path: Path) -> None:
    """An environment file that names a key of this run is not one of the key that goes."""
    env = {"path": tmp_path / "env", "key_path_variable": "KEY_PATH", "passphrase_variable": ""}
    old = wanted(tmp_path / "old" / "key", environment=[env])
    assert results(runs(old=old)) == {"old": True}
    Path(env["path"]).write_text("KEY_PATH=%s\n" % (tmp_path / "new" / "key"))
    going = wanted(tmp_path / "old" / "key", environment=[env], state="absent", backup=False)
    assert results(runs(new=wanted(tmp_path / "new" / "key"), old=going)) == {"new": True, "old": True}
    assert not (tmp_path / "old" / "key").exists() and str(tmp_path / "new") in Path(env["path"]).read_text()


def test_a_new_directory_that_another_run_removes_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: t.Any
) -> None:
    become, removed = directory.Directory.become, []

    def become_and_lose(self: t.Any, fd: int) -> None:
        become(self, fd)
        if not removed:
            removed.append(self)
            os.rmdir(self.path)

    monkeypatch.setattr(directory.Directory, "become", become_and_lose)
    assert run(tmp_path / "new" / "key")["changed"] and removed
    assert not run(tmp_path / "new" / "key")["changed"]
