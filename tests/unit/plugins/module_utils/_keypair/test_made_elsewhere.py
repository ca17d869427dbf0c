# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that other programs made, adopted."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.tests.unit import programs
from ansible_collections.keysmith.jwt.tests.unit.key_pairs import FIRST, run
from ansible_collections.keysmith.jwt.tests.unit.made_keys import HAD
from ansible_collections.keysmith.jwt.tests.unit.throw_away_key import FORMS


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    folder = tmp_path / "jwt"
    folder.mkdir(0o700)
    return folder / "private.key"


@pytest.mark.parametrize("bits", [256, 384, 512])
@pytest.mark.parametrize("salt", [0, 20, 32])
def test_rsa_pss_keys_of_openssl(path: Path, bits: int, salt: int) -> None:
    options = ["rsa_keygen_bits:2048", "rsa_pss_keygen_md:sha%d" % bits, "rsa_pss_keygen_mgf1_md:sha%d" % bits]
    given = [word for one in (*options, "rsa_pss_keygen_saltlen:%d" % salt) for word in ("-pkeyopt", one)]
    programs.run("openssl", "genpkey", "-algorithm", "RSA-PSS", *given, "-out", path)
    path.chmod(0o600)
    wanted = {"size": 2048, "format": "keep"}
    assert run(path, algorithm="PS%d" % bits, **wanted)["jwk"]["alg"] == "PS%d" % bits
    for other in {256, 384, 512} - {bits}:
        with pytest.raises(KeysmithError, match=r"RSA 2048 \(PS%d only\), but algorithm: PS%d" % (bits, other)):
            run(path, algorithm="PS%d" % other, **wanted)
    # The algorithm that the key has, where another one is asked for and the key is kept.
    assert run(path, algorithm="RS256", regenerate="never", **wanted)["jwk"]["alg"] == "PS%d" % bits


@pytest.mark.parametrize("bits", [256, 384, 512])
def test_rsa_pss_keys_of_gnutls(path: Path, bits: int) -> None:
    arguments = ("--key-type", "rsa-pss", "--bits", 2048, "--hash", "sha%d" % bits, "--salt-size", 32)
    programs.run("certtool", "--generate-privkey", *arguments, "--outfile", path)
    path.chmod(0o600)
    result = run(path, algorithm="PS%d" % bits, size=2048, format="keep")
    assert result["jwk"]["alg"] == "PS%d" % bits and not result["changed"]


@pytest.mark.parametrize("secret", [None, FIRST])
@pytest.mark.parametrize("form", ["pkcs8", "traditional"])
def test_what_only_we_can_read_is_rewritten(path: Path, form: str, secret: t.Optional[str]) -> None:
    wanted = {"passphrase": secret, "format": form}
    first = run(path, **wanted)
    in_order = path.read_bytes()
    if secret and form == "traditional":
        # Header lines that are joined are no header lines any more: here the lines of the body are parted.
        path.write_bytes(in_order.replace(b"\n-----END", b"\n\n-----END"))
    else:
        path.write_bytes(in_order.replace(b"\n", b" "))
    folded = path.read_bytes()
    kept = run(path, **{**wanted, "format": "keep"})
    assert not kept["changed"] and path.read_bytes() == folded
    assert ["because of format: keep" in text and "OpenSSL" in text for text in kept["warnings"]] == [True]
    check, done = (run(path, check, **wanted) for check in (True, False))
    assert check["changes"] == done["changes"] == ["private_key"] and done["thumbprint"] == first["thumbprint"]
    assert done["warnings"] == [] and not run(path, **wanted)["changed"]
    assert (
        programs.run("openssl", "pkey", "-in", path, "-passin", "pass:%s" % secret, "-pubout").decode()
        == (done["public_key"])
    )


def test_an_ml_dsa_key_of_openssl_is_rewritten_as_its_seed(path: Path) -> None:
    if "ML-DSA-44" not in HAD:
        pytest.skip("this cryptography has no ML-DSA")
    from cryptography.hazmat.primitives import serialization

    programs.run("openssl", "genpkey", "-algorithm", "ML-DSA-44", "-out", path)
    path.chmod(0o600)
    kept = run(path, algorithm="ML-DSA-44", format="keep")
    assert not kept["changed"] and "expanded key" in kept["warnings"][0]
    assert run(path, algorithm="ML-DSA-44")["changes"] == ["private_key"]
    serialization.load_pem_private_key(path.read_bytes(), None)


def test_a_file_with_a_certificate_beside_the_key_is_left(path: Path) -> None:
    path.write_text(FORMS["PKCS#8"] + FORMS["certificate"])
    path.chmod(0o600)
    before = path.read_bytes()
    for options in (
        {},
        {"format": "keep"},
        {"format": "traditional"},
        {"regenerate": "mismatch", "algorithm": "ES384"},
    ):
        with pytest.raises(KeysmithError, match="^path: .* holds a certificate beside the private key, which would be"):
            run(path, **options)
    assert path.read_bytes() == before


def test_a_key_with_its_certificate_is_imported(path: Path) -> None:
    result = run(path, private_key=FORMS["PKCS#8"] + FORMS["certificate"])
    assert result["public_key"].split() == FORMS["SPKI"].split() and b"CERTIFICATE" not in path.read_bytes()
