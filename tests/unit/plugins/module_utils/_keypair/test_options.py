# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options, said once: what every specification has to keep."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import options
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypair

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


def test_each_option_of_an_environment_file_is_documented() -> None:
    """The other options are compared by ansible-test."""
    documented = yaml.safe_load(jwt_keypair.DOCUMENTATION)["options"]["environment"]["suboptions"]
    assert set(documented) == set(options.ENVIRONMENT)
