# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key pairs on real files: each row of the decision table, and each thing that is mended."""

from __future__ import annotations

import os
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import directory, links, locked_directories
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk, public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import present, private_key
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair.plan import Known
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import cryptography_keys, generate, passphrase
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import (
    FIRST,
    SECOND,
    backups,
    four_runs,
    picture,
    run,
    wanted,
)
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private
from ansible_collections.keysmith.jwt.tests.unit.system_calls import Calls


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "jwt"
    folder.mkdir(mode=0o755)
    return folder / "private.key"


def set_of(path: Path) -> t.Dict[str, t.Any]:
    folder = path.parent
    return {
        "public_path": folder / "public.pem",
        "jwk_path": folder / "jwk.json",
        "environment": [{"path": folder / "env"}],
        "active_link": folder.parent / "current",
    }


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _library_has(name: str) -> bool:
    try:
        keys_read.check_library(ALGORITHMS[name])
    except KeysmithError:
        return False
    return True


@pytest.mark.parametrize("name", ALGORITHMS)
def test_create_keep_and_describe_with_every_algorithm(path: Path, name: str) -> None:
    row = ALGORITHMS[name]
    size = {"size": 2048} if row.type == "RSA" else {}
    if not _library_has(name):
        before = picture(path.parent)
        for check in (True, False):
            with pytest.raises(
                KeysmithError, match="^algorithm: %s needs cryptography %s or newer" % (name, row.needs)
            ):
                run(path, check, algorithm=name)
        assert picture(path.parent) == before
        return
    result = four_runs(path, path.parent.parent, algorithm=name, passphrase=FIRST, **set_of(path), **size)
    assert (result["algorithm"], result["type"], result["created"]) == (row.jwk_alg, row.type, True)
    assert result.get("curve", "") == row.curve and result.get("size", 0) == size.get("size", 0)
    # What is returned is what the files say.
    key = keys_read.read_private(path.read_bytes(), [FIRST.encode()], name="it")
    facts = public_facts.facts(key.public)
    assert result["thumbprint"] == jwk.thumbprint(facts.members) == result["key_id"] == result["jwk"]["kid"]
    assert (path.parent / "public.pem").read_text() == result["public_key"] == facts.pem
    assert (path.parent / "jwk.json").read_bytes() == jwk.render(result["jwk"])
    assert not set(result["jwk"]) & jwk.PRIVATE
    assert mode_of(path) == 0o600 and mode_of(path.parent / "jwk.json") == 0o644


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize("wrong", ["another key", "no passphrase"])
def test_what_was_written_wrong_is_not_put_in_place(path: Path, monkeypatch: t.Any, algorithm: str, wrong: str) -> None:
    options = {"private_key": keys_read.private_pem(private(algorithm), "pkcs8").decode(), "algorithm": algorithm}
    options.update({"size": 2048} if algorithm == "RS256" else {})
    run(path, **options)
    before, write, other = path.read_bytes(), keys_read.private_pem, private(algorithm, 1)

    def spoil(key: t.Any, format: str, passphrase: t.Optional[bytes] = None) -> bytes:
        return write(other, format, passphrase) if wrong == "another key" else write(key, format)

    monkeypatch.setattr(keys_read, "private_pem", spoil)
    with pytest.raises(KeysmithError, match="was written, but does not hold the key"):
        run(path, **options, passphrase=FIRST)
    assert path.read_bytes() == before and os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("later", [{}, {"format": "traditional"}])
def test_to_prove_a_key_it_is_not_made_once_more(path: Path, monkeypatch: t.Any, later: t.Dict[str, t.Any]) -> None:
    """Old libraries test its primes whenever it is, which takes as long as a fifth of making it."""
    first = {"algorithm": "RS256", "size": 2048, "passphrase": FIRST}
    if later:
        run(path, **first)
    made, proofs, build, prove = [], [], cryptography_keys._build_rsa, private_key.Writing.prove

    def count(self: private_key.Writing, fd: int, content: bytes) -> None:
        before = len(made)
        prove(self, fd, content)
        proofs.append(len(made) - before)

    monkeypatch.setattr(cryptography_keys, "_build_rsa", lambda *given: (made.append(given), build(*given))[1])
    monkeypatch.setattr(private_key.Writing, "prove", count)
    run(path, **first, **later)
    assert proofs == [0]


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ({}, {"format": "traditional"}, "private_key"),
        ({"format": "traditional"}, {}, "private_key"),
        ({"format": "traditional"}, {"format": "keep"}, ""),
        ({}, {"passphrase": FIRST}, "private_key"),
        ({"passphrase": FIRST}, {"encrypted": False, "previous_passphrases": [FIRST]}, "private_key"),
        ({"passphrase": FIRST}, {"passphrase": SECOND, "previous_passphrases": ["a wrong one", FIRST]}, "private_key"),
        ({"passphrase": FIRST}, {"passphrase": FIRST, "format": "traditional"}, "private_key"),
        ({"passphrase": FIRST}, {"passphrase": FIRST, "format": "keep"}, ""),
        ({}, {"mode": "0640"}, "attributes"),
        ({}, {"public_mode": "0640"}, "attributes"),
        ({}, {"key_id": "another"}, "jwk"),
    ],
)
def test_a_key_is_kept_through_every_change(
    path: Path, first: t.Dict[str, t.Any], second: t.Dict[str, t.Any], kind: str
) -> None:
    made = run(path, **set_of(path), **first)
    content = path.read_bytes()
    result = four_runs(path, path.parent.parent, **set_of(path), **second)
    assert result["thumbprint"] == made["thumbprint"] and not result["created"] and not backups(path)
    assert kind in result["changes"] if kind else not result["changed"]
    assert (path.read_bytes() == content) is (kind != "private_key")
    passphrases = [str(second.get("passphrase") or "").encode()]
    assert keys_read.read_private(path.read_bytes(), passphrases, name="it").encrypted is bool(passphrases[0])


def test_the_old_passphrase_no_longer_opens_it(path: Path) -> None:
    run(path, passphrase=FIRST)
    run(path, passphrase=SECOND, previous_passphrases=[FIRST])
    with pytest.raises(KeysmithError, match="is encrypted, and the passphrases that were tried do not open it"):
        run(path, passphrase=FIRST)


def test_the_passphrase_in_the_environment_file_opens_it_too(path: Path) -> None:
    made = run(path, passphrase=FIRST, **set_of(path))
    result = four_runs(path, path.parent.parent, passphrase=SECOND, **set_of(path))
    assert result["thumbprint"] == made["thumbprint"]
    assert edit.values((path.parent / "env").read_bytes(), ["PRIVATE_KEY_PASSWORD"], "systemd") == {
        "PRIVATE_KEY_PASSWORD": SECOND
    }


def test_a_forgotten_passphrase_never_reads_as_none_wanted(path: Path) -> None:
    run(path, passphrase=FIRST, **set_of(path))
    before = picture(path.parent.parent)
    for policy in ("fail", "never", "mismatch"):
        for check in (True, False):
            with pytest.raises(KeysmithError, match="is encrypted, and no passphrase was given"):
                run(path, check, regenerate=policy, **set_of(path))
    assert picture(path.parent.parent) == before


@pytest.mark.parametrize(
    ("spoil", "kinds"),
    [
        (lambda it: (it / "public.pem").unlink(), ["public_key"]),
        (lambda it: (it / "public.pem").write_bytes((it / "public.pem").read_bytes()[:99]), ["public_key"]),
        (lambda it: (it / "jwk.json").unlink(), ["jwk"]),
        (lambda it: (it / "jwk.json").write_bytes((it / "jwk.json").read_bytes() + b"\n"), ["jwk"]),
        (lambda it: (it / "env").unlink(), ["environment"]),
        (lambda it: (it / "env").write_bytes(b"# other\n"), ["environment"]),
        (lambda it: (it / "env").write_bytes(b"PRIVATE_RSA_KEY_ID=a\n" + (it / "env").read_bytes()), ["environment"]),
        (lambda it: (it / "private.key").chmod(0o644), ["attributes"]),
        (lambda it: (it / "env").chmod(0o644), ["attributes"]),
        (lambda it: (it / "jwk.json").chmod(0o600), ["attributes"]),
        (lambda it: (it.parent / "current").unlink(), ["active_link"]),
        (lambda it: ((it.parent / "current").unlink(), (it.parent / "current").symlink_to("v0")), ["active_link"]),
    ],
)
def test_what_is_spoiled_is_mended_and_the_key_is_not_touched(
    path: Path, spoil: t.Callable[[Path], t.Any], kinds: t.List[str]
) -> None:
    made = run(path, passphrase=FIRST, **set_of(path))
    content, inode = path.read_bytes(), path.stat().st_ino
    spoil(path.parent)
    result = four_runs(path, path.parent.parent, passphrase=FIRST, **set_of(path))
    assert (result["changes"], result["thumbprint"]) == (kinds, made["thumbprint"])
    assert (path.read_bytes(), path.stat().st_ino) == (content, inode)


def test_a_generated_passphrase_stays_in_its_environment_file(path: Path) -> None:
    env, more = path.parent / "env", path.parent / "more.env"
    options = {
        "generate_passphrase": True,
        "environment": [{"path": env}, {"path": more, "format": "docker", "key_path_variable": ""}],
    }
    four_runs(path, path.parent, **options)
    name = ["PRIVATE_KEY_PASSWORD"]
    first = edit.values(env.read_bytes(), name, "systemd")
    assert first == edit.values(more.read_bytes(), name, "docker") and len(first[name[0]]) == 43
    assert b"FILE_PATH" in env.read_bytes() and b"FILE_PATH" not in more.read_bytes()
    more.unlink()
    assert four_runs(path, path.parent, **options)["changes"] == ["environment"]
    assert first == edit.values(more.read_bytes(), name, "docker")


def test_a_lost_environment_file_of_a_generated_passphrase_is_an_error(path: Path) -> None:
    options = {"generate_passphrase": True, "environment": [{"path": path.parent / "env"}]}
    run(path, **options)
    (path.parent / "env").unlink()
    before = picture(path.parent)
    with pytest.raises(KeysmithError, match="^path: .* is encrypted, and no passphrase was given"):
        run(path, **options)
    assert picture(path.parent) == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"junk",
        b"$ANSIBLE_VAULT;1.1;AES256\n6162\n",
        b"root:x:0:0:root:/root:/bin/sh\n",
        b"-----BEGIN PRIVATE KEY-----\n",
    ],
    ids=["empty", "junk", "vault", "passwd", "truncated"],
)
def test_what_is_not_a_key_is_replaced_by_always_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    for policy in ("fail", "never", "mismatch"):
        before = picture(path.parent)
        with pytest.raises(KeysmithError, match="^path: "):
            run(path, regenerate=policy)
        assert picture(path.parent) == before
    result = run(path, regenerate="always")
    (backup,) = backups(path)
    assert backup.read_bytes() == content and result["backup_file"] == str(backup) and result["created"]
    assert ".unknown." in backup.name and "rotated_from" not in result


@pytest.mark.parametrize("backup", [True, False])
def test_a_replaced_key_is_backed_up_where_wanted(path: Path, backup: bool) -> None:
    made = run(path, **set_of(path))
    content = path.read_bytes()
    predicted = run(path, True, algorithm="ES384", regenerate="mismatch", backup=backup, **set_of(path))
    result = four_runs(
        path, path.parent.parent, algorithm="ES384", regenerate="mismatch", backup=backup, **set_of(path)
    )
    assert predicted["rotated_from"] == result["rotated_from"] == made["thumbprint"] != result["thumbprint"]
    assert [one.read_bytes() for one in backups(path)] == [content] * backup
    assert ("backup_file" in result) is backup
    assert not backup or ".%s." % made["thumbprint"][:8] in result["backup_file"]


def test_never_keeps_another_key_and_says_so(path: Path) -> None:
    made = run(path)
    result = four_runs(path, path.parent, algorithm="RS256", regenerate="never")
    assert result["thumbprint"] == made["thumbprint"] and result["type"] == "EC" and result["algorithm"] == "ES256"
    assert any("regenerate: never" in text for text in result["warnings"])


def test_always_makes_a_new_key_every_time(path: Path) -> None:
    thumbprints = {run(path, regenerate="always")["thumbprint"] for _number in range(3)}
    assert len(thumbprints) == 3 and len(backups(path)) == 2


@pytest.mark.parametrize("format", ["pkcs8", "traditional"])
@pytest.mark.parametrize("sealed", [True, False])
def test_import(path: Path, format: str, sealed: bool) -> None:
    key = private("ES256")
    text = keys_read.private_pem(key, format, SECOND.encode() if sealed else None).decode()
    options = {"private_key": text, "passphrase": FIRST, "previous_passphrases": [SECOND], **set_of(path)}
    result = four_runs(path, path.parent.parent, **options)
    assert result["created"] and result["thumbprint"] == jwk.thumbprint(public_facts.facts(key.public_key()).members)
    assert text not in path.read_text()
    assert four_runs(path, path.parent.parent, **{**options, "regenerate": "always"})["changed"] is False


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        ("junk", {}, "private_key: "),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", {}, "private_key: "),
        (
            "EC",
            {"algorithm": "ES384"},
            "private_key: the key to import is of type P-256, but algorithm: ES384 asks for P-384",
        ),
        ("sealed", {}, "private_key is encrypted, and no passphrase was given"),
        (
            "sealed",
            {"passphrase": FIRST},
            r"private_key is encrypted, and the passphrases that were tried .* \(passphrase\)",
        ),
    ],
)
def test_what_is_not_imported(path: Path, text: str, options: t.Dict[str, t.Any], sentence: str) -> None:
    if text in ("EC", "sealed"):
        text = keys_read.private_pem(private("ES256"), "pkcs8", SECOND.encode() if text == "sealed" else None).decode()
    for check in (True, False):
        with pytest.raises(KeysmithError, match="^" + sentence) as raised:
            run(path, check, private_key=text, **options)
        assert text not in str(raised.value) and not list(path.parent.iterdir())


def test_a_key_that_comes_back_keeps_its_backup(path: Path) -> None:
    """One of them has the content of the key that is there now, and is no leftover for that."""
    pems = [keys_read.private_pem(private("ES256", number), "pkcs8").decode() for number in (0, 1, 0)]
    for text in pems:
        assert run(path, private_key=text, regenerate="mismatch")["changed"]
    backups = [one for one in path.parent.iterdir() if one.name.endswith(".bak")]
    assert len(backups) == 2 and path.read_bytes() in [one.read_bytes() for one in backups]
    assert not run(path, private_key=pems[0])["changed"] and all(one.exists() for one in backups)


PLACEHOLDERS = ("x", "changeme", "p" * 16, "A" * 43, "to-be-replaced-by-the-deployment-of-orders-00", "p" * 513)


@pytest.mark.parametrize("there", PLACEHOLDERS)
def test_no_key_is_made_with_what_stands_for_a_passphrase(path: Path, there: str) -> None:
    env = path.parent / "env"
    env.write_text("PRIVATE_KEY_PASSWORD=%s\n" % there)
    generated = {"generate_passphrase": True, "environment": [{"path": env}]}
    before = picture(path.parent)
    imported = keys_read.private_pem(private("ES256"), "pkcs8").decode()
    for check, more in ((True, {}), (False, {}), (False, {"private_key": imported})):
        with pytest.raises(KeysmithError, match="^environment: .*/env: the passphrase in it was not generated here"):
            run(path, check, **generated, **more)
    assert picture(path.parent) == before


@pytest.mark.parametrize("there", (*PLACEHOLDERS, passphrase.generate().decode()), ids=range(len(PLACEHOLDERS) + 1))
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({}, {}),
        ({}, {"format": "traditional"}),
        ({}, {"regenerate": "always"}),
        ({}, {"regenerate": "mismatch", "algorithm": "ES384"}),
        ({}, {"regenerate": "mismatch", "private_key": keys_read.private_pem(private("ES256"), "pkcs8").decode()}),
        ({"passphrase": FIRST}, {"previous_passphrases": [FIRST]}),
        ({"passphrase": FIRST}, {"regenerate": "always"}),
    ],
    ids=["adopted", "converted", "replaced", "of another kind", "imported", "encrypted with another", "not opened"],
)
def test_no_key_is_encrypted_with_what_stands_for_a_passphrase(
    path: Path, there: str, first: t.Dict[str, t.Any], then: t.Dict[str, t.Any]
) -> None:
    env = path.parent / "env"
    run(path, **first)
    env.write_text("PRIVATE_KEY_PASSWORD=%s\n" % there)
    before = picture(path.parent)
    for check in (True, False):
        with pytest.raises(KeysmithError, match="^environment: .*/env: the passphrase in it does not open the key"):
            run(path, check, generate_passphrase=True, environment=[{"path": env}], **then)
    assert picture(path.parent) == before


def test_a_generated_passphrase_waits_for_the_key(path: Path) -> None:
    env = path.parent / "env"
    there = passphrase.generate().decode()
    env.write_text("PRIVATE_KEY_PASSWORD=%s\n" % there)
    run(path, generate_passphrase=True, environment=[{"path": env}])
    assert there in env.read_text() and keys_read.read(path.read_bytes(), [there.encode()], name="path").encrypted


def test_a_generated_passphrase_under_the_name_that_it_had(path: Path) -> None:
    env = path.parent / "env"
    run(path, generate_passphrase=True, environment=[{"path": env}])
    before = picture(path.parent)
    with pytest.raises(
        KeysmithError, match=r"/env does not set OTHER\. If the file holds the passphrase under another name"
    ):
        run(path, generate_passphrase=True, environment=[{"path": env, "passphrase_variable": "OTHER"}])
    assert picture(path.parent) == before


@pytest.mark.parametrize("left", [None, "", "\n"])
def test_a_generated_passphrase_whose_file_is_gone(path: Path, left: t.Optional[str]) -> None:
    env = path.parent / "env"
    run(path, generate_passphrase=True, environment=[{"path": env}])
    env.unlink()
    if left is not None:
        env.write_text(left)
    said = "which is not there" if left is None else "which is empty"
    with pytest.raises(KeysmithError, match="If it was generated, it was in .*/env, %s; restore that file, or" % said):
        run(path, generate_passphrase=True, environment=[{"path": env}])


def test_another_key_than_the_one_to_import(path: Path) -> None:
    run(path)
    text = keys_read.private_pem(private("ES256"), "pkcs8").decode()
    with pytest.raises(KeysmithError, match="^private_key: .* holds another key than the one to import"):
        run(path, private_key=text)
    kept = run(path, private_key=text, regenerate="never")
    assert not kept["changed"] and any("not the one to import" in line for line in kept["warnings"])
    result = four_runs(path, path.parent, private_key=text, regenerate="mismatch")
    assert result["thumbprint"] == jwk.thumbprint(public_facts.facts(private("ES256").public_key()).members)
    assert len(backups(path)) == 1


def test_missing_directories_are_made_for_all_files(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "private.key"
    options = {"jwk_path": tmp_path / "c" / "jwk.json", "directory_mode": "0750"}
    result = four_runs(path, tmp_path, **options)
    assert result["changes"][0] == "directory"
    assert [mode_of(tmp_path / way) for way in ("a", "a/b", "c")] == [0o750] * 3


def test_directories_from_the_base_on_are_mended(tmp_path: Path) -> None:
    path = tmp_path / "base" / "v1" / "private.key"
    options = {"base_directory": tmp_path / "base", "directory_mode": "0750"}
    run(path, **options)
    (tmp_path / "base").chmod(0o755)
    (tmp_path / "base" / "v1").chmod(0o700)
    tmp_path.chmod(0o711)
    assert four_runs(path, tmp_path, **options)["changes"] == ["directory"]
    assert (mode_of(tmp_path / "base"), mode_of(path.parent), mode_of(tmp_path)) == (0o750, 0o750, 0o711)


def test_a_directory_that_a_killed_run_left_unfinished_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "v1" / "private.key"
    path.parent.mkdir()
    path.parent.chmod(0o1700)
    assert four_runs(path, tmp_path, directory_mode="0750")["changes"][0] == "directory"
    assert mode_of(path.parent) == 0o750


def test_the_link_is_relative_where_it_is_beside_the_directory(tmp_path: Path) -> None:
    path = tmp_path / "v1" / "private.key"
    run(path, active_link=tmp_path / "current")
    assert os.readlink(str(tmp_path / "current")) == "v1"
    run(path, active_link=tmp_path / "links" / "current")
    assert os.readlink(str(tmp_path / "links" / "current")) == str(path.parent)
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to(str(path.parent))
    assert not run(path, active_link=tmp_path / "current")["changed"]


def test_a_key_that_cannot_be_written_is_kept_as_it_is(path: Path) -> None:
    """OpenSSH's own format is read, kept where nothing else is asked for, and converted; never written."""
    from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS

    path.write_text(FORMS["OpenSSH"])
    path.chmod(0o600)
    assert not four_runs(path, path.parent, format="keep")["changed"]
    with pytest.raises(KeysmithError, match="^format: .* in OpenSSH's own format, which can be kept but not written"):
        run(path, format="keep", passphrase=FIRST)
    thumbprint = run(path, True)["thumbprint"]
    assert four_runs(path, path.parent)["thumbprint"] == thumbprint


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_modes_do_not_depend_on_the_umask(path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        run(path, **set_of(path))
    finally:
        os.umask(before)
    modes = [mode_of(path.parent / name) for name in ("private.key", "env", "public.pem", "jwk.json")]
    assert modes == [0o600, 0o600, 0o644, 0o644]


def test_what_somebody_changes_meanwhile_is_not_reported_as_ours(path: Path, monkeypatch: t.Any) -> None:
    switch = links.switch_link

    def interfere(*arguments: t.Any) -> None:
        switch(*arguments)
        (path.parent / "jwk.json").write_bytes(b'{"kty": "EC"}')

    monkeypatch.setattr(links, "switch_link", interfere)
    with pytest.raises(KeysmithError, match="somebody else changed the files while they were written .jwk."):
        run(path, **set_of(path))


def test_a_directory_that_is_swapped_meanwhile_is_found_out(path: Path, monkeypatch: t.Any) -> None:
    rename, folder = os.rename, path.parent

    def swap(*arguments: t.Any, **more: t.Any) -> None:
        rename(*arguments, **more)
        if arguments[1] == "private.key":
            rename(str(folder), str(folder) + ".moved")
            folder.mkdir()

    monkeypatch.setattr(os, "rename", swap)
    with pytest.raises(KeysmithError, match="^path: .*/jwt was replaced during the run"):
        run(path)
    assert not list(folder.iterdir())


def test_no_secret_in_any_representation(path: Path) -> None:
    with locked_directories.LockedDirectories() as folders:
        plan = present.decide("", wanted(path, passphrase=FIRST, **set_of(path)), folders, Known())
        shown = repr(plan) + repr(plan.known) + repr(plan.steps) + repr(plan.state) + repr(plan.result())
        assert FIRST not in shown and plan.steps


def test_secrets_are_in_no_result_and_no_error(path: Path) -> None:
    result = four_runs(path, path.parent.parent, passphrase=FIRST, **set_of(path))
    assert FIRST not in repr(result) and "PRIVATE KEY--" not in repr(result)
    with pytest.raises(KeysmithError) as raised:
        run(path, passphrase=SECOND, previous_passphrases=["third passphrase"], jwk_path=path.parent / "jwk.json")
    error: t.Optional[BaseException] = raised.value
    while error:
        assert SECOND not in repr(error) and "third passphrase" not in repr(error)
        error = error.__cause__


def test_a_key_to_import_gets_the_full_check(path: Path, monkeypatch: t.Any) -> None:
    text, read, checked = keys_read.private_pem(private("ES256"), "pkcs8").decode(), keys_read.read_private, []
    monkeypatch.setattr(
        keys_read, "read_private", lambda *a, **k: (checked.append((k["name"], k["trusted"])), read(*a, **k))[1]
    )
    run(path, True, private_key=text)
    assert ("private_key", False) in checked


def test_a_passphrase_that_a_new_key_makes_a_part_of_the_output_is_refused(path: Path, monkeypatch: t.Any) -> None:
    secret = public_facts.facts(private("ES256").public_key()).members["x"][5:25]
    monkeypatch.setattr(generate, "generate", lambda requests, _locked: [private("ES256") for _one in requests])
    with pytest.raises(KeysmithError, match="^passphrase: is a part of the public output"):
        run(path, passphrase=secret)
    assert not list(path.parent.iterdir())


def test_a_passphrase_that_is_a_part_of_the_output_is_refused_in_check_mode_too(path: Path) -> None:
    secret = run(path)["jwk"]["x"][5:25]
    before = picture(path.parent)
    for check in (True, False):
        with pytest.raises(KeysmithError, match="^passphrase: is a part of the public output"):
            run(path, check, passphrase=secret)
    assert picture(path.parent) == before


def test_modes_of_directories_are_durable(tmp_path: Path, monkeypatch: t.Any) -> None:
    path = tmp_path / "base" / "private.key"
    run(path, base_directory=tmp_path / "base")
    (tmp_path / "base").chmod(0o755)
    calls = Calls(monkeypatch)
    run(path, base_directory=tmp_path / "base")
    made = [str(call) for call in calls.made]
    assert made[made.index("fchmod base") + 1] == "fsync base"


@pytest.mark.parametrize("change", [{}, {"public_path": "new"}, {"active_link": "link"}, {"state": "absent"}])
def test_check_mode_says_that_nothing_can_be_written(path: Path, monkeypatch: t.Any, change: t.Dict[str, str]) -> None:
    given: t.Dict[str, t.Any] = {
        name: path.parent / value if name != "state" else value for name, value in change.items()
    }
    if change:
        run(path)
    before = picture(path.parent)
    asked: t.List[t.Any] = []

    def refuse(folder: directory.Directory) -> None:
        asked.append(folder.path)
        raise KeysmithError("nothing can be written")

    monkeypatch.setattr(directory.Directory, "check_writable", refuse)
    if change:
        assert not run(path)["changed"]
    for check in (True, False):
        with pytest.raises(KeysmithError, match="nothing can be written"):
            run(path, check, **given)
    assert picture(path.parent) == before and asked == [str(path.parent)] * 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_what_is_written_anew_stays_its_owner_s(path: Path) -> None:
    env = path.parent / "env"
    run(path, passphrase=FIRST, environment=[{"path": env}])
    for file in (path, env):
        os.chown(str(file), 65534, 65534)
    run(path, passphrase=SECOND, previous_passphrases=[FIRST], environment=[{"path": env}])
    assert [(file.stat().st_uid, file.stat().st_gid) for file in (path, env)] == [(65534, 65534)] * 2


def test_the_directory_of_a_link_that_is_right_need_not_be_writable(path: Path, monkeypatch: t.Any) -> None:
    link = path.parents[1] / "links" / "current"
    link.parent.mkdir()
    run(path, active_link=link)
    check = directory.Directory.check_writable

    def read_only(folder: t.Any) -> None:
        if folder.path == str(link.parent):
            raise KeysmithError("active_link: cannot write to %s" % folder.path)
        check(folder)

    monkeypatch.setattr(directory.Directory, "check_writable", read_only)
    assert run(path, active_link=link, format="traditional")["changed"]
    link.unlink()
    with pytest.raises(KeysmithError, match="^active_link: cannot write"):
        run(path, active_link=link)


def test_a_file_for_another_reader_is_warned_of_in_the_run_that_changes_it(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "env").write_bytes(b"export A=1\n")
    options = {"environment": [{"path": path.parent / "env"}]}
    assert [text for text in run(path, **options)["warnings"] if "/env: line 1 begins with export" in text]
    assert run(path, **options)["warnings"] == []
