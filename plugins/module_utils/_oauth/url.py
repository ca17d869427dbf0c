# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""URLs of servers: which are allowed, and how messages name them."""

from __future__ import annotations

import ipaddress
import typing as t
import urllib.parse

from .._errors import KeysmithError


def check_url(option: str, url: str) -> None:
    """Refuse anything but an HTTP URL without a user, a password or a fragment; the message names only the option."""
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise KeysmithError("%s: has to be a URL that begins with https://, in ASCII characters." % option)
    if "@" in parts.netloc or "#" in url:
        raise KeysmithError("%s: has to be a URL without a user, a password or a fragment in it." % option)


def is_open(url: str) -> bool:
    """Check whether others on the network can read what is sent: no TLS, and not this machine."""
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = host == "localhost" or host.endswith(".localhost")
    return parts.scheme == "http" and not is_loopback


def origin(url: object) -> t.Optional[t.Tuple[str, t.Optional[str], int]]:
    """Return scheme, host and port (RFC 6454 section 4); None for a URL that is not allowed."""
    try:
        check_url("", str(url))
    except KeysmithError:
        return None
    parts = urllib.parse.urlsplit(str(url))
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]


def host_of(url: str) -> str:
    """Return host and port, which name the server in messages."""
    return urllib.parse.urlsplit(url).netloc


def without_query(url: str) -> str:
    """Return the URL without its query, which can hold a token."""
    return url.partition("?")[0].partition("#")[0]
