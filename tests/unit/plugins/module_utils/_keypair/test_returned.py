# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is returned of a key pair: facts that are certain, warnings, and no part that Ansible would hide."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import decide, returned
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair.decide import CREATE, KEEP
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import fips
from ansible_collections.keysmith.jwt.tests.unit.access_lists import let_in
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND, run, wanted
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private

PATH = "/etc/orders/private.key"


def key(algorithm: str) -> decide.FoundKey:
    facts = public_facts.facts(private(algorithm).public_key())
    return decide.FoundKey(dict(facts.members), "", facts.pem, "pkcs8", False, decide.NONE, "")


EC, RSA = key("ES256"), key("RS256")


def test_a_kept_key_of_another_type_is_described_as_it_is() -> None:
    given = wanted(PATH, algorithm="RS256", regenerate="never", key_id="the-id", public_path="/etc/orders/public.key")
    facts = returned.describe(given, EC, KEEP, False)
    assert (facts["algorithm"], facts["type"], facts["curve"]) == ("ES256", "EC", "P-256")
    assert (facts["key_id"], facts["jwk"]["kid"], facts["created"]) == ("the-id", "the-id", False)
    assert facts["public_path"] == "/etc/orders/public.key" and "jwk_path" not in facts and "size" not in facts


@pytest.mark.parametrize("key_id", ["thumbprint", "the-id"])
def test_of_a_key_that_is_not_made_yet_only_what_is_certain_is_said(key_id: str) -> None:
    facts = returned.describe(wanted(PATH, algorithm="RS256", key_id=key_id), None, CREATE, True)
    assert facts.pop("key_id", "thumbprint") == key_id
    expected = {"path": PATH, "format": "pkcs8", "encrypted": True, "created": True}
    assert facts == dict(expected, algorithm="RS256", type="RSA", size=4096)


@pytest.mark.parametrize(
    ("options", "one", "imported", "texts"),
    [
        ({}, EC, "", []),
        ({"passphrase": FIRST}, EC, "", []),
        ({"algorithm": "RS256", "size": 2048}, RSA, "", ["fewer than 3072 bits"]),
        ({"algorithm": "RS256", "size": 3072}, None, "", []),
        ({"passphrase": "fifteen letters"}, EC, "", ["fewer than 16"]),
        ({"key_id": "kid/1"}, EC, "", ["other than letters"]),
        ({"key_id": "a" * 65}, EC, "", ["other than letters"]),
        (
            {"regenerate": "never"},
            RSA,
            "",
            ["fewer than 3072 bits", "another type, curve or size than the requested one"],
        ),
        ({"regenerate": "never", "private_key": "PEM"}, EC, "another", ["not the one to import"]),
        # An id where the key is new each time: the processes of a parallel run compare the tests' names.
        pytest.param({"private_key": "PEM"}, EC, EC.thumbprint, [], id="imported"),
    ],
)
def test_warnings(
    options: t.Dict[str, t.Any], one: t.Optional[decide.FoundKey], imported: str, texts: t.List[str]
) -> None:
    given = wanted(PATH, **options)
    warned = returned.warnings(given, one, imported)
    assert len(warned) == len(texts) and all(text in line for text, line in zip(texts, warned))
    assert not any(str(options.get("passphrase")) in line or str(options.get("key_id")) in line for line in warned)


@pytest.mark.parametrize(
    ("option", "secret"),
    [
        ("passphrase", "/etc/orders"),
        pytest.param("passphrase", EC.thumbprint[3:20], id="thumbprint"),
        pytest.param("passphrase", EC.members["x"][:8], id="member"),
        ("passphrase", "private_key"),
        ("passphrase", "BEGIN PUBLIC"),
        pytest.param("previous_passphrases", EC.members["y"][5:20], id="other member"),
    ],
)
def test_a_passphrase_that_is_a_part_of_the_output_is_refused(option: str, secret: str) -> None:
    given = wanted(PATH, **{option: secret if option == "passphrase" else [secret]})
    facts = dict(returned.describe(given, EC, KEEP, True), changes=["private_key"])
    with pytest.raises(KeysmithError, match="^%s: is a part of the public output" % option) as raised:
        returned.refuse_masking(given.secrets, facts)
    assert secret not in str(raised.value).replace("the public output (a path, the key ID or the key itself)", "")
    returned.refuse_masking(wanted(PATH, passphrase=FIRST, previous_passphrases=[SECOND, "kty", "a"]).secrets, facts)


def test_names_in_the_output_count_as_the_output_does() -> None:
    given = wanted(PATH, passphrase="thumbprint")
    with pytest.raises(KeysmithError, match="^passphrase: is a part of the public output"):
        returned.refuse_masking(given.secrets, {"a list": [{"thumbprint": 1}]})


@pytest.mark.parametrize(
    ("mode", "wanted_mode", "warns"),
    [(0o644, "0600", True), (0o640, "0600", True), (0o604, "0640", True), (0o602, "0600", True)]
    + [(0o640, "0640", False), (0o600, "0600", False), (0o400, "0600", False), (0o711, "0600", False)],
)
def test_a_key_that_was_open_to_others(tmp_path: Path, mode: int, wanted_mode: str, warns: bool) -> None:
    path = tmp_path / "jwt" / "private.key"
    run(path)
    path.chmod(mode)
    for check in (True, False):
        warnings = run(path, check, mode=wanted_mode)["warnings"]
        assert [("rotate" in text, "mode %04o" % mode in text) for text in warnings] == [(True, True)] * warns
    assert path.stat().st_mode & 0o777 == int(wanted_mode, 8)
    assert run(path, mode=wanted_mode)["warnings"] == []
    path.chmod(0o644)
    assert run(path, regenerate="always", backup=False)["warnings"] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize(
    ("owner", "group", "mode", "given", "warns"),
    [
        (1234, 0, 0o600, {"owner": "0"}, True),
        (0, 1234, 0o640, {"group": "4321", "mode": "0640"}, True),
        (0, 1234, 0o600, {"group": "4321", "mode": "0640"}, False),
        (0, 0, 0o640, {"owner": "1234", "group": "4321", "mode": "0640"}, False),
        (1234, 1234, 0o600, {}, False),
    ],
)
def test_a_key_whose_owner_or_group_loses_it(
    tmp_path: Path, owner: int, group: int, mode: int, given: t.Dict[str, t.Any], warns: bool
) -> None:
    path = tmp_path / "jwt" / "private.key"
    run(path, mode="%04o" % mode)
    os.chown(path, owner, group)
    warnings = run(path, **{"mode": "%04o" % mode, **given})["warnings"]
    assert [("owner uid %d" % owner if owner else "owner root") in text for text in warnings] == [True] * warns


def test_a_key_that_an_access_control_list_opened(tmp_path: Path) -> None:
    path = tmp_path / "jwt" / "private.key"
    run(path)
    let_in(path, 4)
    assert "and an access control list" in run(path)["warnings"][0]
    assert run(path)["warnings"] == []


def test_a_passphrase_that_was_open_to_others(tmp_path: Path) -> None:
    path, env = tmp_path / "jwt" / "private.key", tmp_path / "jwt" / "env"
    given = {"generate_passphrase": True, "environment": [{"path": env}]}
    run(path, **given)
    env.chmod(0o644)
    warnings = run(path, **given)["warnings"]
    told = "env, which holds the passphrase, was open to others until this run (mode 0644"
    assert [told in text for text in warnings] == [True]
    assert run(path, **given)["warnings"] == []
    # Nothing is lost by a file without a secret.
    other = tmp_path / "plain" / "env"
    run(tmp_path / "plain" / "key", environment=[{"path": other}])
    other.chmod(0o644)
    assert run(tmp_path / "plain" / "key", environment=[{"path": other}])["warnings"] == []


@pytest.mark.parametrize(
    ("content", "is_on"), [(b"1\n", True), (b"1", True), (b"0\n", False), (b"", False), (None, False)]
)
def test_the_kernel_says_whether_a_host_is_in_fips_mode(tmp_path, content, is_on):
    if content is not None:
        (tmp_path / "fips_enabled").write_bytes(content)
    assert fips.is_enabled(str(tmp_path / "fips_enabled")) is is_on


@pytest.mark.parametrize("is_on", [True, False])
def test_an_encrypted_key_in_the_traditional_form_is_warned_of_in_fips_mode(monkeypatch, is_on):
    monkeypatch.setattr(fips, "is_enabled", lambda: is_on)
    assert bool(returned.fips("traditional", True)) is is_on
    assert returned.fips("traditional", False) == returned.fips("pkcs8", True) == []
