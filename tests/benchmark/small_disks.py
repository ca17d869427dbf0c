# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small ext4 file system of its own on a host, where a contestant writes."""

from __future__ import annotations

import subprocess

from contestants import PLACE
from hosts import STATE, Host

MIB = 64


def mount(host: Host, name: str, block: int) -> None:
    """Mount a new file system with blocks of that many octets at the contestant's directory, here and on the host."""
    image = STATE / f"{host.name}-{name}.ext4"
    with open(image, "wb") as file:
        file.truncate(MIB << 20)
    place = host.file(f"{PLACE}/{name}")
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mkfs.ext4", "-q", "-b", str(block), str(image)], check=True)
    found = subprocess.run(["losetup", "--find", "--show", str(image)], check=True, capture_output=True, text=True)
    device = found.stdout.strip()
    inside = ["nsenter", "--target", str(host.pid()), "--mount"]
    try:
        for before in ([], inside):
            subprocess.run([*before, "mount", device, str(place)], check=True)
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)  # it goes with the last mount
