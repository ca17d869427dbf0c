#!/usr/bin/env bash
# uv 0.13.9: one line that "uv run --env-file" cannot read costs all lines after it, and the program starts without them.
#
# Guess: a file that the reader does not understand is an error, as in Compose or godotenv; or the one variable is
#        missing, as in python-dotenv; or the value is what stands there, as in systemd, docker and node.
# Seen:  a warning on standard error, and what stands after the line is lost, too. The program starts, and the exit
#        status is its own. It takes little: a blank or a single quote in a value without quotes, an unknown escape, a
#        variable right before the closing double quote. A PEM on one line with \n and no quotes is such a line.
# Why it matters: a line that somebody else adds above ours takes away the passphrase, the key ID and the path below it,
#        and the program falls back to what it does without them. Put values with anything but letters, digits and
#        "_./-" in single quotes, and end the start script when NAME is empty: "${NAME:?}".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v && v/bin/pip install -q --only-binary :all: uv==0.13.9 python-dotenv==1.2.4; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

# shellcheck disable=SC2016 # what is between the quotes is what the programs expand
expected='[NAME=two words] uv: status 0, BEFORE and nothing else; python-dotenv: BEFORE AFTER two words
[NAME=it'\''s] uv: status 0, BEFORE and nothing else; python-dotenv: BEFORE AFTER it'\''s
[NAME="a\qb"] uv: status 0, BEFORE and nothing else; python-dotenv: BEFORE AFTER a\qb
[NAME="in $HOME"] uv: status 0, BEFORE and nothing else; python-dotenv: BEFORE AFTER in $HOME
[NAME=-----BEGIN PUBLIC KEY-----\nMCow] uv: status 0, BEFORE and nothing else; python-dotenv: BEFORE AFTER -----BEGIN PUBLIC KEY-----\nMCow
[NAME='\''two words'\''] uv: status 0, BEFORE AFTER two words; python-dotenv: BEFORE AFTER two words'

cat >show.py <<'E'
import os

names = [name for name in ("BEFORE", "AFTER") if name in os.environ]
print(*names, os.environ["NAME"]) if "NAME" in os.environ else print(*names, "and nothing else")
E
cat >read.py <<'E'
from dotenv import dotenv_values

read = dotenv_values("settings")
print(*[name for name in ("BEFORE", "AFTER") if name in read], read.get("NAME"))
E
seen=$(
unset NAME BEFORE AFTER
while IFS= read -r line; do
  printf 'BEFORE=1\n%s\nAFTER=1\n' "$line" >settings
  by_uv=$(v/bin/uv run --no-project --offline --env-file settings v/bin/python show.py 2>>log) && status=0 || status=$?
  echo "[$line] uv: status $status, $by_uv; python-dotenv: $(v/bin/python read.py 2>>log)"
done <<'E'
NAME=two words
NAME=it's
NAME="a\qb"
NAME="in $HOME"
NAME=-----BEGIN PUBLIC KEY-----\nMCow
NAME='two words'
E
grep -q '^warning: Failed to parse environment file' log
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "uv reads environment files in another way now." >&2; exit 1; }
