# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the role ends for a host: which services were restarted, and why the host fails.

What the tasks have registered is read as it is: a host's own words are never evaluated on the way.
"""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils._record import registered

Mapping = t.Mapping[str, t.Any]


def restarted(variables: Mapping) -> t.Dict[str, t.Any]:
    """Of what is due, by the names of services, that of which all units were restarted."""
    done = {one.get("item") for one in _restarts(variables) if not one.get("failed")}
    return {
        name: one for name, one in registered(variables, "signing_key__due").items() if done.issuperset(one["units"])
    }


def failure(variables: Mapping, host: str) -> str:
    """Why a host fails."""
    result, todo = _result(variables)
    texts = list((registered(variables, "signing_key__together").get("problems") or {}).get(host) or ())
    if result.get("failed") or todo.get("failed"):
        texts.append(str(result.get("msg", "The module failed.")))
    waits = ", ".join(todo.get("waits") or ())
    return " ".join(texts) or "Shared keys are not here yet: %s. Run again without strategy: free." % waits


def unrestarted(variables: Mapping, besides: str) -> str:
    """What is wrong after a restart, and with it what else is wrong, as there is no other time to say so."""
    texts = []
    units = [str(one.get("item")) for one in _restarts(variables) if one.get("failed")]
    if units or registered(variables, "signing_key__restarts").get("failed"):
        stolen = ", ".join(_result(variables)[1].get("compromised") or ())
        more = ", which somebody else may have and which stays published (%s)" % stolen if stolen else ""
        texts.append(
            "Could not be restarted: %s. What runs there goes on with the key that it has read before%s. Fix that, "
            "and run again." % (", ".join(units), more)
        )
    told = registered(variables, "signing_key__told")
    if "msg" in told:
        texts.append("The restart succeeded, but could not be recorded: %s" % told["msg"])
    return " ".join([*texts, *([besides] if besides and texts else [])])


def _restarts(variables: Mapping) -> t.Sequence[Mapping]:
    return registered(variables, "signing_key__restarts").get("results") or ()


def _result(variables: Mapping) -> t.Tuple[Mapping, Mapping]:
    """The last answer of the host, and what it leaves to do."""
    result = registered(variables, "signing_key__result")
    return result, result.get("todo") or {}
