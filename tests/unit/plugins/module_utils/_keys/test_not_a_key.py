# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people give instead of a key, and the sentence that they get."""

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import NotAKey
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import not_a_key, pem
from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS

PUBLIC = FORMS["SPKI"].strip()
DER = base64.b64decode("".join(PUBLIC.split("\n")[1:-1]))

INSTEAD: t.Dict[str, t.Tuple[t.Union[str, bytes], str]] = {
    "nothing": ("", "is empty"),
    "blank space": (" \r\n\t\n", "is empty"),
    "None": ("None", "is probably not set"),
    "null": (" null\n", "is probably not set"),
    "omit": ("__omit_place_holder__8f3", "is probably not set"),
    "template": ("{{ orders_key }}", "template"),
    "vault text": ("$ANSIBLE_VAULT;1.1;AES256\n3162636130\n", "Vault"),
    "path": ("/etc/orders/jwt/v1/private.key", "is a path"),
    "path at home": ("~/private.key", "is a path"),
    "path on Windows": ("C:\\keys\\private.key", "is a path"),
    "file name": ("private.pem", "is a file name"),
    "URL": ("https://example.com/key.pem", "is a URL"),
    "file URL": ("file:///etc/key.pem", "is a URL"),
    "JWK": ('{"kty": "RSA", "n": "AQAB"}', "is a JWK,"),
    "JWK Set": ('{"keys": [{"kty": "RSA"}]}', "is a JWK Set"),
    "XML": ("<RSAKeyValue><Modulus>", "is XML"),
    "quoted": ('"%s"' % PUBLIC, "quotes or JSON"),
    "inside JSON": ('{"key": "%s"}' % PUBLIC.replace("\n", "\\n"), "quotes or JSON"),
    "escaped line breaks": (PUBLIC.replace("\n", "\\n"), "backslash and n"),
    "escaped line breaks after a name": ("KEY=" + PUBLIC.replace("\n", "\\r\\n"), "backslash and n"),
    "base64 of PEM": (base64.b64encode(PUBLIC.encode()), "b64decode"),
    "base64 of PEM, wrapped": (base64.encodebytes(PUBLIC.encode()), "b64decode"),
    "the inside of PEM": (base64.encodebytes(DER), "lines are missing"),
    "hexadecimal": (DER.hex(), "hexadecimal"),
    "DER": (DER, "is DER"),
    "PKCS#12": (b"\x30\x82\x09\xcf\x02\x01\x03\x30" + bytes(range(1, 100)), "PKCS#12"),
    "PKCS#12 in PEM": (PUBLIC.replace("PUBLIC KEY", "PKCS12"), "PKCS#12"),
    "PKCS#7": (PUBLIC.replace("PUBLIC KEY", "PKCS7"), "PKCS#7"),
    "UTF-16": (PUBLIC.encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": (PUBLIC.encode("utf-16-be"), "UTF-16"),
    "NUL before": (b"\0" + PUBLIC.encode(), "NUL"),
    "NUL inside": (PUBLIC.encode().replace(b"MFkw", b"MF\0kw"), "NUL"),
    "Latin-1 before": (b"\xe9\xe8 " + PUBLIC.encode(), "not UTF-8"),
    "four dashes": (PUBLIC.replace("-----", "----"), "five dashes"),
    "four dashes on one side": (PUBLIC.replace("KEY-----\n", "KEY----\n", 1), "five dashes on both sides"),
    "small letters": (PUBLIC.replace("PUBLIC KEY", "public key"), "capital letters"),
    "begin in small letters": (PUBLIC.replace("BEGIN", "begin"), "capital letters"),
    "no-break space in the label": (PUBLIC.replace("PUBLIC KEY", "PUBLIC\u00a0KEY"), "plain spaces"),
    "no end": (PUBLIC[: PUBLIC.index("-----END")], "cut short"),
    "another end": (PUBLIC.replace("END PUBLIC", "END PRIVATE"), "cut short"),
    "text before BEGIN": ("key: " + PUBLIC, "line of -----BEGIN"),
    "text after END": (PUBLIC + '";', "line of -----END"),
    "the rest of another block": ("MFkw\n-----END PUBLIC KEY-----\n" + PUBLIC, "more than one block"),
    "a second block cut short": (PUBLIC + "\n-----BEGIN PUBLIC KEY-----\nMFkw", "more than one block"),
    "another label": (PUBLIC.replace("PUBLIC KEY", "SECRET"), "its label is not that of a key"),
    "EC parameters": (FORMS["SEC 1 after its parameters"][:74], "EC parameters alone"),
    "certificate request": (PUBLIC.replace("PUBLIC KEY", "CERTIFICATE REQUEST"), "certificate request"),
    "trusted certificate": (FORMS["trusted certificate"], "openssl x509"),
    "DSA": (PUBLIC.replace("PUBLIC KEY", "DSA PRIVATE KEY"), "DSA"),
    "PGP": ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF==\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----", "PGP"),
    "private key of ssh.com": ("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56w", "puttygen"),
    "private JWK": ('{"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}', "give it to jwt_keypair as private_key"),
    "private JWK, in another order": ('{"d": "AA", "kty": "EC"}', "give it to jwt_keypair as private_key"),
    "private AKP JWK": (
        '{"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "priv": "AA"}',
        "give it to jwt_keypair as private_key",
    ),
    "PKCS#11 URI": ("pkcs11:token=orders;object=jwt", "PKCS#11 module, which stays there"),
    "binary": (DER[:-1], "is binary"),
    "SSH2": ('---- BEGIN SSH2 PUBLIC KEY ----\nComment: "x"\nAAAA\n---- END SSH2 PUBLIC KEY ----', "ssh-keygen -i"),
    "PuTTY": ("PuTTY-User-Key-File-3: ssh-ed25519\n", "puttygen"),
    "age": ("AGE-SECRET-KEY-1QQQQ", "age"),
    "ssh-dss": ("ssh-dss AAAAB3NzaC1kc3M= x", "DSA"),
    "security token": ("sk-ssh-ed25519@openssh.com AAAA x", "security token"),
    "OpenSSH certificate": ("ssh-ed25519-cert-v01@openssh.com AAAA x", "OpenSSH certificate"),
    "authorized_keys with options": ('from="10.0.0.1" ' + FORMS["OpenSSH line"], "give the key line alone"),
    "known_hosts": ("host.example.com " + FORMS["OpenSSH line"], "give the key line alone"),
    "prose": ("the key of orders", "not a PEM key"),
    "passwd": ("root:x:0:0:root:/root:/bin/bash\n", "not a PEM key"),
}


@pytest.mark.parametrize("name", INSTEAD)
def test_what_it_is_instead(name: str) -> None:
    given, sentence = INSTEAD[name]
    text = given.encode() if isinstance(given, str) else given
    with pytest.raises(NotAKey) as raised:
        pem.parse(text, "private_key")
    message = str(raised.value)
    assert message.startswith("private_key: ")
    assert sentence in message
    assert message.endswith(".")
    assert "\n" not in message


@pytest.mark.parametrize("label", sorted(not_a_key._LABELS))
def test_each_label_has_its_sentence(label: str) -> None:
    text = "-----BEGIN %s-----\nMAAA\n-----END %s-----\n" % (label, label)
    with pytest.raises(NotAKey) as raised:
        pem.parse(text.encode(), "pem")
    assert str(raised.value) == "pem: " + not_a_key._LABELS[label]
