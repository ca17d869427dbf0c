# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a key pair: what is refused before anything is looked at, and by which sentence."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, wanted

PATH = "/etc/orders/jwt/v1/private.key"
ENV = "/etc/orders/jwt/v1/env"
CANARY = "canary-canary-canary"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"size": 4096}, "size: only RSA keys have one, and algorithm: ES256 is not RSA"),
        ({"algorithm": "RS256", "size": 1024}, "size: has to be from 2048 to 8192"),
        ({"algorithm": "RS256", "size": 16384}, "size: has to be from 2048 to 8192"),
        ({"algorithm": "RS256", "size": 2049}, "size: has to be .* in steps of 8"),
        ({"algorithm": "EdDSA", "format": "traditional"}, "format: traditional exists only for RSA and EC keys"),
        ({"passphrase": FIRST, "generate_passphrase": True}, "generate_passphrase: give either .* not both"),
        ({"passphrase": ""}, "passphrase: is given and empty, .* encrypted: false"),
        ({"passphrase": "", "generate_passphrase": True}, "passphrase: is given and empty, .* encrypted: false"),
        ({"passphrase": "", "encrypted": False}, "passphrase: is given and empty"),
        ({"passphrase": "", "state": "absent"}, "passphrase: is given and empty"),
        ({"passphrase": FIRST, "encrypted": False}, "encrypted: false .* but passphrase asks for the opposite"),
        (
            {"generate_passphrase": True, "encrypted": False, "environment": [{"path": ENV}]},
            "encrypted: false .* but generate_passphrase asks for the opposite",
        ),
        ({"encrypted": True}, "encrypted: true needs a passphrase .* or generate_passphrase"),
        ({"previous_passphrases": ""}, "previous_passphrases: one of them is empty"),
        ({"previous_passphrases": [CANARY, ""]}, "previous_passphrases: one of them is empty"),
        ({"previous_passphrases": [None]}, "previous_passphrases: one of them is empty"),
        ({"private_key": ""}, "private_key: is given and empty"),
        ({"private_key": "", "state": "absent"}, "private_key: is given and empty"),
        ({"generate_passphrase": True}, "generate_passphrase: .* give that file"),
        (
            {"generate_passphrase": True, "environment": [{"path": ENV, "passphrase_variable": ""}]},
            "generate_passphrase: .* and a variable for the passphrase in it",
        ),
        ({"passphrase": "short"}, "passphrase: is shorter than 8 characters"),
        ({"passphrase": CANARY + "\n"}, "passphrase: holds a control character"),
        ({"passphrase": 1234567890}, "passphrase: has to be a string, but YAML made it a number"),
        ({"passphrase": [CANARY]}, "passphrase: has to be a string, but YAML made it a list"),
        ({"passphrase": {CANARY: CANARY}}, "passphrase: has to be a string, but YAML made it a dictionary"),
        ({"previous_passphrases": {CANARY: CANARY}}, "previous_passphrases: has to be a list of strings"),
        ({"previous_passphrases": 1234567890}, "previous_passphrases: has to be a list of strings"),
        ({"previous_passphrases": [1234567890]}, "previous_passphrases: has to be a string, but YAML made it a number"),
        ({"previous_passphrases": [[CANARY]]}, "previous_passphrases: has to be a string, but YAML made it a list"),
        ({"private_key": 1234567890}, "private_key: has to be the text of a PEM file, or a private JWK"),
        ({"private_key": [CANARY]}, "private_key: has to be the text of a PEM file, or a private JWK"),
        ({"private_key": {CANARY: CANARY}}, "private_key: the JWK's kty has to be one of"),
        ({"key_id": ""}, "key_id: has to be 'thumbprint' or a string"),
        ({"key_id": "a\nb"}, "key_id: has to be 'thumbprint' or a string without control characters"),
        ({"key_id": " a"}, "key_id: .* without blanks at its ends"),
        ({"key_id": "a" * 257}, "key_id: is longer than 256"),
        ({"public_path": "relative"}, "public_path: give an absolute path"),
        ({"jwk_path": "/etc/../etc/jwk"}, "jwk_path: give an absolute path, without '..'"),
        ({"jwk_path": "/etc/jwk/"}, "jwk_path: give an absolute path"),
        ({"active_link": "/etc/a\nb"}, "active_link: give an absolute path, without '..', control characters"),
        ({"environment": [{"path": "env"}]}, "environment: path: give an absolute path"),
        ({"public_path": PATH}, "path: %s is the path of two different files" % PATH),
        ({"public_path": "/etc/orders/./jwt//v1/private.key"}, "path: %s is the path of two different files" % PATH),
        (
            {"public_path": ENV, "environment": [{"path": ENV}]},
            "public_path: %s is the path of two different files" % ENV,
        ),
        ({"environment": [{"path": ENV}, {"path": ENV}]}, "environment: %s is the path of two different files" % ENV),
        (
            {"active_link": "/etc/orders/jwt/v1"},
            "path: %s goes through the link /etc/orders/jwt/v1, which can change; name a directory" % PATH,
        ),
        ({"base_directory": "/etc/other"}, "base_directory: has to be a directory above path"),
        ({"base_directory": "/etc/orders/jwt/v"}, "base_directory: has to be a directory above path"),
        ({"mode": "0644"}, "mode: 0644 is too open for a secret"),
        ({"mode": "0660"}, "mode: 0660 is too open"),
        ({"mode": "0604"}, "mode: 0604 is too open"),
        ({"mode": "0700"}, "mode: 0700 is too open"),
        ({"mode": "4600"}, "mode: 4600 is too open"),
        ({"mode": "0040"}, "mode: 0040 is too open"),
        (
            {"mode": 600},
            "mode: 600 is not in quotes, so YAML takes it for a decimal number",
        ),
        ({"mode": "preserve"}, "mode: has to be octal digits in quotes"),
        ({"mode": True}, "mode: has to be octal digits in quotes"),
        ({"mode": -1}, "mode: has to be octal digits in quotes"),
        ({"mode": ["0600"]}, "mode: has to be octal digits in quotes"),
        ({"public_mode": "0888"}, "public_mode: has to be octal digits in quotes"),
        (
            {"directory_mode": "0777"},
            "directory_mode: 0777 has to give the owner all permissions and no other user write permission",
        ),
        ({"directory_mode": "0770"}, "directory_mode: 0770 has to give the owner all permissions"),
        ({"directory_mode": "0500"}, "directory_mode: 0500 has to give the owner all permissions"),
        ({"owner": "no-such-user"}, "owner: there is no user no-such-user on this host"),
        ({"group": "no-such-group"}, "group: there is no group no-such-group on this host"),
        ({"owner": "4294967295"}, "owner: there is no user 4294967295 on this host"),
        ({"owner": "\u00b2"}, "owner: there is no user"),
        ({"environment": [{"path": ENV, "owner": "no-such-user"}]}, "environment: owner: there is no user"),
        (
            {"passphrase": FIRST, "environment": [{"path": ENV, "mode": "0644"}]},
            "environment: mode: 0644 is too open",
        ),
        (
            {"passphrase": FIRST, "environment": [{"path": "/etc/environment"}]},
            "environment: everybody on the host can read /etc/environment",
        ),
        (
            {"passphrase": FIRST, "environment": [{"path": "/etc/profile.d/jwt.sh", "format": "shell"}]},
            "environment: everybody on the host can read /etc/profile.d/jwt.sh",
        ),
        (
            {"environment": [{"path": ENV, "key_id_variable": "1KEY"}]},
            "environment: key_id_variable: the name of a variable",
        ),
        (
            {"environment": [{"path": ENV, "key_id_variable": "A", "key_path_variable": "A"}]},
            "environment: one variable name is given for two different values",
        ),
    ],
)
def test_refused(options: t.Dict[str, t.Any], sentence: str) -> None:
    with pytest.raises(KeysmithError, match="^" + sentence) as raised:
        wanted(PATH, **options)
    assert CANARY not in str(raised.value) and "1234567890" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert str(raised.value).endswith(".")


def test_a_file_without_the_passphrase_can_have_any_mode_and_place() -> None:
    given = wanted(PATH, environment=[{"path": "/etc/environment", "passphrase_variable": "", "mode": "0644"}])
    assert given.environment[0].attributes.mode == 0o644
    assert wanted(PATH, environment=[{"path": "/etc/environment", "mode": "0644"}]).environment


def test_sizes_and_defaults() -> None:
    assert wanted(PATH, algorithm="RS256").size == 4096
    assert wanted(PATH, algorithm="RS256", size=3072).size == 3072
    assert wanted(PATH).size == 0
    assert wanted(PATH).passphrase is None and wanted(PATH, encrypted=False).passphrase == b""


@pytest.mark.parametrize(
    ("given", "kept"),
    [(None, ()), ([], ()), ("one", (b"one",)), (["one", "two"], (b"one", b"two"))],
)
def test_previous_passphrases(given: t.Any, kept: t.Tuple[bytes, ...]) -> None:
    assert wanted(PATH, previous_passphrases=given).previous_passphrases == kept


@pytest.mark.parametrize(
    ("format", "variable", "sentence"),
    [("docker", "PRIVATE_RSA_KEY_ID", ""), ("systemd", "PRIVATE_RSA_KEY_ID", "PRIVATE_RSA_KEY_ID: its value has")],
)
def test_values_that_a_dialect_cannot_carry_are_refused_by_the_variable(
    format: str, variable: str, sentence: str
) -> None:
    given = {"key_id": "noncharacter\ufdd0", "environment": [{"path": ENV, "format": format}]}
    with pytest.raises(KeysmithError, match="^key_id: |^" + (sentence or "never")):
        wanted(PATH, **given)


def test_no_secret_in_any_representation() -> None:
    given = wanted(
        PATH,
        passphrase=CANARY,
        previous_passphrases=[CANARY + "2"],
        private_key="-----BEGIN " + CANARY,
        key_id="the-id",
    )
    assert CANARY not in repr(given) and CANARY not in str(given) and CANARY not in "%s" % (given,)
    assert CANARY.encode().hex() not in repr(given)


def test_all_passphrases_that_were_given_are_secrets() -> None:
    given = wanted(PATH, passphrase=FIRST, previous_passphrases=["one", "two"])
    assert given.secrets == [
        ("passphrase", FIRST.encode()),
        ("previous_passphrases", b"one"),
        ("previous_passphrases", b"two"),
    ]
    assert wanted(PATH, encrypted=False).secrets == []


@pytest.mark.parametrize("path", ["/etc/environment", "/etc/profile", "/etc/profile.d/jwt.sh", "/etc/bash.bashrc"])
def test_no_passphrase_where_everybody_reads_it(path: str) -> None:
    with pytest.raises(KeysmithError, match="^environment: everybody on the host can read %s" % path):
        wanted(PATH, passphrase=FIRST, environment=[{"path": path, "format": "shell"}])


@pytest.mark.parametrize("item", [{"path": "/srv/env", "mode": "0644"}, {"path": "/etc/environment"}])
def test_a_passphrase_that_is_made_is_a_secret_too(item: t.Dict[str, str]) -> None:
    with pytest.raises(KeysmithError, match="^environment: "):
        wanted("/srv/key", generate_passphrase=True, environment=[item])


@pytest.mark.parametrize("mode", ["1700", "2750", "4700"])
def test_a_directory_has_no_special_bits(mode: str) -> None:
    """The sticky one says of a directory that it is not finished."""
    with pytest.raises(KeysmithError, match="^directory_mode: %s has to give the owner all permissions" % mode):
        wanted("/srv/key", directory_mode=mode)


def test_an_environment_file_needs_a_path(tmp_path: Path) -> None:
    with pytest.raises(KeysmithError, match="^environment: path is needed"):
        wanted(tmp_path / "key", environment=[{"path": ""}])


@pytest.mark.parametrize("value", [-1, 86401, 10**30])
def test_nobody_waits_longer_than_a_day(tmp_path: Path, value: int) -> None:
    with pytest.raises(KeysmithError, match="^lock_timeout: has to be from 0 to 86400 seconds"):
        wanted(tmp_path / "key", lock_timeout=value)


@pytest.mark.parametrize("value", [{"v1": "abc"}, ["abc"], True, 1000, 2024.1])
def test_a_key_id_is_a_text(tmp_path: Path, value: t.Any) -> None:
    with pytest.raises(KeysmithError, match="^key_id: (has to be a string|YAML reads a name in it as)"):
        wanted(tmp_path / "key", key_id=value)
