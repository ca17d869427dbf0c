# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller tells a host of its rotations."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _rotations

WAITS: t.Dict[str, t.Any] = {"unpublished": [], "switch": "", "compromised": [], "next": {}}
NEW = {**WAITS, "unpublished": ["v2"]}
READY = {**WAITS, "switch": "v2"}
MAY = {"orders": "v2"}


@pytest.mark.parametrize(
    ("rotation", "proofs", "told", "refused"),
    [
        (WAITS, {}, {}, {}),
        (NEW, {}, {"orders": {"published": ["v2"]}}, {}),
        (READY, {"bills": {"accepted": True}}, {}, {"orders": "v2 does not become active: its key was not proved."}),
        (READY, {"orders": {"accepted": True}}, {"orders": {"published": [], "switch": "v2"}}, {}),
        (READY, {"orders": {"accepted": False, "msg": "No."}}, {}, {"orders": "v2 does not become active: No."}),
        (
            {**READY, "compromised": ["v1"]}, {"orders": {"accepted": False, "msg": "No."}},
            {}, {
                "orders": "v2 does not become active: No. Until then, the service signs with a key that somebody else "
                "may have, and v1 stays published."
            },
        ),
        # Nobody was asked, or could be: that is no acceptance.
        (READY, {"orders": {"msg": "No."}}, {}, {"orders": "v2 does not become active: No."}),
        (
            READY, {"orders": {"accepted": "yes"}},
            {}, {"orders": "v2 does not become active: its key was not proved."},
        ),
        (
            {**READY, "unpublished": ["v3"]}, {"orders": {"accepted": False, "msg": "No."}},
            {"orders": {"published": ["v3"]}}, {"orders": "v2 does not become active: No."},
        ),
    ],
)  # fmt: skip
def test_what_is_told(rotation: t.Any, proofs: t.Any, told: t.Any, refused: t.Any) -> None:
    assert _rotations.confirmed({"orders": rotation}, MAY, proofs, ["orders"]) == (told, refused)


def test_a_service_that_is_not_verified_needs_no_proof() -> None:
    told = {"orders": {"published": [], "switch": "v2"}}
    for proofs in ({}, {"orders": {"accepted": False}}):
        assert _rotations.confirmed({"orders": READY}, MAY, proofs, ["bills"]) == (told, {})


@pytest.mark.parametrize(
    ("proof", "is_told"),
    [({"kid": "1"}, True), ({"accepted": True}, False), ({"kid": "1", "msg": "It does not sign."}, False), ({}, False)],
)
def test_check_mode_asks_no_server_and_sees_that_the_key_signs(proof: t.Any, is_told: bool) -> None:
    told, refused = _rotations.confirmed({"orders": READY}, MAY, {"orders": proof}, ["orders"], {})
    assert (bool(told), bool(refused)) == (is_told, not is_told)


@pytest.mark.parametrize(
    ("rotation", "keypair"), [(READY, {"changed": True}), ({**READY, "unpublished": ["v2"]}, {"changed": False})]
)
def test_check_mode_refuses_no_key_that_the_run_rewrites_or_registers_before_it_is_proved(
    rotation: t.Any, keypair: t.Any
) -> None:
    proofs = {"orders": {"msg": "It cannot be opened."}}
    told, refused = _rotations.confirmed({"orders": rotation}, MAY, proofs, ["orders"], {"orders/v2": keypair})
    assert "switch" not in told.get("orders", {}) and refused == {}


def test_what_the_arguments_ask_for() -> None:
    one, two = {"name": "orders", "verify": {"a": 1}, "rotation": {"every": "1d"}}, {"name": "bills"}
    assert _rotations.verified({"services": [one, two]}) == {"orders"}
    assert _rotations.verified({"services": [one, two, 3], "defaults": {"verify": {"a": 1}}}) == {"orders", "bills"}
    assert _rotations.rotated({"services": [two, one]}) == {"orders"} and not _rotations.rotated({"services": [two]})
    assert _rotations.rotated({"services": [two], "defaults": {"rotation": {"every": "1d"}}}) == {"bills"}
    assert not _rotations.rotated({"services": None, "defaults": None})


def test_a_key_to_register_is_one_that_is_published() -> None:
    """Only those are looked at; a host could have its own key registered under the key ID of another's."""
    one, other = {"kid": "1"}, {"kid": "2"}
    pairs, jwks = {"orders/v2": {"jwk": one}}, {"orders": {"keys": [other, one]}}
    told = {"service": "orders", "version": "v2", "jwk": one, "jwks": jwks["orders"]}
    assert _rotations.registrations({"orders": NEW}, pairs, jwks) == [told]
    assert _rotations.registrations({"orders": NEW}, {}, jwks) == []
    with pytest.raises(KeysmithError, match="orders: the key that this host returns for v2 is not among those"):
        _rotations.registrations({"orders": NEW}, pairs, {"orders": {"keys": [other]}})


def test_whether_something_is_told() -> None:
    assert not _rotations.is_open({}, {}) and not _rotations.is_open({"orders": WAITS}, {})
    assert _rotations.is_open({"orders": WAITS, "bills": NEW}, {}) and _rotations.is_open({"orders": READY}, MAY)
    # Of a key that others share it is not enough that this host asks.
    assert not _rotations.is_open({"orders": READY}, {})


def test_a_switch_that_the_others_are_not_ready_for_is_not_told() -> None:
    for may in ({}, {"orders": "v3"}, {"bills": "v2"}):
        assert _rotations.confirmed({"orders": READY}, may, {"orders": {"accepted": True}}, []) == ({}, {})
