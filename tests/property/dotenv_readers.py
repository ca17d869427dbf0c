# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readers of ``.env`` files in the languages that they are for, asked what they see in many files at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import typing as t

Seen = t.Optional[t.Dict[bytes, bytes]]
SECONDS = 120

NODE = (
    "const fs = require('fs'), util = require('util'); console.log(JSON.stringify("
    "process.argv.slice(1).map(f => util.parseEnv(fs.readFileSync(f, 'utf8')))))"
)
DOTENV = (
    "const fs = require('fs'), dotenv = require('dotenv'); console.log(JSON.stringify("
    "process.argv.slice(1).map(f => dotenv.parse(fs.readFileSync(f, 'utf8')))))"
)
RUBY = (
    "puts JSON.generate(ARGV.map { |f| begin; Dotenv::Environment.new(f, true).to_h; "
    "rescue Dotenv::FormatError; nil; end })"
)
PHP = (
    "require 'Dotenv/autoload.php'; echo json_encode(array_map(function ($f) { try { "
    "return (object) Dotenv\\Dotenv::createArrayBacked(getcwd(), $f)->load(); } "
    "catch (Dotenv\\Exception\\ExceptionInterface $e) { return null; } }, array_slice($argv, 1)));"
)
GO = """package main

import (
    "encoding/json"
    "os"

    "github.com/joho/godotenv"
)

func main() {
    seen := []map[string]string{}
    for _, name := range os.Args[1:] {
        read, err := godotenv.Read(name)
        if err != nil {
            read = nil
        }
        seen = append(seen, read)
    }
    _ = json.NewEncoder(os.Stdout).Encode(seen)
}
"""


class Program(t.NamedTuple):
    """How a program is asked; it prints a JSON list with an object for each of the files that are its arguments."""

    name: str
    dialect: str
    command: t.Tuple[str, ...]


def answers(command: t.Sequence[str], folder: str, names: t.Sequence[str]) -> t.List[Seen]:
    """What a program says of these files."""
    run = subprocess.run([*command, *names], cwd=folder, capture_output=True, timeout=SECONDS, check=True)
    return [
        None if each is None else {name.encode(): value.encode() for name, value in each.items()}
        for each in json.loads(run.stdout)
    ]


def installed(folder: str) -> t.Iterator[Program]:
    """Those that this machine has; ``folder`` is one for a program that has to be compiled."""
    for name in ("node", *("node%d" % version for version in range(20, 30))):
        if shutil.which(name):
            yield Program(_with_version("node --env-file", (name, "--version")), "node", (name, "-e", NODE))
    if _works(("node", "-e", DOTENV)):
        version = ("node", "-p", "require('dotenv/package.json').version")
        yield Program(_with_version("dotenv", version), "dotenv", ("node", "-e", DOTENV))
    ruby = ("ruby", "-rjson", "-rdotenv", "-e")
    if _works((*ruby, RUBY)):
        version = ("ruby", "-e", "puts Gem::Specification.find_by_name('dotenv').version")
        yield Program(_with_version("ruby-dotenv", version), "ruby-dotenv", (*ruby, RUBY))
    if _works(("php", "-r", PHP)):
        yield Program("phpdotenv", "phpdotenv", ("php", "-r", PHP))
    go = _compiled(folder)
    if go:
        yield Program("godotenv", "godotenv", (go,))


def _works(command: t.Sequence[str]) -> bool:
    if not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True, timeout=SECONDS, check=False).returncode == 0


def _with_version(name: str, command: t.Sequence[str]) -> str:
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    return ("%s %s" % (name, run.stdout.strip().lstrip("v"))).strip()


def _compiled(folder: str) -> str:
    """The path of a program that asks godotenv; empty where there is no compiler or no godotenv."""
    if not shutil.which("go"):
        return ""
    source, program = os.path.join(folder, "read.go"), os.path.join(folder, "read")
    with open(source, "w") as file:
        file.write(GO)
    env = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": os.path.join(folder, "cache")}
    command = ["go", "build", "-o", program, source]
    return program if subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0 else ""
