# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd, docker and compose see in a file. The rows were read by the programs themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.keysmith.jwt.plugins.module_utils._env_files import compose, docker, edit, systemd
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import options
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import options as oauth_options
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypair

SYSTEMD = [
    ("A=1\nB=2", {"A": "1", "B": "2"}),
    (" A \t=\t1 \t\n", {"A": "1"}),
    ("A=a  b \n", {"A": "a  b"}),
    ("A=a\\ \\  \n", {"A": "a  "}),
    ("A=a\\ \n", {"A": "a "}),
    ("A='a'  \"b\" c 'd'\n", {"A": "abc 'd'"}),
    ("A=a'b'\"c\"\n", {"A": "a'b'\"c\""}),
    ("A='\\'\nB=2\n", {"A": "\\", "B": "2"}),
    ('A="\\a\\\\\\"\\$\\`"\n', {"A": '\\a\\"$`'}),
    ('A="a\\\nb"\nB=2\n', {"A": "ab", "B": "2"}),
    ("A=a\\\n B=2\n", {"A": "a B=2"}),
    ("A=\\\nB=2\n", {"A": "B=2"}),
    ("A=a\\\r\nB=2\r\n", {"A": "a", "B": "2"}),
    ("A=1\rB=2\r\n", {"A": "1", "B": "2"}),
    ("#A=1\n;B=2\n # C=3\nD=#4\n", {"D": "#4"}),
    ("junk\nA=1\n", {"A": "1"}),
    ("=A=1\nexport A=1\n", {"=A": "1", "export A": "1"}),
    ("\ufeffA=1\n", {"\ufeffA": "1"}),
    ("A=\nB=''\n", {"A": "", "B": ""}),
    ("A=a\\", {"A": "a"}),
]
DOCKER = [
    ("A=1\nB=2", {"A": "1", "B": "2"}),
    (" \t\u3000A= a \n", {"A": " a "}),
    ("A='a'\nB=\"\n", {"A": "'a'", "B": '"'}),
    ("A=a\\\nB=$A\n", {"A": "a\\", "B": "$A"}),
    ("A=1\r\nB=a\rb\r\r\n", {"A": "1", "B": "a\rb\r"}),
    ("#A=1\n # B=2\nC=#3\nD\n", {"C": "#3", "D": None}),
    ("\ufeffA=1\n", {"A": "1"}),
    ("A==\n", {"A": "="}),
]
COMPOSE = [
    ("A=1\nB=2", {"A": "1", "B": "2"}),
    (" A \t= 1 \t\n", {"A": "1"}),
    ("A:1\nB: 'b'\n", {"A": "1", "B": "b"}),
    ("export A=1\nexport\tB=2\n", {"A": "1", "B": "2"}),
    ("A=a # b\nB=a#b\nC='a # b' # c\nD= #d\n", {"A": "a", "B": "a#b", "C": "a # b", "D": "#d"}),
    ("A='a\\n\\\\\\'$B'\n", {"A": "a\\n\\\\'$B"}),
    ('A="a\\n\\\\\\"\\$$$\\x"\n', {"A": 'a\n\\"$$\\x'}),
    ('A="\\a\\b\\f\\v\\r\\t\\c"\n', {"A": "\a\b\f\v\r\t\\c"}),
    ("A=a$$b\\n\n", {"A": "a$b\\n"}),
    ("A='1' B=2\n", {"A": "1", "B": "2"}),
    ("A='\nB=1\n'\nC=3\n", {"A": "\nB=1\n", "C": "3"}),
    ("A='1'B=2\n", {"A": "1", "B": "2"}),
    ("A=1\r\nB='2'\r\n", {"A": "1", "B": "2"}),
    ("\ufeffA=1\n", {"A": "1"}),
    ("A=\nB=''\n", {"A": "", "B": ""}),
    ("A.B-[1]=1\n", {"A.B-[1]": "1"}),
    ("A=x'y'\n", {"A": "x'y'"}),
    ('A=$B\nC\nD="\\0101"\n', {"A": None, "C": None, "D": None}),
]
ROWS = (
    [(systemd.read_systemd, *row) for row in SYSTEMD]
    + [(systemd.read_old_systemd, *row) for row in SYSTEMD]
    + [(docker.read_docker, *row) for row in DOCKER]
    + [(compose.read_compose, *row) for row in COMPOSE]
)


@pytest.mark.parametrize(("read", "text", "seen"), ROWS)
def test_what_a_program_sees(read, text, seen):
    found = read(text)
    assert {each.name: each.value for each in found} == seen
    assert all(bool(each.rule) == (each.value is None) for each in found)


@pytest.mark.parametrize("read", sorted({row[0] for row in ROWS}, key=repr))
@pytest.mark.parametrize("text", ["A=1\n\n  B=2\r\n#\nA=3", "A=1\nB=2\n"])
def test_an_assignment_knows_its_lines(read, text):
    for each in read(text):
        lines = text[each.start : each.end]
        assert each.alone and lines.startswith(each.prefix + each.name + "=")
        assert lines.endswith("\n") or each.end == len(text)
        assert each.start == 0 or text[each.start - 1] == "\n"


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("A='1' B=2\n", [False, False]),
        ("A='\n' B=2\nC=3\n", [False, False, True]),
        ("A='1' B='\n' C=3\n", [False, False, False]),
        ("A='1' # B=2\n", [True]),
    ],
)
def test_assignments_of_compose_that_share_a_line_are_not_alone(text, alone):
    assert [each.alone for each in compose.read_compose(text)] == alone


def test_a_comment_that_ends_in_a_backslash_goes_on_in_old_systemd():
    text = "# a\\\nB=1\nC=2\n#\\\r\nD=3\n"
    assert [each.name for each in systemd.read_old_systemd(text)] == ["C", "D"]
    assert [each.name for each in systemd.read_systemd(text)] == ["B", "C", "D"]


@pytest.mark.parametrize(
    ("read", "text", "line"),
    [
        (systemd.read_systemd, "\nA='\n\n", 2),
        (systemd.read_systemd, 'A="a" "\n', 1),
        (compose.read_compose, "\nA='\\'\n", 2),
        (compose.read_compose, "\n\nset -e\n", 3),
        (compose.read_compose, "A='1'; B=2\n", 1),
        (docker.read_docker, "\nexport A=1\n", 2),
    ],
)
def test_a_file_that_the_program_refuses_is_refused_by_line(read, text, line):
    with pytest.raises(KeysmithError, match="^line %d " % line):
        read(text)


ROLE = Path(__file__).resolve().parents[5] / "roles" / "signing_key" / "meta" / "argument_specs.yml"


def test_each_dialect_is_an_option_and_is_documented_wherever_a_format_is_named():
    role = yaml.safe_load(ROLE.read_text("utf-8"))
    services = role["argument_specs"]["main"]["options"]["signing_key_services"]["options"]
    texts = (
        str(services["environment"]["options"]["format"]["description"]),
        str(yaml.safe_load(jwt_keypair.DOCUMENTATION)["options"]["environment"]["description"]),
    )
    for text in texts:
        assert [name for name in edit.DIALECTS if "V(%s)" % name not in text] == []
    assert "V(%s)" % edit.ENVDIR in texts[1]
    assert options.ENVIRONMENT["format"]["choices"] == [*edit.DIALECTS, edit.ENVDIR]
    assert oauth_options.KEY["environment"]["options"]["format"]["choices"] == list(edit.DIALECTS)
