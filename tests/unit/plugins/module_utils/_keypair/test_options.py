# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options, said once: what every specification has to keep."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import options

ALL = {**options.PUBLIC, **options.SECRETS}


@pytest.mark.parametrize("name", options.SECRETS)
def test_secrets_are_hidden_and_never_converted(name: str) -> None:
    assert options.SECRETS[name] == {"type": "raw", "no_log": True}


@pytest.mark.parametrize("specification", [options.PUBLIC, options.ENVIRONMENT])
def test_names_that_sound_like_secrets_say_that_they_are_none(specification: t.Dict[str, t.Dict[str, t.Any]]) -> None:
    for name, one in specification.items():
        if any(word in name for word in ("pass", "key", "secret", "token")):
            assert one.get("no_log") is False, name


def test_modes_are_not_converted() -> None:
    """As numbers, YAML's 0600 and 600 would be two different modes, and as strings they would be made of numbers."""
    assert all(ALL[name]["type"] == "raw" for name in ALL if name.endswith("mode"))
    assert options.ENVIRONMENT["mode"]["type"] == "raw"


@pytest.mark.parametrize("name", ["jwt_keypair", "jwt_keypairs"])
def test_every_option_is_documented(name: str) -> None:
    source = Path(options.__file__).parents[2] / "modules" / (name + ".py")
    tree = ast.parse(source.read_text())
    texts = [
        node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and getattr(node.targets[0], "id", "") == "DOCUMENTATION"
        and isinstance(node.value, ast.Constant)
    ]
    assert len(texts) == 1
    if name == "jwt_keypair":
        assert not [one for one in ALL if "\n  %s:\n" % one not in str(texts[0])]
        assert not [one for one in options.ENVIRONMENT if one not in str(texts[0])]
