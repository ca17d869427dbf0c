# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How messages call values: by what they are."""

from __future__ import annotations

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.wording import called


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (True, "a boolean"),
        (1, "an integer"),
        (1.5, "a number"),
        ("", "a string"),
        ({}, "a dictionary"),
        ([], "a list"),
        (b"", "bytes"),
        (None, "None"),
        (object(), "a value of type object"),
    ],
)
def test_types_have_names_for_people(value: object, name: str) -> None:
    assert called(value) == name
