# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys and signatures in libraries of other languages; a careless encoder drops the zero octets of their numbers.

For each algorithm, keys whose coordinates begin with a zero octet, and signatures of which R, S or the whole does. Each
library reads the JWK, agrees on the thumbprint where it computes one, accepts the signatures, and refuses another one.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import typing as t
from pathlib import Path

import installed
import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jws
from ansible_collections.keysmith.jwt.plugins.module_utils._jose.jwk import base64url, thumbprint
from ansible_collections.keysmith.jwt.plugins.module_utils._keys.algorithms import ALGORITHMS, Algorithm
from ansible_collections.keysmith.jwt.plugins.plugin_utils._pem_to_jwk import jwk_of
from conftest import need
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa

HERE = Path(__file__).resolve().parent
_CURVES: dict[str, t.Any] = {
    "P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(), "secp256k1": ec.SECP256K1()
}  # fmt: skip
_SEEDS: dict[str, t.Any] = {
    "Ed25519": (ed25519.Ed25519PrivateKey.from_private_bytes, 32),
    "Ed448": (ed448.Ed448PrivateKey.from_private_bytes, 57),
    **{f"ML-DSA-{size}": (getattr(mldsa, f"MLDSA{size}PrivateKey").from_seed_bytes, 32) for size in (44, 65, 87)},
}
NAMES = [name for name, row in ALGORITHMS.items() if row.use == "sig"]
_ML_DSA = {name for name in NAMES if ALGORITHMS[name].type == "AKP"}
#: What a library cannot read: jose has given up the curves secp256k1 and Ed448, Java the first of them. The
#: class for Java has no ML-DSA; jose has what Node.js has.
UNKNOWN = {"jose": {"ES256K", "Ed448"}, "java": {"ES256K", *_ML_DSA}}


class Case(t.NamedTuple):
    """A key with a JWK of ours, and tokens: right ones, and at the end one whose signature is that of another."""

    name: str
    algorithm: Algorithm
    jwk: dict[str, str]
    tokens: list[str]


def keys_of(algorithm: Algorithm) -> t.Iterator[tuple[str, t.Any]]:
    """Private keys with what is special about them."""
    if algorithm.type == "RSA":
        yield "any", rsa.generate_private_key(public_exponent=65537, key_size=2048)
    elif algorithm.type == "EC":
        for coordinate in "xy":
            yield f"{coordinate} begins with zero", _with_short(_CURVES[algorithm.curve], coordinate)
    else:
        yield "the public key begins with zero", _with_zero(*_SEEDS[algorithm.curve])


def _with_zero(from_octets: t.Callable[[bytes], t.Any], width: int) -> t.Any:
    """The first seed whose public key begins with a zero octet."""
    keys = (from_octets(number.to_bytes(width, "big")) for number in range(5000))
    return next(key for key in keys if _raw(key)[0] == 0)


def _with_short(curve: t.Any, coordinate: str) -> t.Any:
    """The first private number, itself with many zero octets, whose point has such a coordinate."""
    shortest = (curve.key_size + 7) // 8 * 8 - (16 if curve.key_size == 521 else 8)
    keys = (ec.derive_private_key(number, curve) for number in range(1, 100000))
    return next(key for key in keys if getattr(key.public_key().public_numbers(), coordinate).bit_length() <= shortest)


def _raw(key: t.Any) -> bytes:
    raw: bytes = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return raw


def tokens_of(key: t.Any, algorithm: Algorithm, kid: str) -> t.Iterator[str]:
    """One for each part of the signature that begins with a zero octet; OKP and AKP have none that means anything."""
    header = {"alg": algorithm.jwk_alg, "kid": kid}
    parts = 2 if algorithm.type == "EC" else 1
    for part in range(parts if algorithm.type in ("RSA", "EC") else 0):
        for number in range(5000):
            signed = f"{base64url(json.dumps(header).encode())}.{base64url(str(number).encode())}"
            signature = jws.signature(key, algorithm, signed.encode())
            if signature[len(signature) * part // parts] == 0:
                yield f"{signed}.{base64url(signature)}"
                break
        else:
            raise AssertionError(f"no signature of {algorithm.name} begins with a zero octet")
    yield jws.compact(key, algorithm, header, {"sub": "orders"})


@pytest.fixture(scope="module", name="cases")
def _cases() -> list[Case]:
    return [case for name in NAMES for case in _cases_of(ALGORITHMS[name])]


def _cases_of(algorithm: Algorithm) -> t.Iterator[Case]:
    for special, key in keys_of(algorithm):
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        jwk = jwk_of(public.decode(), algorithm=algorithm.name)
        tokens = list(tokens_of(key, algorithm, jwk["kid"]))
        other = jws.compact(key, algorithm, {"alg": algorithm.jwk_alg, "kid": jwk["kid"]}, {"sub": "another"})
        wrong = tokens[-1].rpartition(".")[0] + "." + other.rpartition(".")[2]
        yield Case(f"{algorithm.name}, {special}", algorithm, jwk, [*tokens, wrong])


def known_to(library: str, cases: t.Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.algorithm.name not in UNKNOWN[library]]


def expected(cases: t.Iterable[Case]) -> dict[str, list[t.Any]]:
    """By case, the thumbprint, and of each token whether it is right."""
    return {case.name: [thumbprint(case.jwk), *[True] * (len(case.tokens) - 1), False] for case in cases}


def test_each_kind_of_key_and_signature_is_there(cases: list[Case]) -> None:
    assert {case.algorithm.name for case in cases} == set(NAMES)
    for case in cases:
        if case.algorithm.type != "RSA":
            assert any(str(case.jwk.get(name, "")).startswith("A") for name in ("x", "y", "pub"))


def test_jose_of_node(cases: list[Case]) -> None:
    need("npm")
    program = installed.node_modules() / "libraries.js"
    program.write_bytes((HERE / "libraries.js").read_bytes())
    has_ml_dsa = _has_ml_dsa()
    some = [case for case in known_to("jose", cases) if has_ml_dsa or case.algorithm.name not in _ML_DSA]
    given = json.dumps([case._asdict() for case in some])
    assert json.loads(_run(["node", str(program)], given)) == expected(some)


def _has_ml_dsa() -> bool:
    asked = "crypto.subtle.generateKey('ML-DSA-44', false, ['sign']).catch(() => process.exit(1))"
    return subprocess.run(["node", "-e", asked], capture_output=True, check=False).returncode == 0


def test_java(cases: list[Case]) -> None:
    if not shutil.which("java"):
        pytest.skip("java is not here")
    some = known_to("java", cases)
    lines = [
        "\t".join(
            [case.name, case.algorithm.jwk_alg, *(case.jwk.get(name, "-") for name in ("crv", "n", "e", "x", "y"))]
        )
        + "\t"
        + " ".join(case.tokens)
        for case in some
    ]
    printed = _run(["java", str(HERE / "Libraries.java")], "\n".join(lines))
    found = dict(line.split("\t") for line in printed.splitlines())
    assert {name: verdicts.split(" ") for name, verdicts in found.items()} == {
        name: [str(one).lower() for one in verdicts[1:]] for name, verdicts in expected(some).items()
    }


def _run(command: t.Sequence[str], given: str) -> str:
    ended = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
