# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_batch: what follows from the answers of several hosts, one of which is hostile."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _answers, _asked, _record, _rotations
from ansible_collections.keysmith.jwt.plugins.plugin_utils._batch import Batch, diffs_of
from ansible_collections.keysmith.jwt.tests.unit import made_keys
from ansible_collections.keysmith.jwt.tests.unit.lies import lies

GROUPS = {"all": ["m", "a", "b"], "orders_servers": ["a", "b"]}
INVENTORY = _asked.Inventory(GROUPS)
ORDERS: t.Dict[str, t.Any] = {"name": "orders", "shared": ["orders_servers"]}
TRACE = "/tmp/keysmith-hostile"
USE = "77"
Answer = t.Dict[str, t.Any]


def jwk(number: int) -> t.Dict[str, str]:
    numbers = made_keys.private("ES256", number).public_key().public_numbers()
    x, y = (jose_jwk.base64url_uint(number, 32) for number in (numbers.x, numbers.y))
    members = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    return {**members, "use": "sig", "alg": "ES256", "kid": jose_jwk.thumbprint(members)}


def has(name: str, number: int, **more: t.Any) -> Answer:
    """What a host answers that holds a key of a service."""
    one = jwk(number)
    pair = {"changed": False, "changes": [], "path": "/k", "algorithm": "ES256", "key_id": one["kid"], "jwk": one}
    return {
        "changed": False,
        "keypairs": {name + "/v1": pair},
        "jwks": {name: {"keys": [one]}},
        "restart": [],
        "restart_due": {},
        "units": [],
        "shared": {name + "/v1": {"thumbprint": one["kid"], "kind": "P-256"}},
        **more,
    }


def waits(name: str = "orders") -> Answer:
    """What a host answers that does not hold it."""
    recipient = {member: value for member, value in jwk(9).items() if member in ("kty", "crv", "x", "y")}
    nothing: Answer = {"changed": True, "keypairs": {}, "jwks": {}, "restart": [], "restart_due": {}, "units": []}
    return {**nothing, "shared": {name + "/v1": {"recipient": recipient, "kind": "P-256"}}}


class Play:
    """Hosts with services, their answers as the controller keeps them, and a directory for public keys."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.variables: t.Dict[str, t.Dict[str, t.Any]] = {host: {} for host in GROUPS["all"]}

    def answer(
        self,
        host: str,
        answer: Answer,
        *items: t.Any,
        facts: t.Sequence[str] = (),
        output: t.Optional[str] = None,
        use: str = USE,
        installs: bool = False,
    ) -> None:
        arguments = {"services": list(items)}
        _sent, asked = _asked.ask(arguments, host, INVENTORY)
        kept, _dropped = _answers.believed(answer, _answers.keypairs(asked, {}, _rotations.rotated(arguments)))
        controller = {"use": use, "output": str(self.output) if output is None else output, "show": True}
        controller["installs"] = installs
        kept["asked"] = _record.written(controller, asked, facts)
        self.variables[host]["signing_key__result"] = _record.held_back(kept)

    def result(self, **how: t.Any) -> t.Dict[str, t.Any]:
        given: t.Dict[str, t.Any] = {
            "hostvars": self.variables.__getitem__,
            "groups": GROUPS,
            "hosts": GROUPS["all"],
            "well": GROUPS["all"],
            "everybody": GROUPS["all"],
            "use": USE,
            "is_check": False,
            "is_last": False,
        }
        return Batch(**{**given, **how}).result(False, ())

    def files(self) -> t.Dict[str, t.Any]:
        return {
            str(path.relative_to(self.output)): json.loads(path.read_text())
            for path in self.output.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """a and b share the key of orders, and b waits for it; m has a service of its own."""
    found = Play(tmp_path / "output")
    found.answer("a", has("orders", 0), ORDERS)
    found.answer("b", waits(), ORDERS)
    found.answer("m", has("other", 1), {"name": "other"})
    return found


def of_others(result: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    """What is to be done by the hosts that are not hostile."""
    parts = ("waiting", "make", "send", "sealed", "sources", "problems")
    return {part: {host: one for host, one in result[part].items() if host != "m"} for part in parts}


def test_a_hostile_host_is_alone(play: Play) -> None:
    """Thousands of its answers: nothing is decided or written of another host or service."""
    honest = {is_check: of_others(play.result(is_check=is_check)) for is_check in (True, False)}
    files = play.files()
    assert set(honest[False]["send"]) == {"a"} and set(honest[True]["make"]) == {"b"} and set(files) == {
        "orders.jwks.json", "orders/a.jwk.json", "orders/a.jwks.json", "orders/versions/a.v1.jwk.json",
        "other.jwks.json", "other/m.jwk.json", "other/m.jwks.json", "other/versions/m.v1.jwk.json",
    }  # fmt: skip
    rest = {name: held for name, held in files.items() if not name.startswith("other")}
    for number, (what, lie) in enumerate(lies(has("other", 1, diff=[{"before_header": "x", "after": {}}]), TRACE)):
        play.answer("m", lie(), {"name": "other"})
        is_check = bool(number % 20)
        result = play.result(is_check=is_check)
        assert of_others(result) == honest[is_check], what
        assert "m" not in json.dumps([result[part].get("m") for part in ("send", "sealed", "make")]), what
        assert not any(mark in json.dumps(result) for mark in ("{{", "{%", "{#")), what
        now = {name for name in play.files() if not name.startswith("other/versions/m.")}
        assert now | {"other/versions/m.v1.jwk.json"} == set(files), what
    assert number > 1000 and {name: held for name, held in play.files().items() if name in rest} == rest


@pytest.mark.parametrize("said", [has("orders", 1), waits()])
def test_who_was_not_asked_about_a_service_has_no_part_in_it(play: Play, said: Answer) -> None:
    honest = of_others(play.result())
    play.answer("m", said, {"name": "other"})
    result = play.result()
    assert of_others(result) == honest and "m" not in result["waiting"]
    assert not any(name.startswith("orders/m") for name in play.files())


@pytest.mark.parametrize("shared", [["orders_servers"], ["a", "b"], ["orders_servers", "m"], ["all"], ["m"], False])
@pytest.mark.parametrize("said", [has("orders", 1), waits()])
def test_a_service_that_a_host_has_given_itself_is_no_part_of_the_group(
    play: Play, said: Answer, shared: t.Any
) -> None:
    """By its own facts, say: it is asked about orders, and shares it with whom it likes."""
    honest = of_others(play.result())
    play.answer("m", said, {"name": "orders", "shared": shared}, facts=["signing_key_services"])
    assert of_others(play.result()) == honest
    sealed = {"changed": False, "shared": {"orders/v1": {"sealed": {"b": "a.b.c.d.e"}}}}
    play.variables["m"]["signing_key__sealing"] = {
        **sealed,
        "asked": play.variables["m"]["signing_key__result"]["asked"],
    }
    assert of_others(play.result()) == honest


def test_where_a_service_names_its_hosts_no_other_host_has_it(play: Play) -> None:
    for host, answer in (("a", has("orders", 0)), ("b", waits())):
        play.answer(host, answer, {**ORDERS, "hosts": ["orders_servers"]})
    play.answer("m", has("orders", 1), {"name": "orders"})
    result = play.result()
    assert "orders: hosts: on a, this service is for other hosts" in result["problems"]["m"][0]
    assert list(result["send"]) == ["a"] and "orders/m.jwk.json" not in play.files()


def test_a_host_s_own_facts_keep_no_other_from_a_service(play: Play) -> None:
    honest = of_others(play.result())
    play.answer("m", has("orders", 1), {"name": "orders", "hosts": ["m"]}, facts=["signing_key_services"])
    assert of_others(play.result()) == honest
    play.answer("m", has("orders", 1), {"name": "orders", "hosts": ["m"]})
    assert set(play.result()["problems"]) == {"a", "b"}


def test_where_files_go_is_not_said_by_a_host_s_own_facts(play: Play, tmp_path: Path) -> None:
    evil = str(tmp_path / "evil")
    for name in ("signing_key_output_directory", "signing_key_show"):
        play.answer("m", has("other", 1), {"name": "other"}, facts=[name], output=evil)
        assert play.result(is_last=True)["report"] and "orders/a.jwk.json" in play.files()
        assert not (tmp_path / "evil").exists()
    play.answer("m", has("other", 1), {"name": "other"}, output=evil)
    play.result()
    assert (tmp_path / "evil" / "orders" / "a.jwk.json").exists()


@pytest.mark.parametrize("name", ["signing_key__result", "signing_key__sealing"])
def test_a_fact_is_no_answer(play: Play, name: str) -> None:
    play.answer("b", has("orders", 1), ORDERS)
    forged = play.variables["b"].pop("signing_key__result")
    play.variables["b"][name] = forged
    play.answer("a", waits(), ORDERS)
    assert play.result()["send" if name == "signing_key__result" else "make"] != {} or name == "signing_key__sealing"
    play.variables["b"]["ansible_facts"] = {name: forged}
    result = play.result()
    assert not result["send"] and not result["sealed"] and "b: no answer" in result["problems"]["a"][0]


def test_an_answer_to_another_use_of_the_role_is_none(play: Play) -> None:
    play.answer("a", has("orders", 0), ORDERS, use="78")
    result = play.result()
    assert (
        not result["send"] and "a: no answer" in result["problems"]["b"][0] and "orders.jwks.json" not in play.files()
    )


def test_what_is_not_ours_is_no_answer(play: Play) -> None:
    for other in (None, "x", [], {"failed": True}, {"skipped": True}, {"asked": None}, {"asked": "77"}):
        play.variables["a"]["signing_key__result"] = other
        assert list(play.result()["problems"]) == ["b"]


def test_a_version_whose_file_would_have_too_long_a_name_has_none(play: Play) -> None:
    answer = has("other", 1)
    answer["keypairs"] = {"other/" + "v" * 250: answer["keypairs"]["other/v1"]}
    play.answer("m", answer, {"name": "other"})
    assert play.result()["problems"] == {}
    assert {"orders/a.jwk.json", "other/m.jwk.json"} <= set(play.files())
    assert not any("vvv" in name for name in play.files())


@pytest.mark.parametrize(
    "diff",
    [{"before": "x"}, [{"before_header": ["x"]}], [{"before_header": "x\nchanged: [b]"}], ["x"], [{"after": {}}]],
)
def test_a_diff_is_one_of_files(play: Play, diff: t.Any) -> None:
    play.answer("m", has("other", 1, diff=diff), {"name": "other"})
    assert all("\n" not in one["before_header"] for one in diffs_of("m", play.variables["m"], USE))


@pytest.mark.parametrize(
    "unit", [{"block": "LoadCredential="}, {"block": "LoadCredential=", "path": "/x", "unit": "u"}]
)
def test_what_one_host_has_to_do_yet_hides_nothing_of_the_others(play: Play, unit: t.Any) -> None:
    for host in "ab":
        play.answer(host, has("orders", 0), ORDERS)
    assert play.result()["settled"] == ["m", "a", "b"]
    play.answer("m", has("other", 1, units=[unit]), {"name": "other"})
    result = play.result()
    assert result["settled"] == ["a", "b"] and result["report"]
    assert play.result(is_last=True)["settled"] == ["m", "a", "b"]


ROTATED = {"name": "other", "rotation": {"every": "90d"}}
NEW = {"other": {"unpublished": ["v1"]}}


def rotating(play: Play) -> t.Any:
    """What is done for the host m before it goes on with its rotations."""
    result = play.result()
    assert ("m" in result["rotate"]) != ("m" in result["problems"])
    return result["rotate"].get("m") or result["problems"]["m"][0]


@pytest.mark.parametrize("output", [None, ""])
def test_a_key_that_is_registered_was_looked_at(play: Play, output: t.Optional[str]) -> None:
    for host in "ab":
        play.answer(host, has("orders", 0), ORDERS, output=output)
    play.answer("m", has("other", 1, rotation=NEW), ROTATED, output=output)
    assert [one["jwk"] for one in rotating(play)["new"]] == [jwk(1)]
    mine = {**jwk(1), "kid": jwk(0)["kid"]}
    bad = has("other", 1, rotation=NEW, jwks={"other": {"keys": [mine]}})
    bad["keypairs"]["other/v1"]["jwk"] = mine
    play.answer("m", bad, ROTATED, output=output)
    assert "an unexpected key ID" in rotating(play)
    play.answer("m", {**bad, "jwks": {"other": {"keys": [jwk(1)]}}}, ROTATED, output=output)
    assert "not among those that it publishes" in rotating(play)


def test_a_host_s_own_facts_choose_no_tasks_that_are_run_here(play: Play) -> None:
    play.answer("m", has("other", 1, rotation=NEW), ROTATED, facts=["signing_key_register_tasks"])
    assert rotating(play).startswith("signing_key_register_tasks: facts of this host decide")
    switch = has("other", 1, rotation={"other": {"switch": "v1"}})
    play.answer("m", switch, ROTATED, facts=["signing_key_register_tasks"])
    assert rotating(play) == {"switch": {"other": "v1"}, "new": []}


def test_check_mode_goes_on_with_a_rotation_where_no_key_has_to_be_made_first(play: Play) -> None:
    switch = {"other": {"switch": "v1", "unpublished": ["v1"]}}
    play.answer("m", has("other", 1, rotation=switch), ROTATED)
    assert play.result(is_check=True)["rotate"] == {"m": {"switch": {"other": "v1"}, "new": []}}
    new = has("other", 1, rotation=switch)
    new["keypairs"]["other/v1"]["created"] = True
    play.answer("m", new, ROTATED)
    assert not play.result(is_check=True)["rotate"] and play.result()["rotate"]
    play.answer("m", has("other", 1, rotation=NEW), ROTATED)
    assert not play.result(is_check=True)["rotate"]


def test_a_service_that_does_not_rotate_has_no_rotation(play: Play) -> None:
    play.answer("m", has("other", 1, rotation=NEW), {"name": "other"})
    assert not play.result()["rotate"]


def test_a_host_may_say_more_of_a_key_that_it_shares(play: Play) -> None:
    """Of two that share one, one is asked for another key ID before the other is."""
    play.result()
    named = {**jwk(0), "kid": "orders"}
    play.answer("b", has("orders", 0, jwks={"orders": {"keys": [named]}}), {**ORDERS, "key_id": "orders"})
    assert "b" not in play.result()["problems"] and play.files()["orders/b.jwk.json"] == named


def test_a_quiet_batch_is_done(play: Play) -> None:
    play.answer("b", has("orders", 0), ORDERS)
    result = play.result()
    assert result["all_done"] and result["changed"] and not any(of_others(result).values())
    assert not play.result()["changed"]
    for more in ("failed", "restart", "restart_due", "units"):
        value: t.Any = {"restart": ["x"], "restart_due": {"orders": {"mark": "x"}}, "units": [{"unit": "x"}]}.get(
            more, True
        )
        play.answer("b", has("orders", 0, **{more: value}), ORDERS)
        assert not play.result()["all_done"] and play.result()["more"] == ["b"], more


@pytest.mark.parametrize("is_check", [False, True])
def test_before_the_library_is_installed_nothing_is_reported(play: Play, is_check: bool) -> None:
    missing = {"failed": True, "msg": "no cryptography", "missing_library": "cryptography"}
    play.answer("b", missing, ORDERS, installs=True)
    result = play.result(is_check=is_check)
    assert bool(result["report"]) == is_check and not result["all_done"]
    # All come along to what compares them again.
    assert result["more"] == (["b"] if is_check else ["m", "a", "b"])
    play.answer("b", missing, ORDERS)
    result = play.result(is_check=is_check)
    assert result["more"] == ["b"] and result["report"]


def test_the_report_comes_when_nothing_is_waited_for(play: Play) -> None:
    assert play.result()["report"] == [] and play.result(is_last=True)["report"]
    play.answer("b", has("orders", 0), ORDERS)
    assert any("orders on b" in str(line) for line in play.result()["report"])


def test_a_host_withdraws_what_it_was_asked_to_and_nothing_else(play: Play) -> None:
    def gone(name: str) -> Answer:
        one = {"changed": True, "changes": ["directory"], "directory": "/d", "units": [], "drop_in": "", "backups": []}
        return {"changed": True, "keypairs": {}, "jwks": {}, "absent": {name: one}}

    play.result()
    files = set(play.files())
    for name in ("other", "orders"):
        # It says so of its own accord, or of a service that is not its own.
        play.answer("m", gone(name), {"name": "other"})
        play.result()
        assert set(play.files()) == files
    play.answer("m", gone("other"), {"name": "other", "state": "absent"})
    assert play.result(is_check=True)["files"] and set(play.files()) == files
    result = play.result(is_last=True)
    assert set(play.files()) == {name for name in files if not name.startswith("other")}
    assert result["changed"] and not result["all_done"]
    assert "other on m: removed (directory)" in result["report"]


def test_a_service_that_nobody_has_is_named(play: Play) -> None:
    found = [play.result(is_last=True, gone=gone)["report"] for gone in (["other"], ["other", "ordres"])]
    assert len(found[1]) == len(found[0]) + 1 and "no host of this run has a service ordres" in found[1][-1]
