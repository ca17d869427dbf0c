# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_sharing: one key for the hosts that the controller asked to share it, and never a second one."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Inventory, Service
from ansible_collections.keysmith.jwt.plugins.plugin_utils._sharing import Decisions, decide
from ansible_collections.keysmith.jwt.tests.unit.plays import play

NAME = "orders/v1"
Answer = t.Dict[str, t.Any]
FAILED: Answer = {"failed": True, "msg": "Broken."}


def holds(thumbprint: str = "T", name: str = NAME, **more: t.Any) -> Answer:
    """What a host answers that has the key."""
    return {"keypairs": {name: {}}, "shared": {name: {"thumbprint": thumbprint, **more}}}


def waits(name: str = NAME, **more: t.Any) -> Answer:
    """What a host answers that does not have it."""
    return {"keypairs": {}, "shared": {name: {"recipient": {"x": "y"}, **more}}}


def decided(
    answers: t.Mapping[str, Answer], shared: t.Optional[t.Mapping[str, t.Tuple[str, ...]]] = None, **rest: t.Any
) -> Decisions:
    """What is decided in a play of hosts with these answers; ``shared`` is what hosts were asked, if not the group."""
    return decide(play(answers, shared, **rest), {})


def problem(found: Decisions, host: str) -> str:
    """The one thing that is wrong with a host."""
    (text,) = found.problems[host]
    assert text.startswith(NAME + ": ")
    return text


def test_hosts_that_hold_the_same_key_have_nothing_to_do() -> None:
    assert not any(vars(decided({"a": holds(), "b": holds(), "c": holds()})).values())


def test_the_first_host_makes_a_key_that_nobody_has() -> None:
    found = decided({"a": waits(), "b": waits(), "c": waits()})
    assert found.make == {"a": [NAME]} and not found.send and not found.problems
    assert found.sources == {host: {NAME: "a"} for host in "abc"} and list(found.waiting) == ["a", "b", "c"]


def test_who_waits_gets_the_key_from_the_first_that_holds_it() -> None:
    found = decided({"a": waits(), "b": holds(), "c": holds()})
    assert found.send == {"b": {NAME: {"a": {"x": "y"}}}} and found.sources == {"a": {NAME: "b"}}
    assert not found.make and not found.problems and not found.sealed


def test_what_was_sealed_goes_to_the_host_that_it_was_asked_for_with_the_thumbprint_that_is_known() -> None:
    sealed = {"b": {"shared": {NAME: {"sealed": {"a": "JWE", "d": "OTHER"}, "thumbprint": "LIE"}}}}
    found = decided({"a": waits(), "b": holds("T")}, sealing=sealed)
    assert found.sealed == {"a": {NAME: {"jwe": "JWE", "thumbprint": "T"}}} and not found.send and not found.problems


def test_what_a_host_seals_that_was_not_asked_is_nobody_s() -> None:
    forged = {"shared": {NAME: {"sealed": {"a": "FORGED"}}}}
    for answers in ({"a": waits(), "b": holds(), "c": holds()}, {"a": waits(), "b": holds(), "d": holds()}):
        found = decided(answers, sealing={"c": forged, "d": forged})
        assert not found.sealed and list(found.send) == ["b"]


def test_different_keys_are_told_to_all_that_share_them() -> None:
    found = decided({"a": holds("T"), "b": holds("U"), "c": waits()})
    assert "a holds T; b holds U. Nothing was copied." in problem(found, "a")
    assert problem(found, "a") == problem(found, "b") == problem(found, "c")
    assert not found.send and not found.make


def test_of_many_different_keys_some_are_named() -> None:
    hosts = ["h%d" % number for number in range(20)]
    answers = {host: holds("T%d" % (int(host[1:]) % 7 if int(host[1:]) > 6 else 0)) for host in hosts}
    found = decided(answers, inventory=Inventory({"web": hosts, "all": hosts}))
    text = problem(found, "h0")
    assert "h0, h1, h2, h3, h4 and 4 more hold T0" in text and "; and there are 2 more keys. Nothing" in text


@pytest.mark.parametrize("answer", [holds("FORGED"), waits()])
def test_a_host_that_its_own_list_does_not_name_gets_nothing_and_gives_nothing(answer: Answer) -> None:
    found = decided({"d": answer, "a": waits(), "b": waits(), "c": waits()})
    assert "shared does not name this host" in problem(found, "d")
    assert found.make == {"a": [NAME]} and list(found.problems) == ["d"]


@pytest.mark.parametrize("answer", [holds("FORGED"), waits()])
@pytest.mark.parametrize("listed", [("web", "d"), ("a", "b", "c", "d"), ("all",), ("d",)])
def test_a_host_that_lists_itself_beside_others_shares_nothing_with_them(
    answer: Answer, listed: t.Tuple[str, ...]
) -> None:
    for others, does in ((waits(), True), (holds(), False)):
        found = decided({"d": answer, "a": others, "b": others, "c": others}, {"d": listed})
        assert set(found.problems) <= {"d"} and not found.send and found.make.get("a") == ([NAME] if does else None)
        assert all(sources == {NAME: "a"} for host, sources in found.sources.items() if host != "d")
        assert found.sources.get("d", {NAME: "d"}) == {NAME: "d"}


@pytest.mark.parametrize("service", [None, Service(), Service(shared=())])
def test_a_host_that_was_not_asked_to_share_the_key_is_not_heard(service: t.Optional[Service]) -> None:
    asked = {host: {"orders": Service(shared=("web",))} for host in "abc"}
    asked["d"] = {"orders": service} if service else {}
    for answer in (holds("FORGED"), waits()):
        found = decided({"a": waits(), "b": waits(), "c": waits(), "d": answer}, asked=asked)
        assert found.make == {"a": [NAME]} and not found.problems and "d" not in found.waiting


def test_hosts_that_name_others_share_another_key() -> None:
    answers = {"a": holds("T"), "b": waits(), "c": holds("U"), "d": waits()}
    found = decided(answers, {"a": ("a", "b"), "b": ("b", "a"), "c": ("c", "d"), "d": ("c", "d")})
    assert found.sources == {"b": {NAME: "a"}, "d": {NAME: "c"}} and not found.problems


def test_the_same_hosts_in_other_words_are_the_same() -> None:
    shared = {"a": ("web",), "b": ("c", "b", "a"), "c": ("web", "empty")}
    assert decided({"a": waits(), "b": waits(), "c": holds()}, shared).sources == {"a": {NAME: "c"}, "b": {NAME: "c"}}


def test_no_key_is_made_without_a_host_that_is_not_in_the_run() -> None:
    text = problem(decided({"a": waits(), "b": waits()}), "a")
    assert "no host that answered has this key" in text and "add c to the hosts of this run (--limit)" in text


def test_a_key_is_copied_where_not_all_are_in_the_run() -> None:
    assert list(decided({"a": waits(), "b": holds()}).send) == ["b"]


def test_another_batch_is_told_as_that() -> None:
    found = decided({"a": waits(), "b": waits()}, well=["a", "b", "c"], everybody=["a", "b", "c"])
    assert "c: in another batch of this play (serial)" in problem(found, "a") and not found.make


@pytest.mark.parametrize("answer", [{}, FAILED, {"keypairs": {}, "failed": True, "failed_keypairs": {"orders": "why"}}])
def test_no_key_is_made_while_one_is_silent(answer: Answer) -> None:
    found = decided({"a": waits(), "b": waits(), "c": answer})
    assert "c: no answer, or a failure" in problem(found, "a") and not found.make


def test_a_host_that_is_out_of_the_play_is_silent() -> None:
    found = decided({"a": waits(), "b": waits()}, everybody=["a", "b", "c"])
    assert "c: no answer, or a failure" in problem(found, "a") and not found.make


@pytest.mark.parametrize("answer", [holds(name="orders/v2"), {"keypairs": {}, "shared": {}}])
def test_a_host_without_the_version_is_in_the_way(answer: Answer) -> None:
    found = decided({"a": waits(), "b": waits(), "c": answer})
    assert "c: lacks this version, or shares it with other hosts" in problem(found, "a") and not found.make


def test_each_host_is_told_with_its_reason() -> None:
    found = decided({"a": waits(), "b": FAILED})
    assert "add c to the hosts" in problem(found, "a") and "b: no answer" in problem(found, "a")


def test_a_name_that_is_none_keeps_the_key_from_being_made() -> None:
    shared = dict.fromkeys("abc", ("web", "wbe"))
    found = decided({"a": waits(), "b": waits(), "c": waits()}, shared)
    assert "neither a host nor a group of the inventory (wbe)" in problem(found, "a") and not found.make
    assert list(decided({"a": waits(), "b": holds()}, shared).send) == ["b"]


def test_a_group_can_be_empty() -> None:
    assert decided({"a": waits()}, {"a": ("a", "empty")}).make == {"a": [NAME]}


def test_the_names_of_many_hosts_are_cut_short() -> None:
    hosts = ["h%02d" % number for number in range(15)]
    inventory = Inventory({"web": ["a", *hosts], "all": ["a", *hosts]})
    found = decided({"a": waits(), **{host: FAILED for host in hosts}}, inventory=inventory)
    assert "h08, h09 and 5 more: no answer" in problem(found, "a")


@pytest.mark.parametrize(
    ("answer", "why"), [({"failed": True}, "it failed or could not be reached."), (FAILED, "Broken.")]
)
def test_a_copy_that_failed_is_told(answer: Answer, why: str) -> None:
    found = decided({"a": waits(), "b": holds()}, sealing={"b": answer})
    assert "could not be copied from b: %s Fix that, and run again." % why in problem(found, "a")
    assert "b" not in found.problems and not found.send
    found = decided({"a": waits(), "b": holds(), "c": holds()}, sealing={"b": answer})
    assert "run again, or without that host, as c has it, too." in problem(found, "a")


@pytest.mark.parametrize("other", [waits(), holds()])
def test_at_the_end_who_waits_is_told_so(other: Answer) -> None:
    found = decided({"a": waits(), "b": other, "c": waits()}, is_last=True)
    assert "is not here yet" in problem(found, "a") and not found.make


def test_what_is_wrong_is_told_once() -> None:
    assert "is not here yet" not in problem(
        decided({"a": holds("T"), "b": holds("U"), "c": waits()}, is_last=True), "c"
    )


def test_in_check_mode_each_host_would_get_it() -> None:
    found = decided({"a": waits(), "b": waits(), "c": waits()}, is_check=True)
    assert found.make == {host: [NAME] for host in "abc"} and found.sources == {host: {NAME: "a"} for host in "abc"}
    made = {"keypairs": {NAME: {"created": True}}, "shared": {NAME: {"kind": "P-256"}}}
    again = decided({"a": made, "b": made, "c": waits(kind="P-384")}, is_check=True, is_last=True)
    assert list(again.problems) == ["c"] and "is of type P-256" in problem(again, "c")
    copied = decided({"a": holds(kind="P-256"), "b": waits(), "c": waits(kind="P-384")}, is_check=True)
    assert copied.make == {"b": [NAME]} and copied.sources == {"b": {NAME: "a"}} and list(copied.problems) == ["c"]
    assert not decided({"a": holds(), "b": made, "c": made}, is_check=True, is_last=True).problems


def test_a_host_that_asks_for_another_kind_of_key_gets_none() -> None:
    answers = {"a": waits(kind="RSA 4096"), "b": holds(kind="P-256"), "c": waits(kind="P-256")}
    found = decided(answers)
    assert "is of type P-256, and this host asks for RSA 4096" in problem(found, "a")
    assert list(found.problems) == ["a"] and found.sources == {"c": {NAME: "b"}}
    # One that says that it takes any takes this one.
    assert decided({"a": waits(), "b": holds(kind="P-256")}).sources == {"a": {NAME: "b"}}
    found = decided({"a": waits(kind="RSA 4096"), "b": holds(kind="P-256")})
    assert not found.send and list(found.waiting) == ["a"]


def test_before_a_key_is_made_all_have_to_ask_for_one_kind() -> None:
    found = decided({"a": waits(kind="RSA 4096"), "b": waits(kind="P-256"), "c": waits(kind="RSA 4096")})
    assert "is of type RSA 4096, and this host asks for P-256" in problem(found, "b")
    assert found.make == {"a": [NAME]} and list(found.problems) == ["b"]
