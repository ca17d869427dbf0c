#!/usr/bin/env bash
# ansible-core 2.19.14, npm yaml 2.9.1, js-yaml 5.5.0: to_nice_yaml writes a key ID that others take for a
# number.
#
# Guess: to_nice_yaml puts each string that could be a number in quotes, so every reader gets the string back.
# Seen:  it quotes what PyYAML, which follows YAML 1.1, takes for a number. Digits with one "e" among them are none there
#        without a dot and a sign, and are one in the core schema of YAML 1.2: the kid 4e21 stands in the file without
#        quotes, PyYAML reads it as the string, and npm yaml and js-yaml read it as a number. 10e1 and 1e2 become the same
#        number, and 12e03456 becomes infinity in npm yaml.
# Why it matters: a key ID of eight hexadecimal digits has this form about once in seventy times. In values for
#        programs in JavaScript, it then matches no key. A thumbprint in base64url is too long to be a number by chance.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v && v/bin/pip install -q --only-binary :all: ansible-core==2.19.14 &&
  npm install --no-audit --no-fund --ignore-scripts yaml@2.9.1 js-yaml@5.5.0; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }

expected="kids:
- 4e21
- 12e03456
- 10e1
- 1e2
- '1.5'
- '007'
"'PyYAML:  ["4e21", "12e03456", "10e1", "1e2", "1.5", "007"]
yaml:    [4e+21, Infinity, 100, 100, "1.5", "007"]
js-yaml: [4e+21, "12e03456", 100, 100, "1.5", "007"]'

cat >play.yml <<'E2'
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: "{{ {'kids': ['4e21', '12e03456', '10e1', '1e2', '1.5', '007']} | to_nice_yaml }}"
        dest: "{{ playbook_dir }}/kids.yml"
E2
cat >read.mjs <<'E2'
import fs from 'node:fs';
import YAML from 'yaml';
import { load } from 'js-yaml';
const text = fs.readFileSync('kids.yml', 'utf8');
const shown = (kids) => `[${kids.map((kid) => (typeof kid === 'string' ? JSON.stringify(kid) : kid)).join(', ')}]`;
console.log('yaml:   ', shown(YAML.parse(text).kids));
console.log('js-yaml:', shown(load(text).kids));
E2
seen=$({
ANSIBLE_LOCALHOST_WARNING=false v/bin/ansible-playbook -i localhost, -e ansible_python_interpreter="$PWD/v/bin/python" play.yml >&2
cat kids.yml
v/bin/python -c 'import json, yaml; print("PyYAML: ", json.dumps(yaml.safe_load(open("kids.yml"))["kids"]))'
node read.mjs
} 2>log) || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "The YAML is written or read in another way now." >&2; exit 1; }
