# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws docs/rotation-timeline.svg of what test_story.py recorded: ``python tests/servers/timeline.py RECORD SVG``.

Each run of the play is a column, in which the time of the run is to scale. A bar is the key that a service's requests
were signed with, a red mark is a request that the server refused.
"""

from __future__ import annotations

import html
import json
import sys
import typing as t
from pathlib import Path

WIDTH, LEFT, TOP, ROW, LINE = 900, 60, 44, 40, 20
INK, GRID, REFUSED = "#222222", "#dddddd", "#c0392b"
KEYS = ("#1b6ca8", "#e08a1e", "#2e8b57")
Record = t.Mapping[str, t.Any]


def picture(record: Record) -> str:
    events, asked = record["events"], record["asked"]
    begins = [event["begin"] for event in events] + [max(at for one in asked.values() for at, *_rest in one) + 0.1]
    width = (WIDTH - LEFT) / len(events)
    height = TOP + ROW * len(asked) + 24 + LINE * (len(events) + 1)
    parts = [_grid(number, event, len(asked), width) for number, event in enumerate(events)]
    for row, (host, requests) in enumerate(asked.items()):
        parts += [_text(LEFT - 10, TOP + ROW * row + 18, host, "end"), *_bars(requests, begins, TOP + ROW * row, width)]
    y = TOP + ROW * len(asked) + 24
    parts += [
        _text(LEFT, y + LINE * number, "%d  day %d: %s" % (number + 1, event["day"], event["what"]))
        for number, event in enumerate(events)
    ]
    requests = [one for each in asked.values() for one in each]
    refused = sum(bool(error) for _at, _kid, error in requests)
    total = "%d requests for a token, %d of them refused%s"
    parts.append(_text(LEFT, y + LINE * len(events), total % (len(requests), refused, " (red)" if refused else "")))
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" role="img"'
    )
    label = ' aria-label="Which key the services signed with, from run to run">'
    ground = '<rect width="%d" height="%d" fill="#ffffff"/>' % (WIDTH, height)
    return "\n".join([head % (WIDTH, height) + label, ground, *parts, "</svg>", ""])


def _grid(number: int, event: Record, rows: int, width: float) -> str:
    x = LEFT + width * number
    line = '<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="%s"/>' % (x, x, TOP - 10, TOP + ROW * rows, GRID)
    return line + _text(x + 4, TOP - 16, "%d, day %d" % (number + 1, event["day"]))


def _bars(requests: t.Sequence[t.Any], begins: t.Sequence[float], y: int, width: float) -> t.Iterator[str]:
    kids = list(dict.fromkeys(kid for _at, kid, _error in requests))
    for number, kid in enumerate(kids):
        times = [at for at, one, _error in requests if one == kid]
        left, right = (_place(at, begins, width) for at in (times[0], times[-1]))
        yield '<rect x="%.1f" y="%d" width="%.1f" height="22" fill="%s"/>' % (
            left,
            y + 4,
            max(right - left, 1),
            KEYS[number % len(KEYS)],
        )
        yield _text(left + 4, y + 20, "v%d" % (number + 1), colour="#ffffff")
    for at, _kid, error in requests:
        if error:
            x = _place(at, begins, width)
            yield '<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="%s"/>' % (x, x, y, y + 30, REFUSED)


def _place(at: float, begins: t.Sequence[float], width: float) -> float:
    """Where a moment is: each run has a column of the same width."""
    column = max(sum(begin <= at for begin in begins[:-1]) - 1, 0)
    within = (at - begins[column]) / (begins[column + 1] - begins[column])
    return LEFT + width * (column + within)


def _text(x: float, y: float, text: str, anchor: str = "start", colour: str = INK) -> str:
    return '<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>' % (x, y, anchor, colour, html.escape(text))


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(picture(json.loads(Path(sys.argv[1]).read_text())))
