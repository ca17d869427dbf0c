# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files kept by content, on a real file system."""

from __future__ import annotations

import json
import os
import stat
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import xattrs
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.attributes import Attributes
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.files import FileSlot
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk_set, shared_primes
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets import files
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets.files import Change, Manner, apply, plan
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets.sources import Wanted
from ansible_collections.keysmith.jwt.tests.unit.made_keys import rsa_numbers
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._jose.test_jwk_set import A, B, C

MANNER = Manner(Attributes(0o644), Attributes(0o755), 10)


def run(*wanted: Wanted) -> list[Change]:
    """Plan and apply, then see that a second run has nothing to do."""
    planned = plan(wanted, MANNER)
    done = apply(planned, MANNER)
    assert [change.after for change in done] == [change.after for change in planned]
    assert not any(change.changed for change in plan(wanted, MANNER))
    return done


def put(path: Path, *jwks: t.Any, indent: int | None = None) -> bytes:
    """Write a set as somebody else would."""
    text = json.dumps({"keys": jwks}, indent=indent).encode()
    path.write_bytes(text)
    path.chmod(0o644)
    return text


def held(path: Path) -> t.Any:
    """The keys in a file."""
    return json.loads(path.read_bytes())["keys"]


def tree(top: Path) -> dict[str, tuple[int, bytes]]:
    """All files with mode and content."""
    return {str(path): (path.stat().st_mode, path.read_bytes()) for path in sorted(top.rglob("*")) if path.is_file()}


def test_a_missing_file_is_made_with_its_directories(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "jwks.json"
    (change,) = run(Wanted(str(path), "present", [A, {"keys": [B]}]))
    assert path.read_bytes() == jose_jwk.render({"keys": [A, B]}) == change.after
    assert change.changed
    assert len(change.entries) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755
    assert [entry.name for entry in path.parent.iterdir()] == ["jwks.json"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a link to somebody else")
def test_links_of_others_are_not_followed(tmp_path: Path) -> None:
    """Whoever owns the directory above would have root write, and give away, in any directory."""
    target, www = tmp_path / "target", tmp_path / "www"
    target.mkdir()
    www.mkdir()
    put(target / "jwks.json", A)
    (www / "jwt").symlink_to(target)
    before = tree(tmp_path)
    os.chown(www, 65534, 65534)
    os.chown(www / "jwt", 65534, 65534, follow_symlinks=False)
    manner = Manner(Attributes(0o644, 65534, 65534), Attributes(0o755, 65534, 65534), 10)
    for path in (www / "jwt" / "jwks.json", www / "jwt" / "sub" / "jwks.json"):
        with pytest.raises(KeysmithError, match="is a symbolic link of nobody, who could change where it leads"):
            plan([Wanted(str(path), "present", [B])], manner)
    assert tree(tmp_path) == before and not (target / "sub").exists()
    os.chown(www / "jwt", 0, 0, follow_symlinks=False)
    apply(plan([Wanted(str(www / "jwt" / "jwks.json"), "present", [B])], manner), manner)
    assert held(target / "jwks.json") == [A, B]


def test_sources_that_hold_nothing_empty_no_set(tmp_path: Path) -> None:
    """A store that is not mounted looks like one in which nobody has put anything."""
    (tmp_path / "store").mkdir()
    path = tmp_path / "jwks.json"
    before = put(path, A)
    with pytest.raises(KeysmithError, match="sources: hold no key, but .*/jwks.json holds 1, which would be removed"):
        plan([Wanted(str(path), "exact", [], sources=(str(tmp_path / "store"),))], MANNER)
    assert path.read_bytes() == before
    run(Wanted(str(path), "present", [], sources=(str(tmp_path / "store"),)))
    assert held(path) == [A]
    run(Wanted(str(path), "exact", []))
    assert held(path) == []
    run(Wanted(str(path), "exact", [], sources=(str(tmp_path / "store"),)))


def test_what_cannot_be_written_is_told_before(tmp_path: Path, monkeypatch: t.Any) -> None:
    monkeypatch.setattr(os, "access", lambda *_given, **_named: False)
    with pytest.raises(KeysmithError, match="path: cannot write to .*: "):
        plan([Wanted(str(tmp_path / "new" / "jwks.json"), "present", [A])], MANNER)


def test_the_key_of_a_file_that_cannot_be_made_is_not_dropped(tmp_path: Path) -> None:
    one, two, both = tmp_path / "o" / "one.json", tmp_path / "o" / "two.json", tmp_path / "both.json"
    put(both, A, B)
    before = tree(tmp_path)
    bad = Wanted(str(one), "exact", [{**A, "kid": ""}], single=True)
    good = Wanted(str(two), "exact", [B], single=True)
    for sources in ((str(one.parent),), (str(one), str(two))):
        wrong: list[KeysmithError] = []
        changes = plan([bad, good, Wanted(str(both), "exact", [], sources=sources)], MANNER, wrong.append)
        assert [change.wanted.path for change in changes] == [str(two)] and len(wrong) == 2
        assert "%s could not be made, so its keys would be missing in %s" % (one, both) in str(wrong[1])
    assert tree(tmp_path) == before
    # Where the file is there, its key is known, and stays.
    one.parent.mkdir()
    one.write_text(json.dumps(A))
    changes = plan([bad, good, Wanted(str(both), "exact", [], sources=(str(one.parent),))], MANNER, lambda error: None)
    assert [len(change.entries) for change in changes] == [1, 2]


def test_a_directory_that_is_taken_away_while_it_is_made_is_told(tmp_path: Path, monkeypatch: t.Any) -> None:
    path = tmp_path / "a" / "b" / "jwks.json"
    planned = plan([Wanted(str(path), "present", [A])], MANNER)
    mkdir = os.mkdir

    def quicker(name: str, mode: int, dir_fd: int) -> None:
        if name == "b":
            (tmp_path / "a").rmdir()
        mkdir(name, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "mkdir", quicker)
    with pytest.raises(KeysmithError, match="/a/b was removed during the run; run again"):
        apply(planned, MANNER)


def test_a_file_that_is_replaced_while_it_is_looked_at_is_read_anew(tmp_path: Path, monkeypatch: t.Any) -> None:
    path, look = tmp_path / "jwks.json", FileSlot.look
    put(path, A)
    times = []

    def replaced(place: FileSlot) -> t.Any:
        info = look(place)
        if len(times) < wanted:
            times.append(info)
            path.rename(tmp_path / "old")
            put(path, A, B)
        return info

    monkeypatch.setattr(FileSlot, "look", replaced)
    for wanted in (1, 1000):
        times.clear()
        if wanted == 1:
            assert len(plan([Wanted(str(path), "present", [C])], MANNER)[0].entries) == 3
        else:
            with pytest.raises(KeysmithError, match="keeps being replaced"):
                plan([Wanted(str(path), "present", [C])], MANNER)


def test_check_mode_touches_nothing(tmp_path: Path) -> None:
    (change,) = plan([Wanted(str(tmp_path / "a" / "jwks.json"), "present", [A])], MANNER)
    assert change.changed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("state", ["present", "exact"])
def test_what_is_right_stays_byte_for_byte(tmp_path: Path, state: str) -> None:
    path = tmp_path / "jwks.json"
    text = put(path, dict(reversed(list(A.items()))), B, indent=7)
    inode = path.stat().st_ino
    (change,) = run(Wanted(str(path), state, [A, B]))
    assert not change.changed
    assert path.read_bytes() == text
    assert path.stat().st_ino == inode


@pytest.mark.parametrize(
    ("state", "before", "given", "after"),
    [
        ("present", [A], [B], [A, B]),
        ("present", [dict(A, kid="old")], [A], [dict(A, kid="old"), A]),
        ("present", [dict(A, use="enc", x5c=["z"])], [A], [dict(A, x5c=["z"])]),
        ("exact", [A, B], [C, A], [C, A]),
        ("exact", [A, B], [B, A], [B, A]),
        ("exact", [dict(A, x5c=["z"])], [A], [A]),
        ("exact", [A], [], []),
        ("absent", [A, B, C], [B], [A, C]),
        ("absent", [A, dict(A, kid="old")], [A], [dict(A, kid="old")]),
    ],
)
def test_states(tmp_path: Path, state: str, before: list[t.Any], given: list[t.Any], after: list[t.Any]) -> None:
    path = tmp_path / "jwks.json"
    put(path, *before)
    (change,) = run(Wanted(str(path), state, given))
    assert change.changed
    assert held(path) == after


@pytest.mark.parametrize("wanted", [{"jwks": [A]}, {"key_ids": frozenset(["key-1"])}, {"sources": ("{top}/a.json",)}])
def test_a_set_is_not_emptied_unless_it_is_said(tmp_path: Path, wanted: dict[str, t.Any]) -> None:
    path = tmp_path / "jwks.json"
    before = put(path, A)
    put(tmp_path / "a.json", A)
    sources = tuple(source.replace("{top}", str(tmp_path)) for source in wanted.get("sources", ()))
    item = Wanted(str(path), "absent", wanted.get("jwks", []), wanted.get("key_ids", frozenset()), sources)
    with pytest.raises(KeysmithError, match=r"would be left without a key, .*set state: exact and jwks: \[\]\.$"):
        plan([item], MANNER)
    with pytest.raises(KeysmithError, match=r"^jwks: hold no key, but .*/jwks.json holds 1"):
        plan([Wanted(str(path), "exact", [{"keys": []}])], MANNER)
    assert path.read_bytes() == before
    run(Wanted(str(path), "exact", []))
    run(item)
    assert held(path) == []


#: What is wrong with keys is looked for in one place, so these stand for all of it.
BAD_SOURCES: list[tuple[t.Any, str]] = [
    ({"keys": [A, dict(A, y=A["x"])]}, "keys[1] (kid key-1): the point is not on P-256"),
    (
        {"keys": [{"kty": "RSA", "n": jose_jwk.base64url_uint(2**2047 + 2), "e": "AQAB"}]},
        "keys[0]: the RSA key is weak",
    ),
    (dict(A, use="enc"), " (kid key-1): the JWK says use enc beside alg ES256"),
    ({"keys": [dict(A, d="c2VjcmV0")]}, "keys[0] (kid key-1): the JWK holds private members (d)"),
]


@pytest.mark.parametrize(("source", "reason"), BAD_SOURCES, ids=[reason for _source, reason in BAD_SOURCES])
@pytest.mark.parametrize("state", ["present", "exact"])
def test_what_is_not_taken_from_the_user_is_not_taken_from_files(
    tmp_path: Path, state: str, source: t.Any, reason: str
) -> None:
    path, file = tmp_path / "target.json", tmp_path / "s.json"
    file.write_text(json.dumps(source))
    with pytest.raises(KeysmithError) as caught:
        plan([Wanted(str(path), state, [], sources=(str(file),))], MANNER)
    message = str(caught.value)
    assert message.startswith("sources: %s" % file) and reason in message
    assert "target.json" not in message and "jwcrypto" not in message and "c2VjcmV0" not in message
    with pytest.raises(KeysmithError) as caught:
        plan([Wanted(str(path), state, [source])], MANNER)
    assert str(caught.value).split(": ", 1)[1].endswith(message.rsplit(": ", 1)[1])


def test_what_others_wrote_into_a_file_of_the_run_is_checked_where_it_is_a_source(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    put(store / "one.json", {"kty": "XYZ", "kid": "of-tomorrow"})
    wanted = [
        Wanted(str(store / "one.json"), "present", [A], option="sets[0]."),
        Wanted(str(tmp_path / "all.json"), "exact", [], sources=(str(store),), option="sets[1]."),
    ]
    wrong: list[KeysmithError] = []
    assert [change.wanted for change in plan(wanted, MANNER, wrong.append)] == wanted[:1]
    assert str(wrong[0]).startswith("sets[0].path: %s/one.json: keys[0] (kid of-tomorrow): the JWK's kty" % store)


def test_what_is_in_the_file_already_is_not_judged_again(tmp_path: Path) -> None:
    weak = {"kty": "RSA", "n": jose_jwk.base64url_uint(2**2047 + 2), "e": "AQAB", "kid": "w"}
    path = tmp_path / "jwks.json"
    put(path, weak)
    assert not plan([Wanted(str(path), "present", [weak])], MANNER)[0].changed
    with pytest.raises(KeysmithError, match=r"jwks\[0\] \(kid v\): the RSA key is weak"):
        plan([Wanted(str(path), "present", [dict(weak, kid="v")])], MANNER)
    with pytest.raises(KeysmithError, match=r"path: .*: keys\[0\] \(kid w\): the RSA key is weak"):
        plan([Wanted(str(path), "present", [dict(weak, use="sig")])], MANNER)
    run(Wanted(str(path), "present", [A]))
    assert held(path) == [weak, A]


def test_what_is_too_large_is_found_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "jwks.json"
    monkeypatch.setattr(jwk_set, "MOST_OCTETS", len(jose_jwk.render({"keys": [A, B]})))
    monkeypatch.setattr(files, "_judge", lambda *given: pytest.fail("the keys are judged first"))
    with pytest.raises(
        KeysmithError, match=r"^path: .*/jwks\.json would hold 3 keys and be larger than \d+ bytes; split"
    ):
        plan([Wanted(str(path), "present", [A, B, C])], MANNER)
    monkeypatch.undo()
    monkeypatch.setattr(jwk_set, "MOST_OCTETS", len(jose_jwk.render({"keys": [A, B]})))
    run(Wanted(str(path), "present", [A, B]))


def test_sources_that_are_as_they_were_are_not_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "a.json", A)
    planned = plan([Wanted(str(tmp_path / "b.json"), "exact", [], sources=(str(tmp_path / "a.json"),))], MANNER)
    monkeypatch.setattr(jwk_set, "parse", lambda *given: pytest.fail("a file is parsed again"))
    apply(planned, MANNER)
    monkeypatch.undo()
    assert held(tmp_path / "b.json") == [A]


def test_a_mode_is_mended_without_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    text = put(path, A)
    path.chmod(0o666)
    inode = path.stat().st_ino
    (change,) = run(Wanted(str(path), "present", [A]))
    assert change.changed
    assert (path.read_bytes(), path.stat().st_ino) == (text, inode)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_one_bare_jwk(tmp_path: Path) -> None:
    path = tmp_path / "jwk.json"
    run(Wanted(str(path), "present", [A], single=True))
    assert path.read_bytes() == jose_jwk.render(A)
    run(Wanted(str(path), "present", [{"keys": [B]}], single=True))
    assert path.read_bytes() == jose_jwk.render(B)


def test_a_set_of_what_the_hosts_have(tmp_path: Path) -> None:
    """The set follows the files of a directory: those of this run, and those of hosts that this run did not see."""
    hosts = tmp_path / "orders"
    hosts.mkdir()
    (hosts / "host0.json").write_bytes(jose_jwk.render(C))
    (hosts / ".hidden.json").write_text("no key")
    (hosts / "notes.txt").write_text("no key")
    wanted = [
        Wanted(str(hosts / "host1.json"), "present", [A], single=True),
        Wanted(str(hosts / "host2.json"), "exact", [B, C]),
        Wanted(str(tmp_path / "orders.jwks.json"), "exact", [], sources=(str(hosts),)),
    ]
    planned = plan(wanted, MANNER)
    assert [len(change.entries) for change in planned] == [1, 2, 3]
    run(*wanted)
    assert held(tmp_path / "orders.jwks.json") == [C, A, B]
    (hosts / "host0.json").unlink()
    run(*wanted)
    assert held(tmp_path / "orders.jwks.json") == [A, B, C]


def test_a_set_of_many_is_judged_once_and_each_directory_synced_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is durable all the same: before the set is written, and when all is done."""
    calls: list[str] = []
    rename, sync, shared = os.rename, os.fsync, shared_primes.any_shared

    def renaming(old: str, new: str, **folders: int) -> None:
        rename(old, new, **folders)
        calls.append(new)

    def syncing(fd: int) -> None:
        sync(fd)
        calls.extend(
            [os.path.basename(os.readlink("/proc/self/fd/%d" % fd))] if stat.S_ISDIR(os.fstat(fd).st_mode) else []
        )

    def sharing(new: t.Any, known: t.Any) -> t.Any:
        calls.append("judged %d" % (len(new) + len(known)))
        return shared(new, known)

    (tmp_path / "hosts").mkdir()
    moduli = [rsa_numbers(number)[0] for number in range(3)]
    keys = [{"kty": "RSA", "n": jose_jwk.base64url_uint(n), "e": "AQAB"} for n in moduli]
    names = ["%d.json" % number for number in range(3)]
    wanted = [Wanted(str(tmp_path / "hosts" / name), "exact", [key], single=True) for name, key in zip(names, keys)]
    wanted.append(Wanted(str(tmp_path / "all.json"), "exact", [], sources=(str(tmp_path / "hosts"),)))
    monkeypatch.setattr(os, "rename", renaming)
    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(shared_primes, "any_shared", sharing)
    planned = plan(wanted, MANNER)
    assert calls == ["judged 1", "judged 1", "judged 1", "judged 3"]
    calls.clear()
    apply(planned, MANNER)
    assert calls == [*names, "hosts", "all.json", tmp_path.name]
    assert len(held(tmp_path / "all.json")) == 3


def test_a_source_may_be_a_file_and_has_to_exist(tmp_path: Path) -> None:
    put(tmp_path / "a.json", A)
    run(Wanted(str(tmp_path / "b.json"), "present", [B], sources=(str(tmp_path / "a.json"),)))
    assert held(tmp_path / "b.json") == [B, A]
    with pytest.raises(KeysmithError, match="sources: cannot read .*/no.json: No such file or directory."):
        plan([Wanted(str(tmp_path / "b.json"), "present", [], sources=(str(tmp_path / "no.json"),))], MANNER)


def test_a_source_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(KeysmithError, match=r"sources: .*/a\.json is not JSON"):
        plan([Wanted(str(tmp_path / "b.json"), "present", [], sources=(str(tmp_path / "a.json"),))], MANNER)


def test_a_set_beside_its_sources_is_none_of_them(tmp_path: Path) -> None:
    (tmp_path / "host1.json").write_bytes(jose_jwk.render(A))
    put(tmp_path / "all.json", B)
    run(Wanted(str(tmp_path / "all.json"), "exact", [], sources=(str(tmp_path),)))
    assert held(tmp_path / "all.json") == [A]


def test_keys_that_share_a_prime_are_not_written(tmp_path: Path) -> None:
    p, r = rsa_numbers(0)[3], rsa_numbers(1)[3]
    one, other = ({"kty": "RSA", "n": jose_jwk.base64url_uint(n), "e": "AQAB"} for n in (rsa_numbers(0)[0], p * r))
    put(tmp_path / "jwks.json", one)
    with pytest.raises(KeysmithError, match="share a prime"):
        plan([Wanted(str(tmp_path / "jwks.json"), "present", [other])], MANNER)


def test_jwcrypto_is_asked_about_new_keys_alone(tmp_path: Path) -> None:
    jwk = pytest.importorskip("jwcrypto.jwk")
    put(tmp_path / "jwks.json", A)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jwk.JWK, "thumbprint", lambda self: "another")
        assert not plan([Wanted(str(tmp_path / "jwks.json"), "present", [A])], MANNER)[0].changed
        with pytest.raises(KeysmithError, match="jwcrypto reads another key"):
            plan([Wanted(str(tmp_path / "jwks.json"), "present", [B])], MANNER)


def _bad_files(top: Path) -> None:
    (top / "text").write_text("no JSON")
    (top / "private").write_text(json.dumps({"keys": [dict(A, d="c2VjcmV0")]}))
    (top / "symmetric").write_text(json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}))
    (top / "jwk").write_text(json.dumps(A))
    (top / "directory").mkdir()
    (top / "link").symlink_to("good")
    (top / "dangling").symlink_to("nothing")
    os.mkfifo(top / "fifo")
    put(top / "good", A)


@pytest.mark.parametrize("state", ["present", "absent", "exact"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("text", "is not JSON"),
        ("private", "keys[0] (kid key-1): this is a private or symmetric key (d)"),
        ("symmetric", "keys[0]: this is a private or symmetric key (k)"),
        ("jwk", "holds a JWK, not a JWK Set"),
        ("directory", "is a directory"),
        ("link", "is a symbolic link"),
        ("dangling", "is a symbolic link"),
        ("fifo", "is a FIFO"),
        ("good/below", "good is not a directory"),
    ],
)
def test_one_bad_file_and_nothing_is_changed(tmp_path: Path, state: str, name: str, reason: str) -> None:
    _bad_files(tmp_path)
    before = tree(tmp_path) if name != "fifo" else None
    with pytest.raises(KeysmithError) as caught:
        plan([Wanted(str(tmp_path / "good"), "exact", [B]), Wanted(str(tmp_path / name), state, [C])], MANNER)
    assert reason in str(caught.value)
    assert "c2VjcmV0" not in str(caught.value)
    if before:
        assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ([Wanted("{top}/x", "present", [A]), Wanted("{top}/x", "present", [B])], "{top}/x is named twice"),
        ([Wanted("{top}/x", "present", [A, B], single=True)], "is for one JWK, but jwks and sources hold 2"),
        ([Wanted("{top}/x", "present", [], single=True)], "is for one JWK, but jwks and sources hold 0"),
        ([Wanted("{top}/good", "present", [A], single=True)], "holds a JWK Set, not a JWK"),
        ([Wanted("{top}/good", "present", [dict(B, kid="key-1")])], "two different keys have the kid key-1"),
        ([Wanted("{top}/x", "exact", [dict(B, kid="key-1")], sources=("{top}/good",))], "have the kid key-1"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, wanted: list[Wanted], reason: str) -> None:
    put(tmp_path / "good", A)
    top = str(tmp_path)
    items = [
        item._replace(
            path=item.path.replace("{top}", top), sources=tuple(path.replace("{top}", top) for path in item.sources)
        )
        for item in wanted
    ]
    with pytest.raises(KeysmithError) as caught:
        plan(items, MANNER)
    assert reason.replace("{top}", top) in str(caught.value)
    assert held(tmp_path / "good") == [A]


def test_leftovers_of_a_killed_run_go(tmp_path: Path) -> None:
    leftover = tmp_path / (".ks-jwks.json.%s.tmp" % ("0" * 16))
    leftover.write_text("half")
    run(Wanted(str(tmp_path / "jwks.json"), "present", [A]))
    assert not leftover.exists()


def test_what_others_wrote_since_the_plan_is_merged(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    planned = plan([Wanted(str(path), "present", [A])], MANNER)
    put(path, B)
    apply(planned, MANNER)
    assert held(path) == [B, A]


def test_many_at_a_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    jwks = [dict(A), dict(B), dict(C)]

    def work(jwk: t.Any) -> None:
        apply(plan([Wanted(str(path), "present", [jwk])], MANNER), MANNER)

    for _round in range(20):
        path.unlink() if path.exists() else None
        threads = [threading.Thread(target=work, args=(jwk,)) for jwk in jwks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(key["kid"] for key in held(path)) == ["key-1", "key-2", "key-3"]


def test_slices_of_a_fleet_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    """Each writes the files of its own hosts, and the set of what all have."""
    keys = {"one": A, "two": B, "three": C}
    barrier = threading.Barrier(len(keys))

    def work(folder: Path, host: str) -> None:
        own = Wanted(str(folder / "orders" / (host + ".json")), "exact", [keys[host]], single=True)
        planned = plan([own, Wanted(str(folder / "all.json"), "exact", [], sources=(str(folder / "orders"),))], MANNER)
        barrier.wait()  # none of them knows of the others when they begin to write
        apply(planned, MANNER)

    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        threads = [threading.Thread(target=work, args=(folder, host)) for host in keys]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(key["kid"] for key in held(folder / "all.json")) == ["key-1", "key-2", "key-3"]


def test_a_source_that_is_too_large_is_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, text = tmp_path / "a.json", b'{"keys": []}'
    path.write_bytes(text + b" ")
    monkeypatch.setattr(jwk_set, "MOST_OCTETS", len(text))
    with pytest.raises(KeysmithError, match="larger than"):
        plan([Wanted(str(tmp_path / "b.json"), "exact", [], sources=(str(path),))], MANNER)


def test_no_more_is_read_of_a_source_than_is_needed(tmp_path: Path) -> None:
    with pytest.raises(KeysmithError, match="larger than"):
        plan([Wanted(str(tmp_path / "b.json"), "exact", [], sources=("/dev/zero",))], MANNER)


def test_what_others_write_meanwhile_into_a_source_counts(tmp_path: Path) -> None:
    """Sources are read anew where the plan is carried out: those of others, and those that others changed."""
    target, folder = tmp_path / "all.json", tmp_path / "sources"
    folder.mkdir()
    put(folder / "a.json", A)
    wanted = [
        Wanted(str(folder / "b.json"), "present", [B]),
        Wanted(str(target), "exact", [], sources=(str(folder),)),
    ]
    planned = plan(wanted, MANNER)
    put(folder / "c.json", C)
    apply(planned, MANNER)
    assert [key["kid"] for key in held(target)] == [key["kid"] for key in (A, B, C)]


def test_a_directory_of_sources_that_cannot_be_read_is_not_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()

    def refused(_path: str) -> t.NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refused)
    with pytest.raises(KeysmithError, match="sources: cannot read .*: Permission denied"):
        plan([Wanted(str(tmp_path / "b.json"), "exact", [], sources=(str(folder),))], MANNER)


def test_a_set_that_others_made_another_is_judged_again(tmp_path: Path, monkeypatch: t.Any) -> None:
    path = tmp_path / "jwks.json"
    put(path, A)
    planned = plan([Wanted(str(path), "present", [B])], MANNER)
    put(path, A, C)
    judged: list[t.Any] = []
    judge = files._judge
    monkeypatch.setattr(files, "_judge", lambda *given, **named: (judged.append(given), judge(*given, **named))[1])
    apply(planned, MANNER)
    assert len(judged) == 1 and held(path) == [A, C, B]


def test_what_others_wrote_into_a_source_since_is_published(tmp_path: Path) -> None:
    folder = tmp_path / "hosts"
    folder.mkdir()
    one, every = folder / "one.json", tmp_path / "all.json"
    wanted = [Wanted(str(one), "present", [A]), Wanted(str(every), "exact", [], sources=(str(folder),))]
    planned = plan(wanted, MANNER)
    put(one, A, B)
    apply(planned, MANNER)
    assert held(every) == [A, B]


def test_a_set_keeps_its_label(tmp_path: Path, monkeypatch: t.Any) -> None:
    path, stage, contexts = tmp_path / "jwks.json", FileSlot.stage, []
    put(path, A)

    def noting(place: FileSlot, content: bytes, attributes: Attributes, *more: t.Any) -> t.Any:
        contexts.append(attributes.context)
        return stage(place, content, attributes._replace(context=""), *more)

    monkeypatch.setattr(xattrs, "get_context", lambda _path: "system_u:object_r:httpd_sys_content_t:s0")
    monkeypatch.setattr(FileSlot, "stage", noting)
    apply(plan([Wanted(str(path), "present", [B])], MANNER), MANNER)
    assert contexts == ["system_u:object_r:httpd_sys_content_t:s0"]


def test_a_file_that_is_gone_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    gone = Wanted(str(tmp_path / "d" / "a.json"), "absent", [])
    both = Wanted(str(tmp_path / "all.json"), "exact", [B], sources=(str(tmp_path / "d"),))
    assert [entry.jwk for entry in plan([gone, both], MANNER)[1].entries] == [B]
    with pytest.raises(KeysmithError, match="sources: cannot read "):
        plan([gone, both._replace(sources=(gone.path,))], MANNER)
