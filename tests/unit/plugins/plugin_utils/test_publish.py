# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_publish: the files with the public keys of hosts, and whose keys are left out."""

from __future__ import annotations

import itertools
import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwk as jose_jwk
from ansible_collections.keysmith.jwt.plugins.module_utils._jwk_sets import options as jwk_sets_options
from ansible_collections.keysmith.jwt.plugins.plugin_utils import _publish
from ansible_collections.keysmith.jwt.plugins.plugin_utils._asked import Service
from ansible_collections.keysmith.jwt.plugins.plugin_utils._publish import Offer, items
from ansible_collections.keysmith.jwt.tests.unit import made_keys

OPTIONS = {name: one.get("default") for name, one in jwk_sets_options.arguments().items()}
Jwk = t.Dict[str, t.Any]


def key(number: int = 0, **more: t.Any) -> Jwk:
    """A public key as a host returns it; another number is another key."""
    numbers = made_keys.private("ES256", number).public_key().public_numbers()
    x, y = (jose_jwk.base64url_uint(number, 32) for number in (numbers.x, numbers.y))
    return _named({"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256"}, more)


def rsa(n: int, **more: t.Any) -> Jwk:
    members = {"kty": "RSA", "n": jose_jwk.base64url_uint(n), "e": "AQAB", "use": "sig", "alg": "RS256"}
    return _named(members, more)


def _named(members: Jwk, more: t.Mapping[str, t.Any]) -> Jwk:
    return {**members, "kid": jose_jwk.thumbprint(members), **more}


def offer(host: str, *keys: Jwk, name: str = "orders", **service: t.Any) -> Offer:
    return Offer(host, name, keys, Service(**service))


class Published:
    """A directory on the controller, and what was published there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: t.Mapping[str, t.List[str]] = {}

    def run(self, *offers: Offer, check: bool = False) -> t.Dict[str, t.Any]:
        result, self.problems = _publish.publish(str(self.path), offers, OPTIONS, check, False)
        assert not result.get("failed"), result["msg"]
        return result

    def set(self, name: str = "orders") -> t.List[Jwk]:
        return t.cast(t.List[Jwk], json.loads((self.path / (name + ".jwks.json")).read_text())["keys"])

    def hosts(self) -> t.Set[str]:
        return {path.name.split(".")[0] for path in (self.path / "orders").iterdir()}


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "out")


def test_a_service_has_the_files_of_its_hosts_and_the_set_of_them() -> None:
    first, second = {"kid": "1"}, {"kid": "2"}
    found = items("/out", [offer("a", first, second), offer("c", first)])
    assert found == [
        {"path": "/out/orders/a.jwk.json", "single": True, "jwks": [first]},
        {"path": "/out/orders/a.jwks.json", "jwks": [first, second]},
        {"path": "/out/orders/c.jwk.json", "single": True, "jwks": [first]},
        {"path": "/out/orders/c.jwks.json", "jwks": [first]},
        {"path": "/out/orders.jwks.json", "sources": ["/out/orders"]},
    ]


@pytest.mark.parametrize("host", ["one/two", "../../x", "/etc/x"])
def test_the_name_of_a_host_leads_nowhere(host: str) -> None:
    paths = [os.path.normpath(item["path"]) for item in items("/srv/keys", [offer(host, {"kid": "1"})])]
    assert len(paths) == 3 and all(path.startswith("/srv/keys/orders") for path in paths)


def test_each_directory_is_gone_to_once() -> None:
    """It is locked and looked through each time: with thousands of hosts, going to and fro took minutes."""
    offers = [offer(host, key(number))._replace(versions={"v1": key(number)}) for number, host in enumerate("abc")]
    folders = [
        folder for folder, _items in itertools.groupby(os.path.dirname(one["path"]) for one in items("/o", offers))
    ]
    assert sorted(folders) == ["/o", "/o/orders", "/o/orders/versions"]


def test_what_is_published_is_written_once(published: Published) -> None:
    both = offer("a", key(0), key(1)), offer("b", key(2))
    assert published.run(*both, check=True)["changed"] and not published.path.exists()
    assert published.run(*both)["changed"] and published.set() == [key(0), key(1), key(2)]
    assert not published.run(*both)["changed"] and not published.problems


@pytest.mark.parametrize(
    "bad",
    [
        [],
        [key(number % 3) for number in range(_publish.MOST_KEYS + 1)],
        [{}],
        [{"kty": "EC", "kid": "x"}],
        [key(1, kid="a")],
        [{**key(1), "x": "AAAA"}],
        [{**key(1), "y": key(2)["y"]}],
        [{**key(1), "kty": "oct"}],
        [{"kty": "RSA", "n": "", "e": "", "kid": "x"}],
        [key(1), {name: held for name, held in key(2).items() if name != "kid"}],
    ],
)
def test_one_host_s_bad_keys_keep_no_other_from_being_published(published: Published, bad: t.List[Jwk]) -> None:
    for before in ((), (offer("m", key(3)),)):
        published.run(*before)
        published.run(offer("a", key(0)), offer("m", *bad), offer("b", key(2)), offer("b", key(2), name="bills"))
        assert list(published.problems) == ["m"] and published.problems["m"][0].startswith("orders: ")
        assert [jwk["kid"] for jwk in published.set()] == [
            jwk["kid"] for jwk in (key(0), key(2), *([key(3)] if before else []))
        ]
        assert published.hosts() == {"a", "b", *(["m"] if before else [])} and len(published.set("bills")) == 1


def test_a_key_id_is_a_thumbprint_or_what_was_asked_for(published: Published) -> None:
    published.run(offer("a", key(0, kid="mine"), key(1), key_ids=("mine", "thumbprint")))
    assert not published.problems
    published.run(offer("a", key(0, kid="thumbprint"), key_ids=("other",)))
    assert "an unexpected key ID" in published.problems["a"][0]


def test_a_key_id_of_another_host_s_key_is_taken(published: Published) -> None:
    """Whoever is published already keeps it, whatever comes first in the inventory."""
    published.run(offer("z", key(0, kid="one"), key_ids=("one",)))
    published.run(offer("a", key(1, kid="one"), key_ids=("one",)), offer("z", key(0, kid="one"), key_ids=("one",)))
    assert list(published.problems) == ["a"] and "that of another key, of z" in published.problems["a"][0]
    published.run(offer("a", key(1, kid="one"), key_ids=("one",)))
    assert list(published.problems) == ["a"] and published.set() == [key(0, kid="one")]


def test_a_host_cannot_describe_another_host_s_key_in_other_words(published: Published) -> None:
    published.run(offer("z", key(0)))
    for other in ({"alg": "RS256"}, {"use": "enc"}, {"key_ops": ["encrypt"]}):
        published.run(offer("a", key(0, **other)), offer("z", key(0)))
        assert list(published.problems) == ["a"] and published.set() == [key(0)], other
    # The same words do no harm, and hosts that share a key may change them one after the other.
    published.run(offer("a", key(0)))
    assert not published.problems and published.set() == [key(0)]
    both = key(0, kid="new")
    published.run(offer("a", both, shared=("a", "z"), key_ids=("new",)))
    assert not published.problems


def test_an_rsa_key_with_another_host_s_modulus_in_it_is_left_out(published: Published) -> None:
    """It would make the whole set be refused: both keys could be computed from it."""
    good, other = (rsa(made_keys.rsa_numbers(number)[0]) for number in (0, 1))
    forged = rsa(made_keys.rsa_numbers(0)[0] * (2**127 - 1))
    published.run(offer("z", good))
    published.run(offer("a", forged), offer("b", other), offer("z", good))
    assert list(published.problems) == ["a"]
    assert {jwk["kid"] for jwk in published.set()} == {good["kid"], other["kid"]}


def test_what_is_wrong_with_the_directory_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "orders").write_text("a file")
    result, problems = _publish.publish(str(tmp_path), [offer("a", key(0))], OPTIONS, False, False)
    assert result["failed"] and "orders" in result["msg"] and not problems


def test_a_file_that_is_no_set_is_told_of_where_the_set_is_made(published: Published) -> None:
    published.run(offer("a", key(0)))
    (published.path / "orders" / "gone.jwks.json").write_text("junk")
    result, problems = _publish.publish(str(published.path), [offer("a", key(1))], OPTIONS, False, False)
    assert result["failed"] and "gone.jwks.json" in result["msg"] and not problems
