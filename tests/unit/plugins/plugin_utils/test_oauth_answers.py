# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller believes of a host's answer about authorization servers."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.keysmith.jwt.plugins.modules import (
    client_registration,
    jwt_client_assertion,
    jwt_client_assertions,
)
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _answers, _asked, _oauth_answers

ASKED = _asked.Asked(frozenset(), {"orders": _asked.Service(), "billing": _asked.Service()}, {})
PROOF = {"accepted": True, "status": 200, "kid": "k", "client_id": "orders", "algorithm": "RS256", "path": "/x"}


def believed(answer: t.Mapping[str, t.Any], shapes: t.Any) -> t.Tuple[t.Dict[str, t.Any], t.List[str]]:
    return _answers.believed(answer, shapes)


@pytest.mark.parametrize(
    ("module", "shapes"),
    [
        (jwt_client_assertion, _oauth_answers.proof({"return_assertion": True, "return_token": True})),
        (jwt_client_assertions, _oauth_answers.proofs(ASKED)),
        (client_registration, _oauth_answers.registration()),
    ],
)
def test_what_is_documented_is_kept(module: t.Any, shapes: t.Any) -> None:
    documented = yaml.safe_load(module.RETURN)
    samples = {name: one["sample"] for name, one in documented.items() if "sample" in one}
    assert set(samples) == set(documented)
    assert believed(samples, shapes) == (samples, [])


def test_a_secret_is_kept_where_it_was_asked_for() -> None:
    secrets = {"assertion": "a.b.c", "access_token": "t"}
    assert believed(secrets, _oauth_answers.proof({}))[0] == {}
    assert believed(secrets, _oauth_answers.proof({"return_token": True}))[0] == {"access_token": "t"}
    assert believed(secrets, _oauth_answers.proof({"return_assertion": True}))[0] == {"assertion": "a.b.c"}


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({"ansible_facts": {"signing_key_services": []}}, {}),
        ({"proofs": {"orders": PROOF, "other": PROOF}}, {"proofs": {"orders": PROOF}}),
        ({"proofs": {"orders": {**PROOF, "accepted": "yes", "access_token": "x"}}}, None),
        ({"proofs": [PROOF]}, {}),
        ({"msg": "a {{ lookup('pipe', 'id') }}"}, {"msg": "a { { lookup('pipe', 'id') }}"}),
    ],
)
def test_what_a_host_makes_up_is_left_out(answer: t.Any, kept: t.Any) -> None:
    rest = {name: value for name, value in PROOF.items() if name != "accepted"}
    wanted = {"proofs": {"orders": rest}} if kept is None else kept
    found, dropped = believed(answer, _oauth_answers.proofs(ASKED))
    assert found == wanted and bool(dropped) is ("msg" not in answer)
