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
      name:
        description:
        - Used in paths, outputs and messages. Letters, digits, C(.), C(_) and C(-).
        type: str
        required: true
      hosts:
        description:
        - The hosts or groups of the inventory that may have this service. Keys of this service
          from any other host are neither shared nor published, whatever the variables of that
          host say.
        - One host's item with the list is enough. It then applies to all hosts of the run.
        type: raw
      state:
        description:
        - V(present) keeps its key pairs in place. V(absent) removes the service, with the key
          pairs of all its versions, its lines in environment files, its drop-in, its history
          and its files on the controller. Files of others stay.
        - No service is stopped; the play names those that still run. C(--check --diff) shows
          first what would be removed.
        type: str
        default: present
      backup:
        description:
        - Whether the private keys of a service that is removed are kept as backups in their
          directories. V(false) deletes them for good. Backups of earlier runs stay.
        type: raw
      directory:
        description:
        - Where the versions and the link C(current) are. A C(~) is the home of the user on
          the host.
        type: path
      versions:
        description:
        - A list of the versions of the key, each with a key of its own. All of them are published.
        - To rotate, add a version, run, let the other side know the new key, make it O(services[].active),
          run, then move the old one to O(services[].retired), and run.
        - A version is a name, so a number such as V("1") or V("2026.10") needs quotes. The
          same goes for O(services[].active), O(services[].retired) and O(services[].key_id).
        type: raw
      active:
        description:
        - The version that C(current) leads to.
        - If it is left out, the active version stays active; in a first run, the only version
          becomes active. Adding a version never makes it active.
        type: str
      retired:
        description:
        - A list of the versions whose keys are removed for good. Their folders are removed,
          too, unless they hold something else, such as the backup of a replaced key.
        - A run never removes the version that is active at its start. While a restart is due,
          it removes no version, because the service may still use the old key. The service
          is then refused, and nothing of it changes.
        type: raw
      rotation:
        description:
        - 'How long keys live, as in C({every: 90d, publish: 24h, keep: 25h}). The daily run
          then takes the steps that are due, so leave out C(versions), C(active) and C(retired).'
        - A key that is older than C(every) gets a successor. The successor becomes active once
          it has been published for C(publish), which has to cover the time for which verifiers
          cache keys. The old key is removed once the new one has been in use for C(keep), which
          has to cover the lifetime of a token as well.
        - C(token_lifetime) is optional, and only compared with C(keep).
        - Durations are whole numbers with a unit, C(m), C(h), C(d) or C(w).
        type: raw
      rotate:
        description:
        - V(now) begins a rotation early. Give it once, with C(-e signing_key_rotate=now).
        - V(compromised) replaces keys that may have been stolen, in one run. The new key is
          published and proved, becomes active, and once the restart has succeeded, the old
          keys are removed and published no longer. The run does not wait for C(publish) and
          C(keep), so verifiers refuse tokens of the old key from then on. A service without
          O(services[].restart) keeps the old keys until the next run.
        type: raw
      algorithm:
        description:
        - The algorithm of the key, one of those that the module P(keysmith.jwt.jwt_keypair#module)
          supports, such as V(RS256), V(PS256), V(ES256) or V(EdDSA). It decides the type of
          the key.
        type: str
      size:
        description:
        - Bits of an RSA key, 2048 to 8192. For other keys, an item with it is refused, and
          a value for all services has no effect.
        type: raw
      format:
        description:
        - How the private key is written. V(traditional) (PKCS#1, SEC 1) is what most services
          can read when the key is encrypted, V(pkcs8) is the modern form, V(keep) leaves a
          key in the form that it has.
        - Without it, V(traditional) for RSA and EC keys, and V(pkcs8) for the others, which
          have no other form.
        - On hosts in FIPS mode, use V(pkcs8); OpenSSL opens no encrypted key in the traditional
          form there.
        type: str
      key_id:
        description:
        - The C(kid). V(thumbprint) is the key's RFC 7638 thumbprint, which differs from host
          to host as the keys do; any other value is used as it is, with C({name}) for the name
          of the service.
        - Hosts whose public keys are in one C(signing_key_output_directory) cannot have one
          key ID for different keys. That is refused before a key is made.
        - With more than one version, a dictionary with one for each.
        type: raw
      regenerate:
        description:
        - What to do with an existing key that does not have the algorithm and size of the options.
          V(fail) refuses it, V(never) keeps it, V(mismatch) replaces it and V(always) makes
          a new one in each run. A key that is replaced is backed up.
        type: str
      encrypted:
        description:
        - V(false) stores the private key unencrypted. Otherwise it is encrypted with O(services[].passphrase),
          or with a passphrase that the host generates.
        - If an item sets this or O(services[].passphrase), neither of the two is taken from
          the settings for all services.
        type: raw
      passphrase:
        description:
        - The passphrase of the private key. Without it, one is generated on the host, where
          the environment file holds it.
        - An empty one is refused, as it comes from a variable that is not set; see O(services[].encrypted).
        type: raw
      previous_passphrases:
        description:
        - Passphrases that open the existing key. It is then encrypted with O(services[].passphrase),
          or with one that the host generates.
        type: raw
      owner:
        description:
        - The user that owns the files. By default, the user who creates them.
        type: str
      group:
        description:
        - The group of the files. With it, the directories have mode 0750, without it 0700.
        type: str
      mode:
        description:
        - The permissions of the private key, as octal digits in quotes, V("0640") at the widest.
          The public files have mode 0644.
        type: raw
      environment:
        description:
        - The environment file C(env) of each version. What an item leaves out is taken from
          the variable C(signing_key_environment).
        type: raw
        suboptions:
          format:
            description:
            - The program that reads it. V(systemd) is C(EnvironmentFile=). V(docker) is C(--env-file)
              of docker and podman, and C(--from-env-file) of kubectl. V(compose) is Compose
              2 and later, V(shell) a POSIX shell.
            - V(node) is C(node --env-file), V(dotenv) the npm package. The others are V(python-dotenv),
              V(godotenv), V(ruby-dotenv) and V(phpdotenv).
            - V(envdir) is not possible, because a version has one file. For runit, s6 and daemontools,
              use V(shell), and let the script that starts the service read C(current/env).
            type: str
            default: systemd
          variables:
            description:
            - The names of the variables. An empty name leaves the variable out.
            - When a name changes, the line with the old name is removed, if it still belongs
              to this key.
            type: raw
            suboptions:
              passphrase:
                description:
                - Holds the passphrase of the private key.
                type: str
                default: PRIVATE_KEY_PASSWORD
              key_id:
                description:
                - Holds the key ID.
                type: str
                default: PRIVATE_RSA_KEY_ID
              key_path:
                description:
                - Holds the path of the private key.
                type: str
                default: PRIVATE_RSA_KEY_FILE_PATH
              key_base64:
                description:
                - Holds the private key itself, its file in base64 on one line, for services
                  that read no file. Without a name, the file does not have this variable.
                type: str
          owner:
            description:
            - The user that owns the file. By default, the user who creates it; systemd reads
              it as root.
            type: str
          group:
            description:
            - The group of the file.
            type: str
          mode:
            description:
            - The permissions of the file, as octal digits in quotes, V("0640") at the widest.
            type: raw
            default: '0600'
          path:
            description:
            - Another file that gets the same variables, with the values of the active version,
              for example the C(.env) of a compose project. Its other lines stay as they are.
            type: path
      outputs:
        description:
        - A list of further files in the folder of each version. V(certificate) is C(certificate.pem),
          a self-signed X.509 certificate of the key, with the name of the service. V(pkcs12)
          is C(keystore.p12) for Java, with the key and that certificate under the alias C(jwt),
          and the passphrase of the key. V(public_base64) is C(public.b64), the public key in
          base64 on one line.
        - The certificate is renewed in the last tenth of its life; the key stays.
        type: raw
      certificate_days:
        description:
        - For how many days the certificate is valid, 30 to 36500.
        type: raw
      jwk_x5c:
        description:
        - Whether the JWK holds the certificate, as C(x5c). Not with O(services[].shared).
        type: raw
      shared:
        description:
        - Whether the hosts that have this service have one key for all, each with a passphrase
          of its own. One of them makes it, the others get a copy that is encrypted on its way
          from host to host, so that the controller never has the key. A host that is added
          later gets the same key.
        - A list of hosts or groups of the inventory, the same on all of them. V(true) is refused,
          because each host could then claim to be one of them.
        - A missing key is copied from a host of the list that is in the same run and holds
          it. It is made only when all hosts of the list are in the run, in one batch of C(serial),
          and have answered that they do not hold it.
        type: raw
      systemd_unit:
        description:
        - The unit that reads C(current/env). The role writes a drop-in with C(EnvironmentFile=)
          for it.
        type: str
      systemd_credentials:
        description:
        - Whether O(services[].systemd_unit) gets the private key as a credential (C(LoadCredential=)),
          so that a unit with C(User=) or C(DynamicUser=) reads it while the file stays C(0600)
          and root's. It needs systemd 250 or later.
        - The variable with the path of the key is then in the drop-in, as C(%d/private.key),
          and not in the environment file. The passphrase and the key ID stay in the environment
          file, which systemd reads as root.
        - 'A unit that still uses the plain file keeps its path until the drop-in exists: in
          the run that turns this on, the path is removed from the environment file last.'
        type: raw
      restart:
        description:
        - A list of services of the host's init system to restart when the files of the active
          version, or the drop-in, have changed. The handler runs when everything is in place.
        - A due restart is recorded on the host until it has succeeded, so if a play ends before
          it, the next run does it.
        type: raw
      verify:
        description:
        - How to prove that the authorization server accepts the key, by asking it for a token.
          It is for C(ansible-playbook keysmith.jwt.verify). What an item leaves out is taken
          from the variable C(signing_key_verify).
        - A dictionary with the options of P(keysmith.jwt.jwt_client_assertion#module) that
          say which server to ask, as which client, and for what. These are C(token_endpoint),
          C(client_id) or C(credentials), C(audience), C(scope), C(form), C(claims), C(headers),
          C(lifetime), C(not_before), C(validate_certs), C(ca_path), C(client_cert), C(client_key),
          C(use_proxy) and C(timeout).
        - In a rotation, the next key becomes active once the server has accepted it.
        - Without it, the service is not verified.
        type: raw
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
      name:
        description: Its name, by which its result is found.
        type: str
        required: true
      path:
        description: See O(keysmith.jwt.jwt_keypair#module:path).
        type: path
        required: true
      state:
        description: See O(keysmith.jwt.jwt_keypair#module:state).
        type: str
        choices:
        - present
        - absent
        default: present
      algorithm:
        description: See O(keysmith.jwt.jwt_keypair#module:algorithm).
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
      size:
        description: See O(keysmith.jwt.jwt_keypair#module:size).
        type: int
      format:
        description: See O(keysmith.jwt.jwt_keypair#module:format).
        type: str
        choices:
        - pkcs8
        - traditional
        - keep
        default: pkcs8
      encrypted:
        description: See O(keysmith.jwt.jwt_keypair#module:encrypted).
        type: bool
      generate_passphrase:
        description: See O(keysmith.jwt.jwt_keypair#module:generate_passphrase).
        type: bool
        default: false
      key_id:
        description: See O(keysmith.jwt.jwt_keypair#module:key_id).
        type: raw
        default: thumbprint
      public_path:
        description: See O(keysmith.jwt.jwt_keypair#module:public_path).
        type: path
      jwk_path:
        description: See O(keysmith.jwt.jwt_keypair#module:jwk_path).
        type: path
      public_base64_path:
        description: See O(keysmith.jwt.jwt_keypair#module:public_base64_path).
        type: path
      certificate_path:
        description: See O(keysmith.jwt.jwt_keypair#module:certificate_path).
        type: path
      certificate_name:
        description: See O(keysmith.jwt.jwt_keypair#module:certificate_name).
        type: str
      certificate_days:
        description: See O(keysmith.jwt.jwt_keypair#module:certificate_days).
        type: int
        default: 3650
      jwk_x5c:
        description: See O(keysmith.jwt.jwt_keypair#module:jwk_x5c).
        type: bool
        default: false
      pkcs12_path:
        description: See O(keysmith.jwt.jwt_keypair#module:pkcs12_path).
        type: path
      pkcs12_name:
        description: See O(keysmith.jwt.jwt_keypair#module:pkcs12_name).
        type: str
        default: jwt
      environment:
        description: See O(keysmith.jwt.jwt_keypair#module:environment).
        type: raw
      active_link:
        description: See O(keysmith.jwt.jwt_keypair#module:active_link).
        type: path
      regenerate:
        description: See O(keysmith.jwt.jwt_keypair#module:regenerate).
        type: str
        choices:
        - fail
        - never
        - mismatch
        - always
        default: fail
      backup:
        description: See O(keysmith.jwt.jwt_keypair#module:backup).
        type: bool
        default: true
      base_directory:
        description: See O(keysmith.jwt.jwt_keypair#module:base_directory).
        type: path
      directory_mode:
        description: See O(keysmith.jwt.jwt_keypair#module:directory_mode).
        type: raw
        default: '0700'
      mode:
        description: See O(keysmith.jwt.jwt_keypair#module:mode).
        type: raw
        default: '0600'
      owner:
        description: See O(keysmith.jwt.jwt_keypair#module:owner).
        type: str
      group:
        description: See O(keysmith.jwt.jwt_keypair#module:group).
        type: str
      attributes:
        description: See O(keysmith.jwt.jwt_keypair#module:attributes).
        type: str
      public_mode:
        description: See O(keysmith.jwt.jwt_keypair#module:public_mode).
        type: raw
        default: '0644'
      seuser:
        description: See O(keysmith.jwt.jwt_keypair#module:seuser).
        type: str
      serole:
        description: See O(keysmith.jwt.jwt_keypair#module:serole).
        type: str
      setype:
        description: See O(keysmith.jwt.jwt_keypair#module:setype).
        type: str
      selevel:
        description: See O(keysmith.jwt.jwt_keypair#module:selevel).
        type: str
      lock_timeout:
        description: See O(keysmith.jwt.jwt_keypair#module:lock_timeout).
        type: int
        default: 60
"""
