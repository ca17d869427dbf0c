# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what the role says of its variables from its argument specification: ``python tests/role_files.py``.

These are its README, the defaults, and the variables that are handed to the module. With ``--check`` nothing is
written, and the status is 1 when a file says something else than the specification.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
import typing as t
from pathlib import Path

import yaml

ROLE = Path(__file__).resolve().parents[1] / "roles" / "signing_key"
PLUGINS = ROLE.parents[1] / "plugins"
#: Options of a key pair that the batch module takes apart from the others.
SECRETS = ("passphrase", "previous_passphrases", "private_key")
PREFIX = "signing_key_"
WRITTEN = "# Written by tests/role_files.py from meta/argument_specs.yml; change that file instead."
_Options = t.Dict[str, t.Dict[str, t.Any]]

FRAGMENT = '''\
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services and key pairs as options of modules. Written by tests/role_files.py from the role's specification."""

from __future__ import annotations


class ModuleDocFragment:
    """Use with C(extends_documentation_fragment: keysmith.jwt.services)."""

    DOCUMENTATION = r"""
options:
  services:
    description:
      - The services, as C(signing_key_services) of the role P(keysmith.jwt.signing_key#role) takes them.
      - Only C(name) is required, so a text is taken as the name of a service.
    type: list
    elements: dict
    suboptions:
{services}
  defaults:
    description: What O(services) have where they say nothing, with the same keys but for C(name).
    type: dict
"""

    #: Key pairs by themselves.
    KEYPAIRS = r"""
options:
  keypairs:
    description:
      - The key pairs, in the order in which they are put in place. Each has a C(name), by which its result is found,
        and the options of M(keysmith.jwt.jwt_keypair) with the same names, meanings and defaults, except for the
        secrets.
      - One of O(keypairs) and O(services) is required.
    type: list
    elements: dict
    suboptions:
{keypairs}
"""
'''

TEXT = """\
# Role keysmith.jwt.signing_key

<!-- Written by tests/role_files.py from meta/argument_specs.yml; change that file instead. -->

{description}

```yaml
- name: Keep the signing keys
  hosts: app_servers
  gather_facts: false
  become: true
  tasks:
    - name: Keep the signing keys of the services
      ansible.builtin.import_role:
        name: keysmith.jwt.signing_key
        rolespec_validate: false
      vars:
        signing_key_services:
          - name: orders
            group: orders
            mode: "0640"
            restart: [orders]
        signing_key_output_directory: "{{{{ inventory_dir }}}}/keys"
```

The same as a playbook that is ready to run: `ansible-playbook keysmith.jwt.provision -i INVENTORY`, with these
variables in the inventory.

## What is on the host

```
/etc/orders/jwt/
  v1/
    private.key
    public.key
    jwk.json
    env            PRIVATE_KEY_PASSWORD, PRIVATE_RSA_KEY_ID, PRIVATE_RSA_KEY_FILE_PATH
  current -> v1
  .restart-due     exists while a restart is due
```

The service reads `current/env`. It contains the real path of the key of its version, so key, passphrase and key ID
always belong together.

## The keys of a service

Each is an option of an item in `signing_key_services`. The variable `signing_key_NAME` sets it for all services.

{services}

### environment

{environment}

## The other variables

{others}

## The report

`tasks_from: info`, or `ansible-playbook keysmith.jwt.report -i INVENTORY`. It takes the variables above, and these.

{info}

## What the role returns

- The fact `signing_key_jwks` of each host: for each service the JWK Set of its versions, the active one first. A
  service is missing if one of its keys could not be read in this run.
- The files in `signing_key_output_directory`.
- The handler `Restart what uses a changed key`, which the role notifies by itself. If one service of a
  host fails, the others are restarted before the host fails.

## Tags

Every run keeps the key pairs. `--tags keys` does nothing else. `--tags publish` also writes the public keys on the
controller, and goes on with rotations. `--tags restart` also restarts what uses a changed key; without it, the restart
stays due, and a later run does it. `--skip-tags publish` and `--skip-tags restart` leave that part out, and
`--skip-tags keys` leaves out all of it. `--tags verify` changes nothing, and proves the active keys at their servers.

## Advice

- With `strategy: free`, Ansible repeats `run_once` tasks on each host. The files are right, but a large play takes
  longer, and each host shows the report. Use `linear` or `serial`, or set `signing_key_show: false`.
- With `serial`, the files on the controller are written after each batch, and each report is about its own batch.
- The report names variables `signing_key_*` of the first host that the role does not know, such as misspelt ones.
- Check mode works on a host without keys; its key IDs are only known after the keys are made.
- Keep passphrases of your own in Ansible Vault. They are sent to the host, and never shown.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Write files of the role from its argument specification.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not up to date")
    is_check = parser.parse_args().check
    stale = [name for name, text in files().items() if not _is(ROLE / name, text)]
    for name in stale:
        if is_check:
            print(f"{ROLE / name} is not what the specification says; run: python tests/role_files.py")
        else:
            (ROLE / name).write_text(files()[name], encoding="utf-8")
    return int(is_check and bool(stale))


def _is(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


def files() -> dict[str, str]:
    """The files that follow from the specification, by their paths from the role."""
    return {
        "README.md": readme(),
        "defaults/main.yml": defaults(),
        "vars/main/defaults.yml": handed_over(),
        "../../plugins/doc_fragments/services.py": fragment(),
    }


def fragment() -> str:
    """The documentation of services and key pairs as options of modules."""
    service = specification()["options"][PREFIX + "services"]["options"]
    suboptions = {name: _suboption(one, set(service)) for name, one in service.items()}
    source = (PLUGINS / "modules" / "jwt_keypair.py").read_text(encoding="utf-8")
    module = yaml.safe_load(source.partition('DOCUMENTATION = r"""')[2].partition('"""')[0])["options"]
    name = {"description": "Its name, by which its result is found.", "type": "str", "required": True}
    pairs = {"name": name, **{one: _see(one, held) for one, held in module.items() if one not in SECRETS}}
    return FRAGMENT.format(services=_yaml(suboptions), keypairs=_yaml(pairs))


def _suboption(option: dict[str, t.Any], service: t.Container[str]) -> dict[str, t.Any]:
    """A key of a service as an option of a module."""

    def named(found: re.Match[str]) -> str:
        return f"O(services[].{found[1]})" if found[1] in service else f"C({PREFIX}{found[1]})"

    description = option["description"]
    texts = [description] if isinstance(description, str) else description
    kept = {name: option[name] for name in ("type", "required", "default") if name in option}
    made = {"description": [re.sub(rf"O\({PREFIX}(\w+)\)", named, text) for text in texts], **kept}
    if "options" in option:
        made["suboptions"] = {name: _suboption(one, service) for name, one in option["options"].items()}
    return made


def _see(name: str, option: dict[str, t.Any]) -> dict[str, t.Any]:
    """An option of the module for one key pair, of which that module says more."""
    kept = {part: option[part] for part in ("type", "elements", "choices", "default", "required") if part in option}
    return {"description": f"See O(keysmith.jwt.jwt_keypair#module:{name}).", **kept}


def _yaml(options: dict[str, t.Any]) -> str:
    text = yaml.safe_dump(options, sort_keys=False, width=84, allow_unicode=True)
    return textwrap.indent(text, " " * 6).rstrip()


def handed_over() -> str:
    """What the module is told for all services: each variable that is called like an option of a service.

    One expression, as each costs time for each host.
    """
    options = specification()["options"]
    service = [name for name in options[PREFIX + "services"]["options"] if PREFIX + name in options]
    rows = ",\n".join(f"      '{name}': {PREFIX}{name}" for name in service)
    return f"---\n{WRITTEN}\n{PREFIX}_defaults: >-\n  {{{{\n    {{\n{rows}\n    }}\n  }}}}\n"


def defaults() -> str:
    """The default of each variable; null where nothing is said.

    Without the nulls, a task would need a default of its own, which takes a slip in what a user wrote for nothing.
    """
    lines = ["---", WRITTEN]
    for name, option in {**specification()["options"], **specification("info")["options"]}.items():
        value = yaml.safe_dump(option.get("default"), default_flow_style=True, default_style=None).split("\n")[0]
        lines.append(f"{name}: {value}".replace("'", '"'))
    return "\n".join(lines) + "\n"


def readme() -> str:
    """The text of the README."""
    main_ = specification()
    options: _Options = main_["options"]
    service = options[PREFIX + "services"]["options"]
    common = {name: options.get(PREFIX + name, {}).get("default") for name in service}
    others = {name: one for name, one in options.items() if name[len(PREFIX) :] not in service}
    return TEXT.format(
        description="\n\n".join(_plain(one) for one in main_["description"]),
        services=_table(service, common),
        environment=_table(_flat(service["environment"]["options"])),
        others=_table(others),
        info=_table(specification("info")["options"]),
    )


def specification(entry_point: str = "main") -> dict[str, t.Any]:
    """An entry point of the role, as its argument specification has it."""
    spec = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    return t.cast("dict[str, t.Any]", spec["argument_specs"][entry_point])


def _flat(options: _Options) -> _Options:
    """The options with those inside them, named with a dot."""
    flat: _Options = {}
    for name, option in options.items():
        inner = option.get("options", {})
        flat.update({f"{name}.{below}": one for below, one in inner.items()} if inner else {name: option})
    return flat


def _table(options: _Options, defaults: t.Mapping[str, t.Any] | None = None) -> str:
    rows = ["| name | default | meaning |", "|---|---|---|"]
    for name, option in options.items():
        default = option.get("default", (defaults or {}).get(name))
        cells = (f"`{name}`", _default(option, default), _meaning(option))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _default(option: dict[str, t.Any], default: t.Any) -> str:
    if option.get("required"):
        return "required"
    if default is None:
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _meaning(option: dict[str, t.Any]) -> str:
    description = option["description"]
    text = " ".join(_plain(one) for one in ([description] if isinstance(description, str) else description))
    return text.replace("|", "\\|")


def _plain(text: str) -> str:
    """Ansible's markup as Markdown."""
    text = re.sub(rf"O\(({PREFIX})?([^)]*)\)", lambda found: f"`{_short(found[1] or '', found[2])}`", text)
    text = re.sub(r"P\(keysmith\.jwt\.(\w+)#\w+\)", r"`\1`", text)
    return re.sub(r"[CVM]\(([^)]*)\)", r"`\1`", text)


def _short(prefix: str, name: str) -> str:
    """A key of a service by its short name, other variables by their whole one."""
    service = specification()["options"][PREFIX + "services"]["options"]
    return name if name in service else prefix + name


if __name__ == "__main__":
    sys.exit(main())
