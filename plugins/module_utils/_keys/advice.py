# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that messages advise. Each is run by a test on a file of its kind, and what it makes is read here.

FILE is what is there, NEW is what is made. No passphrase is in an argument: the programs ask for them, and a key that
was encrypted stays so.
"""

from __future__ import annotations

#: Any encrypted key to PKCS#8 that is read here.
ENCRYPT = "openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out NEW"
#: What it takes in addition where OpenSSL 3 says "unsupported": for DES, RC2, RC4, SEED, Blowfish and CAST5.
LEGACY = "-provider legacy -provider default"
DER_PRIVATE = "openssl pkey -inform DER -in FILE -out NEW"
DER_ENCRYPTED = "openssl pkcs8 -topk8 -v2 aes-256-cbc -inform DER -in FILE -out NEW"
DER_PUBLIC = "openssl pkey -pubin -inform DER -in FILE -out NEW"
DER_CERTIFICATE = "openssl x509 -inform DER -in FILE -out NEW"
TRUSTED_CERTIFICATE = "openssl x509 -in FILE -out NEW"
PKCS12 = "openssl pkcs12 -nocerts -in FILE -out NEW"
#: What it takes in addition where OpenSSL 3 says "unsupported": for RC2 and 3DES of older files.
PKCS12_LEGACY = "-legacy"
PKCS12_IN_PEM = "grep -v -e ----- FILE | openssl base64 -d | openssl pkcs12 -nocerts -out NEW"
ML_DSA_SEED = "openssl pkey -provparam ml-dsa.output_formats=seed-only -in FILE -out NEW"
#: PKCS#8 under a label of its own: CryptX for Perl writes ED25519 PRIVATE KEY and X25519 PRIVATE KEY.
RELABEL = "sed 's/[^ ]*25519 PRIVATE/PRIVATE/' FILE | openssl pkey -out NEW"
RELABEL_ENCRYPTED = "sed 's/[^ ]*25519 PRIVATE/PRIVATE/' FILE | openssl pkcs8 -topk8 -v2 aes-256-cbc -out NEW"
#: These change FILE itself.
OPENSSH_CIPHER = "ssh-keygen -p -Z aes256-ctr -f FILE"
OPENSSH_ROUNDS = "ssh-keygen -p -a 16 -f FILE"
#: For RSA and ECDSA keys: an Ed25519 key stays in OpenSSH's format, whatever is asked for.
OPENSSH_TO_PEM = "ssh-keygen -p -m PEM -f FILE"
SSH2_PUBLIC = "ssh-keygen -i -f FILE > NEW"
PUTTY = "puttygen FILE -O private-openssh -o NEW"

COMMANDS = frozenset(value for name, value in vars().items() if name.isupper())


def encrypt_anew() -> str:
    """Advise what to do with a key whose encryption is not supported."""
    return "convert it with '%s'; where OpenSSL 3 says that it is unsupported, add '%s'" % (ENCRYPT, LEGACY)


def unpack_pkcs12() -> str:
    """Advise what to do with PKCS#12 in binary form."""
    return "take the key out with '%s'; where OpenSSL 3 says that it is unsupported, add '%s'" % (PKCS12, PKCS12_LEGACY)
