# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of a key pair, its PKCS#12 file, and the private key in an environment file."""

from __future__ import annotations

import base64
import json
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import fingerprints, remembered
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import certificate, pkcs12
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND, backups, four_runs, picture, run
from cryptography.hazmat.primitives import serialization

DAY = 24 * 60 * 60


@pytest.fixture(name="path")
def fixture_path(tmp_path: Path) -> Path:
    folder = tmp_path / "jwt"
    folder.mkdir(mode=0o700)
    return folder / "private.key"


def everything(folder: Path, **more: t.Any) -> t.Dict[str, t.Any]:
    """All outputs."""
    return {
        "passphrase": FIRST,
        "public_path": folder / "public.pem",
        "jwk_path": folder / "jwk.json",
        "public_base64_path": folder / "public.b64",
        "certificate_path": folder / "certificate.pem",
        "pkcs12_path": folder / "keystore.p12",
        "jwk_x5c": True,
        "environment": [{"path": folder / "env", "key_base64_variable": "PRIVATE_KEY_BASE64"}],
        **more,
    }


def members(path: Path, passphrase: str = FIRST) -> t.Any:
    private = serialization.load_pem_private_key(path.read_bytes(), passphrase.encode() if passphrase else None)
    return private.private_numbers()


def variable(env: Path, name: str = "PRIVATE_KEY_BASE64") -> str:
    (value,) = [line.partition("=")[2] for line in env.read_text().splitlines() if line.startswith(name + "=")]
    return value.strip("'\"")


def hold_one_key(path: Path, passphrase: str = FIRST) -> None:
    """All outputs are of the key in place."""
    folder, key = path.parent, members(path, passphrase)
    found = certificate.read((folder / "certificate.pem").read_bytes())
    opened = pkcs12.open_file((folder / "keystore.p12").read_bytes(), passphrase.encode())
    assert opened and opened.private.private_numbers() == key and opened.certificate == found.der
    assert base64.b64decode((folder / "public.b64").read_bytes()) == found.spki
    assert json.loads((folder / "jwk.json").read_text())["x5c"] == [base64.b64encode(found.der).decode()]
    assert base64.b64decode(variable(folder / "env")) == path.read_bytes()


def test_all_outputs_are_of_one_key_and_stay(path: Path) -> None:
    done = four_runs(path, path.parent, **everything(path.parent))
    hold_one_key(path)
    pem = (path.parent / "certificate.pem").read_text()
    found = certificate.read(pem.encode())
    assert done["certificate"] == pem and found.subject == certificate.name_of(done["key_id"])
    assert done["certificate_not_after"] > done["certificate_renewal"] > time.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert done["fingerprints"] == fingerprints.of(done["public_key"], pem)
    for name in ("keystore.p12", "env", "private.key"):
        assert (path.parent / name).stat().st_mode & 0o777 == 0o600
    secrets = (base64.b64encode(path.read_bytes()).decode(), FIRST, path.read_text().splitlines()[5])
    assert not any(secret in json.dumps(done) for secret in secrets)


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({"certificate_name": "orders"}, ["jwk", "certificate", "pkcs12"]),
        ({"certificate_days": 365}, ["jwk", "certificate", "pkcs12"]),
        ({"pkcs12_name": "orders"}, ["pkcs12"]),
        ({"jwk_x5c": False}, ["jwk"]),
        ({"passphrase": SECOND, "previous_passphrases": [FIRST]}, ["private_key", "environment", "pkcs12"]),
        ({"format": "traditional"}, ["private_key", "environment"]),
        ({"regenerate": "mismatch", "algorithm": "ES384"}, None),
    ],
)
def test_what_is_asked_for_otherwise_is_made_anew(
    path: Path, change: t.Dict[str, t.Any], kinds: t.Optional[t.List[str]]
) -> None:
    run(path, **everything(path.parent))
    before = (path.parent / "certificate.pem").read_bytes()
    again = everything(path.parent, **change)
    done = four_runs(path, path.parent, **again)
    assert kinds is None or done["changes"] == kinds
    if change.get("jwk_x5c", True):
        hold_one_key(path, again["passphrase"])
    assert ((path.parent / "certificate.pem").read_bytes() != before) == ("certificate" in done["changes"])


@pytest.mark.parametrize("name", ["certificate.pem", "keystore.p12", "env", "jwk.json"])
def test_what_is_gone_is_made_again_of_the_same_key(path: Path, name: str) -> None:
    run(path, **everything(path.parent))
    key = members(path)
    (path.parent / name).unlink()
    four_runs(path, path.parent, **everything(path.parent))
    hold_one_key(path)
    assert members(path) == key


def test_renewed_in_the_last_tenth_of_its_life(path: Path, monkeypatch: t.Any) -> None:
    options, now = everything(path.parent, certificate_days=100), time.time()
    for age, is_renewed in ((88, False), (90, True), (1000, True)):
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda at=now - age * DAY: at)
            (path.parent / "certificate.pem").unlink(missing_ok=True)
            made = run(path, **options)
        before = members(path)
        done = four_runs(path, path.parent, **options)
        assert done["changes"] == (["jwk", "certificate", "pkcs12"] if is_renewed else [])
        assert members(path) == before
        hold_one_key(path)
        # A record of it holds for as long as the certificate does.
        facts = json.dumps([{"certificate_renewal": made["certificate_renewal"]}, [], {}])
        if is_renewed:
            with pytest.raises(ValueError, match="^$"):
                remembered.unpack([""] * 3, "", "", facts)
        else:
            assert remembered.unpack([""] * 3, "", "", facts)


def test_a_clock_that_went_back_changes_nothing(path: Path, monkeypatch: t.Any) -> None:
    options, later = everything(path.parent), time.time() + 30 * DAY
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: later)
        run(path, **options)
    before = picture(path.parent)
    done = run(path, **options)
    assert picture(path.parent) == before and not done["changed"]
    assert [text for text in done["warnings"] if "is not valid yet" in text]


def test_a_certificate_whose_signature_is_damaged_is_replaced(path: Path) -> None:
    run(path, **everything(path.parent))
    file = path.parent / "certificate.pem"
    octets = bytearray(certificate.read(file.read_bytes()).der)
    octets[-1] ^= 1
    file.write_bytes(certificate.pem(bytes(octets)))
    assert four_runs(path, path.parent, **everything(path.parent))["changes"] == ["jwk", "certificate", "pkcs12"]


def test_a_keystore_with_another_key_is_not_written_over(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    run(other / "private.key", **everything(other, pkcs12_name="tls"))
    foreign = (other / "keystore.p12").read_bytes()
    run(path, **everything(path.parent))
    (path.parent / "keystore.p12").write_bytes(foreign)
    before = picture(path.parent)
    for options, why in (
        ({}, "it holds another key"),
        ({"passphrase": SECOND, "encrypted": None, "regenerate": "always"}, "none of the passphrases"),
    ):
        for check in (True, False):
            with pytest.raises(KeysmithError, match="^pkcs12_path: .*/keystore.p12 exists, but %s" % why):
                run(path, check, **everything(path.parent, environment=None, **options))
    with pytest.raises(KeysmithError, match="^pkcs12_path: "):
        run(path, state="absent", **everything(path.parent))
    assert picture(path.parent) == before


def test_the_only_copy_of_a_private_key_in_a_variable_is_not_lost(path: Path, tmp_path: Path) -> None:
    run(tmp_path / "other.key")
    env = path.parent / "env"
    env.write_text("PRIVATE_KEY_BASE64=%s\n" % base64.b64encode((tmp_path / "other.key").read_bytes()).decode())
    before = picture(path.parent)
    for check in (True, False):
        with pytest.raises(KeysmithError, match="holds another private key in PRIVATE_KEY_BASE64"):
            run(path, check, **everything(path.parent))
    assert picture(path.parent) == before
    env.write_text("PRIVATE_KEY_BASE64=changeme\n")
    four_runs(path, path.parent, **everything(path.parent))
    hold_one_key(path)
    run(path, **everything(path.parent, regenerate="always"))
    hold_one_key(path)
    assert len(backups(path)) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"jwk_x5c": True}, "jwk_x5c: needs a certificate; give certificate_path, too."),
        ({"pkcs12_path": "/x/y.p12"}, "pkcs12_path: needs a certificate; give certificate_path, too."),
        ({"certificate_path": "/x/c", "pkcs12_path": "/x/y"}, "pkcs12_path: Java cannot read this file without a pass"),
        ({"certificate_path": "/x/c", "pkcs12_path": "/x/y", "passphrase": "füür und flamm"}, "passphrase: programs"),
        ({"certificate_path": "/x/c", "algorithm": "ECDH-ES"}, "certificate_path: a certificate is signed with its"),
        ({"certificate_path": "/x/c", "key_id": "k" * 65}, "certificate_name: the common name of a certificate has"),
        ({"certificate_name": "n" * 65}, "certificate_name: has to be a string of at most 64 characters"),
        ({"certificate_name": "a\nb"}, "certificate_name: has to be a string of at most 64 characters"),
        ({"certificate_days": 29}, "certificate_days: has to be from 30 to 36500."),
        ({"certificate_days": 36501}, "certificate_days: has to be from 30 to 36500."),
        ({"pkcs12_name": "JWT"}, "pkcs12_name: has to be of 1 to 60 of the characters a to z"),
        ({"environment": [{"path": "/etc/environment", "key_base64_variable": "K"}]}, "environment: everybody on the"),
        ({"environment": [{"path": "/x/env", "key_base64_variable": "K", "mode": "0644"}]}, "environment: mode"),
        ({"environment": [{"path": "/x/env", "key_base64_variable": "PRIVATE_RSA_KEY_ID"}]}, "environment: one var"),
        ({"environment": [{"path": "/x/env", "key_base64_variable": "a b"}]}, "environment: key_base64_variable"),
    ],
)
def test_what_cannot_be_meant(path: Path, options: t.Dict[str, t.Any], sentence: str) -> None:
    with pytest.raises(KeysmithError) as raised:
        run(path, **options)
    assert str(raised.value).startswith(sentence)
    assert not path.exists()


def test_a_keystore_that_was_open_to_others_is_named(path: Path) -> None:
    run(path, **everything(path.parent))
    (path.parent / "keystore.p12").chmod(0o644)
    texts = run(path, **everything(path.parent))["warnings"]
    assert [text for text in texts if "keystore.p12, which holds the private key, was open to others" in text]
    assert (path.parent / "keystore.p12").stat().st_mode & 0o777 == 0o600
