# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that make private keys, and what becomes of each of their files: one row a way to call one of them."""

from __future__ import annotations

import typing as t

#: Of every key that is encrypted. It protects nothing: the keys are made for a test and thrown away.
PASSPHRASE = "a passphrase for tests"


class Maker(t.NamedTuple):
    """A way to make a key."""

    name: str
    #: A shell script that makes the file ``key`` in an empty folder; $PASS is the passphrase.
    script: str
    algorithm: str
    is_encrypted: bool = False
    #: What the first line of the file with a key has to hold, so that the row is about what it says.
    label: str = "BEGIN"
    #: What the refusal says; empty where the key is adopted.
    refusal: str = ""
    #: A shell script that does what the refusal advises, from ``key`` to ``new``; empty where there is no way.
    advised: str = ""
    #: A command that succeeds where the program can do this.
    needs: str = ""


def _openssl() -> t.Iterator[Maker]:
    rsa = "openssl genrsa -out plain 2048 2>/dev/null"
    legacy = "openssl pkcs8 -topk8 -in key -passin env:PASS -v2 aes-256-cbc -passout env:PASS -out new"
    yield Maker("openssl genrsa", "openssl genrsa -out key 2048", "RS256")
    yield Maker("openssl genrsa -aes256", "openssl genrsa -aes256 -passout env:PASS -out key 2048", "RS256", True)
    yield Maker(
        "openssl genpkey -aes256",
        "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -aes256 -pass env:PASS -out key",
        "RS256",
        True,
        "ENCRYPTED PRIVATE KEY",
    )
    yield Maker(
        "openssl rsa -traditional",
        rsa + "; openssl rsa -traditional -aes256 -passout env:PASS -in plain -out key "
        "2>/dev/null || openssl rsa -aes256 -passout env:PASS -in plain -out key",
        "RS256",
        True,
        "RSA PRIVATE KEY",
    )
    yield Maker(
        "openssl ecparam -genkey", "openssl ecparam -name prime256v1 -genkey -out key", "ES256", False, "EC PARAMETERS"
    )
    yield Maker("openssl genpkey ED25519", "openssl genpkey -algorithm ED25519 -out key", "EdDSA")
    yield Maker("openssl genpkey ED448", "openssl genpkey -algorithm ED448 -out key", "Ed448")
    yield Maker(
        "openssl pkcs8 -scrypt",
        rsa + "; openssl pkcs8 -topk8 -scrypt -passout env:PASS -in plain -out key",
        "RS256",
        True,
        "ENCRYPTED PRIVATE KEY",
    )
    yield Maker(
        "openssl pkcs8 -v1",
        rsa + "; openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout env:PASS -in plain -out key",
        "RS256",
        True,
        "ENCRYPTED PRIVATE KEY",
        "outdated way (PBES1)",
        legacy,
    )
    yield Maker(
        "openssl camellia",
        rsa + "; openssl pkcs8 -topk8 -v2 camellia-256-cbc -passout env:PASS -in plain -out key",
        "RS256",
        True,
        "ENCRYPTED PRIVATE KEY",
        "an unsupported cipher",
        legacy,
    )
    yield Maker(
        "openssl DER",
        rsa + "; openssl rsa -outform DER -in plain -out key",
        "RS256",
        False,
        "",
        "openssl pkey -inform DER",
        "openssl pkey -inform DER -in key -out new",
    )
    yield Maker(
        "openssl PS256 alone",
        "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt "
        "rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -out key",
        "PS256",
    )
    yield Maker(
        "openssl PS256 alone, for PS512",
        "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt "
        "rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -out key",
        "PS512",
        refusal="PS256",
    )
    yield Maker(
        "openssl ML-DSA",
        "openssl genpkey -algorithm ML-DSA-44 -out key",
        "ML-DSA-44",
        needs="openssl list -public-key-algorithms | grep -q ML-DSA-44",
    )


def _ssh_keygen() -> t.Iterator[Maker]:
    make = "ssh-keygen -q -f key "
    yield Maker("ssh-keygen -m PEM", make + '-t rsa -b 2048 -m PEM -N "$PASS"', "RS256", True, "RSA PRIVATE KEY")
    yield Maker(
        "ssh-keygen -m PKCS8", make + '-t rsa -b 2048 -m PKCS8 -N "$PASS"', "RS256", True, "ENCRYPTED PRIVATE KEY"
    )
    yield Maker("ssh-keygen ecdsa", make + "-t ecdsa -b 256 -m PEM -N ''", "ES256", False, "EC PRIVATE KEY")
    yield Maker("ssh-keygen ed25519", make + "-t ed25519 -N ''", "EdDSA", False, "OPENSSH PRIVATE KEY")
    yield Maker(
        "ssh-keygen ed25519 -m PEM", make + '-t ed25519 -m PEM -N "$PASS"', "EdDSA", True, "OPENSSH PRIVATE KEY"
    )
    yield Maker("ssh-keygen rsa", make + '-t rsa -b 2048 -N "$PASS"', "RS256", True, "OPENSSH PRIVATE KEY")
    yield Maker(
        "ssh-keygen -Z chacha20",
        make + '-t ed25519 -Z chacha20-poly1305@openssh.com -N "$PASS"',
        "EdDSA",
        True,
        "OPENSSH PRIVATE KEY",
        "an unsupported cipher",
        'cp key new && ssh-keygen -q -p -Z aes256-ctr -P "$PASS" -N "$PASS" -f new',
    )


def _certtool() -> t.Iterator[Maker]:
    make = "certtool --generate-privkey --outfile key "
    yield Maker("certtool rsa", make + "--key-type rsa --bits 2048", "RS256", False, "Public Key Info")
    # Half of these have a zero too much, which a version of cryptography does not read.
    yield Maker(
        "certtool --no-text ecdsa",
        "for each in 1 2 3 4 5 6 7 8; do " + make + "--no-text --key-type ecdsa --curve "
        "secp256r1; openssl ec -in key -outform DER 2>/dev/null | wc -c | grep -q 121 && break; done",
        "ES256",
    )
    yield Maker("certtool ed25519", make + "--no-text --key-type ed25519", "EdDSA")
    yield Maker("certtool --provable", make + "--no-text --provable --key-type rsa --bits 2048", "RS256")
    yield Maker(
        "certtool rsa-pss", make + "--no-text --key-type rsa-pss --bits 2048 --hash sha256 --salt-size 32", "PS256"
    )
    new = "certtool --version | head -1 | grep -vq ' 3\\.[0-6]\\.\\| 3\\.7\\.[0-8]$'"
    encrypted = make + '--pkcs8 --key-type rsa --bits 2048 --password "$PASS"'
    yield Maker("certtool --pkcs8", encrypted, "RS256", True, "ENCRYPTED PRIVATE KEY", needs=new)
    yield Maker(
        "certtool --pkcs8, PBES1",
        encrypted,
        "RS256",
        True,
        "ENCRYPTED PRIVATE KEY",
        "outdated way (PBES1)",
        "openssl pkcs8 -topk8 -in key -passin env:PASS -v2 aes-256-cbc -passout env:PASS -out new",
        "! { %s; }" % new,
    )


def _others() -> t.Iterator[Maker]:
    botan = 'botan keygen --passphrase="$PASS" '
    yield Maker("botan RSA", botan + "--algo=RSA --params=2048 > key", "RS256", True, "ENCRYPTED PRIVATE KEY")
    yield Maker("botan ECDSA", botan + "--algo=ECDSA --params=secp256r1 > key", "ES256", True, "ENCRYPTED PRIVATE KEY")
    node = (
        "node -e \"const c = require('crypto'), fs = require('fs'), kind = {type: '%s', format: 'pem'%s}; "
        "fs.writeFileSync('key', c.generateKeyPairSync('%s', {modulusLength: 2048, namedCurve: 'P-256'}).privateKey"
        '.export(kind))"'
    )
    cipher = ", cipher: 'aes-256-cbc', passphrase: process.env.PASS"
    yield Maker("node rsa pkcs8", node % ("pkcs8", cipher, "rsa"), "RS256", True, "ENCRYPTED PRIVATE KEY")
    yield Maker("node rsa pkcs1", node % ("pkcs1", cipher, "rsa"), "RS256", True, "RSA PRIVATE KEY")
    yield Maker("node ec sec1", node % ("sec1", cipher, "ec"), "ES256", True, "EC PRIVATE KEY")
    yield Maker("node ed25519", node % ("pkcs8", cipher, "ed25519"), "EdDSA", True, "ENCRYPTED PRIVATE KEY")
    yield Maker(
        "node ml-dsa-44",
        node % ("pkcs8", "", "ml-dsa-44"),
        "ML-DSA-44",
        needs="node -e \"require('crypto').generateKeyPairSync('ml-dsa-44')\"",
    )
    keystore = '-keystore store -storepass "$PASS" -storetype PKCS12'
    yield Maker(
        "keytool, openssl pkcs12",
        "keytool -genkeypair -alias a -keyalg RSA -keysize 2048 -dname CN=x %s 2>/dev/null && "
        "openssl pkcs12 -in store -passin env:PASS -nodes -nocerts -out key" % keystore,
        "RS256",
        False,
        "Bag Attributes",
    )
    yield Maker(
        "keytool",
        "keytool -genkeypair -alias a -keyalg RSA -keysize 2048 -dname CN=x %s 2>/dev/null; mv store key" % keystore,
        "RS256",
        True,
        "",
        "openssl pkcs12 -nocerts",
        "openssl pkcs12 -nocerts -in key -passin env:PASS -passout env:PASS -out new",
    )
    putty = (
        'printf %%s "$PASS" > pass; puttygen -q -t %s --random-device /dev/urandom --new-passphrase pass -o key -O %s'
    )
    yield Maker(
        "puttygen private-openssh", putty % ("rsa -b 2048", "private-openssh"), "RS256", True, "RSA PRIVATE KEY"
    )
    yield Maker("puttygen ed25519", putty % ("ed25519", "private-openssh"), "EdDSA", True, "OPENSSH PRIVATE KEY")
    yield Maker(
        "puttygen",
        putty % ("rsa -b 2048", "private"),
        "RS256",
        True,
        "PuTTY-User-Key-File",
        "puttygen FILE -O",
        'printf %s "$PASS" > pass; puttygen key --old-passphrase pass -O private-openssh-new -o new',
    )
    yield Maker("jose", 'jose jwk gen -i \'{"alg": "ES256"}\' -o key', "ES256", False, "", "a private JWK")
    yield Maker("rnbyc", "rnbyc -j -g EC256 > key", "ES256", False, "", "a JWK Set")


MAKERS: t.Tuple[Maker, ...] = (*_openssl(), *_ssh_keygen(), *_certtool(), *_others())
