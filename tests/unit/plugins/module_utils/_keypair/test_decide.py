# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision table of the module, row by row; and what is said of a key, and never said."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import CannotOpen, KeysmithError, NotAKey
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import decide
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair.decide import (
    CONVERT,
    CREATE,
    ENVIRONMENT,
    IMPORT,
    KEEP,
    NONE,
    PASSPHRASE,
    PREVIOUS,
    REPLACE,
)
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, SECOND, wanted
from ansible_collections.keysmith.jwt.tests.unit.made_keys import private

PATH = "/etc/orders/private.key"
ENV = [{"path": "/etc/orders/env"}]
POLICIES = ("fail", "never", "mismatch", "always")
REFUSED = KeysmithError


def key(
    algorithm: str = "ES256",
    container: str = "pkcs8",
    opened_by: str = NONE,
    restriction: str = "",
    fault: str = "",
) -> decide.FoundKey:
    facts = public_facts.facts(private(algorithm).public_key(), restriction)
    return decide.FoundKey(dict(facts.members), restriction, facts.pem, container, opened_by != NONE, opened_by, fault)


EC, RSA = key(), key("RS256")
CLOSED = decide.Found(True, problem=CannotOpen("path: it is encrypted, and no passphrase opens it."))
JUNK = decide.Found(True, problem=NotAKey("path: it is an Ansible Vault file."))
NOTHING = decide.Found()


def found(one: decide.FoundKey, imported: str = "") -> decide.Found:
    return decide.Found(True, one, None, imported)


def decided(on_disk: decide.Found, **options: t.Any) -> t.Any:
    """The decision, or the class of the refusal."""
    given = wanted(PATH, **options)
    passphrase = given.passphrase
    if given.generate_passphrase:
        passphrase = b"from the environment file"
    try:
        return decide.decide(given, on_disk, passphrase)
    except KeysmithError:
        return REFUSED


#: On disk, wanted, and the result with each of: fail, never, mismatch, always.
TABLE: t.Dict[str, t.Tuple[decide.Found, t.Dict[str, t.Any], t.Tuple[t.Any, ...]]] = {
    "nothing": (NOTHING, {}, (CREATE,) * 4),
    "nothing, with a key to import": (NOTHING, {"private_key": "PEM"}, (IMPORT,) * 4),
    "matches": (found(EC), {}, (KEEP, KEEP, KEEP, REPLACE)),
    "matches, RSA": (found(RSA), {"algorithm": "PS256", "size": 2048}, (KEEP, KEEP, KEEP, REPLACE)),
    "wrong format": (found(EC), {"format": "traditional"}, (CONVERT, CONVERT, CONVERT, REPLACE)),
    "any format, kept": (found(key(container="traditional")), {"format": "keep"}, (KEEP, KEEP, KEEP, REPLACE)),
    "OpenSSH's format, kept": (found(key(container="openssh")), {"format": "keep"}, (KEEP, KEEP, KEEP, REPLACE)),
    "OpenSSH's format": (found(key(container="openssh")), {}, (CONVERT, CONVERT, CONVERT, REPLACE)),
    "encrypted as wanted": (found(key(opened_by=PASSPHRASE)), {"passphrase": FIRST}, (KEEP, KEEP, KEEP, REPLACE)),
    "unencrypted, passphrase wanted": (found(EC), {"passphrase": FIRST}, (CONVERT, CONVERT, CONVERT, REPLACE)),
    "encrypted, unencrypted wanted": (
        found(key(opened_by=PREVIOUS)),
        {"encrypted": False, "previous_passphrases": [SECOND]},
        (CONVERT, CONVERT, CONVERT, REPLACE),
    ),
    "encrypted, nothing said of how it is to be": (
        found(key(opened_by=PREVIOUS)),
        {"previous_passphrases": [SECOND]},
        (REFUSED, REFUSED, REFUSED, REPLACE),
    ),
    "encrypted with a previous passphrase": (
        found(key(opened_by=PREVIOUS)),
        {"passphrase": FIRST, "previous_passphrases": [SECOND]},
        (CONVERT, CONVERT, CONVERT, REPLACE),
    ),
    "encrypted with the environment's passphrase, another wanted": (
        found(key(opened_by=ENVIRONMENT)),
        {"passphrase": FIRST, "environment": ENV},
        (CONVERT, CONVERT, CONVERT, REPLACE),
    ),
    "encrypted with the generated passphrase": (
        found(key(opened_by=ENVIRONMENT)),
        {"generate_passphrase": True, "environment": ENV},
        (KEEP, KEEP, KEEP, REPLACE),
    ),
    "unencrypted, a generated passphrase wanted": (
        found(EC),
        {"generate_passphrase": True, "environment": ENV},
        (CONVERT, CONVERT, CONVERT, REPLACE),
    ),
    "encrypted with a previous passphrase, a generated one wanted": (
        found(key(opened_by=PREVIOUS)),
        {"generate_passphrase": True, "environment": ENV, "previous_passphrases": [SECOND]},
        (CONVERT, CONVERT, CONVERT, REPLACE),
    ),
    "no passphrase opens it": (CLOSED, {"passphrase": FIRST}, (REFUSED, REFUSED, REFUSED, REPLACE)),
    "not a key": (JUNK, {}, (REFUSED, REFUSED, REFUSED, REPLACE)),
    "another type": (found(RSA), {}, (REFUSED, KEEP, REPLACE, REPLACE)),
    "another curve": (found(EC), {"algorithm": "ES384"}, (REFUSED, KEEP, REPLACE, REPLACE)),
    "another size": (found(RSA), {"algorithm": "RS256"}, (REFUSED, KEEP, REPLACE, REPLACE)),
    "another type and format": (found(RSA), {"format": "traditional"}, (REFUSED, CONVERT, REPLACE, REPLACE)),
    "for PSS alone, PS256": (
        found(key("RS256", restriction="PS")),
        {"algorithm": "PS256", "size": 2048},
        (KEEP, KEEP, KEEP, REPLACE),
    ),
    "for PSS alone, RS256": (
        found(key("RS256", restriction="PS")),
        {"algorithm": "RS256", "size": 2048},
        (REFUSED, KEEP, REPLACE, REPLACE),
    ),
    "what only we can read": (found(key(fault="is odd")), {}, (CONVERT, CONVERT, CONVERT, REPLACE)),
    "what only we can read, kept": (found(key(fault="is odd")), {"format": "keep"}, (KEEP, KEEP, KEEP, REPLACE)),
    "for PS256 alone, PS512": (
        found(key("RS256", restriction="PS256")),
        {"algorithm": "PS512", "size": 2048},
        (REFUSED, KEEP, REPLACE, REPLACE),
    ),
    "for PS512 alone, PS512": (
        found(key("RS256", restriction="PS512")),
        {"algorithm": "PS512", "size": 2048},
        (KEEP, KEEP, KEEP, REPLACE),
    ),
    "the key to import": (found(EC, EC.thumbprint), {"private_key": "PEM"}, (KEEP, KEEP, KEEP, KEEP)),
    "the key to import, in another format": (
        found(EC, EC.thumbprint),
        {"private_key": "PEM", "format": "traditional"},
        (CONVERT, CONVERT, CONVERT, CONVERT),
    ),
    "another key than the one to import": (
        found(EC, RSA.thumbprint),
        {"private_key": "PEM"},
        (REFUSED, KEEP, REPLACE, REPLACE),
    ),
    # Replacing it by itself cannot help: the import is refused when it is checked.
    "the key to import, of another type": (
        found(RSA, RSA.thumbprint),
        {"private_key": "PEM"},
        (REFUSED, KEEP, REPLACE, REPLACE),
    ),
    "unreadable, with a key to import": (
        JUNK._replace(imported=EC.thumbprint),
        {"private_key": "PEM"},
        (REFUSED, REFUSED, REFUSED, REPLACE),
    ),
}


@pytest.mark.parametrize("row", TABLE)
@pytest.mark.parametrize("policy", POLICIES)
def test_the_decision_table(row: str, policy: str) -> None:
    on_disk, options, results = TABLE[row]
    assert decided(on_disk, regenerate=policy, **options) == results[POLICIES.index(policy)]


@pytest.mark.parametrize(
    ("on_disk", "options", "sentence"),
    [
        (CLOSED, {}, "path: it is encrypted, and no passphrase opens it."),
        (JUNK, {}, "path: it is an Ansible Vault file."),
        (
            found(RSA),
            {},
            "path: %s is of type RSA 2048, but algorithm: ES256 asks for P-256; set algorithm and size to those of "
            "the existing key to keep it, or set regenerate: mismatch to replace it (the old key is backed up)." % PATH,
        ),
        (
            found(RSA),
            {"algorithm": "RS256"},
            "path: %s is of type RSA 2048, but algorithm: RS256 asks for RSA 4096; set algorithm and size to those "
            "of the existing key to keep it, or set regenerate: mismatch to replace it (the old key is backed up)."
            % PATH,
        ),
        (
            found(EC, RSA.thumbprint),
            {"private_key": "PEM"},
            "private_key: %s holds another key than the one to import (its thumbprint is %s); set regenerate: mismatch "
            "to replace it (the old one is backed up), or name another path." % (PATH, EC.thumbprint),
        ),
        (
            found(key(opened_by=PREVIOUS)),
            {"previous_passphrases": [SECOND]},
            "passphrase: %s is encrypted, and no option says whether it should stay encrypted; give a passphrase, or "
            "set encrypted: false to store the key unencrypted." % PATH,
        ),
    ],
)
def test_the_sentence_of_a_refusal(on_disk: decide.Found, options: t.Dict[str, t.Any], sentence: str) -> None:
    given = wanted(PATH, **options)
    with pytest.raises(KeysmithError) as raised:
        decide.decide(given, on_disk, given.passphrase)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("one", "options", "format"),
    [
        (None, {"format": "keep"}, "pkcs8"),
        (None, {"format": "traditional"}, "traditional"),
        (key(container="traditional"), {"format": "keep"}, "traditional"),
        (key("EdDSA"), {"format": "traditional", "regenerate": "never"}, "pkcs8"),
        (RSA, {"format": "traditional", "regenerate": "never"}, "traditional"),
    ],
)
def test_the_format_that_a_file_gets(
    one: t.Optional[decide.FoundKey], options: t.Dict[str, t.Any], format: str
) -> None:
    assert decide.format_of(wanted(PATH, **options), one) == format


@pytest.mark.parametrize(
    ("one", "options", "sentence"),
    [
        (key("RS256", restriction="PS"), {}, "restricted to RSASSA-PSS"),
        (key(container="openssh"), {"format": "keep"}, "OpenSSH's own format, which can be kept but not written"),
    ],
)
def test_keys_that_cannot_be_written(one: decide.FoundKey, options: t.Dict[str, t.Any], sentence: str) -> None:
    with pytest.raises(KeysmithError, match=sentence):
        decide.check_writable(wanted(PATH, **options), one)
