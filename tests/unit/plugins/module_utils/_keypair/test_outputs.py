# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a key pair: what each row of the table gets done, and that nothing is written over what is not ours."""

from __future__ import annotations

import base64
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import file_kinds, outputs
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, four_runs, picture, run
from ansible_collections.keysmith.jwt.tests.unit.plugins.module_utils._keypair.test_file_kinds import FOREIGN, PEM, SSH

FORMS = ["systemd", "docker", "compose", "shell"]
#: One file of each kind.
EXAMPLES = [(contents[0], kind) for kind, contents in FOREIGN.items()]


@pytest.fixture(name="path")
def fixture_path(tmp_path: Path) -> Path:
    folder = tmp_path / "jwt"
    folder.mkdir(mode=0o700)
    return folder / "private.key"


def files(folder: Path, output: outputs.Output) -> t.Dict[str, t.Any]:
    """A file of that kind, and what it takes besides."""
    more = {"certificate_path": folder / "certificate", "passphrase": FIRST} if output.kind == "pkcs12" else {}
    return {**more, output.option: folder / "file"}


def _plant(path: Path, content: t.Union[str, bytes]) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("with_key", [False, True])
@pytest.mark.parametrize("output", outputs.DERIVED, ids=lambda output: output.option)
@pytest.mark.parametrize(("content", "kind"), EXAMPLES)
def test_a_file_of_another_kind_is_refused_by_its_name(
    path: Path, output: outputs.Output, content: t.Union[str, bytes], kind: str, with_key: bool
) -> None:
    options = files(path.parent, output)
    if with_key:
        run(path, **options)
    _plant(options[output.option], content)
    before = picture(path.parent)
    for state in ("present", "absent"):
        for check in (True, False):
            with pytest.raises(KeysmithError) as raised:
                run(path, check, state=state, regenerate="always", **options)
            named = output.option, options[output.option], kind, output.content
            assert str(raised.value).startswith("%s: %s is %s, not %s, so nothing was changed" % named)
    assert picture(path.parent) == before


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("content", "kind"), EXAMPLES)
def test_no_line_is_put_into_a_file_of_another_kind(
    path: Path, content: t.Union[str, bytes], kind: str, form: str
) -> None:
    env = path.parent / "env"
    _plant(env, content)
    before = picture(path.parent)
    for state in ("present", "absent"):
        for check in (True, False):
            with pytest.raises(KeysmithError, match="^environment: ") as raised:
                run(path, check, state=state, environment=[{"path": env, "format": form}])
            assert str(env) in str(raised.value) and (kind in str(raised.value) or kind == file_kinds.UNKNOWN)
    assert picture(path.parent) == before


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("A=1\nSHELL=/bin/sh\n17 * * * * root run-parts /etc/cron.hourly\n", 3),
        ("A=1\r\nulimit -n 4096\r\n", 2),
        ("CC = gcc\nall: orders\n\tmake\n", 2),
        ("# for ssh\nPermitRootLogin no\n", 2),
        ('{"a": "b=c",\n', 1),
    ],
)
def test_a_line_that_is_no_assignment_is_named(path: Path, content: str, line: int) -> None:
    env = path.parent / "env"
    _plant(env, content)
    with pytest.raises(KeysmithError, match="is JSON" if line == 1 else "line %d is not an assignment" % line):
        run(path, environment=[{"path": env}])
    assert env.read_bytes() == content.encode() and not path.exists()


ASSIGNMENTS = [
    (form, content)
    for content, forms in {
        "": FORMS,
        "\n \n": FORMS,
        "# only a comment\n": FORMS,
        "A=1\n": FORMS,
        "A_B.c-d=e f\n#x\n\nPATH=/bin\n": ["systemd", "docker", "compose"],
        "URL=https://example.com/?a=b&c={}\n": FORMS[:3],
        'JSON={"keys":[]}\n': FORMS,
        "export A=1\n": ["systemd", "compose", "shell"],
        "SSH_KEY='%s'\n" % SSH: ["systemd", "compose", "shell"],
        "A\nB=1\n": ["docker", "compose"],
        "A=1\nB: 2\n": ["compose"],
    }.items()
    for form in forms
]


@pytest.mark.parametrize(("form", "content"), ASSIGNMENTS)
def test_lines_of_others_in_an_environment_file_stay(path: Path, form: str, content: str) -> None:
    env = path.parent / "env"
    _plant(env, content)
    four_runs(path, path.parent, environment=[{"path": env, "format": form}])
    assert env.read_bytes().startswith(content.encode())


def test_values_over_several_lines_stay(path: Path) -> None:
    env = path.parent / "env"
    content = "KEY='\n%s'\nYAML=\"---\n- a: b\n\"\n" % PEM
    _plant(env, content)
    four_runs(path, path.parent, environment=[{"path": env}])
    assert env.read_bytes().startswith(content.encode())


@pytest.mark.parametrize("spoilt", [None, b"", b" \n"])
@pytest.mark.parametrize("output", outputs.DERIVED, ids=lambda output: output.option)
def test_a_row_is_all_that_a_file_needs(path: Path, output: outputs.Output, spoilt: t.Optional[bytes]) -> None:
    """Made, reported, shown, kept, made again, taken away."""
    file, options = path.parent / "file", files(path.parent, output)
    made = four_runs(path, path.parent, **options)
    content = file.read_bytes()
    assert made["changes"][0] == "private_key" and made["changes"][-1] == output.kind
    assert made[output.option] == str(file) and made["diff"]["before"][str(file)] == "(absent)"
    shown = made["diff"]["after"][str(file)]["content"]
    assert shown.startswith("(private key and certificate") if output.is_secret else shown == content.decode()
    assert file.stat().st_mode & 0o777 == (0o600 if output.is_secret else 0o644)
    file.chmod(0o640)
    assert four_runs(path, path.parent, **options)["changes"] == ["attributes"]
    file.unlink()
    if spoilt is not None:
        file.write_bytes(spoilt)
    assert four_runs(path, path.parent, **options)["changes"] == [output.kind]
    # What is made with chance is made of the same key.
    assert file.read_bytes() == content or output.kind in ("certificate", "pkcs12")
    run(path, regenerate="always", **options)
    assert file.read_bytes() != content
    gone = run(path, state="absent", **options)
    assert output.kind in gone["changes"] and not list(path.parent.glob("[!p]*"))


def test_two_files_cannot_be_one(path: Path) -> None:
    for output in outputs.DERIVED:
        with pytest.raises(KeysmithError, match="is the path of two different files"):
            run(path, **{**files(path.parent, output), output.option: path})
        (path.parent / "link").symlink_to(".")
        with pytest.raises(KeysmithError, match="are the same file"):
            run(path, **{**files(path.parent, output), output.option: path.parent / "link" / path.name})
        (path.parent / "link").unlink()


def test_the_base64_is_the_inside_of_the_pem(path: Path) -> None:
    file = path.parent / "public.b64"
    made = run(path, algorithm="RS256", size=2048, public_base64_path=file)
    assert file.read_text().count("\n") == 1
    lines = made["public_key"].split("\n")
    assert base64.b64decode(file.read_text()) == base64.b64decode("".join(lines[1:-2]))


@pytest.mark.parametrize("target", ["releases/42", "/"])
def test_a_link_of_others_is_not_switched(path: Path, target: str) -> None:
    release, link = path.parent / "releases" / "42", path.parent / "current"
    release.mkdir(parents=True)
    (release / "orders.jar").touch()
    link.symlink_to(target)
    before = picture(path.parent)
    for check in (True, False):
        with pytest.raises(
            KeysmithError, match="^active_link: .*/current leads to %s, which holds no file of" % target
        ):
            run(path.parent / "v1" / "key", check, active_link=link)
    assert picture(path.parent) == before


@pytest.mark.parametrize("left", [[], ["public.pem"], [".restart-due"], ["key.AAAAAAAA.20261123T101500123456Z.bak"]])
def test_a_link_to_what_is_left_of_a_key_pair_is_switched(path: Path, left: t.List[str]) -> None:
    folder, link = path.parent / "v0", path.parent / "current"
    folder.mkdir()
    for name in left:
        (folder / name).touch()
    link.symlink_to("v0")
    new = path.parent / "v1"
    assert "active_link" in run(new / "key", active_link=link, public_path=new / "public.pem")["changes"]
    assert os.readlink(str(link)) == "v1"
