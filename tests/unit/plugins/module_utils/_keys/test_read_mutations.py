# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that were changed at random: each is read or refused with one sentence, quickly, and none is read wrongly.

KEYSMITH_FUZZ=100000 tries so many for each kind of change; what fails is printed with what repeats it.
"""

from __future__ import annotations

import base64
import os
import time
import typing as t

from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import public_facts
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import bundle, read
from ansible_collections.keysmith.jwt.plugins.module_utils._keys import pem as keys_pem
from ansible_collections.keysmith.jwt.tests.unit.made_keys import HAD, pem, private, rsa_numbers, rsa_private
from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS, PASSPHRASE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TRIES = int(os.environ.get("KEYSMITH_FUZZ", "150"))
LONGEST = 2.0


def _seeds() -> t.Dict[str, bytes]:
    # scrypt and bcrypt cost a tenth of a second each time; test_unlock.py and test_openssh.py have them.
    seeds = {name: text.encode() for name, text in FORMS.items() if "scrypt" not in name and "OpenSSH, " not in name}
    for name in HAD:
        seeds[name] = public_facts.facts(private(name).public_key()).pem.encode()
        seeds[name + ", private"] = read.private_pem(private(name), "pkcs8")
    seeds["PKCS#1"] = rsa_private(rsa_numbers())
    return seeds


SEEDS = _seeds()
fuzz = settings(
    max_examples=TRIES, deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck)
)


class Change(t.NamedTuple):
    """One change of some octets; places are parts of the length, in 1/65536."""

    kind: str
    place: int
    length: int
    octets: bytes

    def of(self, octets: bytes) -> bytes:
        """The octets after it."""
        at = self.place * len(octets) >> 16
        if self.kind == "flip" and octets:
            at = min(at, len(octets) - 1)
            return octets[:at] + bytes((octets[at] ^ 1 << self.length % 8,)) + octets[at + 1 :]
        if self.kind == "cut":
            return octets[:at] + octets[at + self.length :]
        if self.kind == "repeat":
            return octets[:at] + octets[at : at + self.length] * 2 + octets[at + self.length :]
        if self.kind == "write":
            return octets[:at] + self.octets + octets[at + len(self.octets) :]
        return octets[:at] + self.octets + octets[at:]


changes = st.lists(
    st.builds(
        Change,
        st.sampled_from(["flip", "flip", "flip", "cut", "repeat", "write", "insert"]),
        st.integers(0, 65535),
        st.integers(0, 40),
        st.binary(max_size=8),
    ),
    min_size=1,
    max_size=4,
)
names = st.sampled_from(sorted(SEEDS))


def _check(text: bytes) -> None:
    began = time.process_time()
    try:
        key = read.read(text, [PASSPHRASE], name="pem")
        facts = public_facts.facts(key.public, key.restriction)
        if key.private is not None:
            read.prove(key.private, key.public)
    except KeysmithError as error:
        assert str(error).startswith("pem: ")
        assert str(error).count("\n") == 0
        return
    finally:
        assert time.process_time() - began < LONGEST
    again = read.read(facts.pem.encode(), name="pem")
    assert public_facts.facts(again.public).members == facts.members
    _compare(text, facts)


def _compare(text: bytes, facts: public_facts.Facts) -> None:
    """What the library itself reads in the block has to be the same key."""
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    block = bundle.main_block(keys_pem.parse_all(text, "pem"), "pem")
    if block.headers or block.label not in ("PUBLIC KEY", "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"):
        return
    try:
        if "PUBLIC" in block.label:
            public = serialization.load_pem_public_key(pem(block.label, block.body))
        else:
            public = serialization.load_pem_private_key(pem(block.label, block.body), None).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, InternalError):
        return
    assert public_facts.facts(public).members == facts.members


@fuzz
@given(names, changes)
def test_changed_texts(name: str, made: t.List[Change]) -> None:
    text = SEEDS[name]
    for change in made:
        text = change.of(text)
    _check(text)


@fuzz
@given(names, changes)
def test_changed_contents(name: str, made: t.List[Change]) -> None:
    """The text stays whole, so that the changes get as far as the numbers."""
    lines = SEEDS[name].decode().strip().split("\n")
    ends = [at for at, line in enumerate(lines) if line.startswith("-----")]
    if len(ends) != 2 or ":" in lines[1]:
        return _check(SEEDS[name])
    body = base64.b64decode("".join(lines[1:-1]))
    for change in made:
        body = change.of(body)
    _check(pem(lines[0][11:-5], body))


@fuzz
@given(names, names, st.integers(0, 65535), st.integers(0, 65535))
def test_two_texts_in_one(first: str, second: str, begin: int, end: int) -> None:
    one, other = SEEDS[first], SEEDS[second]
    _check(one[: begin * len(one) >> 16] + other[end * len(other) >> 16 :])
    _check(one + b"\n" + other)


@fuzz
@given(st.binary(max_size=300))
def test_any_octets(octets: bytes) -> None:
    _check(octets)
    for label in keys_pem.LABELS:
        _check(pem(label, octets))
