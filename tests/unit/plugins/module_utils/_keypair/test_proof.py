# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof that spares opening a key again: believed for exactly this file and passphrase, and for nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import proof
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND, run

FACTS = {"members": {"kty": "EC", "x": "AA"}, "restriction": "", "encrypted": True}
CONTENT, SECRET = b"content of a file", FIRST.encode()


def attached(path: Path, content: bytes = CONTENT, passphrase: t.Optional[bytes] = SECRET) -> t.List[bytes]:
    """The records on a file after a proof was attached to it."""
    path.write_bytes(content)
    path.chmod(0o600)
    fd = os.open(str(path), os.O_RDONLY)
    try:
        proof.attach(fd, content, passphrase, FACTS)
        return proof.records_of(fd)
    finally:
        os.close(fd)


def test_a_proof_is_believed_for_this_file_and_passphrase(tmp_path: Path) -> None:
    records = attached(tmp_path / "key")
    assert len(records) == 1, "the file system of the temporary directory keeps no extended attributes"
    assert proof.facts_of(records, CONTENT, SECRET) == FACTS


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [
        (CONTENT + b"\n", SECRET),
        (CONTENT[:-1], SECRET),
        (b"", SECRET),
        (CONTENT, SECOND.encode()),
        (CONTENT, SECRET + b" "),
        (CONTENT, b""),
        (CONTENT, None),
    ],
)
def test_it_is_not_believed_for_anything_else(tmp_path: Path, content: bytes, passphrase: t.Optional[bytes]) -> None:
    assert proof.facts_of(attached(tmp_path / "key"), content, passphrase) is None


def _changed(record: bytes, **members: t.Any) -> bytes:
    return json.dumps({**json.loads(record), **members}).encode()


@pytest.mark.parametrize(
    "forge",
    [
        lambda record: _changed(record, facts=dict(FACTS, restriction="PS")),
        lambda record: _changed(record, mac="0" * 64),
        lambda record: _changed(record, mac=7),
        lambda record: _changed(record, salt="00" * 16),
        lambda record: _changed(record, salt="no hex"),
        lambda record: _changed(record, facts="no dictionary"),
        lambda record: _changed(record, v=2),
        lambda record: record[:-1],
        lambda record: b"",
        lambda record: b"\xff\xfe",
        lambda record: b"[]",
        lambda record: b"null",
    ],
)
def test_a_forged_or_broken_record_is_no_proof(tmp_path: Path, forge: t.Callable[[bytes], bytes]) -> None:
    records = attached(tmp_path / "key")
    assert proof.facts_of([forge(records[0])], CONTENT, SECRET) is None
    # A broken one does not hide a good one.
    assert proof.facts_of([forge(records[0]), records[0]], CONTENT, SECRET) == FACTS


def test_it_holds_no_passphrase_and_is_salted(tmp_path: Path) -> None:
    first, second = attached(tmp_path / "one")[0], attached(tmp_path / "two")[0]
    assert SECRET not in first and SECRET.hex().encode() not in first
    assert json.loads(first)["salt"] != json.loads(second)["salt"]
    assert json.loads(first)["mac"] != json.loads(second)["mac"]


def test_it_goes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    attached(path)
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    with path.open("rb") as file:
        assert proof.records_of(file.fileno()) == []


def test_a_record_that_others_could_have_put_is_not_read(tmp_path: Path, monkeypatch: t.Any) -> None:
    path = tmp_path / "key"
    attached(path)
    uid = os.geteuid()
    with path.open("rb") as file:
        os.setxattr(file.fileno(), "user.keysmith.proof", b"put by the owner of the file")
        monkeypatch.setattr(os, "geteuid", lambda: uid + 1)
        assert b"put by the owner of the file" not in proof.records_of(file.fileno())


def test_a_proof_that_is_too_long_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(CONTENT)
    with path.open("rb") as file:
        proof.attach(file.fileno(), CONTENT, SECRET, {"pem": "a" * 4000})
        assert proof.records_of(file.fileno()) == []


def test_an_unchanged_key_is_opened_once_in_its_life(tmp_path: Path, monkeypatch: t.Any) -> None:
    from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read as keys_read

    opened = []
    read = keys_read.read_private
    monkeypatch.setattr(keys_read, "read_private", lambda *a, **k: (opened.append(k["name"]), read(*a, **k))[1])
    path = tmp_path / "private.key"
    made = run(path, passphrase=FIRST)
    opened.clear()
    for _number in range(3):
        again = run(path, passphrase=FIRST)
        assert (again["jwk"], again["public_key"], again["changed"]) == (made["jwk"], made["public_key"], False)
    assert opened == []
    # A copy has no proof: it is opened, twice for a key that nobody has seen before, and gets one.
    copy = tmp_path / "copy.key"
    copy.write_bytes(path.read_bytes())
    copy.chmod(0o600)
    for expected in (2, 0):
        opened.clear()
        assert run(copy, passphrase=FIRST)["thumbprint"] == made["thumbprint"]
        assert len(opened) == expected


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_root_does_not_read_what_the_owner_of_a_file_could_have_put(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(CONTENT)
    with path.open("rb") as file:
        os.setxattr(file.fileno(), "user.keysmith.proof", b"put by the owner of the file")
        assert proof.records_of(file.fileno()) == [b"put by the owner of the file"]
        os.chown(str(path), 65534, -1)
        assert proof.records_of(file.fileno()) == []


def test_a_proof_takes_its_time(monkeypatch: t.Any) -> None:
    """A guess at the passphrase costs as much against it as against the key."""
    asked, derive = [], hashlib.pbkdf2_hmac
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", lambda *given: (asked.append(given), derive(*given))[1])
    proof._mac(b"salt", CONTENT, SECRET, FACTS)
    assert [(given[0], given[3]) for given in asked] == [("sha256", 2048)]


@pytest.mark.parametrize("member", ["v", "salt", "facts", "mac"])
def test_a_record_without_a_part_is_no_proof(tmp_path: Path, member: str) -> None:
    record = json.loads(attached(tmp_path / "key")[0])
    del record[member]
    assert proof.facts_of([json.dumps(record).encode()], CONTENT, SECRET) is None
