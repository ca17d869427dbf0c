# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service: its options, and what follows directly from them."""

from __future__ import annotations

import typing as t

from . import call

Options = t.Dict[str, t.Any]
_UNIT = ".service"


class Service(t.NamedTuple):
    """A service with its options filled in. Holds secrets: never shown."""

    name: str
    options: Options
    secrets: Options

    def __repr__(self) -> str:
        return "<service %s>" % self.name

    @property
    def active(self) -> str:
        """The version that the link leads to after the run; see ``active.settled``."""
        return str(self.options["active"])

    @property
    def versions(self) -> t.List[str]:
        """Return the versions that are kept, the active one first."""
        return [self.active] + [version for version in self.options["versions"] if version != self.active]

    def pair(self, version: str) -> str:
        """Return the name of the key pair of a version."""
        return "%s/%s" % (self.name, version)

    @property
    def is_absent(self) -> bool:
        """Check whether the service is removed."""
        return bool(self.options["state"] == "absent")

    @property
    def is_shared(self) -> bool:
        """Check whether other hosts have the same keys."""
        return bool(self.options["shared"])

    @property
    def unit(self) -> str:
        """Return the name of its systemd unit, without its ending; empty if there is none."""
        name = str(self.options["systemd_unit"] or "")
        return name[: -len(_UNIT)] if name.endswith(_UNIT) else name

    @property
    def link(self) -> str:
        """Return the path of the link to the active version."""
        return "%s/%s" % (self.options["directory"], call.LINK)
