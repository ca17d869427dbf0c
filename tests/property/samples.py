# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values and lines that environment files go wrong with."""

from __future__ import annotations

import typing as t

#: The readers of one family share these.
_FAMILY = ("node", "dotenv", "python-dotenv", "godotenv", "ruby-dotenv", "phpdotenv")
# fmt: off
#: Values that a quote, a comment, an expansion or a line end in the wrong place would change or carry out.
HOSTILE = (
    "", " ", "x ", " x", "'", '"', "''", '""', "'x'", '"x"', "\\", "\\\\", "x\\", "x\\\n", "$", "$$", "$x", "${x}",
    "$(: > pwned)", "`: > pwned`", "'; : > pwned; '", '"; : > pwned; "', "x\nEVIL=1", "x\n\nEVIL=1\n",
    "'\nEVIL=1\n'", '"\nEVIL=1\n"', "x' EVIL='1", 'x" EVIL="1', "x #y", "#x", " # x", "x;y", ";x", "x=y", "=x", "!x",
    "!!", "~", "~/x", "*", "{a,b}", "x\\ny", "\\t", "\\$x", "\\'", '\\"', "\\\\'", "$$$", "a'b\"c", "%s", "x&y",
    "a|b", "<x>", "(x)", "\t", "x\t", "\n", "\n\n", "é", "e\u0301", "🔑", "\u2028", "\x85", "\xa0x\xa0", "\ufeff",
    "\u3000", "\u200b", "\uffff", "\ufdd0", "\U0001fffe", "\x81\x88", "ÁŁ",
    "x" * 5000, "'" * 999, "\\" * 999, "'\"$`" * 333,
)
#: Other people's lines: each is whole, and our variables (X, Y) look assigned in some of them where they are not.
OTHERS: t.Dict[str, t.Tuple[str, ...]] = {
    "systemd": (
        "# X=no", "; X=no", "", "  ", "A=1", " A = 1 ", "export X=no", "XX=no", "A='\nX=no\n'", 'A="\nX=no\n"',
        "A=a\\\nX=no", 'A="a\\\nX=no"', "A='x'\"y\" z", "junk", "=X=no", "A=$X", 'A="\\$x"', "A=a\\ ", "A=é", "X_=1",
        "A=x'y", "A=\\", "# ends so \\\nA=3",
    ),
    "docker": (
        "# X=no", "", " ", "A=1", "A='X=no'", 'A="', "A='", " \u3000A=2", "XX=no", "A= X=no", "A=a\\", "A=é", "X_=1",
        "A==", "A=\r",
    ),
    "compose": (
        "# X=no", "", "  ", "A=1", " A : 1 ", "export A=1", "XX=no", "A='\nX=no\n'", 'A="\nX=no\n"', "A=a # X=no",
        "A='1' B=2", "A=a#b", "A='it\\'s\nX=no'", 'A="\\"\nX=no"', "X.Y=1", "A=é", "X_=1", "A=", 'A="1" # x', "A=\\",
        "A=$$", "A=x'y", "export\tA='x'",
    ),
    "shell": (
        "# X=no 'quote", "", " \t", "A=1", "export A=1", "XX=no", "A='\nX=no\n'", 'A="\nX=no\n"', "A=a\\\nX=no",
        'A="$B X=no"', "A=$B", "A=${B}#X=no", "A=\"a'b\"", "A=a#b # X=no", "A=é", "X_=1", "A='#' # it's",
        "A='$(X=no)'", 'A="\\$(X=no)\\`"', "A=\\;X=no", "export A=~", "A=*",
    ),
    **dict.fromkeys(_FAMILY, (
        "# X=no 'quote", "", " \t", "A=1", "export AB=1", "XX=no", "A='\nX=no\n'", 'A="\nX=no\n"', "A=a # X=no",
        "A=a#b", "A='#' # it is", "A=é", "X_=1", "A=", "A = 'x'", 'A="a\\nX=no"', "A='it\\ is'", 'A="$B"', "A=x${B}",
        "A=a b", "A= # x", "A='x'#c", 'A="a\\\\"', "A.B=1", "A=`\nX=no\n`", "A=a'b", 'A="\\$x"', "  A=1 ",
        "  # X=no", "  # why",
    )),
}
#: Our lines as people may have left them.
OURS: t.Dict[str, t.Tuple[str, ...]] = {
    "systemd": (
        "X=1", " X = 'a' ", 'X="a\\\nb"', "X=a\\\nb", "Y=", "Y='\n'", "Y=\"a\"'b' c",
    ),
    "docker": (
        "X=1", " X=a ", "Y=", 'Y="a"', "X",
    ),
    "compose": (
        "X=1", " X = 'a' # c", 'X="a\\nb"', "X: 1", "Y=", "Y='\n'", 'export Y="a"', "X=$A", "X",
    ),
    "shell": (
        "X=1", " X='a' # c", 'X="a\\\nb"', "Y=", "Y='\n'", "export Y=\"a\"'b'c\\ d", "export X=1", "Y=$A",
    ),
    **dict.fromkeys(_FAMILY, (
        "X=1", " X='a' # c", 'X="a\\nb"', "Y=", "Y='\n'", "export XY='a'", "Y=a b", "X=a#b", "Y=$A",
    )),
}
#: What random files are made of.
SOUP: t.Dict[str, t.Tuple[str, ...]] = {
    "systemd": (
        "X", "Y=", "X=", "A=", "=", "'", '"', "\\", "\n", "\n", "\r\n", "\r", " ", "\t", "#", ";", "$", "`", "a",
        "\ufeff", "é",
    ),
    "docker": (
        "X", "Y=", "X=", "A=", "=", "'", '"', "\\", "\n", "\n", "\r\n", "\r", " ", "\t", "#", "\u3000", "\ufeff",
        "\x0b", "\x85",
    ),
    "compose": (
        "X", "Y=", "X=", "A=", "X:", "=", "'", '"', "\\", "\n", "\n", "\r\n", "\r", " ", "\t", "#", "$", "n",
        "export ", "\ufeff", ".",
    ),
    "shell": (
        "X", "Y=", "X=", "A=", "=", "'", '"', "\\", "\n", "\n", "\r\n", " ", "\t", "#", "$", "a", "export ", ";",
        "~", "(", ")", "{", "}", "`", "&", "|", ":",
    ),
    **dict.fromkeys(_FAMILY, (
        "X", "Y=", "X=", "A=", "X:", "=", "'", '"', "`", "\\", "\n", "\n", "\r\n", "\r", " ", "\t", "#", "$", "n",
        "export ", "\ufeff", ".", "{", "}", "\u2028", "\xa0",
    )),
}
# fmt: on
