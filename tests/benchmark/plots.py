# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bar charts in SVG, written as text: they need no library to be made and no script to be seen."""

from __future__ import annotations

import math
import typing as t
from xml.sax.saxutils import escape

from results import KEYS, TITLES, Chosen, Results

WIDTH, LEFT, RIGHT = 860, 230, 150
BAR, GAP, TOP = 22, 8, 58
COLOURS = {"ping": "#7f7f7f", "role": "#1b6ca8", "role20": "#5a9bd0", "best": "#c26a1a", "typical": "#d99a5b"}
OTHER = "#a8672b"
INK, GRID = "#222222", "#dddddd"


class Bar(t.NamedTuple):
    """``low`` and ``high`` are the extremes of what ``value`` is the median of."""

    name: str
    value: float
    low: float
    high: float
    note: str
    colour: str


class Group(t.NamedTuple):
    title: str
    bars: t.Sequence[Bar]


class Plot(t.NamedTuple):
    name: str
    title: str
    draw: t.Callable[[t.Sequence[dict[str, t.Any]]], str]


def all_of(found: Results) -> dict[str, str]:
    """File name to drawing, for the sections that there are."""
    return {PLOTS[name].name: PLOTS[name].draw(found[name]["samples"]) for name in found if name in PLOTS}


def _bar(samples: t.Sequence[dict[str, t.Any]], name: str, ping: float, label: str = "", **values: t.Any) -> Bar:
    chosen = Chosen(samples, contestant=name, **values)
    wall, (low, high) = chosen.median("wall"), chosen.spread("wall")
    note = f"{wall / ping:.2f} ({wall:.1f} s)"
    return Bar(label or TITLES[name], wall / ping, low / ping, high / ping, note, COLOURS.get(name, OTHER))


def _seconds(samples: t.Sequence[dict[str, t.Any]]) -> str:
    ping = Chosen(samples, contestant="ping").median("wall")
    present = {sample["contestant"] for sample in samples}
    bars = [_bar(samples, name, ping, run="second") for name in TITLES if name in present]
    title = f"Second run, nothing to do: {samples[0]['fleet']} hosts, {samples[0]['key']}"
    return draw(
        title, "time of a run ÷ time of a play with one ping (median; thin line: least to most)", [Group("", bars)]
    )


def _algorithms(samples: t.Sequence[dict[str, t.Any]]) -> str:
    groups = []
    for key in KEYS:
        ping = Chosen(samples, contestant="ping", key=key).median("wall")
        for run in ("first", "second"):
            names = [name for name in TITLES if Chosen(samples, contestant=name, key=key, run=run)]
            bars = [_bar(samples, name, ping, key=key, run=run) for name in names]
            groups.append(Group(f"{key}, {run} run", bars))
    title = f"First and second run, {samples[0]['fleet']} hosts"
    return draw(title, "time of a run ÷ time of a play with one ping (median; thin line: least to most)", groups)


PLOTS: t.Mapping[str, Plot] = {
    "daily": Plot("benchmark-daily.svg", "Time of the second run", _seconds),
    "services": Plot("benchmark-services.svg", "Time of the second run with many services", _seconds),
    "algorithms": Plot("benchmark-algorithms.svg", "Time of the first and the second run by algorithm", _algorithms),
}


def draw(title: str, axis: str, groups: t.Sequence[Group]) -> str:
    """Horizontal bars from zero, with a grid and a label under the axis."""
    most = max(one.high for group in groups for one in group.bars)
    step = _step(most)
    end = step * math.ceil(most / step)
    across = (WIDTH - LEFT - RIGHT) / end
    parts: list[str] = []
    at = TOP
    for group in groups:
        if group.title:
            parts.append(_text(LEFT, at + 14, group.title, weight="bold"))
            at += 24
        for one in group.bars:
            parts += _drawn(one, at, across)
            at += BAR + GAP
        at += GAP
    grid = []
    for number in range(round(end / step) + 1):
        x = LEFT + number * step * across
        grid.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{at}" stroke="{GRID}"/>')
        grid.append(_text(x, at + 18, f"{number * step:g}", anchor="middle"))
    label = _text(LEFT, at + 40, axis)
    height = at + 54
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"'
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    name = _text(LEFT, 28, title, size=17, weight="bold")
    lines = [head + f' font-size="13" role="img" aria-label="{escape(title)}">', ground, name, *grid, *parts, label]
    return "\n".join([*lines, "</svg>", ""])


def _drawn(one: Bar, at: float, across: float) -> list[str]:
    middle = at + BAR / 2
    low, high = LEFT + one.low * across, LEFT + one.high * across
    return [
        _text(LEFT - 8, middle + 4, one.name, anchor="end"),
        f'<rect x="{LEFT}" y="{at:.1f}" width="{one.value * across:.1f}" height="{BAR}" fill="{one.colour}"/>',
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle:.1f}" y2="{middle:.1f}" stroke="{INK}"/>',
        _text(max(high, LEFT + one.value * across) + 8, middle + 4, one.note),
    ]


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 13, weight: str = "normal") -> str:
    halo = 'stroke="#ffffff" stroke-width="3" paint-order="stroke"'  # grid lines pass behind it
    form = f'text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="{INK}" {halo}'
    return f'<text x="{x:.1f}" y="{y:.1f}" {form}>{escape(text)}</text>'


def _step(most: float) -> float:
    """Between grid lines: 1, 2 or 5 times a power of ten, so that there are up to ten of them."""
    power: float = 10 ** math.floor(math.log10(most / 10))
    return next(power * factor for factor in (1, 2, 5, 10, 20) if most / (power * factor) <= 10)
