# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a fleet as one HTML page: no other file, readable without its script.

The page allows itself its own style and script, by their hashes, and nothing else: what a host says would not run even
if it got into the page as markup.
"""

from __future__ import annotations

import base64
import hashlib
import html
import typing as t
from pathlib import Path

from ansible_collections.keysmith.jwt.plugins.module_utils._service import history
from ansible_collections.keysmith.jwt.plugins.plugin_utils._fleet import Key, Service
from ansible_collections.keysmith.jwt.plugins.plugin_utils._fleet_report import Report
from ansible_collections.keysmith.jwt.plugins.plugin_utils._published import Compared

_FILES = Path(__file__).parent / "report_page"
#: Of a list in the page, so many rows; the JSON file has all.
_MOST_PROBLEMS, _MOST_KEYS = 2000, 50000
_GROUP = 100
_DAY = 86400
_KEY_COLUMNS = ("Host", "Service", "Version", "State", "Key ID", "Algorithm", "Created", "Days", "Next step", "To do")
_PROBLEM_COLUMNS = ("Host", "Service", "Version", "Kind", "What to look at")
_escape = html.escape


def to_html(report: Report) -> bytes:
    """Return the page, in UTF-8."""
    style, script = (_text(name) for name in ("style.css", "script.js"))
    policy = "default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'" % (
        _hash(style),
        _hash(script),
    )
    parts = [
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n',
        '<meta http-equiv="Content-Security-Policy" content="%s">\n' % policy,
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        '<meta name="color-scheme" content="light dark">\n<title>Signing keys</title>\n',
        "<style>%s</style>\n<main>\n<h1>Signing keys</h1>\n" % style,
        *_summary(report),
        *_silent(report),
        *(part for one in report.published for part in _published(one)),
        *_problems(report),
        *_keys(report),
        "</main>\n<script>%s</script>\n</html>\n" % script,
    ]
    return "".join(parts).encode("utf-8", "replace")


def _text(name: str) -> str:
    return (_FILES / name).read_text("utf-8")


def _hash(text: str) -> str:
    """Return a hash as a Content Security Policy expects it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _summary(report: Report) -> t.Iterator[str]:
    fleet, kinds = report.fleet, report.kinds
    stamp = history.stamp(report.generated)
    is_bad = bool(kinds) or not fleet.hosts
    yield '<section aria-labelledby="verdict" class="verdict %s">\n' % ("bad" if is_bad else "good")
    yield '<h2 id="verdict">%s</h2>\n' % _escape(report.verdict)
    yield '<p>%d hosts, %d services, %d keys. Made at <time datetime="%s">%s</time>.</p>\n' % (
        len(fleet.hosts), len(fleet.services), len(fleet.keys), stamp, stamp.replace("T", " ").replace("Z", " UTC"),
    )  # fmt: skip
    if kinds:
        yield "<ul>\n"
        for kind, count in sorted(kinds.items(), key=lambda one: -one[1]):
            yield "<li><b>%d</b> %s\n" % (count, _escape(kind))
        yield "</ul>\n"
    yield "</section>\n"


def _silent(report: Report) -> t.Iterator[str]:
    if report.fleet.silent:
        yield "<h2>Hosts without an answer</h2>\n<ul>\n"
        for one in report.fleet.silent:
            yield "<li><b>%s</b>: %s\n" % (_escape(one.host), _escape(one.why))
        yield "</ul>\n"


def _published(compared: Compared) -> t.Iterator[str]:
    about = " for %s" % ", ".join(compared.services) if compared.services else ""
    yield "<h2>Published at %s%s</h2>\n" % (_escape(compared.where), _escape(about))
    if compared.error:
        yield "<p>%s</p>\n" % _escape(compared.error)
        return
    if not compared.missing and not compared.stale:
        yield "<p>It holds the keys of all hosts that answered, and no other; %d entries.</p>\n" % compared.entries
    missing = ("%s %s/%s: %s" % (key.host, key.service, key.version, key.thumbprint) for key in compared.missing)
    stale = ("%s: %s" % (one.kid, one.thumbprint or "a key of another type") for one in compared.stale)
    yield from _list("Keys of hosts that are missing there: %d" % len(compared.missing), missing)
    yield from _list("Keys there that are on no host that answered: %d" % len(compared.stale), stale)


def _list(title: str, texts: t.Iterable[str]) -> t.Iterator[str]:
    items = ["<li>%s\n" % _escape(text) for text in texts]
    if items:
        more = len(items) - _MOST_PROBLEMS
        yield "<h3>%s</h3>\n<ul>\n%s</ul>\n" % (title, "".join(items[:_MOST_PROBLEMS]))
        yield "<p>The JSON file has %d more.</p>\n" % more if more > 0 else ""


def _problems(report: Report) -> t.Iterator[str]:
    problems = report.fleet.problems
    if not problems:
        return
    yield "<h2>What to look at</h2>\n"
    yield from _table_start("problems", "What to look at, by host", _PROBLEM_COLUMNS)
    yield from _groups([_cells(one) for one in problems[:_MOST_PROBLEMS]])
    if len(problems) > _MOST_PROBLEMS:
        yield "<p>The JSON file has %d more.</p>\n" % (len(problems) - _MOST_PROBLEMS)


def _keys(report: Report) -> t.Iterator[str]:
    fleet = report.fleet
    steps = {(one.host, one.name): one for one in fleet.services}
    yield "<h2>Keys</h2>\n"
    yield from _table_start("keys", "Keys, one row for each version on each host", _KEY_COLUMNS)
    now = report.generated
    yield from _groups([_row(key, steps.get((key.host, key.service)), now) for key in fleet.keys[:_MOST_KEYS]])
    if len(fleet.keys) > _MOST_KEYS:
        yield "<p>The JSON file has %d more.</p>\n" % (len(fleet.keys) - _MOST_KEYS)


def _row(key: Key, service: t.Optional[Service], now: int) -> str:
    step = ""
    if service and service.step and key.state == "active":
        step = "%s %s %s" % (service.step, service.version, service.at[:10])
    algorithm = key.algorithm + (" (%s)" % key.kind if key.kind else "")
    cells = (
        key.host, key.service, key.version, key.state, key.kid, algorithm, key.created[:10], _days(key, now), step,
        str(key.problems or ""),
    )  # fmt: skip
    return _cells(cells, " class=bad" if key.problems else "")


def _cells(texts: t.Iterable[str], attributes: str = "") -> str:
    """Write a row. The roles describe it where the style turns the table into something else."""
    # Closed, so that no line end counts as the text of an empty cell.
    return "<tr role=row%s>%s</tr>\n" % (attributes, "".join("<td role=cell>" + _escape(text) for text in texts))


def _groups(rows: t.Sequence[str]) -> t.Iterator[str]:
    """Write rows in groups, of which a browser lays out only the visible ones; and the end of the table."""
    for at in range(0, len(rows), _GROUP):
        yield "<tbody role=rowgroup>\n"
        yield from rows[at : at + _GROUP]
    yield "</table></div>\n"


def _days(key: Key, now: int) -> str:
    try:
        return str(max(0, now - history.seconds(key.created)) // _DAY) if key.created else ""
    except ValueError:
        return ""


def _table_start(name: str, caption: str, columns: t.Sequence[str]) -> t.Iterator[str]:
    yield '<div class="table" id="%s" role="region" aria-label="%s" tabindex="0">' % (name, caption)
    yield "<table role=table><caption>%s</caption><thead role=rowgroup><tr role=row>" % caption
    yield "".join("<th role=columnheader scope=col>%s" % column for column in columns)
