#!/usr/bin/python
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: jwks
short_description: Keep the keys in a JWK Set file
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - Keeps a JSON Web Key Set (RFC 7517 section 5) in a file by its content. Keys are added or removed; everything else
    stays as it is, byte for byte.
  - An entry of the set is a key with its C(kid) and its C(alg). All other entries belong to whoever wrote them and stay
    as they are, byte for byte and in their order. This includes the same key under another C(kid) or for another
    C(alg), keys of a type that this module does not know, and keys that it would not publish.
  - New keys are checked, and refused if verifiers could read them differently or must not trust them. This includes
    RSA keys below 2048 bits, weak keys, two keys with one C(kid), and a C(use) that contradicts the C(alg).
    An entry that the file already holds exactly as it is given is not checked for weakness again.
  - A file that is not a JWK Set, that holds a private key, or that is a symbolic link or a directory is refused and
    left as it is. With O(sets), the other files are written, and the task fails and names each file with its problem.
  - It warns when a set gets its second type of key, because some libraries then refuse every key of the set.
  - With O(sets), one task manages any number of files.
  - On the controller itself (a local connection, without C(become), C(async) and C(environment)) it runs in Ansible's
    own process, with Ansible's Python and libraries.
extends_documentation_fragment:
  - keysmith.jwt.attributes
options:
  path:
    description:
      - The file, an absolute path. It is made when it is missing, and so are its directories, unless O(state=absent).
      - One of O(path) and O(sets) is required.
    type: path
  jwks:
    description:
      - The keys, as a JWK, a JWK Set, or a list of them. Use the filter P(keysmith.jwt.to_jwks#filter) for keys in PEM.
      - If a key is listed twice with the same C(kid) and C(alg), the members of the first one count.
    type: raw
  state:
    description:
      - V(present) puts O(jwks) into the set. An entry with the same key, C(kid) and C(alg) keeps its place and its
        other members, and gets the members that are given. A C(kid) or C(alg) that is not given may be any.
      - V(absent) removes the entries of O(jwks) and O(key_ids) from the set. An entry matches one of O(jwks) if it has
        the same key, and the same C(kid) and C(alg) where these are given. A missing file stays missing. The last entry
        is never removed, because verifiers would get an empty set.
      - V(exact) makes the set O(jwks) and nothing else, in that order. C([]) as O(jwks) makes it empty.
      - With O(sets), the default of O(sets[].state).
    type: str
    choices: [present, absent, exact]
    default: present
  key_ids:
    description:
      - The C(kid) of entries to remove; for an entry without C(kid), the thumbprint of its key.
      - For O(state=absent) alone.
    type: list
    elements: str
  sources:
    description:
      - Files that hold a JWK or a JWK Set, and directories of such files named C(*.json). Their keys are added to
        O(jwks), in the order given, files of a directory by name, and checked in the same way.
      - With O(state=exact) and a directory to which each host's keys are written, the set is always what the hosts
        have, even if a play covers some of the hosts or several plays run at the same time.
    type: list
    elements: path
  single:
    description:
      - The file holds the one JWK of O(jwks) itself, not in a set, as registration forms want it.
      - Not for O(state=absent).
    type: bool
  sets:
    description:
      - Files to keep, in this order, each with the options above. All are checked before the first one is written.
      - O(sets[].sources) include what earlier items are about to write.
    type: list
    elements: dict
    suboptions:
      path:
        description: See O(path).
        type: path
        required: true
      jwks:
        description: See O(jwks).
        type: raw
      state:
        description: See O(state), which is the default.
        type: str
        choices: [present, absent, exact]
      key_ids:
        description: See O(key_ids).
        type: list
        elements: str
      sources:
        description: See O(sources).
        type: list
        elements: path
      single:
        description: See O(single).
        type: bool
  sets_json:
    description:
      - The same as O(sets), as JSON text, which is much faster in Ansible for thousands of files.
    type: str
  owner:
    description: The user that owns the files.
    type: str
  group:
    description: The group of the files.
    type: str
  mode:
    description: The permissions of the files, as octal digits in quotes. Wider permissions than V("0664") are refused.
    type: raw
    default: "0644"
  directory_mode:
    description: The permissions of directories that have to be made, as octal digits in quotes.
    type: raw
    default: "0755"
  lock_timeout:
    description: How many seconds to wait for another run that writes to the same directory.
    type: int
    default: 60
notes:
  - A file may have 64 MiB, which is enough for 50,000 RSA keys of 4096 bits.
  - Nothing but Python is needed where it runs. Where jwcrypto is installed, it has to agree on each new key.
seealso:
  - module: keysmith.jwt.jwt_keypair
  - plugin: keysmith.jwt.to_jwks
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Publish the key of the service
  keysmith.jwt.jwks:
    path: "{{ web_root }}/jwks.json"
    jwks:
      - "{{ orders_jwk }}"

- name: Take a retired key out by its key ID
  keysmith.jwt.jwks:
    path: "{{ web_root }}/jwks.json"
    state: absent
    key_ids:
      - orders-2025

- name: Make the set these two keys and nothing else
  keysmith.jwt.jwks:
    path: "{{ web_root }}/jwks.json"
    state: exact
    jwks:
      - "{{ [orders_jwk, orders_next_public_key] | keysmith.jwt.to_jwks }}"

- name: Write one JWK a host, and of all of them the set of the service
  keysmith.jwt.jwks:
    sets:
      - path: "{{ output }}/orders/host1.jwk.json"
        single: true
        jwks: ["{{ orders_jwk }}"]
      - path: "{{ output }}/orders.jwks.json"
        state: exact
        sources: ["{{ output }}/orders"]
"""

RETURN = r"""
path:
  description: The file.
  returned: success, with O(path)
  type: str
  sample: /srv/www/jwks.json
jwks:
  description:
    - The JWK Set that the file holds, or would hold outside of check mode. With O(single=true), the JWK.
    - Without a file, V(none).
  returned: success, with O(path)
  type: dict
  sample:
    keys:
      - kty: OKP
        use: sig
        alg: EdDSA
        kid: kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k
        crv: Ed25519
        x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
removed:
  description: The entries that were removed from the file, each with its C(kty), C(kid), C(alg) and C(thumbprint), as
    far as it has them.
  returned: success, with O(path)
  type: list
  elements: dict
  sample:
    - kty: OKP
      kid: orders-2025
      alg: EdDSA
      thumbprint: kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k
files:
  description: The files that were changed, in the order of O(sets).
  returned: with O(sets) or O(sets_json), in a failure, those that were changed before it
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      type: str
    count:
      description: How many keys it holds.
      type: int
    removed:
      description: As RV(removed).
      type: list
      elements: dict
  sample:
    - path: /home/admin/keys/orders.jwks.json
      count: 3
      removed: []
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _module
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets.options import RULES, arguments
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets.run import run


class _PublicModule(_module.QuietModule):
    unread = ("jwks", "sets", "sets_json")


def main() -> t.NoReturn:
    """Options in, what is in the files out."""
    module = _PublicModule(argument_spec=arguments(), supports_check_mode=True, **RULES)
    options = dict(module.params)
    # What a module was called with is a part of its result: with thousands of keys a burden, and no news.
    module.params.update(dict.fromkeys(_PublicModule.unread))
    try:
        result = run(options, check_mode=module.check_mode, with_diff=module._diff)
    except KeysmithError as error:
        module.fail_json(msg=str(error))
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
