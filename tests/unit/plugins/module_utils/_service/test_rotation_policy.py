# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option ``rotation``."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._service.proofs import VERIFY
from ansible_collections.keysmith.jwt.plugins.module_utils._service.rotation_policy import PROOF, Policy, policy

GOOD = {"every": "90d", "publish": "24h", "keep": "25h"}


def test_durations_have_units() -> None:
    assert policy({"every": "2w", "publish": "90m", "keep": "1d"}) == Policy(14 * 86400, 5400, 86400)


def test_a_proof_has_the_options_of_the_module_that_proves() -> None:
    assert set(PROOF) == set(VERIFY)


@pytest.mark.parametrize(
    "value", ["", "90", 90, "0d", "-1d", "1.5d", "90 d", "90D", "1y", "999999w", True, None, ["90d"]]
)
@pytest.mark.parametrize("name", ["every", "publish", "keep"])
def test_anything_else_is_refused_by_its_key(name: str, value: t.Any) -> None:
    with pytest.raises(KeysmithError, match=r"^rotation: %s (has to be|is missing)" % name):
        policy({**GOOD, name: value})


@pytest.mark.parametrize("given", ["90d", None, [], True, {**GOOD, "evry": "1d"}, {1: "90d"}])
def test_what_is_no_policy_is_refused(given: t.Any) -> None:
    with pytest.raises(KeysmithError, match="^rotation: [^{}]*"):
        policy(given)


def test_rotations_do_not_overlap() -> None:
    with pytest.raises(KeysmithError, match="every has to be longer"):
        policy({"every": "49h", "publish": "24h", "keep": "25h"})
    assert policy({"every": "50h", "publish": "24h", "keep": "25h"}).every == 50 * 3600


def test_tokens_do_not_outlive_the_key_that_verifies_them() -> None:
    with pytest.raises(KeysmithError, match="keep is shorter than token_lifetime"):
        policy({**GOOD, "token_lifetime": "26h"})
    assert policy({**GOOD, "token_lifetime": "25h"}).keep == 25 * 3600
