# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller says that it has done for a service, checked before a rotation goes on."""

from __future__ import annotations

import typing as t

from .._errors import KeysmithError

#: What the controller says of a service once it has published its keys, the other side has accepted the next one, and
#: what uses that has been restarted.
_CONFIRMED = ("published", "switch", "create", "restarted")


def checked(confirmed: t.Any) -> t.Dict[str, t.Any]:
    """What is confirmed for a service; KeysmithError for anything but a dictionary of these."""
    if not isinstance(confirmed, dict) or not set(confirmed) <= set(_CONFIRMED):
        raise KeysmithError("confirmed: give for each service a dictionary with %s." % " and ".join(_CONFIRMED))
    versions = [confirmed.get(name, "") for name in ("switch", "create")]
    if not isinstance(confirmed.get("published", []), list) or not all(isinstance(one, str) for one in versions):
        raise KeysmithError("confirmed: published is a list of versions, switch and create are versions.")
    if not isinstance(confirmed.get("restarted", True), bool):
        raise KeysmithError("confirmed: restarted is true or false.")
    return confirmed
