# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which key of the host signs, under which key ID and algorithm."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk, public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS
from ansible_collections.keysmith.jwt.plugins.module_utils._oauth import host_key, options
from ansible_collections.keysmith.jwt.tests.unit import made_keys

PASSPHRASE = "a passphrase of the service"


def write(folder: Path, algorithm: str = "ES256", kid: str = "orders-1", passphrase: str = "", number: int = 0) -> None:
    """A version as the role leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
    private = made_keys.private(algorithm, number)
    facts = public_facts.facts(private.public_key())
    row = ALGORITHMS[algorithm]
    (folder / "private.key").write_bytes(read.private_pem(private, "pkcs8", passphrase.encode() or None))
    (folder / "jwk.json").write_bytes(jwk.render(jwk.build(facts.members, row, kid)))
    (folder / "env").write_text("PRIVATE_RSA_KEY_ID=%s\nPRIVATE_KEY_PASSWORD='%s'\n" % (kid, passphrase))


@pytest.fixture(name="service")
def _service(base: Path) -> Path:
    directory = base / "jwt"
    write(directory / "v1", passphrase=PASSPHRASE)
    write(directory / "v2", "RS256", "orders-2", number=1)
    (directory / "current").symlink_to("v1")
    return directory


def find(environment: t.Optional[t.Dict[str, t.Any]] = None, **given: t.Any) -> host_key.HostKey:
    defaults = {name: one.get("default") for name, one in options.KEY["environment"]["options"].items()}
    unsaid: t.Dict[str, t.Any] = dict.fromkeys(options.KEY)
    given = {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}
    return host_key.find({**unsaid, **given, "environment": {**defaults, **(environment or {})}})


def test_the_active_version_with_the_passphrase_of_its_environment_file(service: Path) -> None:
    key = find(directory=service)
    assert (key.path, key.key_id, key.algorithm.name) == (str(service / "v1/private.key"), "orders-1", "ES256")
    assert key.private.private_numbers() == made_keys.private("ES256").private_numbers()
    assert repr(key) == "<private key %s>" % key.thumbprint


def test_another_version(service: Path) -> None:
    key = find(directory=service, version="v2")
    assert (key.path, key.key_id, key.algorithm.name) == (str(service / "v2/private.key"), "orders-2", "RS256")


@pytest.mark.parametrize("target", ["../other/v1", "/etc/other/jwt/v1", ".."])
def test_a_link_that_leads_out_is_not_followed(service: Path, target: str) -> None:
    (service / "current").unlink()
    (service / "current").symlink_to(target)
    with pytest.raises(KeysmithError, match="leads out of it; give a version"):
        find(directory=service)


def test_a_path_and_an_environment_file(service: Path, base: Path) -> None:
    (base / "env").write_text("export KID='orders-1'\nexport PASS=\"%s\"\n" % PASSPHRASE)
    environment = {
        "path": str(base / "env"),
        "format": "shell",
        "passphrase_variable": "PASS",
        "key_id_variable": "KID",
    }
    assert find(environment, path=service / "v1/private.key").key_id == "orders-1"
    assert (
        find({"passphrase_variable": ""}, path=service / "v1/private.key", passphrase=PASSPHRASE).key_id == "orders-1"
    )


def test_a_key_with_nothing_beside_it(base: Path) -> None:
    write(base, "EdDSA")
    (base / "jwk.json").unlink()
    key = find(path=base / "private.key")
    assert (key.key_id, key.algorithm.name) == (key.thumbprint, "EdDSA")
    key = find(path=base / "private.key", key_id="mine", algorithm="Ed25519")
    assert (key.key_id, key.algorithm.name) == ("mine", "Ed25519")


def test_what_is_given_goes_over_what_is_found(service: Path) -> None:
    key = find(directory=service, version="v2", key_id="thumbprint", algorithm="PS384")
    assert (key.key_id, key.algorithm.name) == (key.thumbprint, "PS384")


def test_a_jwk_elsewhere(service: Path, base: Path) -> None:
    (base / "registered.json").write_text((service / "v2/jwk.json").read_text().replace("orders-2", "other"))
    (service / "v2/jwk.json").unlink()
    key = find(path=service / "v2/private.key", jwk_path=base / "registered.json")
    assert key.key_id == "other"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"directory": "{jwt}", "version": "v3"}, "directory: {jwt}/v3/private.key is not there; make the key pair"),
        ({"directory": "{jwt}", "version": ""}, "version: has to be the name of a version"),
        ({"directory": "{jwt}", "version": "../v1"}, "version: has to be the name of a version"),
        ({"directory": "{jwt}", "version": 2024.1}, "version: has to be a string; put it in quotes"),
        ({"directory": "{jwt}/v1"}, "directory: {jwt}/v1 has no active version"),
        ({"directory": "jwt"}, "directory: give an absolute path"),
        ({"path": "{jwt}/v1/private.key"}, "path: {jwt}/v1/private.key is encrypted, and no passphrase was given"),
        (
            {"path": "{jwt}/v1/private.key", "passphrase": "canary-that-is-wrong"},
            "path: {jwt}/v1/private.key is encrypted, and the passphrase does not open it",
        ),
        ({"path": "{jwt}/v1/private.key", "passphrase": ""}, "passphrase: is empty"),
        ({"path": "{jwt}/v1/private.key", "passphrase": ["canary"]}, "passphrase: has to be a string"),
        ({"path": "{jwt}/v1"}, "path: {jwt}/v1 is a directory"),
        ({"path": "{jwt}/v1/jwk.json", "jwk_path": "{jwt}/v1/jwk.json"}, "path: {jwt}/v1/jwk.json: the input is a JWK"),
        ({"path": "{jwt}/v2/private.key", "jwk_path": "{jwt}/none"}, "jwk_path: {jwt}/none is not there"),
        ({"path": "{jwt}/v2/private.key", "jwk_path": "{jwt}/v1/jwk.json"}, "path: {jwt}/v1/jwk.json is the JWK of "),
        ({"path": "{jwt}/v2/private.key", "jwk_path": "{jwt}/v1/env"}, "jwk_path: {jwt}/v1/env is not JSON"),
        (
            {"path": "{jwt}/v2/private.key", "environment": {"path": "{jwt}/none"}},
            "environment.path: {jwt}/none is not there",
        ),
        (
            {"path": "{jwt}/v2/private.key", "environment": {"path": "{jwt}/v1/env"}},
            "environment: {jwt}/v1/env has the key ID orders-1, but {jwt}/v2/jwk.json has orders-2",
        ),
        ({"directory": "{jwt}", "algorithm": "RS256"}, "algorithm: RS256 is not for the key {jwt}/v1/private.key"),
        ({"directory": "{jwt}", "key_id": ""}, "key_id: has to be"),
    ],
)  # fmt: skip
def test_one_sentence_says_what_is_wrong(service: Path, given: t.Dict[str, t.Any], message: str) -> None:
    filled = json.loads(json.dumps(given).replace("{jwt}", str(service)))
    with pytest.raises(KeysmithError) as error:
        find(**filled)
    assert str(error.value).startswith(message.replace("{jwt}", str(service)))
    assert "canary" not in str(error.value) and "\n" not in str(error.value)


def test_a_jwk_for_encryption_does_not_sign(base: Path) -> None:
    write(base, "RSA-OAEP-256")
    with pytest.raises(KeysmithError, match="has an alg that does not sign; give algorithm"):
        find(path=base / "private.key")
    assert find(path=base / "private.key", algorithm="RS256").algorithm.name == "RS256"


def test_a_set_beside_the_key_is_named(base: Path) -> None:
    write(base)
    (base / "jwk.json").write_text('{"keys": []}')
    with pytest.raises(KeysmithError, match="is a JWK Set; name the file with the JWK of this key"):
        find(path=base / "private.key")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of others")
def test_a_link_of_somebody_else_is_not_followed(service: Path, base: Path) -> None:
    (base / "link").symlink_to(service)
    os.lchown(base / "link", 12345, 12345)
    with pytest.raises(KeysmithError, match="is a symbolic link of uid 12345"):
        find(directory=base / "link")
