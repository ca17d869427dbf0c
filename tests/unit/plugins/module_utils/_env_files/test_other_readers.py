# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that another program reads than the one that its format names."""

from __future__ import annotations

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import edit, other_readers


@pytest.mark.parametrize(
    ("line", "dialects", "words"),
    [
        ("export A=1", ("systemd",), "begins with export, and systemd skips"),
        ("A='x y'", ("docker",), "has a value in quotes"),
        ('A="x y"\r', ("docker",), "has a value in quotes"),
        ('A="${B}/x"', ("systemd", "docker", "node", "dotenv"), "has ${NAME} in it"),
        ("A='${B}'", ("docker",), "has a value in quotes"),
        ("A=x # ${B}", (), ""),
        ("# export A='${B}'", (), ""),
        ("export X=1", (), ""),
        ("X='${A}'", (), ""),
        ("A=it's", (), ""),
    ],
)
def test_a_line_that_speaks_for_another_reader_is_named_by_its_number(line, dialects, words):
    text = ("C=1\n%s\n" % line).encode()
    for dialect in edit.DIALECTS:
        sign = other_readers.sign(text, dialect, ["X", "Y"])
        if dialect in dialects:
            assert sign.startswith("line 2 ") and "if the file is for" in sign, dialect
        else:
            assert sign == "", dialect
    assert not dialects or words in other_readers.sign(text, dialects[0], ["X"])
