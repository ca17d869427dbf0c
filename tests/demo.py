# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole job on this machine, without root: ``python3 tests/demo.py [--directory DIRECTORY]``.

Installs ansible-core and this checkout below .cache, runs the playbook keysmith.jwt.provision with this machine as the
managed host, shows the JWK to register, and runs it again: the second run must change nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import textwrap
import typing as t
from pathlib import Path

NEXT = """\
   On your own hosts, the inventory holds these variables, and the command is the same:
     $ ansible-galaxy collection install keysmith.jwt
     $ ansible-playbook keysmith.jwt.provision -i inventory --check --diff
     $ ansible-playbook keysmith.jwt.provision -i inventory
   docs/start.md takes three hosts through all steps: make keys, register, rotate, report, remove.
   To remove the demonstration: rm -r {directory}"""

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "demo"
SERVICE = "orders"
# Nothing of the caller's own Ansible and Python settings may change what the demonstration shows.
STRANGERS = ("ANSIBLE_", "PYTHON", "VIRTUAL_ENV")


class Failed(Exception):
    """Something did not work; the text is for the user."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Make a signing key on this machine and show the JWK to register.")
    parser.add_argument("--directory", type=Path, help="where everything of the host goes (default: .cache/demo/host)")
    directory = (parser.parse_args().directory or CACHE / "host").resolve()
    try:
        if sys.version_info < (3, 11):
            raise Failed("ansible-core 2.18 and newer need Python 3.11 or newer; run this file with such a one.")
        demonstrate(directory)
    except Failed as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def demonstrate(directory: Path) -> None:
    """Install, run, show, run again."""
    CACHE.mkdir(parents=True, exist_ok=True)
    say("1. Installing ansible-core, cryptography and jwcrypto below .cache (a minute the first time)")
    programs = environment()
    say("2. Installing the collection from this checkout")
    install_collection(programs)
    variables = play_variables(directory)
    say(f"3. The managed host is this machine; everything of it is in {directory}")
    provision(programs, directory, variables, "first")
    show(directory)
    say("5. The same command again: nothing may change")
    changed = provision(programs, directory, variables, "second")
    if changed:
        raise Failed(f"The second run changed {changed} things, and should have changed nothing; please report it.")
    print("   Nothing changed: same key, same files.")
    say("6. What next")
    print(NEXT.format(directory=directory))


def environment() -> Path:
    """The programs of a virtual environment with what requirements.txt asks for."""
    folder, requirements = CACHE / "venv", ROOT / "requirements.txt"
    done = folder / "requirements.txt"
    if not done.exists() or done.read_bytes() != requirements.read_bytes():
        run([sys.executable, "-m", "venv", "--clear", str(folder)], "A virtual environment could not be made")
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "-r", str(requirements)], "pip could not install requirements.txt")
        shutil.copyfile(requirements, done)
    return folder / "bin"


def install_collection(programs: Path) -> None:
    """Install the checkout as a user would; without network, as it depends on no other collection."""
    shutil.rmtree(CACHE / "collections", ignore_errors=True)
    command = ["collection", "install", str(ROOT), "-p", str(CACHE / "collections"), "--force"]
    run([str(programs / "ansible-galaxy"), *command], "The collection could not be installed")


def play_variables(directory: Path) -> dict[str, t.Any]:
    """What an inventory would say."""
    return {
        "signing_key_services": [{"name": SERVICE}],
        "signing_key_directory": f"{directory}/etc/{{name}}/jwt",
        "signing_key_output_directory": f"{directory}/public",
    }


def provision(programs: Path, directory: Path, variables: dict[str, t.Any], which: str) -> int:
    """Run the playbook; returns how many tasks changed something."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = directory / f"{which}-run.log"
    # Without an inventory, localhost is the host, with the Python of this environment.
    options = ["signing_key_hosts=localhost"]
    options += [json.dumps({name: value}) for name, value in variables.items()]
    command = [str(programs / "ansible-playbook"), "keysmith.jwt.provision"]
    if which == "first":
        # With all that makes it work in another shell: it can be pasted.
        setting = f"ANSIBLE_COLLECTIONS_PATH={shlex.quote(str(CACHE / 'collections'))}"
        lines = [f"{setting} {shlex.join(command)}", *(f"-e {shlex.quote(option)}" for option in options)]
        print("   $ " + " \\\n       ".join(lines))
    for option in options:
        command += ["-e", option]
    output = run(command, f"The playbook failed; its output is in {log}", log)
    recap = output[output.rindex("PLAY RECAP") :].split("\n")[1]
    print(f"   {' '.join(recap.split())}")
    return int(recap.split("changed=")[1].split()[0])


def show(directory: Path) -> None:
    """What is there now, and the JWK."""
    keys = directory / "etc" / SERVICE / "jwt"
    print("\n   What the service reads:")
    for path in sorted(keys.rglob("*")):
        mode = f" -> {os.readlink(path)}" if path.is_symlink() else f"  {path.stat().st_mode & 0o7777:04o}"
        print(f"     {path}{mode}")
    variables = [line.split("=")[0] for line in (keys / "current" / "env").read_text().splitlines() if "=" in line]
    print(f"   {keys}/current/env sets {', '.join(variables)};")
    print("   the passphrase was generated there and is nowhere else.")
    jwk = directory / "public" / SERVICE / "localhost.jwk.json"
    say(f"4. The JWK to register (it is in {jwk})")
    print(json.dumps(json.loads(jwk.read_text()), indent=2))


def run(command: list[str], failure: str, log: Path | None = None) -> str:
    """Run a program to its end; returns what it printed, which Failed ends with when it does not work."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith(STRANGERS)}
    settings.update(
        ANSIBLE_COLLECTIONS_PATH=str(CACHE / "collections"),
        ANSIBLE_HOME=str(CACHE / "ansible"),
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_NOCOLOR="true",
        LC_ALL="C.UTF-8",
    )
    result = subprocess.run(
        command, cwd=CACHE.parent, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    output = result.stdout.decode("utf-8", "replace")
    if log:
        log.write_text(output, encoding="utf-8")
    if result.returncode:
        raise Failed(f"{failure}:\n{textwrap.indent(output[-4000:], '  ')}")
    return output


def say(text: str) -> None:
    print(f"\n{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
