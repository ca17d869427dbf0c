#!/usr/bin/env bash
# ansible-core 2.19.14: hashing DER octets in a template is right with UTF-8 and wrong with latin-1.
#
# Guess: to get the SHA-256 fingerprint of a public key from its base64 DER (slurp's content, the body of a PEM) one
#        decodes with b64decode(encoding='latin-1'), where each octet is one character and nothing can be lost, and
#        hashes. The default encoding, UTF-8, cannot hold such octets; it fails or replaces them.
# Seen:  the other way round. b64decode with its default keeps octets that are no UTF-8 as surrogates, and hash() turns
#        them back: the right digest. With latin-1 the digest is of the UTF-8 form of that text, another value without
#        an error or a warning. b64encode of the two texts gives the original only for the default; for latin-1 it
#        needs its own encoding='latin-1', which hash() does not have.
# Why it matters: fingerprints of keys that are made in a playbook for Snowflake, GitHub or a log look right either
#        way, and only the one that looks naive is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{ python3 -m venv v && v/bin/pip install -q --only-binary :all: ansible-core==2.19.14; } >log 2>&1 ||
  { echo "The packages could not be had." >&2; exit 2; }
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem 2>log
openssl pkey -in key.pem -pubout -outform DER -out public.der
digest=$(sha256sum public.der | cut -d' ' -f1)
cat >play.yml <<'E'
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "{{ item.key }}: {{ item.value | ternary('yes', 'no') }}"
      loop: "{{ checks | ansible.builtin.dict2items }}"
  vars:
    text: "{{ lookup('ansible.builtin.file', 'public.b64') }}"
    checks:
      the default encoding gives the digest: "{{ text | b64decode | hash('sha256') == digest }}"
      latin-1 gives the digest: "{{ text | b64decode(encoding='latin-1') | hash('sha256') == digest }}"
      the default gives the octets back: "{{ text | b64decode | b64encode == text }}"
      latin-1 gives the octets back: "{{ text | b64decode(encoding='latin-1') | b64encode == text }}"
E
base64 -w0 public.der >public.b64

expected='the default encoding gives the digest: yes
latin-1 gives the digest: no
the default gives the octets back: yes
latin-1 gives the octets back: no'

export HOME=$PWD ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false
seen=$(v/bin/ansible-playbook play.yml -e "digest=$digest" 2>&1 |
  sed -n 's/.*"msg": "\(.*: \(yes\|no\)\)".*/\1/p') || true
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo "ansible-core decodes or hashes octets in another way now." >&2; exit 1; }
