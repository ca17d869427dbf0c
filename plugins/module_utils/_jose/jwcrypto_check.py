# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Use jwcrypto as a second opinion on each returned JWK, and to turn a JWK into a key.

For the controller, where a current jwcrypto is a requirement of the collection. Hosts never need it: what some
distributions ship drops leading zeros of the coordinates of the keys that it converts.
"""

from __future__ import annotations

import contextlib
import sys
import typing as t

from .._errors import KeysmithError, MissingLibrary
from . import jwk as jose_jwk
from .jwk_checks import Jwk
from .wording import named


def library() -> t.Any:
    """Return the module jwcrypto.jwk; MissingLibrary names the package and the Python that lacks it."""
    try:
        from jwcrypto import jwk
    except ModuleNotFoundError:
        problem = "is missing"
    except (ImportError, AttributeError):
        # jwcrypto 1.5.7 and later with an old cryptography, or an old jwcrypto with a new one.
        problem = "does not work with the cryptography beside it"
    else:
        return jwk
    raise MissingLibrary(
        "The Python package jwcrypto %s; install a current jwcrypto and cryptography for %s."
        % (problem, sys.executable)
    )


def confirm(jwk: Jwk, name: str, public: t.Any = None) -> None:
    """Refuse unless jwcrypto loads the JWK and computes the same thumbprint.

    ``name`` is how messages call the JWK. ``public``: the key (of cryptography) that jwcrypto has to make of it, too.
    """
    _confirm(library(), jwk, name, public)


def confirm_all(jwks: t.Iterable[t.Tuple[Jwk, str]]) -> None:
    """Confirm many JWKs, each with its name."""
    jwcrypto = library()
    for jwk, name in jwks:
        _confirm(jwcrypto, jwk, name, None)


def confirm_if_there(jwks: t.Sequence[t.Tuple[Jwk, str]]) -> None:
    """Confirm many JWKs if jwcrypto is installed and works, which it need not on hosts."""
    if jwks:
        with contextlib.suppress(MissingLibrary):
            confirm_all(jwks)


def _confirm(jwcrypto: t.Any, jwk: Jwk, name: str, public: t.Any) -> None:
    if not knows(jwk):
        return
    opinion = _load(jwcrypto, jwk)
    agrees = opinion is not None and opinion.thumbprint() == jose_jwk.thumbprint(jwk)
    if not agrees or (public is not None and not _is_key(jwcrypto, opinion, public)):
        raise KeysmithError(
            "%s: jwcrypto reads another key from the JWK, so the JWK is not returned; update jwcrypto, and report this "
            "if it happens again." % named(name, jwk)
        )


def knows(jwk: Jwk) -> bool:
    """Check whether jwcrypto, with its cryptography, supports this kind of key. ML-DSA is new."""
    if jwk["kty"] != "AKP":
        return True
    return jwk["alg"] in getattr(library(), "ImplementedAKPAlgorithms", ())


def public_pem(jwk: Jwk) -> str:
    """Return a public JWK as SPKI in PEM; KeysmithError if jwcrypto cannot make a key of it."""
    opinion = _load(library(), jwk) if knows(jwk) else None
    pem = None if opinion is None else _pem(opinion)
    if pem is None:
        raise KeysmithError("the installed jwcrypto and cryptography cannot make a key of this JWK; update them.")
    return pem


def private_members(key: t.Any) -> t.Dict[str, str]:
    """Return the members that only the private JWK of a key has: d, for RSA p, q, dp, dq, qi, for AKP priv."""
    jwk = library()
    try:
        exported = jwk.JWK.from_pyca(key).export_private(as_dict=True)
    except (jwk.JWException, ValueError, TypeError):
        exported = {}
    members = {name: str(value) for name, value in exported.items() if name in jose_jwk.PRIVATE}
    if members:
        return members
    raise KeysmithError("the installed jwcrypto cannot make a private JWK of this kind of key; update it.")


def _is_key(jwcrypto: t.Any, opinion: t.Any, public: t.Any) -> bool:
    """Compare jwcrypto's key with this one by PEM: before cryptography 40, two of its keys are never equal."""
    try:
        if opinion.get_op_key("verify") == public:
            return True
    except (jwcrypto.JWException, ValueError, TypeError, KeyError):
        return False
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    return bool(_pem(opinion) == pem)


def _load(jwcrypto: t.Any, jwk: Jwk) -> t.Any:
    """Load the key of the JWK. Of its other members, jwcrypto checks only the form."""
    try:
        return jwcrypto.JWK(**{member: jwk[member] for member in jose_jwk.REQUIRED[jwk["kty"]]})
    except (jwcrypto.JWException, ValueError, TypeError, KeyError):
        return None


def _pem(opinion: t.Any) -> t.Optional[str]:
    try:
        return str(opinion.export_to_pem().decode("ascii"))
    except (library().JWException, ValueError, TypeError, KeyError):
        return None
