#!/usr/bin/env bash
# Bun 1.4.5: "$" in an environment file is expanded between single quotes, too.
#
# Guess: single quotes mean "as it stands", as for node --env-file, Deno, uv, godotenv and every shell; Bun, which is made
#        to run what runs on Node, reads the file that Node reads.
# Seen:  $NAME and ${NAME} are replaced in every kind of quotes; what is not set becomes nothing. Only "\$" keeps the
#        sign, and for Node the backslash is then a part of the value. So no line gives a value with "$" and letters to
#        both. Deno replaces without quotes and in double quotes, Node nowhere.
# Why it matters: a passphrase with "$" opens the key under Node and not under Bun, and the error speaks of the key.
#        A generated passphrase of letters, digits, "-" and "_" is the same for all four.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ npm install --no-audit --no-fund --ignore-scripts @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6 &&
  node --env-file=/dev/null -p 1; } >log 2>&1 || { echo "The packages could not be had, or node is older than 20.6." >&2; exit 2; }
bun=node_modules/@oven/bun-linux-x64/bin/bun deno=node_modules/@deno/linux-x64-glibc/deno

# shellcheck disable=SC2016 # what is between the quotes is what the programs expand
expected='NAME=a$b        node: a$b, deno: a, bun: a
NAME="a$b"      node: a$b, deno: a, bun: a
NAME='\''a$b'\''      node: a$b, deno: a$b, bun: a
NAME='\''a${HOME}b'\'' node: a${HOME}b, deno: a${HOME}b, bun: a/home/ordersb
NAME='\''a\$b'\''     node: a\$b, deno: a\$b, bun: a$b
NAME=a-b_C3     node: a-b_C3, deno: a-b_C3, bun: a-b_C3'

seen=$(
unset NAME b
export HOME=/home/orders DENO_DIR=$work/deno-cache
program='console.log(process.env.NAME)'
while IFS= read -r line; do
  printf '%s\n' "$line" >settings
  printf '%-15s node: %s, deno: %s, bun: %s\n' "$line" "$(node --env-file=settings -e "$program")" \
    "$("$deno" eval --env-file=settings "$program" 2>>log)" "$("$bun" --env-file=settings -e "$program" 2>>log)"
done <<'E'
NAME=a$b
NAME="a$b"
NAME='a$b'
NAME='a${HOME}b'
NAME='a\$b'
NAME=a-b_C3
E
) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "Bun, Deno or Node read environment files in another way now." >&2; exit 1; }
