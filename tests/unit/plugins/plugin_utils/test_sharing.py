# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_sharing: one key for all hosts that say that they share it, and never a second one."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils._sharing import Play, decide

NAME = "orders/v1"
AGAIN = {"name": "orders", "versions": ["v1"], "directory": "/etc/orders"}
USE = "this"
Answer = t.Dict[str, t.Any]
GROUPS = {"web": ["a", "b", "c"], "empty": [], "all": ["a", "b", "c", "d"]}


def holds(thumbprint: str = "T", among: t.Any = "web", name: str = NAME, **more: t.Any) -> Answer:
    """What a host answers that has the key."""
    shared = {name: {"among": among, "thumbprint": thumbprint, "again": AGAIN, **more}}
    return {"keypairs": {name: {}}, "shared": shared, "echo": USE}


def waits(among: t.Any = "web", name: str = NAME, **more: t.Any) -> Answer:
    """What a host answers that does not have it."""
    return {"keypairs": {}, "shared": {name: {"among": among, "recipient": {"x": "y"}, **more}}, "echo": USE}


def asked(host: str, answer: Answer, way: str = "both") -> Answer:
    """The same of a host that was asked."""
    return dict({name: answer[name] for name in answer if name != "echo"}, signing_key__ask={"host": host, "way": way})


def earlier(answer: Answer) -> Answer:
    """What was answered to another use of the role."""
    return dict(answer, echo="another")


FAILED: Answer = {"failed": True, "msg": "Broken.", "echo": USE}


def decided(answers: t.Mapping[str, Answer], **rest: t.Any) -> t.Dict[str, t.Any]:
    """What is decided in a play of hosts with these answers."""

    def named_by(patterns: t.Sequence[str]) -> t.List[str]:
        names = [name for one in patterns for name in GROUPS.get(one, [one] if one in GROUPS["all"] else [])]
        return [host for host in GROUPS["all"] if host in names]

    given: t.Dict[str, t.Any] = {
        "hosts": list(answers),
        "batch": list(answers),
        "result_of": lambda host: answers.get(host, {}),
        "services_of": lambda host: [],
        "named_by": named_by,
        "is_group": lambda name: name in GROUPS,
        "use": USE,
    }
    return decide(Play(**{**given, "has_asked": "asked" in rest, **rest}))


def problem(found: t.Mapping[str, t.Any], host: str) -> str:
    """The one thing that is wrong with a host."""
    (text,) = found["problems"][host]
    assert text.startswith(NAME + ": ")
    return str(text)


def test_hosts_that_hold_the_same_key_have_nothing_to_do() -> None:
    found = decided({"a": holds(), "b": holds(), "c": holds()})
    assert found.pop("all_done") is True and not any(found.values())


@pytest.mark.parametrize("more", ["failed", "restart", "restart_due", "units"])
def test_what_else_is_to_be_done_counts(more: str) -> None:
    assert decided({"a": holds(), "b": dict(holds(), **{more: ["x"]})})["all_done"] is False


def test_the_first_host_makes_a_key_that_nobody_has() -> None:
    found = decided({"a": waits(), "b": waits(), "c": waits()})
    assert found["make"] == {"a": [NAME]} and not found["send"] and not found["problems"]
    assert found["source"] == {NAME: {"a": "a", "b": "a", "c": "a"}}
    assert list(found["waiting"]) == ["a", "b", "c"] and found["all_done"] is False


def test_who_waits_gets_the_key_from_the_first_that_holds_it() -> None:
    found = decided({"a": waits(), "b": holds(), "c": holds()})
    assert found["send"] == {"b": {NAME: {"a": {"x": "y"}}}}
    assert found["again"] == {"b": {NAME: dict(AGAIN, way="both")}}
    assert found["source"] == {NAME: {"a": "b"}} and not found["make"] and not found["problems"]


def test_different_keys_are_told_to_all_that_share_them() -> None:
    found = decided({"a": holds("T"), "b": holds("U"), "c": waits()})
    assert "a holds T; b holds U. Nothing was copied." in problem(found, "a")
    assert problem(found, "a") == problem(found, "b") == problem(found, "c")
    assert not found["send"] and not found["make"]


def test_of_many_different_keys_some_are_named() -> None:
    hosts = ["h%d" % number for number in range(20)]
    found = decided({host: holds("T%d" % (int(host[1:]) % 7 if int(host[1:]) > 6 else 0), True) for host in hosts})
    text = problem(found, "h0")
    assert "h0, h1, h2, h3, h4 and 4 more hold T0" in text and "; and there are 2 more keys. Nothing" in text


def test_a_host_that_is_not_named_gets_nothing_and_gives_nothing() -> None:
    found = decided({"d": holds(), "a": waits(), "b": waits(), "c": waits()})
    assert "shared does not name this host" in problem(found, "d")
    assert found["make"] == {"a": [NAME]} and list(found["problems"]) == ["d"]


def test_hosts_that_name_others_share_another_key() -> None:
    found = decided(
        {"a": holds("T", ["a", "b"]), "b": waits(["b", "a"]), "c": holds("U", ["c", "d"]), "d": waits(["c", "d"])}
    )
    assert found["source"] == {NAME: {"b": "a", "d": "c"}} and not found["problems"]


# Hosts outside of the batch


def test_who_has_said_nothing_is_asked_before_a_key_is_made() -> None:
    found = decided({"a": waits(), "b": waits()})
    assert found["unknown"] == ["c"] and not found["make"] and not found["problems"]


def test_a_key_that_is_found_by_asking_is_sent() -> None:
    found = decided({"a": waits(), "b": waits()}, asked=[asked("c", holds(), "inventory")])
    assert list(found["send"]) == ["c"] and found["again"]["c"][NAME]["way"] == "inventory"
    assert not found["make"] and not found["problems"]


def test_a_key_is_made_when_all_have_said_that_they_have_none() -> None:
    found = decided({"a": waits(), "b": waits()}, asked=[asked("c", waits())])
    assert found["make"] == {"a": [NAME]} and "c" not in found["waiting"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([asked("c", FAILED)], "c answered with an error"),
        ([asked("c", {"unreachable": True})], "c could not be reached"),
        ([], "c did not answer"),
        # One of the ways in which it may be meant: the key may be where that one looks.
        ([asked("c", waits(), "play"), asked("c", FAILED, "inventory")], "c answered with an error"),
        ([asked("c", waits(name="orders/v2"))], "c says nothing of this service"),
        ([asked("c", waits(["c", "d"]))], "c shares it with others"),
        (
            [asked("c", waits(), "play"), asked("c", waits(["c", "d"]), "inventory")],
            "c shares it with these hosts in one",
        ),
    ],
)
def test_no_key_is_made_while_one_is_silent(said: t.List[Answer], why: str) -> None:
    found = decided({"a": waits(), "b": waits()}, asked=said)
    assert "so that there are not two keys, none was made: %s" % why in problem(found, "a")
    assert not found["make"] and not found["unknown"]


def test_each_silent_host_is_told_with_its_reason() -> None:
    found = decided({"a": waits(), "b": FAILED}, asked=[asked("c", {"unreachable": True})])
    assert "none was made: b answered with an error; c could not be reached. Mend" in problem(found, "a")


@pytest.mark.parametrize("way", [["b", "a"], ["a", "b"]])
def test_the_same_hosts_in_other_words_are_the_same(way: t.List[str]) -> None:
    said = [asked("b", waits(["a", "b"]), "play"), asked("b", waits(way), "inventory")]
    assert decided({"a": waits(["a", "b"])}, asked=said)["make"] == {"a": [NAME]}
    assert decided({"a": waits(["a", "b"]), "b": holds(among=way)})["source"] == {NAME: {"a": "b"}}


def test_a_host_that_holds_the_key_in_one_way_holds_it() -> None:
    ways = [asked("c", FAILED, "play"), asked("c", waits(), "both"), asked("c", holds(), "inventory")]
    for said in (ways, ways[::-1]):
        found = decided({"a": waits(), "b": waits()}, asked=said)
        assert list(found["send"]) == ["c"] and not found["problems"]


@pytest.mark.parametrize("other", [{"keypairs": {NAME: {}}}, holds(among=["c", "d"])])
def test_what_one_way_says_is_its_own_is_not_handed_out(other: Answer) -> None:
    for said in ([asked("c", holds()), asked("c", other)], [asked("c", other), asked("c", holds())]):
        found = decided({"a": waits(), "b": waits()}, asked=said)
        assert not found["send"] and not found["make"] and "not in another" in problem(found, "a")


@pytest.mark.parametrize(
    ("silent", "sentence"),
    [
        (FAILED, "c answered with an error"),
        ({"keypairs": {}, "shared": {}, "echo": USE}, ""),
        (holds(name="orders/v2"), "where the service is"),
    ],
)
def test_a_host_of_the_batch_is_not_asked_again(silent: Answer, sentence: str) -> None:
    found = decided({"a": waits(), "b": waits(), "c": silent})
    assert not found["unknown"]
    if sentence:
        assert sentence in problem(found, "a") and not found["make"]
    else:
        assert found["make"] == {"a": [NAME]} and not found["problems"]


@pytest.mark.parametrize(
    "silent", [{"skipped": True}, {}, {"failed": True}, *map(earlier, (waits(), holds("U"), {"keypairs": {}}, FAILED))]
)
def test_one_that_has_not_answered_to_this_use_of_the_role_is_asked(silent: Answer) -> None:
    answers = {"a": waits(), "b": waits(), "c": silent}
    assert decided(answers)["unknown"] == ["c"]
    found = decided(answers, asked=[asked("c", waits())])
    assert found["make"] == {"a": [NAME]} and list(found["waiting"]) == ["a", "b"] and not found["problems"]
    assert list(decided(answers, asked=[asked("c", holds())])["send"]) == ["c"]


def test_what_was_answered_to_another_use_is_another_key() -> None:
    found = decided({"a": earlier(holds("BLUE")), "b": holds("GREEN"), "c": waits()})
    assert list(found["send"]) == ["b"] and not found["problems"]


def test_a_host_that_said_that_it_shares_the_key_with_others_does_not_hand_it_out() -> None:
    """Though, asked in the words of who waits for it, it says something else."""
    found = decided({"a": waits(), "b": waits()}, asked=[asked("c", waits())])
    assert found["make"]
    for among, place, is_doubt in (
        (["c"], "/etc/orders", True),
        (["c"], "/etc/green", False),
        ("web", "/etc/orders", False),
    ):
        said = earlier(holds(among=among, again=dict(AGAIN, directory=place)))
        found = decided({"a": waits(), "b": waits(), "c": said}, batch=["a", "b"], asked=[asked("c", holds(), "play")])
        assert bool(found["send"]) is not is_doubt and bool(found["problems"]) is is_doubt


def test_an_earlier_batch_holds_the_key() -> None:
    found = decided({"a": holds(), "b": waits(), "c": waits()}, batch=["b", "c"])
    assert list(found["send"]) == ["a"] and list(found["waiting"]) == ["b", "c"]


def test_in_check_mode_an_earlier_batch_would_have_made_it() -> None:
    found = decided({"a": waits(), "b": waits(), "c": waits()}, batch=["b", "c"], is_check=True)
    assert found["source"] == {NAME: {"b": "a", "c": "a"}} and not found["problems"]


def test_what_a_host_outside_of_the_batch_has_said_is_less_than_what_it_says_now() -> None:
    found = decided({"a": holds("T"), "b": waits(), "c": waits()}, batch=["b", "c"], asked=[asked("a", holds("U"))])
    assert list(found["send"]) == ["a"] and not found["problems"]
    found = decided({"a": holds("T"), "b": waits()}, asked=[asked("a", holds("U"))])
    assert list(found["send"]) == ["a"] and not found["problems"]


def test_without_the_first_host_no_key_is_made() -> None:
    found = decided({"b": waits(), "c": waits()}, asked=[asked("a", waits())])
    assert "a run without a, the first one" in problem(found, "b") and not found["make"]


def test_a_name_that_is_none_keeps_the_key_from_being_made() -> None:
    found = decided({"a": waits(["web", "wbe"]), "b": waits(["web", "wbe"]), "c": waits(["web", "wbe"])})
    assert "no host of the inventory (wbe)" in problem(found, "a") and not found["make"]


def test_a_group_can_be_empty() -> None:
    assert decided({"a": waits(["a", "empty"])})["make"] == {"a": [NAME]}


# All hosts with the service


@pytest.mark.parametrize(("services", "unknown"), [(["orders"], ["b"]), (["payments"], []), (None, ["b"]), ([], [])])
def test_all_hosts_with_the_service_are_asked(services: t.Any, unknown: t.List[str]) -> None:
    found = decided({"a": waits(True), "b": {}}, batch=["a"], services_of=lambda host: services)
    assert found["unknown"] == unknown and bool(found["make"]) is not bool(unknown)


def test_in_a_limited_run_no_key_is_made_for_all() -> None:
    found = decided({"a": waits(True)}, is_limited=True)
    assert "the run is limited" in problem(found, "a") and not found["make"]
    assert decided({"a": waits(True)})["make"] == {"a": [NAME]}


def test_where_all_share_it_a_host_with_another_version_is_in_the_way() -> None:
    found = decided({"a": waits(True), "b": holds(among=True, name="orders/v2")})
    assert "b, where the service is, too," in problem(found, "a") and not found["make"]


# What was done


@pytest.mark.parametrize(
    ("answer", "why"),
    [({"unreachable": True}, "it could not be reached."), (FAILED, "Broken."), ({"failed": True}, "it failed.")],
)
def test_a_copy_that_failed_is_told(answer: Answer, why: str) -> None:
    found = decided({"a": waits(), "b": holds()}, sealing=[dict(answer, signing_key__holder="b")])
    assert "could not be copied from b: %s Mend that, and run again." % why in problem(found, "a")
    assert "b" not in found["problems"]
    found = decided({"a": waits(), "b": holds(), "c": holds()}, sealing=[dict(answer, signing_key__holder="b")])
    assert "run again, or without that host, as c has it, too." in problem(found, "a")


def test_at_the_end_who_waits_is_told_so() -> None:
    found = decided({"a": waits(), "b": holds()}, sealing=[{"signing_key__holder": "b"}], is_last=True)
    assert "is not here yet" in problem(found, "a")


def test_what_is_wrong_is_told_once() -> None:
    assert "is not here yet" not in problem(
        decided({"a": holds("T"), "b": holds("U"), "c": waits()}, is_last=True), "c"
    )


def test_the_names_of_many_hosts_are_cut_short() -> None:
    hosts = ["h%02d" % number for number in range(15)]
    found = decided({"a": waits(True), **{host: FAILED for host in hosts}}, services_of=lambda host: ["orders"])
    assert "h08, h09 and 5 more answered with an error" in problem(found, "a")


def test_a_host_that_asks_for_another_kind_of_key_gets_none() -> None:
    answers = {"a": waits(kind="RSA 4096"), "b": holds(kind="P-256"), "c": waits(kind="P-256")}
    found = decided(answers)
    assert "is of type P-256, and this one asks for RSA 4096" in problem(found, "a")
    assert list(found["problems"]) == ["a"] and found["source"] == {NAME: {"c": "b"}}
    # One that says that it takes any takes this one.
    assert decided({"a": waits(), "b": holds(kind="P-256")})["source"] == {NAME: {"a": "b"}}
    found = decided({"a": waits(kind="RSA 4096"), "b": holds(kind="P-256")})
    assert not found["send"] and list(found["waiting"]) == ["a"]


def test_before_a_key_is_made_all_have_to_ask_for_one_kind() -> None:
    found = decided({"a": waits(kind="RSA 4096"), "b": waits(kind="P-256"), "c": waits(kind="RSA 4096")})
    assert "is of type RSA 4096, and this one asks for P-256" in problem(found, "b")
    assert found["make"] == {"a": [NAME]} and list(found["problems"]) == ["b"]
