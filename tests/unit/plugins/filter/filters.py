# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that are the same for every filter."""

from __future__ import annotations

import typing as t
from importlib import import_module

import pytest
from ansible.errors import AnsibleFilterError

Filter = t.Callable[..., t.Any]


def load(name: str) -> Filter:
    """The filter as ansible-core loads it."""
    module = import_module("ansible_collections.keysmith.jwt.plugins.filter." + name)
    filters = module.FilterModule().filters()
    assert list(filters) == [name]
    loaded: Filter = filters[name]
    return loaded


def refusal(function: Filter, *args: t.Any, **kwargs: t.Any) -> str:
    """The one sentence with which the filter refuses."""
    with pytest.raises(AnsibleFilterError) as caught:
        function(*args, **kwargs)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "\n" not in str(error)
    assert "fault in the filter" not in str(error)
    return str(error)
