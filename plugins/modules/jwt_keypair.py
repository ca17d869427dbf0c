#!/usr/bin/python
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate or keep a key pair for signing JSON Web Tokens."""

from __future__ import annotations

DOCUMENTATION = r"""
module: jwt_keypair
short_description: Generate or keep a key pair for signing JSON Web Tokens
version_added: 0.2.0
author: keysmith.jwt contributors (@keysmith)
description:
  - Generates a key pair on the host, or keeps the existing one, as a private key in PEM, a public key in PEM, a public
    JWK (RFC 7517) and environment files that tell a service its key ID, its passphrase and where its key is.
  - A private key is replaced or removed only if O(regenerate) or O(state) explicitly asks for it, and then it is backed
    up. A changed passphrase or format keeps the key.
  - No other user can read a secret at any time. A run that is killed at any point leaves files that work together, and
    the next run completes it. If an option or a file is refused, nothing is changed.
  - A private key stays on the host. Nothing secret is returned, printed, logged or shown in a diff.
extends_documentation_fragment:
  - keysmith.jwt.attributes
attributes:
  idempotent:
    support: partial
    details: With O(regenerate=always), each run replaces the key.
  platform:
    details: Linux. The locks, the descriptors of directories and the extended attributes are those of Linux.
requirements:
  - cryptography >= 3.3 on the host, as the distribution has it
options:
  path:
    description:
      - The private key, an absolute path. Missing directories are made, see O(directory_mode).
      - Symbolic links, files with several names (hard links) and anything but a file are refused, and so is a directory
        in which other users can write.
    type: path
    required: true
  state:
    description:
      - V(present) makes sure that the key pair and all other files of the options exist.
      - V(absent) removes the private key, the public files and our variables from O(environment), and those environment
        files if nothing else is in them. A key pair that O(active_link) leads to when the run starts is refused unless
        O(regenerate=always).
    type: str
    choices: [present, absent]
    default: present
  algorithm:
    description:
      - What the key is for. It decides the type of the key, its curve, and C(use) and C(alg) of the JWK.
      - V(EdDSA) and V(Ed25519) are the same key under its older name, which every verifier knows, and its RFC 9864
        name.
      - V(ML-DSA-44), V(ML-DSA-65) and V(ML-DSA-87) need cryptography 48 on the host.
      - V(RSA-OAEP-256), V(ECDH-ES) (P-256) and V(ECDH-ES-X25519) are for encryption.
    type: str
    choices:
      - RS256
      - RS384
      - RS512
      - PS256
      - PS384
      - PS512
      - ES256
      - ES384
      - ES512
      - ES256K
      - EdDSA
      - Ed25519
      - Ed448
      - ML-DSA-44
      - ML-DSA-65
      - ML-DSA-87
      - RSA-OAEP-256
      - ECDH-ES
      - ECDH-ES-X25519
    default: RS256
    aliases: [alg]
  size:
    description:
      - Bits of an RSA key, from 2048 to 8192; V(4096) by default. Only for RSA keys.
      - Fewer than 3072 draw a warning, because NIST ends the use of 112-bit strength after 2030.
    type: int
  format:
    description:
      - How the private key is written. V(pkcs8) is what most programs read.
      - V(traditional) is PKCS#1 (RSA) or SEC 1 (EC), and, with a passphrase, the only encrypted form that Go programs
        read (its header says C(4,ENCRYPTED)). In FIPS mode, OpenSSL opens no such file, as it needs MD5; there, use
        V(pkcs8). A warning says so on a host that is in FIPS mode.
      - A key in another format is converted; the key stays the same. V(keep) keeps the format of an existing key, and
        uses PKCS#8 for a new one.
      - A file that not every program reads (lines that are joined, indented or parted by empty ones, an ML-DSA key with
        its expanded half, the newer form of PKCS#8) is rewritten, unless V(keep) leaves it, with a warning.
    type: str
    choices: [pkcs8, traditional, keep]
    default: pkcs8
  passphrase:
    description:
      - The private key is encrypted with it. Eight characters at least; sixteen or more are better.
      - Without it, a new key is unencrypted, and an existing encrypted key is refused rather than decrypted. With it,
        an existing unencrypted key is encrypted.
      - An empty or null one is refused, as it comes from a variable that is not set; see O(encrypted).
    type: raw
  encrypted:
    description:
      - V(false) stores the private key unencrypted, and decrypts an existing one. It excludes O(passphrase) and
        O(generate_passphrase).
      - V(true) makes it an error to give neither of the two.
    type: bool
  previous_passphrases:
    description:
      - Passphrases to try when O(passphrase) does not open the key. The key is then encrypted with O(passphrase), and
        stays the same.
      - An empty one is refused, as it comes from a variable that is not set.
      - They only open existing keys, so the rules for O(passphrase) do not apply to them; they may have up to 1023
        octets, without a NUL.
    type: raw
  generate_passphrase:
    description:
      - Make a passphrase of 256 random bits on the host and keep it in the first file of O(environment), or use the one
        that is already in that file. It never leaves the host.
      - Cannot be combined with O(passphrase).
    type: bool
    default: false
  private_key:
    description:
      - A private key to import instead of generating one, in PEM in any form; encrypted ones are opened with
        O(passphrase) or O(previous_passphrases).
      - Or a private JWK (RFC 7517), as a dictionary or its JSON, which has to have all members of its type. Its C(alg)
        and C(use) have to fit O(algorithm); its C(kid) is not taken over, see O(key_id).
      - If another key exists, O(regenerate) decides.
      - An empty or null one is refused, as it comes from a variable that is not set; another key would be made.
    type: raw
  key_id:
    description:
      - The key ID (C(kid)). V(thumbprint) is the RFC 7638 thumbprint of the key with SHA-256; any other value is used
        as it is.
      - Some authorization servers refuse key IDs with characters other than letters, digits, V(.), V(_) and V(-).
    type: raw
    default: thumbprint
  public_path:
    description:
      - The public key, SPKI in PEM.
      - A file of another kind is never replaced or removed. A certificate, a chain, a private key or an
        C(authorized_keys) file in this place, for example, is refused, and the message says what it is. The same goes
        for the other public files and for O(environment).
    type: path
  jwk_path:
    description: The public JWK.
    type: path
  public_base64_path:
    description:
      - The public key, SPKI in base64 on one line. It is what is between the first and the last line of
        O(public_path), without line breaks.
    type: path
  certificate_path:
    description:
      - A self-signed X.509 certificate of the key, in PEM, for servers that take a public key in no other form. Only a
        self-signed certificate with a common name and nothing else in its subject is ever replaced.
      - It stays the same file for as long as the key and the options stay, and is renewed in the last tenth of its
        life. A renewed one has another fingerprint, so give it to servers that know the key by that.
      - It is valid from a day before it is made, as clocks differ. One that is not valid yet stays, with a warning.
      - An O(algorithm) for encryption has none, and ML-DSA needs a library that signs certificates with it.
    type: path
  certificate_name:
    description: The common name in the certificate, at most 64 characters. Without it, the key ID.
    type: str
  certificate_days:
    description: For how many days the certificate is valid, from 30 to 36500.
    type: int
    default: 3650
  jwk_x5c:
    description: Whether the JWK holds the certificate, as C(x5c) (RFC 7517 section 4.7). It takes O(certificate_path).
    type: bool
    default: false
  pkcs12_path:
    description:
      - A PKCS#12 file with the private key and its certificate, for Java and others that read no PEM. It has the
        passphrase of the key, and the owner, the group and the O(mode) of the private key. It takes
        O(certificate_path).
      - A file that none of the given passphrases opens, or that holds another key, is not replaced.
      - The library writes it in its best encryption, AES-256 since cryptography 38 and three-key Triple DES before.
        Before 38 it writes none with an Ed25519 or Ed448 key; Java reads those since version 15.
    type: path
  pkcs12_name:
    description:
      - The name of the entry in O(pkcs12_path), which Java calls alias. One to 60 of the characters a to z, 0 to 9,
        V(.), V(_) and V(-), because Java does not tell capital letters from small ones.
    type: str
    default: jwt
  environment:
    description:
      - Environment files for the service, a dictionary or a list of dictionaries. Our variables are set in place, every
        other line stays byte for byte. A file with a line that is no assignment, no comment and not blank is refused.
      - The first file holds a generated passphrase; the others get the same values.
      - Each key needs a file or variables of its own. If a file holds the passphrase of another existing key, and no
        option gives that passphrase, nothing is changed.
      - C(path) is the file (required). C(format) is the program that reads it, V(systemd) by default.
      - V(systemd) is C(EnvironmentFile=). V(docker) is C(--env-file) of docker and podman, C(--from-env-file) of
        kubectl, and C(env_file) of Compose with C(format=raw). V(compose) is C(.env) and C(env_file) of Compose 2 and
        later. V(shell) is a file that a POSIX shell or OpenRC reads.
      - V(node) is C(node --env-file), V(dotenv) the npm package, V(python-dotenv) also environs and pydantic-settings.
        The others are V(godotenv), V(ruby-dotenv) and V(phpdotenv).
      - V(envdir) says that C(path) is a directory with one file a variable, for envdir, C(chpst -e) and s6-envdir.
        Files of other variables stay. The file of a variable that is not set is empty, which unsets it.
      - These formats differ, so a file for one program is not readable by all others. A value that a program cannot
        read in any form is refused.
      - A file for V(shell) may hold blank lines, comments and C([export] NAME=value), one on a line. If it holds
        anything else, such as C(NAME=value; export NAME) or a command substitution, it is not changed, and the task
        fails with the number of that line. The same holds for V(node), V(dotenv), V(python-dotenv), V(godotenv),
        V(ruby-dotenv) and V(phpdotenv).
      - C(key_id_variable) (V(PRIVATE_RSA_KEY_ID)), C(passphrase_variable) (V(PRIVATE_KEY_PASSWORD)) and
        C(key_path_variable) (V(PRIVATE_RSA_KEY_FILE_PATH)) name the variables; an empty name turns one off. The
        variable of the passphrase is not in the file when the key is unencrypted.
      - C(key_base64_variable) names one more variable, which holds the private key file itself in base64 on one line,
        for services that read no file. A file with it is a secret, whether the key is encrypted or not. If it holds
        another private key already, which is nowhere else, nothing is changed.
      - C(owner), C(group) and C(mode) (V("0600")) are those of the file.
    type: raw
    suboptions:
      path:
        description: The file, or the directory for C(format=envdir).
        type: path
        required: true
      format:
        description: The program that reads it, see above.
        type: str
        default: systemd
      key_id_variable:
        description: The variable with the key ID. An empty name turns it off, as with the others.
        type: str
        default: PRIVATE_RSA_KEY_ID
      passphrase_variable:
        description: The variable with the passphrase. It is not in the file when the key is unencrypted.
        type: str
        default: PRIVATE_KEY_PASSWORD
      key_path_variable:
        description: The variable with the path of the private key.
        type: str
        default: PRIVATE_RSA_KEY_FILE_PATH
      key_base64_variable:
        description: The variable with the private key file itself, in base64.
        type: str
      removed_variables:
        description:
          - Variables that the file should no longer have. Their lines are removed.
          - While the file names another existing key, a line that this key did not write is refused, because the other
            key may need it.
          - Not with C(format=envdir), where each is a file.
        type: list
        elements: str
        default: []
      owner:
        description: The user that owns the file.
        type: str
      group:
        description: The group of the file.
        type: str
      mode:
        description: The permissions of the file, as octal digits in quotes.
        type: raw
        default: "0600"
  active_link:
    description:
      - A symbolic link to the directory of O(path). It is switched as the last step, by one rename.
      - A service that reads its files through it goes from one whole set to another.
    type: path
  regenerate:
    description:
      - What to do if the existing key does not match O(algorithm), O(size) or O(private_key).
      - V(fail) changes nothing; the message describes the existing key.
      - V(never) keeps it; the results describe the existing key.
      - V(mismatch) replaces it.
      - V(always) makes a new key in each run, and replaces even a file that cannot be read as a key.
    type: str
    choices: [fail, never, mismatch, always]
    default: fail
  backup:
    description:
      - Keep a private key that is replaced or removed as a backup in the same directory, with its thumbprint and the
        time in its name and mode V(0600). An environment file with a passphrase that a backup needs, and that this run
        was not given, is kept likewise.
    type: bool
    default: true
  base_directory:
    description:
      - The topmost directory that belongs to this key alone. It and those below it, down to that of O(path), are
        kept at O(owner), O(group) and O(directory_mode), and O(state=absent) removes the directory of O(path) when
        it is empty. What is missing above it is made with the mode V(0755), and belongs to the user that makes it.
      - Without it, existing directories stay as they are, and missing ones are made with O(owner), O(group) and
        O(directory_mode).
    type: path
  directory_mode:
    description: The permissions of directories that have to be made, as octal digits in quotes.
    type: raw
    default: "0700"
  mode:
    description:
      - The permissions of the private key, as octal digits in quotes, or like V(u=rw,g=r). Wider permissions than
        V("0640") are refused.
    type: raw
    default: "0600"
  owner:
    description:
      - The user that owns the files, and directories that have to be made, a name or a number.
      - Without it, an existing file keeps its own.
    type: str
  group:
    description:
      - The group of the files, and of directories that have to be made, a name or a number.
      - Without it, an existing file keeps its own.
    type: str
  attributes:
    description:
      - The attributes of the private key file, as C(chattr) takes them, V(+i), V(-i) or V(=iA) for example; without a
        sign V(=) is meant. V(=) leaves V(e) alone if it is not named.
      - They are set last. If an immutable or append-only file has to be replaced, removed or given another mode, V(-i)
        or V(-a) removes that attribute first; without these, nothing is changed and the task fails.
      - The file system has to have such attributes, and V(i) and V(a) need root.
      - Without it, they are not examined, and a file that replaces another has none of them.
    type: str
    aliases: [attr]
  public_mode:
    description: The permissions of the public files, as octal digits in quotes. Wider permissions than V("0664") are
      refused.
    type: raw
    default: "0644"
  seuser:
    description:
      - The user part of the SELinux context of the private key and of the environment files; that of the policy by
        default. Public files get what the system gives a new file in their directory.
    type: str
  serole:
    description: The role part of the SELinux context.
    type: str
  setype:
    description: The type part of the SELinux context.
    type: str
  selevel:
    description: The level part of the SELinux context.
    type: str
  lock_timeout:
    description: How many seconds to wait for another run that works on the same directory.
    type: int
    default: 60
notes:
  - A run that completes the key pair stores a record with the private key, as an extended attribute or, if the file
    system has none, as a file C(.NAME.record) in the same directory. A later run that finds everything unchanged opens
    no key.
  - Secrets that are given travel as any C(no_log) argument does. Give them from a vault, and prefer
    O(generate_passphrase), with which there is nothing to give.
seealso:
  - module: keysmith.jwt.jwt_keypairs
  - module: keysmith.jwt.jwks
  - plugin: keysmith.jwt.pem_to_jwk
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Key pair for the service orders, its passphrase made and kept on the host
  keysmith.jwt.jwt_keypair:
    path: /etc/orders/jwt/private.key
    public_path: /etc/orders/jwt/public.key
    jwk_path: /etc/orders/jwt/jwk.json
    format: traditional
    generate_passphrase: true
    environment:
      path: /etc/orders/jwt/env
  register: orders_key

- name: Show the JWK to register
  ansible.builtin.debug:
    var: orders_key.jwk

- name: Unencrypted ES256 key that the service's group reads
  keysmith.jwt.jwt_keypair:
    path: /etc/billing/jwt.pem
    algorithm: ES256
    group: billing
    mode: "0640"

- name: Adopt a key that exists, in the format that it has
  keysmith.jwt.jwt_keypair:
    path: /configs/private.key
    format: keep
    size: 2048
    passphrase: "{{ vault_orders_passphrase }}"
    environment:
      - path: /etc/default/orders
      - path: /srv/orders/.env
        format: compose

- name: Change the passphrase; the key stays
  keysmith.jwt.jwt_keypair:
    path: /configs/private.key
    format: keep
    size: 2048
    passphrase: "{{ vault_orders_passphrase }}"
    previous_passphrases:
      - "{{ vault_orders_passphrase_of_last_year }}"

- name: Import a key from the vault
  keysmith.jwt.jwt_keypair:
    path: /etc/orders/imported.key
    private_key: "{{ vault_orders_private_key }}"

- name: Import a private JWK under its own key ID
  keysmith.jwt.jwt_keypair:
    path: /etc/orders/imported.key
    algorithm: ES256
    private_key: "{{ vault_orders_jwk }}"
    key_id: "{{ vault_orders_jwk.kid }}"

- name: Replace a key of another algorithm, and back it up
  keysmith.jwt.jwt_keypair:
    path: /etc/billing/jwt.pem
    algorithm: ES384
    group: billing
    mode: "0640"
    regenerate: mismatch

- name: Remove a key pair
  keysmith.jwt.jwt_keypair:
    path: /etc/orders/jwt/private.key
    public_path: /etc/orders/jwt/public.key
    jwk_path: /etc/orders/jwt/jwk.json
    environment:
      path: /etc/orders/jwt/env
    state: absent
"""

RETURN = r"""
path:
  description: The private key.
  returned: success
  type: str
  sample: /etc/orders/jwt/private.key
public_path:
  description: The public key.
  returned: success, if O(public_path) is given
  type: str
  sample: /etc/orders/jwt/public.key
jwk_path:
  description: The public JWK.
  returned: success, if O(jwk_path) is given
  type: str
  sample: /etc/orders/jwt/jwk.json
certificate_path:
  description: The certificate.
  returned: success, if O(certificate_path) is given
  type: str
  sample: /etc/orders/jwt/certificate.pem
pkcs12_path:
  description: The PKCS#12 file.
  returned: success, if O(pkcs12_path) is given
  type: str
  sample: /etc/orders/jwt/keystore.p12
certificate:
  description: The certificate in PEM. Missing in check mode if the certificate does not exist yet.
  returned: success, if O(certificate_path) is given
  type: str
  sample: |
    -----BEGIN CERTIFICATE-----
    MIIBQTCB6aADAgECAhQ...
    -----END CERTIFICATE-----
certificate_not_after:
  description: Until when the certificate is valid, in UTC.
  returned: with RV(certificate)
  type: str
  sample: "2036-11-26T08:00:00Z"
certificate_renewal:
  description: From when on a run renews the certificate, in UTC.
  returned: with RV(certificate)
  type: str
  sample: "2035-11-27T08:00:00Z"
fingerprints:
  description:
    - Fingerprints, by which you can find the key or its certificate at a server. Those of files that do not exist yet
      are missing in check mode.
    - With RV(certificate), C(x5t#S256) is the SHA-256 of the certificate in base64url, too.
  returned: success
  type: dict
  contains:
    spki_sha256:
      description: SHA-256 of the public key (SPKI in DER), in hexadecimal digits.
      returned: always
      type: str
      sample: 5f2c6a0d8c0f5a4d1f0b9c9e2d1a7b3c4e5f60718293a4b5c6d7e8f901234567
    spki_sha256_base64:
      description: The same in base64, as Snowflake and GitHub show it after C(SHA256:).
      returned: always
      type: str
      sample: XyxqDYwPWk0fC5yeLRp7PE5fYHGCk6S1xtfo+QEjRWc=
    x5t:
      description: SHA-1 of the certificate in base64url, as used by the JWT header C(x5t) and by Entra ID.
      returned: with RV(certificate)
      type: str
      sample: 3q2-7wABAgMEBQYHCAkKCwwNDg8
public_base64_path:
  description: The public key in base64.
  returned: success, if O(public_base64_path) is given
  type: str
  sample: /etc/orders/jwt/public.b64
key_id:
  description: The key ID.
  returned: if O(state=present), and in check mode if it is known without the key or the key is there
  type: str
  sample: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
thumbprint:
  description: The RFC 7638 thumbprint of the key, with SHA-256.
  returned: if O(state=present), and in check mode if the key is there
  type: str
  sample: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
jwk:
  description: The public JWK, to register or publish.
  returned: if O(state=present), and in check mode if the key is there
  type: dict
  sample:
    kty: RSA
    use: sig
    alg: RS256
    kid: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
    n: 0vx7agoebGcQSuuPiLJXZptN...
    e: AQAB
public_key:
  description: The public key, SPKI in PEM.
  returned: if O(state=present), and in check mode if the key is there
  type: str
  sample: "-----BEGIN PUBLIC KEY-----..."
algorithm:
  description: The C(alg) of the JWK.
  returned: if O(state=present)
  type: str
  sample: RS256
type:
  description: The C(kty) of the JWK, V(RSA), V(EC), V(OKP) or V(AKP).
  returned: if O(state=present)
  type: str
  sample: RSA
size:
  description: Bits of the RSA key.
  returned: if O(state=present), for RSA keys
  type: int
  sample: 4096
curve:
  description: The curve of the key, or the parameter set of an ML-DSA key.
  returned: if O(state=present), for keys other than RSA
  type: str
  sample: P-256
format:
  description:
    - The format of the private key, V(pkcs8) or V(traditional), or V(openssh) of one that O(format=keep) keeps.
  returned: if O(state=present)
  type: str
  sample: traditional
encrypted:
  description: Whether the private key is encrypted.
  returned: if O(state=present)
  type: bool
  sample: true
created:
  description: Whether the key was made, imported or replaced in this run.
  returned: if O(state=present)
  type: bool
  sample: false
rotated_from:
  description: The thumbprint of the key that was replaced.
  returned: if a key that could be read was replaced
  type: str
  sample: NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
backup_file:
  description: The path of the backup of the private key that was replaced or removed.
  returned: if one was, and O(backup=true)
  type: str
  sample: /etc/orders/jwt/private.key.NzbLsXh8.20261123T101500123456Z.bak
changes:
  description:
    - What changed, of V(directory), V(leftovers) (of a run that was killed), V(private_key), V(environment),
      V(public_key), V(jwk), V(public_base64), V(certificate), V(pkcs12), V(attributes) (modes, owners and
      O(attributes)) and V(active_link).
    - A service has to be restarted after V(private_key), V(environment) and V(active_link), and, if it reads them,
      after V(certificate) and V(pkcs12).
  returned: success
  type: list
  elements: str
  sample: [environment]
missing_library:
  description: V(cryptography), if the host has none that works.
  returned: failure for that reason
  type: str
  sample: cryptography
"""

import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils import _module
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import asked as keypair_asked
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import options as keypair_options


def _work(module: _module.QuietModule) -> t.NoReturn:
    options = _module.take(module)
    asked = keypair_asked.asked(options["path"], options)
    remembered = None if module._diff else _module.recall(module, [asked])
    if remembered:
        one = remembered[0][0]
        _module.leave(module, one.result, one.warnings)
    from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import given

    given.run(module, options, asked)


def main() -> t.NoReturn:
    """Options in, one key pair, its public facts out."""
    module = _module.QuietModule(
        argument_spec={**keypair_options.PUBLIC, **keypair_options.SECRETS}, supports_check_mode=True
    )
    _module.guard(module, lambda: _work(module))


if __name__ == "__main__":
    main()
