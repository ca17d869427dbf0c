# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a fleet: what is in it, how it is written, and that no text of a host is more than text in it."""

from __future__ import annotations

import json
import re
import typing as t
from html.parser import HTMLParser
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._service import history
from ansible_collections.keysmith.jwt.plugins.plugin_utils import (
    _fleet,
    _fleet_report,
    _published,
    _report_files,
    _report_lines,
    _report_page,
)
from ansible_collections.keysmith.jwt.tests.unit.made_reports import HOSTILE, NOW, answer, report

#: The text format of Prometheus: a comment, or a name, labels and a value.
SAMPLE = re.compile(r'[a-z_]+(\{([a-z]+="([^"\\\n]|\\[\\"n])*",?)*\})? -?[0-9.]+\Z')


class Page(HTMLParser):
    """The tags of a page, and the texts of its cells by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: t.List[t.Tuple[str, t.Dict[str, t.Any]]] = []
        self.rows: t.List[t.List[str]] = []
        self._is_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: t.Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self._is_cell = tag == "td"
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._is_cell = False

    def handle_data(self, data: str) -> None:
        if self._is_cell:
            self.rows[-1][-1] += data.rstrip("\n")


def page(one: _fleet_report.Report) -> Page:
    return Page(_report_page.to_html(one).decode("utf-8"))


def test_what_the_hosts_have() -> None:
    fleet = report({"a": answer(), "b": answer(state="left over", problem="unlisted")}).fleet
    assert [(key.host, key.state, key.problems) for key in fleet.keys] == [("a", "active", 0), ("b", "left over", 1)]
    assert fleet.keys[0].kind == "RSA 4096" and fleet.services[0].step == "create"
    assert [(one.host, one.service, one.version) for one in fleet.problems] == [("b", "orders", "v1")]


@pytest.mark.parametrize(
    "variables, why",
    [
        ({}, "not asked"),
        ({"signing_key__info": {"unreachable": True, "msg": "no route"}}, "no route"),
        ({"signing_key__info": answer(), "ansible_facts": {"signing_key__info": answer()}}, "fact"),
        ({"signing_key__info": "text"}, "not asked"),
    ],
)
def test_a_host_without_an_answer_is_named(variables: t.Any, why: str) -> None:
    (silent,) = _fleet.collect(["a"], lambda _host: _fleet.answer_of(variables)).silent
    assert silent.host == "a" and why in silent.why


def test_the_first_thing_that_is_said() -> None:
    well = report({"a": answer()})
    assert (well.verdict, well.kinds) == ("Nothing is wrong.", {})
    bad = report({"a": answer(problem="access"), "b": {"why": "no route"}})
    assert (bad.verdict, bad.kinds) == ("2 things to look at.", {"access": 1, "no answer": 1})
    assert report({}).verdict == "No host was asked."
    for one, color in ((well, "good"), (bad, "bad")):
        tags = page(one).tags
        classes = [attributes.get("class", "") for tag, attributes in tags if tag == "section"]
        assert classes == ["verdict " + color]


def test_a_hundred_services_that_no_list_has() -> None:
    """A host says as much as it likes of those; the report stays small."""
    versions = answer()["services"]["orders"]["versions"]
    many = {"s%d" % number: {"versions": versions, "problems": []} for number in range(700)}
    fleet = report({"a": {**answer(), "unlisted": many}}).fleet
    assert len(fleet.keys) == 501 and {key.state for key in fleet.keys[1:]} == {"unlisted"}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_of_a_host_is_a_text(text: str) -> None:
    """The same in each file, and the page has no tag of it."""
    one = report({"a": answer(kid=text, problem="access", text=text), "b": {"why": text}})
    found = page(one)
    plain = page(report({"a": answer(kid="k", problem="access", text="t"), "b": {"why": "w"}}))
    assert [tag for tag, _attributes in found.tags] == [tag for tag, _attributes in plain.tags]
    assert sum(text in row for row in found.rows) == 2
    assert json.loads(_fleet_report.to_json(one))["keys"][0]["kid"] == text
    for line in _fleet_report.to_prometheus(one).decode().splitlines():
        assert line.startswith("# ") or SAMPLE.fullmatch(line), line


@pytest.mark.parametrize("text", HOSTILE)
def test_a_label_is_what_it_says(text: str) -> None:
    one = report({"a": answer(service=text)})
    lines = [line for line in _fleet_report.to_prometheus(one).decode().splitlines() if "restart_due{" in line]
    (label,) = re.findall(r'service="((?:[^"\\]|\\.)*)"', lines[0])
    plain = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], label)
    assert plain == text


def test_no_sample_comes_twice() -> None:
    other = {"orders": {"versions": answer()["services"]["orders"]["versions"], "problems": []}}
    text = _fleet_report.to_prometheus(report({"a": {**answer(), "unlisted": other}, "b": answer()})).decode()
    names = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(names) == len(set(names)) > 5


def test_the_page_asks_for_nothing_and_runs_nothing_else() -> None:
    text = _report_page.to_html(report({"a": answer()})).decode()
    tags = Page(text).tags
    assert not any({"src", "href", "style", "onclick"} & set(attributes) for _tag, attributes in tags)
    (policy,) = [attributes["content"] for _tag, attributes in tags if "http-equiv" in attributes]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy and policy.count("sha256-") == 2
    assert "url(" not in text and "@import" not in text


def test_the_structure_of_the_page() -> None:
    one = report({"a": answer(), "b": answer(problem="access")})
    found = page(one)
    assert [attributes.get("lang") for tag, attributes in found.tags if tag == "html"] == ["en"]
    assert [tag for tag, _attributes in found.tags if tag in ("h1", "h2", "caption")] == [
        "h1", "h2", "h2", "caption", "h2", "caption",
    ]  # fmt: skip
    (keys,) = [row for row in found.rows if row[:2] == ["a", "orders"]]
    assert keys == [
        "a", "orders", "v1", "active", "kid1", "RS256 (RSA 4096)", "2026-01-10", "323", "create v2 2027-02-27", "",
    ]  # fmt: skip


def test_two_reports_of_the_same_say_the_same() -> None:
    one, other = (_fleet_report.to_json(report({"a": answer()}, now=NOW + more)) for more in (0, 60))
    assert one != other and _fleet_report.same(one, other)
    assert not _fleet_report.same(one, _fleet_report.to_json(report({"a": answer(kid="k2")})))
    assert not _fleet_report.same(b"", one) and not _fleet_report.same(b"[]", one)


def test_lines_for_a_terminal() -> None:
    answers = {"h%d" % number: answer(problem="access") for number in range(15)}
    lines = _report_lines.lines(report(answers), "/srv/report")
    assert lines[0] == "15 things to look at. Hosts: 15, services: 15, keys: 15."
    assert lines[10:12] == ["h9: orders/v1: Look.", "5 more problems"] and lines[-1].endswith("/srv/report")
    # Which host has which key, how old it is, and what comes next.
    key = "orders/v1: active, RS256, key ID kid1, 323 days old, next: v2 is created, 2027-02-27T09:00:00Z"
    assert lines[12:-1] == ["h%d: %s" % (number, key) for number in range(15)]
    one = report({"a": answer(state="inactive")}, NOW - 322 * 86400)
    assert _report_lines.lines(one, "")[1:] == ["a: orders/v1: inactive, RS256, key ID kid1, 1 day old"]
    many = _report_lines.lines(report({"h%d" % number: answer() for number in range(21)}), "")
    assert many[1:] == ["Set signing_key_report_directory to have all keys and problems in files"]


def test_files_are_written_and_say_whether_something_changed(tmp_path: Path) -> None:
    directory = str(tmp_path / "new" / "report")
    first = report({"a": answer()})
    assert _report_files.write(directory, first, check_mode=True)[0] and not (tmp_path / "new").exists()
    changed, paths = _report_files.write(directory, first, check_mode=False)
    assert changed and [Path(path).stat().st_mode & 0o777 for path in paths] == [0o644] * 3
    assert not _report_files.write(directory, first._replace(generated=NOW + 9), check_mode=False)[0]
    assert json.loads((tmp_path / "new/report/signing-keys.json").read_text())["generated"] == history.stamp(NOW + 9)
    assert sorted(path.name for path in Path(directory).iterdir()) == sorted(_report_files.NAMES)


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "signing-keys.prom").symlink_to("/etc/passwd")
    with pytest.raises(KeysmithError, match="symbolic link"):
        _report_files.write(str(tmp_path), report({"a": answer()}), check_mode=False)


def test_a_set_for_each_service_or_for_all() -> None:
    names = ["orders", "bills", "orders"]
    assert _published.places(None, names) == {}
    assert _published.places("/srv/jwks.json", names) == {"/srv/jwks.json": []}
    each = {"https://x/bills.json": ["bills"], "https://x/orders.json": ["orders"]}
    assert _published.places("https://x/{name}.json", names) == each
    assert _published.places({"orders": "/a", "bills": "/a"}, names) == {"/a": ["orders", "bills"]}
    for wrong in (["/a"], {"orders": 1}, 7):
        with pytest.raises(KeysmithError, match="signing_key_published"):
            _published.places(wrong, names)


def test_what_is_missing_and_what_is_stale() -> None:
    fleet = report({"a": answer(kid="k1"), "b": answer(kid="k2"), "c": answer(kid="k3", state="left over")}).fleet
    entries = [_published.Entry(kid, "print of " + kid) for kid in ("k1", "k3", "old")] + [_published.Entry("odd", "")]
    found = _published.compare("/a", [], entries, fleet)
    assert [key.host for key in found.missing] == ["b"] and [entry.kid for entry in found.stale] == ["old", "odd"]
    assert not _published.compare("/a", ["bills"], [], fleet).missing
    kinds = _fleet_report.Report(NOW, fleet, [found]).kinds
    assert kinds == {"not published": 1, "published, on no host": 2}


@pytest.mark.parametrize("content", [b"", b"no JSON", b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}', b"[" * 9999])
def test_a_set_that_cannot_be_read_is_told_without_its_content(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(content)
    with pytest.raises(KeysmithError) as error:
        _published.read(str(path))
    assert str(path) in str(error.value) and "c2VjcmV0" not in str(error.value)
    for where in (str(tmp_path / "missing"), "relative", "ftp://x/y", "http://127.0.0.1:9/"):
        with pytest.raises(KeysmithError, match="signing_key_published"):
            _published.read(where)
