# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories with one file a variable: what envdir, chpst and s6-envdir read, and what a key pair keeps in them."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND, four_runs, run


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"", None),
        (b"\n", ""),
        (b"x", "x"),
        (b" a b \t\n", " a b"),
        (b"x\n\n", "x"),
        (b"a\0b\n", "a\nb"),
        (b"'$x\\#\n", "'$x\\#"),
    ],
)
def test_the_first_line_is_the_value(text, value):
    assert edit.values(text, ["V"], edit.ENVDIR) == ({} if value is None else {"V": value})
    assert edit.change(text, {"V": "new"}, edit.ENVDIR) == b"new\n"
    assert edit.change(text, {"V": None}, edit.ENVDIR) == b""
    if value is not None and "\n" not in value:
        assert edit.change(text, {"V": value}, edit.ENVDIR) == text


@pytest.mark.parametrize("text", [b"x\r\n", b"\xff\n"])
def test_what_the_programs_read_differently_is_not_guessed(text):
    with pytest.raises(KeysmithError, match="^environment: it "):
        edit.values(text, ["V"], edit.ENVDIR)


@pytest.mark.parametrize(("value", "words"), [("a\nb", "a newline"), ("a ", "a blank at its start or end")])
def test_a_value_that_would_be_cut_is_refused(value, words):
    with pytest.raises(KeysmithError, match="^V: its value has %s" % words):
        edit.check_value("V", value, edit.ENVDIR)


def test_a_key_pair_keeps_one_file_a_variable_and_those_of_others_stay(tmp_path):
    path, folder = tmp_path / "k" / "private.key", tmp_path / "env.d"
    folder.mkdir(mode=0o700)
    (folder / "OTHER").write_bytes(b"1\n2\n")
    options = {"environment": [{"path": folder, "format": "envdir"}], "passphrase": FIRST, "key_id": "k{1}"}
    assert four_runs(path, tmp_path, **options)["changes"]
    held = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert held == {
        "OTHER": b"1\n2\n",
        "PRIVATE_KEY_PASSWORD": FIRST.encode() + b"\n",
        "PRIVATE_RSA_KEY_ID": b"k{1}\n",
        "PRIVATE_RSA_KEY_FILE_PATH": str(path).encode() + b"\n",
    }
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.glob("PRIVATE*")} == {0o600}
    run(path, **{**options, "passphrase": SECOND, "previous_passphrases": [FIRST]})
    assert (folder / "PRIVATE_KEY_PASSWORD").read_bytes() == SECOND.encode() + b"\n"
    run(path, state="absent", backup=False, **options)
    assert [file.name for file in folder.iterdir()] == ["OTHER"]


def test_a_generated_passphrase_lives_in_its_file(tmp_path):
    path, folder = tmp_path / "k" / "private.key", tmp_path / "env.d"
    options = {"environment": [{"path": folder, "format": "envdir"}], "generate_passphrase": True}
    made = four_runs(path, tmp_path, **options)
    (folder / "PRIVATE_RSA_KEY_ID").unlink()
    again = run(path, **options)
    assert again["thumbprint"] == made["thumbprint"] and again["changes"] == ["environment"]
    replaced = run(path, regenerate="always", **options)
    assert (folder / "PRIVATE_RSA_KEY_ID").read_text() == replaced["thumbprint"] + "\n"


def test_a_file_with_more_lines_is_nobody_s_variable(tmp_path):
    (tmp_path / "PRIVATE_RSA_KEY_ID").write_bytes(b"1\n2\n")
    with pytest.raises(KeysmithError, match="PRIVATE_RSA_KEY_ID: has more than one line"):
        run(tmp_path / "private.key", environment=[{"path": tmp_path, "format": "envdir"}])


@pytest.mark.parametrize("secret", [{"generate_passphrase": True}, {"passphrase": FIRST}, {"encrypted": False}])
def test_a_run_that_is_killed_between_two_files_is_finished_by_the_next(tmp_path, secret):
    for at in range(20):
        path, folder = tmp_path / str(at) / "private.key", tmp_path / str(at) / "env.d"
        options = {"environment": [{"path": folder, "format": "envdir"}], **secret}
        run(path, **options)
        if not _killed(at, path, regenerate="always", **options):
            break
        after = run(path, **options)
        assert (folder / "PRIVATE_RSA_KEY_ID").read_text() == after["thumbprint"] + "\n"
        assert run(path, **options)["changes"] == []
    assert at > 1


def _killed(at, path, **options):
    """Whether a run was killed before the rename of that number."""
    child = os.fork()
    if not child:
        renames, rename = itertools.count(), os.rename

        def killed_once(*names, **more):
            if next(renames) == at:
                os._exit(9)
            rename(*names, **more)

        os.rename = killed_once
        with contextlib.suppress(Exception):
            run(path, **options)
        os._exit(0)
    return os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 9
