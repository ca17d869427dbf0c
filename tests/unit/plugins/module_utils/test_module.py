# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The single module through AnsibleModule: results, errors, warnings, and what is never printed."""

from __future__ import annotations

import errno
import json
import os
import resource
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible_collections.keysmith.jwt.plugins.module_utils import _module
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.directory import open_directory
from ansible_collections.keysmith.jwt.plugins.module_utils._disk.files import FileSlot
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import MissingLibrary
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import given as keypair_given
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import inspect, record_writing
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import cryptography_keys
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypair
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, picture
from ansible_collections.keysmith.jwt.tests.unit.modules_run import Result, run_module

Run = t.Callable[..., Result]
CANARY = "canary-in-the-mine"


@pytest.fixture
def run(monkeypatch: t.Any, capsys: t.Any, tmp_path: Path) -> Run:
    def call(check: bool = False, diff: bool = False, **options: t.Any) -> Result:
        given = {"algorithm": "ES256", "path": str(tmp_path / "private.key"), **options}
        return run_module(jwt_keypair.main, monkeypatch, capsys, given, check, diff)

    return call


def facts(result: Result) -> Result:
    return {name: result[name] for name in result if name not in ("_text", "invocation", "changed", "warnings")}


def test_check_real_check_real(run: Run, tmp_path: Path) -> None:
    options = {"jwk_path": str(tmp_path / "jwk.json"), "passphrase": FIRST}
    made = [run(check, **options) for check in (True, False, True, False)]
    assert [one["changed"] for one in made] == [True, True, False, False]
    assert made[1]["jwk"] == made[2]["jwk"] == made[3]["jwk"] == json.loads((tmp_path / "jwk.json").read_text())
    assert "thumbprint" not in made[0] and made[0]["algorithm"] == "ES256"
    assert all("diff" not in one and FIRST not in one["_text"] for one in made)
    assert facts(made[2]) == facts(made[3])


def test_a_passphrase_where_one_is_to_be_made_is_not_quoted(run: Run, tmp_path: Path) -> None:
    for value in (CANARY, [CANARY], {"a": [CANARY]}):
        failed = run(generate_passphrase=value)
        assert failed["failed"] and "generate_passphrase" in failed["msg"] and CANARY not in failed["_text"]
    assert CANARY not in run(size=[CANARY])["_text"]
    assert "maybe" in run(generate_passphrase="maybe")["msg"]


@pytest.mark.parametrize("option", ["size", "lock_timeout"])
def test_a_whole_number_is_not_infinite(run: Run, option: str) -> None:
    failed = run(**{option: float("inf")})
    assert failed["failed"] and "infinite" in failed["msg"] and "Traceback" not in failed["_text"]


def test_sizes_are_the_key_s_and_not_the_file_s(run: Run) -> None:
    made = [run(check, algorithm="RS256", size=2048) for check in (True, False, False)]
    assert [one["size"] for one in made] == [2048] * 3
    assert not {"mode", "uid", "owner"} & set(made[2])


def test_the_diff_is_there_where_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    first = run(True, True)["diff"][0]
    assert first["before_header"] == first["after_header"] and first["before"] == "" and "key: " in str(first)


def test_warnings_are_given_and_secrets_in_none(run: Run) -> None:
    result = run(algorithm="RS256", size=2048, passphrase="ten chars.")
    texts = [str(one) for one in result["warnings"]]
    assert any("3072 bits" in text for text in texts) and any("16 characters" in text for text in texts)
    assert "ten chars." not in result["_text"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"environment": "env"}, "environment: has to be a dictionary with at least a path, or a list of such "),
        ({"environment": ["env"]}, "environment: has to be a dictionary with at least a path, or a list of such "),
        ({"environment": {}}, "environment: missing required arguments: path"),
        (
            {"environment": {"path": "/x/env", "formt": CANARY}},
            "environment: there is no option formt; the options are ",
        ),
        (
            {"environment": {"path": "/x/env", "a b": 1}},
            "environment: there is no option of that name; the options are ",
        ),
        ({"environment": {"path": "/x/env", "format": "yaml"}}, "environment: value of format must be one of"),
        ({"passphrase": 1234567890}, "passphrase: has to be a string, but YAML made it a number; put it in quotes."),
        ({"passphrase": [CANARY]}, "passphrase: has to be a string, but YAML made it a list; put it in quotes."),
        ({"passphrase": {"a": CANARY}}, "passphrase: has to be a string, but YAML made it a dictionary"),
        ({"previous_passphrases": {"a": CANARY}}, "previous_passphrases: has to be a list of strings."),
        ({"private_key": {"a": CANARY}}, "private_key: the JWK's kty has to be one of RSA, EC, OKP, AKP."),
        ({"private_key": CANARY}, "private_key: "),
        ({"mode": "u=rwx,g=x"}, "mode: 0710 is too open"),
        ({"mode": "preserve"}, "mode: has to be octal digits in quotes, such as '0600', or like u=rw,g=r."),
        (
            {"mode": 600},
            "mode: 600 is not in quotes, so YAML takes it for a decimal number",
        ),
        ({"directory_mode": "u=rwx,go=rwx"}, "directory_mode: 0777 has to give the owner all permissions"),
        ({"size": 2048}, "size: only RSA keys have one"),
    ],
)
def test_a_failure_is_one_sentence(run: Run, tmp_path: Path, options: t.Dict[str, t.Any], message: str) -> None:
    before = picture(tmp_path)
    for check in (True, False):
        result = run(check, **options)
        assert result["failed"] and result["msg"].startswith(message), result["msg"]
        assert "\n" not in result["msg"] and CANARY not in result["_text"] and "1234567890" not in result["msg"]
        assert "Traceback" not in result["_text"] and "exception" not in result
    assert picture(tmp_path) == before


@pytest.mark.parametrize(
    ("mode", "number"), [("u=rw,g=r", 0o640), ("u=rw", 0o600), ("0640", 0o640), (0o600, 0o600), ("u=r", 0o400)]
)
def test_modes_in_every_form(run: Run, tmp_path: Path, mode: t.Any, number: int) -> None:
    assert run(mode=mode)["changed"]
    assert (tmp_path / "private.key").stat().st_mode & 0o7777 == number
    assert not run(mode=mode)["changed"]


def test_a_missing_library_is_told_apart(run: Run, monkeypatch: t.Any) -> None:
    def missing() -> t.Any:
        raise MissingLibrary("The Python package cryptography is missing on this host; install it.")

    monkeypatch.setattr(cryptography_keys, "_version", missing)
    result = run()
    assert result["missing_library"] == "cryptography" and result["msg"].startswith("The Python package cryptography")


@pytest.mark.parametrize("error", [RuntimeError(CANARY), ValueError(CANARY), TypeError(CANARY), MemoryError(CANARY)])
def test_what_nobody_foresaw_is_told_by_its_place_alone(run: Run, monkeypatch: t.Any, error: Exception) -> None:
    def fail(*_given: t.Any) -> None:
        try:
            raise KeyError(CANARY)
        except KeyError:
            raise error from None

    monkeypatch.setattr(inspect, "look", fail)
    result = run(passphrase=FIRST)
    assert result["failed"] and "has an internal error (%s at " % type(error).__name__ in result["msg"]
    assert "run.py:" in result["msg"] and CANARY not in result["_text"] and "Traceback" not in result["_text"]


def test_what_the_system_refuses_is_one_sentence(run: Run, monkeypatch: t.Any) -> None:
    def fail(*_args: t.Any) -> t.NoReturn:
        raise OSError(errno.EIO, CANARY)

    monkeypatch.setattr(keypair_given, "run", fail)
    result = run()
    assert result["msg"] == "path: the file system failed: Input/output error; fix it and run again."


def test_no_core_file_is_left(run: Run) -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        run()
        assert resource.getrlimit(resource.RLIMIT_CORE)[0] in (0, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.mark.parametrize("option", ["passphrase", "previous_passphrases", "private_key"])
def test_a_secret_that_is_too_short_to_be_hidden_is_not_shown(run: Run, option: str) -> None:
    """What Ansible hides it hides everywhere, so what is short is not hidden but taken out of what it shows."""
    result = run(**{option: "qXz7", "format": "traditional", "algorithm": "EdDSA"})
    assert result["failed"] and "qXz7" not in result["_text"]


class _Module:
    """What is asked of AnsibleModule: its options, and about SELinux."""

    def __init__(self, enabled: bool, default: t.Sequence[t.Any]) -> None:
        self.enabled, self.default = enabled, default
        self.argument_spec = {"path": {}, "passphrase": {"no_log": True}, "private_key": {"no_log": True}}
        self.params: t.Dict[str, t.Any] = {"path": "/etc/x", "passphrase": FIRST, "private_key": None}
        self.null: t.FrozenSet[str] = frozenset()

    def selinux_enabled(self) -> bool:
        return self.enabled

    def selinux_default_context(self, _path: str) -> t.Sequence[t.Any]:
        return self.default


@pytest.mark.parametrize(
    ("enabled", "default", "explicit", "context"),
    [
        (False, ("u", "r", "t", "s0"), (None,) * 4, ""),
        (True, ("u", "r", "t", "s0"), (None,) * 4, "u:r:t:s0"),
        (True, ("u", "r", "t", "s0"), (None, "_default", "other_t", "s1"), "u:r:other_t:s1"),
        (True, (None,) * 4, (None,) * 4, ""),
    ],
)
def test_contexts(enabled: bool, default: t.Sequence[t.Any], explicit: t.Sequence[t.Any], context: str) -> None:
    module: t.Any = _Module(enabled, default)
    assert _module.context_of(module, "/etc/x", explicit) == context


def test_secrets_under_a_wrong_name_are_hidden_whatever_else_is_wrong(run: Run, monkeypatch: t.Any) -> None:
    logged: t.List[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda _module, text, **_more: logged.append(str(text)))
    deep = {"path": "/nowhere/env", "pasphrase": CANARY}
    for options in (
        {"environment": deep, "mode": "preserve"},
        {"environment": [{"formt": 1}, deep]},
        {"environment": [deep, CANARY]},
        {"environment": CANARY},
        {"environment": deep, "algorithm": "none"},
        {"environment": deep, "pasphrase": CANARY},
        {"environment": {"path": "/nowhere/env", "passphrase_variable": CANARY}},
        {"mode": {"a": CANARY}},
    ):
        result = run(**options)
        assert result["failed"] and CANARY not in result["_text"], options
    assert not any(CANARY in text for text in logged)


def test_options_are_taken_and_none_of_the_secrets_is_left() -> None:
    module: t.Any = _Module(False, ())
    assert _module.take(module) == {"path": "/etc/x", "passphrase": FIRST, "private_key": None}
    assert module.params["path"] == "/etc/x" and FIRST not in str(module.params)
    module.null = frozenset(("private_key", "path", "_ansible_tmpdir"))
    assert _module.take(module)["private_key"] == ""


def test_what_was_recorded_is_believed_while_the_policy_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "private.key"
    path.write_bytes(b"content")
    bound = record_writing.Bound((str(path), "", []), lambda path: "u:r:t:s0", [])
    writer = record_writing.Writer(
        bound, FileSlot(open_directory(str(tmp_path), "path"), path.name, "path"), [str(path), "", ""]
    )
    writer.make_room()
    writer.begin()
    writer.end("[{}, [], {}]", False)
    for default, enabled, expected in (("t", True, True), ("other_t", True, False), ("t", False, False)):
        module: t.Any = _Module(enabled, ("u", "r", default, "s0"))
        assert bool(_module.recall(module, [bound.asked])) is expected


def test_what_can_hold_secrets_is_unread_at_first() -> None:
    told = {"sealed", "recipients", "make", "restarted", "confirmed"}
    assert set(_module.QuietModule.unread) == {"environment", "keypairs", "services", "defaults"} | told


def test_no_descriptor_stays_open(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "jwt"
    options: t.Dict[str, t.Any] = {"path": str(folder / "v1" / "private.key"), "base_directory": str(folder)}
    run(**options)
    before = os.listdir("/proc/self/fd")
    for _number in range(3):
        assert not run(**options)["changed"]
    for more in ({"mode": "0640"}, {"size": 1}, {"state": "absent", "backup": False}, {}, {"state": "absent"}):
        run(**options, **more)
    assert os.listdir("/proc/self/fd") == before
