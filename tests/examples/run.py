# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays of the documents, run as they stand there on this machine: ``python tests/examples/run.py``.

The Python has to be that of an environment with ansible-core, cryptography and jwcrypto; ``python3 tests/run.py
examples`` makes one. Root is not needed. Paths of hosts lead below a temporary directory, groups of users are the
caller's, and Mia-Platform is a server of this process that checks what it is sent.
"""

from __future__ import annotations

import grp
import json
import os
import re
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import yaml
from mia_platform import MiaPlatform

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
#: Where the hosts of each group of the examples have their keys.
GROUPS = {"orders": "etc/{name}/jwt", "containers": "containers/{name}", "kubectl": "kubectl/{name}"}
#: What a play needs that is not here: plays that hold one of these are only read, by tests/unit/test_documents.py.
ELSEWHERE = {
    "community.": "another collection",
    "registration_endpoint": "a server of tests/servers, which registers with these modules",
    "{{ orders_jwk | keysmith": "a JWK of the reader's own",
    "auth0.com": "Auth0",
    "okta.com": "Okta",
    "systemd_unit": "systemd, as in tests/fleet",
    "/etc/haproxy": "HAProxy",
    "query('ansible.builtin.file'": "files of the reader's own, as in the integration target filters",
    "register_tasks": "tasks of the reader's own",
    "restart: [": "a service of the host, as in tests/fleet",
    "key_id_of_v1": "a registration of the reader's own",
    "jwt_keypair_info": "what tests/fleet reports",
    "module_defaults": "modules of the reader's own",
}
#: Variables of the reader: what a vault or a server has.
VARIABLES = {"ansible_become": False, "vault_orders_passphrase": "a passphrase of the test", "vault_mia_token": "token"}
BLOCK = re.compile(r"^( *)```yaml\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
#: What is there before the plays, where the first text stands in one: a key that it adopts or registers.
BEFORE = {
    "": """
- hosts: orders
  gather_facts: false
  tasks:
    - ansible.builtin.file: {path: "{{ item }}", state: directory, mode: "0755"}
      loop: [/configs, /srv/orders, /srv/jwks, /etc/orders]
""",
    "path: /configs/private.key": """
    - keysmith.jwt.jwt_keypair: {path: /configs/private.key, size: 2048, passphrase: "{{ vault_orders_passphrase }}"}
""",
    "path: /etc/orders/private.key": """
    - keysmith.jwt.jwt_keypair: {path: /etc/orders/private.key, passphrase: "{{ vault_orders_passphrase }}"}
""",
    "/etc/orders/jwt/{{ key_version }}": """
- ansible.builtin.import_playbook: keysmith.jwt.provision
""",
}
#: The variables of the first page are those of the inventory.
START = ROOT / "docs" / "start.md"


def plays(path: Path) -> t.Iterator[str]:
    """The complete plays of a page."""
    for found in BLOCK.finditer(path.read_text("utf-8")):
        text = re.sub(rf"^{found[1]}", "", found[2], flags=re.MULTILINE)
        document = yaml.safe_load(text)
        if isinstance(document, list) and any("hosts" in one for one in document if isinstance(one, dict)):
            yield text


def inventory_variables() -> str:
    """What the first page has its reader write into group_vars."""
    return next(found[2] for found in BLOCK.finditer(START.read_text("utf-8")) if "output_directory" in found[2])


def placed(text: str, top: Path, mia: str) -> str:
    """The play with the paths, the group and the server of this run."""
    group = grp.getgrgid(os.getgid()).gr_name
    text = re.sub(r"(?<![\w.}/])/(etc|srv|configs|var/lib)/?(?=[\w\"{'\], ]|$)", rf"{top}/host/\1/", text, flags=re.M)
    text = re.sub(r"^( +group:) orders$", rf"\1 {group}", text, flags=re.MULTILINE)
    text = re.sub(r"^( +owner:) .*$", rf"\1 '{os.getuid()}'", text, flags=re.MULTILINE)
    return text.replace("https://mia.example.com", mia)


def variables(mia: str) -> dict[str, t.Any]:
    """What the reader's inventory says."""
    return {
        **VARIABLES,
        "mia_jwt_issuer": mia,
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "signing_key_hosts": "orders",
        "signing_key_show": False,
    }


def place(top: Path, directory: str) -> dict[str, str]:
    """Where the role puts the keys of a group, unless a play says it."""
    return {"signing_key_directory": f"{top}/host/{directory}"}


def run(texts: t.Sequence[str], top: Path, mia: str) -> None:
    """Run the plays in one playbook."""
    before = "".join(tasks for word, tasks in BEFORE.items() if any(word in text for text in texts))
    playbook, inventory = top / "playbook.yml", top / "inventory" / "hosts.yml"
    (inventory.parent / "group_vars").mkdir(parents=True)
    (inventory.parent / "group_vars" / "orders.yml").write_text(
        placed(inventory_variables(), top, mia), encoding="utf-8"
    )
    playbook.write_text(placed("\n".join([before, *texts]), top, mia), encoding="utf-8")
    hosts = {group: {"hosts": {group + "1": {}}, "vars": place(top, path)} for group, path in GROUPS.items()}
    inventory.write_text(json.dumps(hosts), encoding="utf-8")
    settings = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    settings.update(ANSIBLE_COLLECTIONS_PATH=str(top / "collections"), HOME=str(top), LC_ALL="C.UTF-8")
    settings.update(MOLECULE_EPHEMERAL_DIRECTORY=str(top / "molecule"))
    command = [PROGRAMS / "ansible-playbook", "-i", inventory, "-e", json.dumps(variables(mia)), playbook]
    if subprocess.run(command, env=settings, check=False).returncode:
        sys.exit(
            "A play failed. They are, in their order:\n"
            + "\n".join(re.findall("^# .+|^- name: .+", "\n".join(texts), re.M))
        )


def main() -> None:
    texts = [
        f"# {path.relative_to(ROOT)}\n{text}"
        for path in PAGES
        for text in plays(path)
        if not any(word in text for word in ELSEWHERE)
    ]
    with tempfile.TemporaryDirectory(prefix="examples-") as name, MiaPlatform() as mia:
        namespace = Path(name) / "collections" / "ansible_collections" / "keysmith"
        namespace.mkdir(parents=True)
        (namespace / "jwt").symlink_to(ROOT)
        run(texts, Path(name), mia.url)
        if not mia.clients or not mia.tokens:
            sys.exit("no play registered a client and asked for a token")
        if not (Path(name) / "public-keys" / "orders.jwks.json").is_file():
            sys.exit("the inventory of the first page publishes nothing")
        print(f"{len(texts)} plays")


if __name__ == "__main__":
    main()
