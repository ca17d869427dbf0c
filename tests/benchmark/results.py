# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured: kept as it is in benchmark.json, shown in benchmark.md and its plots."""

from __future__ import annotations

import json
import statistics
import typing as t
from pathlib import Path

Results = t.Dict[str, t.Dict[str, t.Any]]

SECTIONS: t.Mapping[str, str] = {
    "daily": "everyone's second run, in which nothing is to be done",
    "services": "the role's second run with 1 and with 20 services a host",
    "changed": "one of 20 services a host has changed",
    "blocks": "file systems with blocks of 1 KiB and of 4 KiB",
    "first": "the role's first run, and what the library takes of it to make the keys",
    "beginning": "the role's first run beside one command that makes a key",
    "module": "what the task sends to a host and uses there, without SSH and the controller",
    "algorithms": "everyone's first and second run for each algorithm, on a few hosts",
    "collecting": "the JWKs of very many hosts into JWK Set files, on the controller",
    "sets": "the module jwks with very many RSA keys, on the controller",
    "reporting": "the report of very many hosts, beside reading their answers as JSON",
    "filter": "the filter pem_to_jwk",
}
#: Those for which no hosts are needed.
ON_CONTROLLER = ("collecting", "sets", "reporting", "filter")
#: The plays, in the order of tables and plots.
TITLES: t.Mapping[str, str] = {
    "ping": "one ping",
    "role": "keysmith.jwt",
    "role20": "keysmith.jwt, 20 services",
    "before": "keysmith.jwt, the commit before",
    "before20": "keysmith.jwt, the commit before, 20 services",
    "changed20": "keysmith.jwt, 1 of 20 services changed",
    "large20": "keysmith.jwt, 20 services, ext4 with blocks of 4 KiB",
    "small20": "keysmith.jwt, 20 services, ext4 with blocks of 1 KiB",
    "openssl": "one openssl genrsa command",
    "shell": "one shell task that looks at existence",
    "gated": "community.crypto behind a gate that looks at existence",
    "best": "community.crypto, best",
    "typical": "community.crypto, typical",
    "commands": "commands and a script",
}
#: The runs of one task, in the order of its table.
PARTS: t.Mapping[str, str] = {
    "ping": "one ping",
    "settled": "keysmith.jwt, the module, nothing has changed",
    "settled20": "keysmith.jwt, the module, nothing has changed, 20 services",
    "looked": "keysmith.jwt, the module, nothing has changed, and nothing was remembered",
    "made": "keysmith.jwt, the module, first run",
}
KEYS = ("RSA 2048", "RSA 4096", "ES256")
SUITES = ("bullseye", "bookworm", "trixie")

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def load(folder: Path | None) -> Results:
    """What the directory has from earlier runs; each section is measured anew or stays."""
    if folder is None or not (folder / "benchmark.json").exists():
        return {}
    found: Results = json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))
    return found


def write(found: Results, folder: Path) -> None:
    """Figures and plots of all sections that there are, into the directory's page."""
    import plots

    found = {section: found[section] for section in SECTIONS if section in found}
    page = folder / "benchmark.md"
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{markdown(found, images=True)}\n{END}{after}", encoding="utf-8")
    (folder / "benchmark.json").write_text(_json(found), encoding="utf-8")
    for name, drawing in plots.all_of(found).items():
        (folder / name).write_text(drawing, encoding="utf-8")


def _json(found: Results) -> str:
    """One sample a line."""
    parts = []
    for section, measured in found.items():
        label = {name: value for name, value in measured.items() if name != "samples"}
        samples = ",\n    ".join(json.dumps(sample) for sample in measured["samples"])
        head = json.dumps(label)[:-1]
        parts.append(f'  {json.dumps(section)}: {head}, "samples": [\n    {samples}\n  ]}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def markdown(found: Results, images: bool = False) -> str:
    """The goals, then a table for each section."""
    import goals
    import plots
    import tables

    parts = [goals.markdown(found)]
    for section, measured in found.items():
        parts.append(f"### {SECTIONS[section][0].upper()}{SECTIONS[section][1:]}\n")
        if images and section in plots.PLOTS:
            parts.append(f"![{plots.PLOTS[section].title}]({plots.PLOTS[section].name})\n")
        parts.append(tables.TABLES[section](measured["samples"]))
        parts.append(
            f"Measured on {measured['date']}: {measured['machine']}; hosts with Debian {measured['suites']}; "
            f"{measured['versions']}; `{measured['command']}`\n"
        )
    return "\n".join(parts)


class Chosen:
    """Some samples of a section."""

    def __init__(self, samples: t.Iterable[dict[str, t.Any]], **values: t.Any) -> None:
        self.samples = [s for s in samples if all(s.get(name) == value for name, value in values.items())]

    def __bool__(self) -> bool:
        return bool(self.samples)

    def median(self, what: str) -> float:
        return float(statistics.median(sample[what] for sample in self.samples))

    def mean(self, what: str) -> float:
        return statistics.fmean(sample[what] for sample in self.samples)

    def spread(self, what: str) -> tuple[float, float]:
        values = [sample[what] for sample in self.samples]
        return min(values), max(values)
