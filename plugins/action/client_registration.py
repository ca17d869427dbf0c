# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of the module client_registration."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import _host_action, _oauth_answers, _shapes


class ActionModule(_host_action.HostAction):
    """The action of keysmith.jwt.client_registration."""

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """Return the shape of the public result."""
        return _oauth_answers.registration()
