# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out whether the host is in FIPS mode, in which programs refuse some encrypted keys."""

from __future__ import annotations

_SETTING = "/proc/sys/crypto/fips_enabled"


def is_enabled(setting: str = _SETTING) -> bool:
    """Return the kernel's setting; False if it has none."""
    try:
        with open(setting, "rb") as file:
            return file.read(2).strip() == b"1"
    except OSError:
        return False
