# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents show is what the collection takes: every example against the specification it is for."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import given
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import options as keypair_options
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import options as oauth_options
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import registration_options
from ansible_collections.keysmith.jwt.plugins.module_utils._service import options as service_options
from ansible_collections.keysmith.jwt.plugins.module_utils._service.proofs import VERIFY
from ansible_collections.keysmith.jwt.plugins.modules import jwt_keypair, jwt_keypairs
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _asked
from ansible_collections.keysmith.jwt.plugins.plugin_utils._registration_shapes import SHAPES

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if path.exists()]
#: The options of modules whose examples hold templates, by their names.
OPTIONS = {
    "client_registration": {**registration_options.REGISTRATION, **oauth_options.CONNECTION},
    "jwt_client_assertion": {**oauth_options.KEY, **oauth_options.ASSERTION, **oauth_options.CONNECTION},
}
HOSTS = ["orders1", "orders2"]
INVENTORY = _asked.Inventory({group: HOSTS for group in ("all", "orders", "orders_servers")})
PAIR = {**keypair_options.PUBLIC, **keypair_options.SECRETS}


def _blocks(path: Path) -> t.List[t.Any]:
    """The YAML in a document."""
    return [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", path.read_text("utf-8"), re.DOTALL)]


def _found(value: t.Any, name: str) -> t.Iterator[t.Any]:
    """Every value under that name, at any depth."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key == name:
                yield one
            yield from _found(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _found(one, name)


def _check_pair(options: t.Dict[str, t.Any]) -> None:
    given.checked(options, PAIR, "an example")
    files = options.get("environment") or []
    for item in files if isinstance(files, list) else [files]:
        given.checked(item, keypair_options.ENVIRONMENT, "an example")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_examples_in_documents_are_taken(path: Path) -> None:
    blocks = _blocks(path)
    for services in _found(blocks, "signing_key_services"):
        services = [{"name": one} if isinstance(one, str) else one for one in services]
        sent, asked = _asked.ask({"services": services}, "orders1", INVENTORY)
        read, refused = service_options.read(sent["services"], {}, given.checked)
        assert read and not refused and not asked.refused
    for options in _found(blocks, "keysmith.jwt.jwt_keypair"):
        _check_pair(options)
    for name, known in OPTIONS.items():
        for options in _found(blocks, "keysmith.jwt." + name):
            assert set(options) <= set(known)


def test_proofs_in_documents_say_what_a_proof_takes() -> None:
    blocks = [block for path in DOCUMENTS for block in _blocks(path)]
    said = [*_found(blocks, "verify"), *_found(blocks, "signing_key_verify")]
    assert said and set().union(*said) <= set(VERIFY)


def test_shapes_in_documents_are_known() -> None:
    text = "".join(path.read_text("utf-8") for path in (*DOCUMENTS, *(ROOT / "docs/examples").rglob("*.yml")))
    named = re.findall(r"keysmith\.jwt\.client_registration\('(\w+)'", text)
    assert len(set(named)) > 5 and set(named) <= set(SHAPES)


def test_role_variables_in_documents_are_known() -> None:
    specification = yaml.safe_load((ROOT / "roles/signing_key/meta/argument_specs.yml").read_text("utf-8"))
    known = {name for one in specification["argument_specs"].values() for name in one["options"]}
    known |= {"signing_key_jwks", "signing_key_hosts", "signing_key_registration"}
    named = {name for path in DOCUMENTS for name in re.findall(r"\bsigning_key_[a-z_]+", path.read_text("utf-8"))}
    assert named and named <= known


def test_examples_of_the_modules_are_taken() -> None:
    single = list(_found(yaml.safe_load(jwt_keypair.EXAMPLES), "keysmith.jwt.jwt_keypair"))
    assert len(single) > 5
    for options in single:
        _check_pair(options)
    for many in _found(yaml.safe_load(jwt_keypairs.EXAMPLES), "keysmith.jwt.jwt_keypairs"):
        for item in many.get("keypairs", []):
            _check_pair({name: value for name, value in item.items() if name != "name"})


def _expanded(word: str) -> t.Iterator[str]:
    """What a shell makes of it: test{_a,_b}.py."""
    head, brace, rest = word.partition("{")
    middle, _brace, tail = rest.partition("}")
    yield from ((head + one + tail for one in middle.split(",")) if brace else (word,))


def test_the_files_that_commands_in_documents_name_are_there() -> None:
    text = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)
    commands = re.findall(r"```(?:bash|console)\n(.*?)```", text, re.DOTALL)
    words = [word for command in commands for word in re.findall(r"\btests/\S+\.py\b", command)]
    assert len(words) > 10
    assert [path for word in words for path in _expanded(word) if not (ROOT / path).is_file()] == []


def _message(node: ast.AST) -> str:
    """A text of the source, with %s in the place of what is put into it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_message(part) or "%s" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_the_messages_that_troubleshooting_explains_are_those_of_the_source() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "plugins").rglob("*.py")]
    texts = {_message(node) for text in sources for node in ast.walk(ast.parse(text))}
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    quoted = [" ".join(one.split()) for one in re.findall(r"^- \*([^*]+)\*:", page, re.MULTILINE)]
    assert len(quoted) > 40
    assert [one for one in quoted if not any(one in text for text in texts)] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_to_files_lead_to_one(name: str) -> None:
    """Those of the other documents are checked where the site is built."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / name).read_text("utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
