# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the module jwks is run in the controller's own process: only where it would run here, as this user."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.keysmith.jwt.plugins.action import jwks
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets.options import RULES, arguments


def is_here(**changed: t.Any) -> bool:
    said: dict[str, t.Any] = {"async_val": 0, "environment": [], "transport": "local", "become": None, **changed}
    task = types.SimpleNamespace(async_val=said["async_val"], environment=said["environment"])
    connection = types.SimpleNamespace(transport=said["transport"], become=said["become"])
    action = types.SimpleNamespace(_task=task, _connection=connection)
    return jwks.ActionModule._is_here(t.cast(t.Any, action))


def test_it_is_here() -> None:
    assert is_here() and is_here(environment=[{}]) and is_here(environment=None)


@pytest.mark.parametrize(
    "changed",
    [{"transport": "ssh"}, {"become": object()}, {"async_val": 60}, {"environment": [{}, {"LC_ALL": "C"}]}],
)
def test_it_is_elsewhere(changed: dict[str, t.Any]) -> None:
    assert not is_here(**changed)


@pytest.mark.parametrize("many", [False, True])
def test_thousands_of_keys_are_not_copied_to_be_validated(many: bool) -> None:
    key = {"kty": "OKP", "crv": "Ed25519", "x": "AA"}
    one = {"path": "/srv/keys.json", "jwks": [key]}
    given = {"sets": [one, {"path": "/srv/none.json", "state": "absent"}]} if many else one
    validated = ArgumentSpecValidator(arguments(), **RULES).validate(jwks._apart(given))
    assert validated.error_messages == []
    apart = validated.validated_parameters["sets"][0] if many else validated.validated_parameters
    assert apart["jwks"].keys is one["jwks"]
    options = jwks._plain(validated.validated_parameters)
    assert (options["sets"][0] if many else options)["jwks"] == [key]
    if many:
        assert options["sets"][1]["jwks"] is None


def test_keys_that_are_set_apart_still_exclude_other_options() -> None:
    given = {"path": "/srv/keys.json", "jwks": [], "sets": []}
    assert ArgumentSpecValidator(arguments(), **RULES).validate(jwks._apart(given)).error_messages
