# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text to the one block in it: what pasting does to a key is forgiven, what leaves a doubt is not."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import NotAKey
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import pem
from ansible_collections.keysmith.jwt.tests.unit.cost import is_cheap
from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS

KEY = FORMS["PKCS#8"].strip()
PUBLIC = FORMS["SPKI"].strip()
LINE = FORMS["OpenSSH line"].strip()
BODY = "".join(PUBLIC.split("\n")[1:-1])

FORGIVEN: t.Dict[str, str] = {
    "as it is": PUBLIC,
    "a newline at the end": PUBLIC + "\n",
    "CRLF": PUBLIC.replace("\n", "\r\n"),
    "CR": PUBLIC.replace("\n", "\r"),
    "byte order mark": "\ufeff" + PUBLIC,
    "blank lines around": "\n \n\t\n" + PUBLIC + "\n\n\n",
    "blank lines inside": PUBLIC.replace("\n", "\n\n"),
    "indented": "".join("    %s\n" % line for line in PUBLIC.split("\n")),
    "trailing blanks": PUBLIC.replace("\n", " \t\n"),
    "one line, blanks for line breaks": PUBLIC.replace("\n", " "),
    "one line, nothing for line breaks": PUBLIC.replace("\n", ""),
    "76 columns": "-----BEGIN PUBLIC KEY-----\n%s\n%s\n-----END PUBLIC KEY-----" % (BODY[:76], BODY[76:]),
    "unwrapped": "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----" % BODY,
    "text before": "Bag Attributes\n    friendlyName: orders\nKey Attributes: <No Attributes>\n" + PUBLIC,
    "text after": PUBLIC + "\nthe key of orders\n",
    "the same block twice": PUBLIC + "\n" + PUBLIC,
}

REFUSED: t.Dict[str, t.Tuple[str, str]] = {
    "header lines on PKCS#8": (KEY.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n", 1), "header lines"),
    "an end after the end": (PUBLIC + "\n-----END PUBLIC KEY-----\n", "pem: "),
    "EC parameters that are empty": (
        "-----BEGIN EC PARAMETERS-----\n-----END EC PARAMETERS-----\n" + FORMS["SEC 1"],
        "pem: ",
    ),
    "text before an OpenSSH line": ("x\n" + LINE, "pem: "),
    "two keys": (KEY + "\n" + PUBLIC, "2 different blocks (PRIVATE KEY, PUBLIC KEY)"),
    "many blocks": ("\n".join([KEY, PUBLIC, FORMS["SEC 1"]]), "3 different blocks"),
    "an unknown label among two": (PUBLIC + "\n" + PUBLIC.replace("PUBLIC KEY", "A SECRET"), "PUBLIC KEY, another"),
    "headers on a public key": (PUBLIC.replace("KEY-----\n", "KEY-----\nComment: x\n\n", 1), "header lines"),
    "unknown headers": (FORMS["SEC 1"].replace("KEY-----\n", "KEY-----\nComment: x\n\n", 1), "header lines"),
    "cut in the middle of four characters": (PUBLIC.replace("\n-----END", "A\n-----END"), "cut short"),
    "characters that are not base64": (PUBLIC.replace(BODY[10:14], "!!!!"), "is damaged"),
    "base64url": (PUBLIC.replace(BODY[10:14], "-_-_"), "is damaged"),
    "zero width space": (PUBLIC.replace(BODY[10:14], BODY[10:14] + "\u200b"), "is damaged"),
    "no-break space": (PUBLIC.replace(BODY[10:14], BODY[10:14] + "\u00a0"), "is damaged"),
    "unused bits that are set": ("-----BEGIN PUBLIC KEY-----\nMB==\n-----END PUBLIC KEY-----", "is damaged"),
    "padding in the middle": ("-----BEGIN PUBLIC KEY-----\nMA==MA==\n-----END PUBLIC KEY-----", "is damaged"),
    "nothing inside": ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "is damaged"),
    "EC parameters of another key": (
        "-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n" + FORMS["SEC 1"],
        "do not belong together",
    ),
    "two OpenSSH lines": (LINE + "\n" + LINE.replace("NTYAAAAI", "NTYAAAAJ"), "2 different keys"),
    "OpenSSH line cut short": (LINE[:61], "is damaged"),
}


@pytest.mark.parametrize("name", FORGIVEN)
def test_what_pasting_does_is_forgiven(name: str) -> None:
    assert pem.parse(FORGIVEN[name].encode(), "pem") == pem.parse(PUBLIC.encode(), "pem")


@pytest.mark.parametrize("name", REFUSED)
def test_what_leaves_a_doubt_is_refused(name: str) -> None:
    text, sentence = REFUSED[name]
    with pytest.raises(NotAKey) as raised:
        pem.parse(text.encode(), "pem")
    assert str(raised.value).startswith("pem: ")
    assert sentence in str(raised.value)


def test_the_parameters_before_an_ec_key_belong_to_it() -> None:
    block = pem.parse(FORMS["SEC 1 after its parameters"].encode(), "pem")
    assert block == pem.parse(FORMS["SEC 1"].encode(), "pem")


def test_an_openssh_line_may_have_a_comment_and_comment_lines() -> None:
    block = pem.parse(("# orders\n\n%s orders@example.com 2026\n%s\n" % (LINE, LINE)).encode(), "pem")
    assert block == pem.parse(LINE.encode(), "pem")
    assert block.container == "ssh"


def test_headers_of_traditional_keys_are_kept() -> None:
    block = pem.parse(FORMS["DEK-Info, AES-256"].encode(), "pem")
    assert block.headers["Proc-Type"] == "4,ENCRYPTED"
    assert block.headers["DEK-Info"].startswith("AES-256-CBC,")


def test_a_block_does_not_show_what_is_in_it() -> None:
    assert repr(pem.parse(KEY.encode(), "pem")) == "Block('PRIVATE KEY')"


@pytest.mark.parametrize("size", [64 * 1024 + 1, 10 * 1024**2])
def test_too_much_is_refused_before_it_is_looked_at(size: int) -> None:
    text = (PUBLIC + "\n").encode().ljust(size)

    def look() -> None:
        with pytest.raises(NotAKey, match="larger than 64 KiB"):
            pem.parse(text, "pem")

    assert is_cheap(look, 0.1)
    pem.parse(text[: 64 * 1024], "pem")


COSTLY: t.Dict[str, str] = {
    "beginnings": "-----BEGIN PUBLIC KEY-----\n",
    "beginnings without line breaks": "-----BEGIN A-----",
    "beginnings of beginnings": "-----BEGIN ",
    "ends": "-----BEGIN A-----\n-----END A-----\n",
    "headers": "a:\n",
    "blanks": " ",
    "dashes": "-",
    "newlines": "\n",
    "ssh": "ssh-rsa ",
    "quotes": '{"kty"  "keys" \'',
    "slashes": "/ ",
    "hexadecimal": "0a",
    "base64": "MIIB",
}


@pytest.mark.parametrize("name", COSTLY)
@pytest.mark.parametrize("start", ["", "-----BEGIN PUBLIC KEY-----\n", "/", "ssh-rsa", "a.", "---"])
def test_no_text_takes_long(start: str, name: str) -> None:
    text = (start + COSTLY[name] * (64 * 1024))[: 64 * 1024 - 1] + "x"

    def look() -> None:
        with pytest.raises(NotAKey):
            pem.parse(text.encode(), "pem")

    assert is_cheap(look, 0.5)
