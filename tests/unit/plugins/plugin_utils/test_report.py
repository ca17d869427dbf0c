# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_report: what a person reads at the end of a run."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils._report import report
from ansible_collections.keysmith.jwt.plugins.plugin_utils._report_rows import Play

Answer = t.Dict[str, t.Any]
JWK = {"kty": "RSA", "kid": "K"}


def keypair(**rest: t.Any) -> t.Dict[str, t.Any]:
    """What the module returns of a key that is there."""
    return {"changed": False, "changes": [], "algorithm": "RS256", "key_id": "K", "jwk": JWK, **rest}


def made(**rest: t.Any) -> t.Dict[str, t.Any]:
    return keypair(changed=True, created=True, **rest)


def told(answers: t.Mapping[str, Answer], **rest: t.Any) -> t.List[t.Any]:
    """The report of a play of hosts with these answers."""
    given: t.Dict[str, t.Any] = {
        "hosts": list(answers),
        "batch": list(answers),
        "well": [host for host in answers if not answers[host].get("failed")],
        "answer_of": lambda host: answers[host],
        "output": "",
        "is_check": False,
        "variables": ["signing_key_services", "signing_key__result", "signing_key_", "other"],
    }
    return report(Play(**{**given, **rest}))


def test_a_key_has_a_line_and_its_jwk() -> None:
    assert told({"a": {"keypairs": {"orders/v1": made()}}}) == [
        "orders on a: v1 is active, RS256, key ID K, made",
        "The JWK to register for orders v1 on a:",
        JWK,
    ]


def test_a_jwk_of_several_hosts_is_shown_once() -> None:
    lines = told({host: {"keypairs": {"orders/v1": keypair()}} for host in "ab"})
    assert lines[1:3] == ["The JWK of orders v1 on a, b:", JWK] and len(lines) == 4


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (keypair(), ", unchanged"),
        (
            keypair(changed=True, changes=["private_key", "attributes"]),
            ", changed, because the private key had another form or another passphrase; a file had another mode, "
            "owner or group",
        ),
        (
            made(rotated_from="OLD", backup_file="/k.bak"),
            ", replaced, which ends the use of the key OLD (it is kept as /k.bak)",
        ),
        (made(), ", made"),
    ],
)
def test_what_was_done_is_said(one: Answer, words: str) -> None:
    line = told({"a": {"keypairs": {"orders/v1": one}}})[0]
    assert line.endswith(words)
    in_check_mode = told({"a": {"keypairs": {"orders/v1": one}}}, is_check=True)[0]
    assert in_check_mode == line.replace(", key ID K, ", ", key ID K, would be ") or words == ", unchanged"


def test_the_first_version_is_the_active_one() -> None:
    keys = {"orders/v2": keypair(), "orders/v1": keypair(), "orders/v0": {"changed": True, "changes": ["private_key"]}}
    lines = [line for line in told({"a": {"keypairs": keys}}) if "orders on a" in line]
    assert [line.split(" is ")[1].split(",")[0] for line in lines] == ["active", "inactive", "retired"]
    assert lines[2] == "orders on a: v0 is retired, removed"


def test_the_next_step_of_a_rotation() -> None:
    def answer(step: str, at: str) -> Answer:
        rotation = {"orders": {"next": {"step": step, "version": "v2", "at": at}}}
        return {"keypairs": {"orders/v1": keypair()}, "rotation": rotation}

    answers = {"a": answer("create", "2027-04-16"), "b": answer("create", "2027-04-15"), "c": answer("switch", "2027")}
    lines = told({**answers, "d": {**answer("create", ""), "rotation": {"orders": {"next": {"step": "create"}}}}})
    assert lines[-2:] == [
        "orders: next on 2 hosts: v2 is created, 2027-04-15 at the earliest",
        "orders: next on one host: v2 becomes active, 2027 at the earliest",
    ]


def test_check_mode_says_what_the_run_would_go_on_with() -> None:
    step = {"step": "switch", "version": "v3", "at": "2027"}
    rotation = {"orders": {"next": step, "switch": "v3", "compromised": ["v1", "v2"]}}
    lines = told({"a": {"keypairs": {"orders/v1": keypair()}, "rotation": rotation}}, is_check=True)
    end = "v3 becomes active; after the restart, these are removed: v1, v2"
    assert lines[-1] == "orders: would follow in this run on one host: " + end


def test_compromised_keys_that_hosts_still_have_are_named_with_the_hosts() -> None:
    def answer(one: t.Dict[str, t.Any]) -> Answer:
        keys = {"orders/v2": keypair(), "orders/v1": one}
        return {"keypairs": keys, "rotation": {"orders": {"compromised": ["v1"]}}}

    answers = {"a": answer(keypair()), "b": answer(keypair()), "c": answer({"changed": True, "changes": []})}
    line = (
        "orders: somebody else may have the key of v1 on a, b; restart what uses it, and run again to have it removed"
    )
    assert line in told(answers)
    assert not any("somebody else" in str(line) for line in told(answers, is_check=True))


def test_what_was_removed_before_is_not_told_again() -> None:
    keys = {"orders/v2": keypair(), "orders/v0": {"changed": False, "changes": []}}
    assert not any("v0" in str(line) for line in told({"a": {"keypairs": keys}}))


def test_of_a_service_in_trouble_nothing_is_called_active() -> None:
    answer = {"keypairs": {"orders/v1": keypair()}, "failed_keypairs": {"orders/v2": "why"}, "failed": True}
    lines = told({"a": answer})
    assert lines[0].startswith("orders on a: v1 is in place,")
    assert lines[-1] == "Failed or not reached; the keys that failed are unchanged: a (orders/v2)"
    # The service as a whole, as when a server refuses its next key: the key that it uses is the first one still.
    lines = told({"a": {**answer, "failed_keypairs": {"orders": "why"}}})
    assert lines[0].startswith("orders on a: v1 is active,")


def test_services_that_are_removed_are_lines_or_a_number() -> None:
    def gone(count: int, **rest: t.Any) -> t.List[t.Any]:
        absent = {"orders": {"changed": True, "changes": ["active_link", "history"]}}
        return told({"h%02d" % number: {"keypairs": {}, "absent": absent} for number in range(count)}, **rest)

    after = "orders: next: remove its keys or its client at the authorization server, and take it off the list"
    assert gone(1) == ["orders on h00: removed (active link, history)", after]
    assert gone(1, is_check=True) == ["orders on h00: would be removed (active link, history)"]
    names = ", ".join("h%02d" % number for number in range(10))
    assert gone(25) == ["orders: removed on 25 hosts (%s and 15 more)" % names, after]


def test_a_copy_says_where_it_comes_from() -> None:
    asked = {"sources": {"orders/v1": "a"}}
    answers = {host: {"keypairs": {"orders/v1": made()}, "asked": asked} for host in "ab"}
    lines = told(answers)
    assert [line.split(", ")[-1] for line in lines if " is active" in str(line)] == ["made", "copied from a"]


def test_new_keys_are_to_be_registered(tmp_path: Path) -> None:
    out, folder = str(tmp_path), tmp_path / "orders" / "versions"
    folder.mkdir(parents=True)
    answer = {"keypairs": {"orders/v1": keypair(), "orders/v2": made()}}
    # Only what was written: not where publishing was refused, or another key is there.
    assert not any("register the new" in str(line) for line in told({"a": answer}, output=out))
    (folder / "a.v2.jwk.json").write_text(json.dumps({**JWK, "kid": "old"}))
    assert not any("register the new" in str(line) for line in told({"a": answer}, output=out))
    (folder / "a.v2.jwk.json").write_text(json.dumps(JWK))
    assert told({"a": answer}, output=out)[-2:] == [
        f"orders: register the new key: {folder}/a.v2.jwk.json",
        "orders: next: register v2, then make it the active version (active: v2)",
    ]
    rotated = {"a": {**answer, "rotation": {"orders": {}}}}
    for registers in (True, False):
        lines = told(rotated, output=out, registers=registers)
        assert any("register the new" in str(line) for line in lines) is not registers
    many = {"h%02d" % number: {"keypairs": {"orders/v1": made()}} for number in range(8)}
    for host in list(many)[1:]:
        (folder / f"{host}.v1.jwk.json").write_text(json.dumps(JWK))
    assert told(many, output=out)[-1] == f"orders: register the 7 new keys, such as {folder}/h01.v1.jwk.json"
    both = {"a": {"keypairs": {"orders/v1": made(), "orders/v0": made()}}}
    assert not any("next:" in str(line) for line in told(both, output=out))
    assert not any("register the new" in str(line) for line in told({"a": answer}, output=out, is_check=True))


def test_many_keys_say_why_they_change() -> None:
    answers = {"h%02d" % number: {"keypairs": {"orders/v1": keypair()}} for number in range(30)}
    for number in range(12):
        answers["h%02d" % number]["keypairs"]["orders/v1"].update(changed=True, changes=["active_link"])
    names = "h00, h01, h02, h03, h04, h05, h06, h07, h08, h09 and 2 more"
    text = "orders: 30 keys on 30 hosts: 12 changed (%s), because it was not active before, 18 unchanged" % names
    assert told(answers)[0] == text


def test_many_keys_are_numbers() -> None:
    answers = {"h%02d" % number: {"keypairs": {"orders/v1": keypair()}} for number in range(21)}
    answers["h03"]["keypairs"] = {"orders/v1": made()}
    assert told(answers) == [
        "orders: 21 keys on 21 hosts: 1 made (h03), 20 unchanged",
        "To get the JWKs to register, set signing_key_output_directory",
    ]
    assert told(answers, output="/out", is_check=True) == [
        "orders: 21 keys on 21 hosts: 1 would be made (h03), 20 unchanged",
    ]
    answers["h03"]["keypairs"]["orders/v1"].pop("jwk")
    assert told(answers, output="/out", is_check=True)[1:] == [
        "orders: /out/orders.jwks.json would change, too, once the new keys are known",
    ]


def test_some_keys_have_no_jwk_shown() -> None:
    answers = {"h%d" % number: {"keypairs": {"orders/v1": keypair()}} for number in range(6)}
    lines = told(answers, output="/out")
    assert len(lines) == 7 and lines[-1] == "orders: the keys of all hosts are in /out/orders.jwks.json"


def test_services_are_in_the_order_of_their_names() -> None:
    lines = told({"a": {"keypairs": {"b/v1": keypair(), "a/v1": keypair()}}})
    assert [line[0] for line in lines if " is active" in str(line)] == ["a", "b"]


def test_variables_without_a_meaning_are_named() -> None:
    (line,) = told({"a": {"keypairs": {}}}, variables=["signing_key_directry", "signing_key_mode", "signing_key_jwks"])
    assert line.startswith("signing_key_directry is set, but the role has no variable of that name")
    assert line.endswith("Did you mean signing_key_directory?")


def test_hosts_out_of_the_play_are_named() -> None:
    fine, waiting = {"keypairs": {}}, {"keypairs": {}, "shared": {"orders/v1": {"recipient": {}}}}
    lines = told({"a": {"failed": True}, "b": fine, "c": {}, "d": waiting, "e": fine, "f": waiting}, well=["e", "f"])
    assert lines == [
        "Failed or not reached; the keys that failed are unchanged: a, c, d",
        "Ended early, because of a failure on another host; their keys are as listed above: b",
    ]
    many = {"h%02d" % number: {"failed": True} for number in range(12)}
    assert told(many)[0].endswith(": h00, h01, h02, h03, h04, h05, h06, h07, h08, h09 and 2 more")


def test_what_earlier_batches_have_done_is_not_told_again() -> None:
    answers = {host: {"keypairs": {"orders/v1": made()}} for host in "abc"}
    lines = told(answers, batch=["c"], well=["b", "c"])
    assert [line[10] for line in lines if " is active" in str(line)] == ["a", "c"]
