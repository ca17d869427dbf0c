# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of the module jwt_client_assertions."""

from __future__ import annotations

import typing as t

from ansible_collections.keysmith.jwt.plugins.plugin_utils import _oauth_answers, _services_action, _shapes


class ActionModule(_services_action.ServicesAction):
    """The action of keysmith.jwt.jwt_client_assertions."""

    def shapes(self) -> t.Dict[str, _shapes.Shape]:
        """Return the shape of the proofs of the services that were asked about."""
        return _oauth_answers.proofs(self.asked)
