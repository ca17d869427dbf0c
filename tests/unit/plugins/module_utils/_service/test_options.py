# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for services: what is filled in, and what is refused and in which words."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import given as keypair_given
from ansible_collections.keysmith.jwt.plugins.module_utils._service import options as service_options
from ansible_collections.keysmith.jwt.plugins.module_utils._service import service as service_service


def read(given: t.Any, defaults: t.Any = None) -> t.List[service_service.Service]:
    services, refused = service_options.read(given, defaults or {}, keypair_given.checked)
    assert not refused
    return services


def refused(given: t.Any, defaults: t.Any = None) -> t.Dict[str, str]:
    """Why those that cannot be meant cannot, of which there is at least one, and nothing else is read."""
    services, why = service_options.read(given, defaults or {}, keypair_given.checked)
    assert not services and why
    return why


def test_a_name_is_a_full_configuration() -> None:
    (service,) = read([{"name": "orders"}])
    said = {name: value for name, value in service.options.items() if value not in (None, [])}
    assert said == {
        "state": "present",
        "backup": True,
        "name": "orders",
        "directory": "/etc/orders/jwt",
        "versions": ["v1"],
        "algorithm": "RS256",
        "format": "traditional",
        "key_id": "thumbprint",
        "regenerate": "fail",
        "mode": "0600",
        "certificate_days": 3650,
        "jwk_x5c": False,
        "shared": False,
        "systemd_credentials": False,
        "verify": {},
        "environment": {
            "format": "systemd",
            "owner": None,
            "group": None,
            "mode": "0600",
            "path": None,
            "variables": {
                "passphrase": "PRIVATE_KEY_PASSWORD",
                "key_id": "PRIVATE_RSA_KEY_ID",
                "key_path": "PRIVATE_RSA_KEY_FILE_PATH",
                "key_base64": None,
            },
        },
    }
    assert (service.link, service.secrets) == ("/etc/orders/jwt/current", {})


def test_what_is_said_of_a_proof_goes_over_what_is_said_of_all() -> None:
    defaults = {"verify": {"token_endpoint": "https://h/token", "client_id": "{name}", "scope": "a"}}
    items = [{"name": "orders"}, {"name": "billing", "verify": {"client_id": "b-{name}", "scope": None}}]
    assert [service.options["verify"] for service in read(items, defaults)] == [
        {"token_endpoint": "https://h/token", "client_id": "orders", "scope": "a"},
        {"token_endpoint": "https://h/token", "client_id": "b-billing"},
    ]
    assert refused([{"name": "orders", "verify": "https://h/"}]) == {"orders": "verify: has to be a dictionary."}
    assert refused([{"name": "orders"}], {"verify": True}) == {"orders": "verify: has to be a dictionary."}


def test_items_over_defaults_and_none_says_nothing() -> None:
    defaults = {
        "algorithm": "ES256",
        "group": "all",
        "passphrase": "of all of them",
        "environment": {"mode": "0640", "variables": {"key_id": "KID", "passphrase": "PASS"}},
    }
    item = {
        "name": "orders",
        "algorithm": None,
        "group": "orders",
        "encrypted": "no",
        "environment": {"format": "docker", "variables": {"passphrase": "SECRET"}},
    }
    service, other = read([item, {"name": "other"}], defaults)
    assert (service.options["algorithm"], service.options["group"], other.options["group"]) == (
        "ES256",
        "orders",
        "all",
    )
    assert service.secrets == {} and other.secrets == {"passphrase": "of all of them"}
    assert service.options["encrypted"] is False and other.options["encrypted"] is None
    assert service.options["environment"]["mode"] == "0640" and other.options["environment"]["format"] == "systemd"
    assert service.options["environment"]["variables"] == {
        "passphrase": "SECRET",
        "key_id": "KID",
        "key_path": "PRIVATE_RSA_KEY_FILE_PATH",
        "key_base64": None,
    }
    assert "of all" not in repr(other)


def test_what_a_service_says_of_encryption_wins() -> None:
    for item, common, left in (
        ({"encrypted": False}, {"passphrase": "of all of them"}, (False, {})),
        ({"passphrase": "its own, long"}, {"encrypted": False}, (None, {"passphrase": "its own, long"})),
        ({}, {"encrypted": False}, (False, {})),
        ({"encrypted": True}, {"passphrase": "of all of them"}, (True, {"passphrase": "of all of them"})),
        ({"passphrase": ""}, {}, (None, {"passphrase": ""})),
    ):
        (service,) = read([{"name": "orders", **item}], common)
        assert (service.options["encrypted"], service.secrets) == left


@pytest.mark.parametrize(
    ("algorithm", "said", "size", "form"),
    [
        ("RS256", {}, 3072, "traditional"),
        ("PS512", {"size": 2048}, 2048, "traditional"),
        ("RSA-OAEP-256", {}, 3072, "traditional"),
        ("ES256", {}, None, "traditional"),
        ("ES256", {"size": 2048}, 2048, "traditional"),
        ("ECDH-ES", {}, None, "traditional"),
        ("ECDH-ES-X25519", {}, None, "pkcs8"),
        ("EdDSA", {}, None, "pkcs8"),
        ("ML-DSA-44", {"format": "keep"}, None, "keep"),
    ],
)
def test_size_and_format_follow_the_algorithm(algorithm: str, said: t.Any, size: t.Any, form: str) -> None:
    (service,) = read([{"name": "a", "algorithm": algorithm, **said}], {"size": 3072})
    assert (service.options["size"], service.options["format"]) == (size, form)


def test_the_name_where_it_is_said() -> None:
    defaults = {"directory": "/srv/{name}/", "systemd_unit": "{name}.service", "restart": ["{name}", "proxy"]}
    defaults["environment"] = {"path": "/srv/{name}.env"}
    (service,) = read([{"name": "orders"}], defaults)
    options = service.options
    assert (options["directory"], options["systemd_unit"]) == ("/srv/orders", "orders.service")
    assert (options["restart"], options["environment"]["path"]) == (["orders", "proxy"], "/srv/orders.env")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "missing required arguments: name"),
        ({"name": "a/b"}, "name: has to begin with a letter or a digit"),
        ({"name": "-a"}, "name: has to begin with a letter or a digit"),
        ({"name": ""}, "name: has to begin with a letter or a digit"),
        ({"name": "current"}, "and not to be 'current'."),
        ({"name": "canary in the mine", "environment": 1}, "environment: has to be a dictionary"),
    ],
)
def test_one_without_a_name_is_told_by_its_number(given: t.Any, message: str) -> None:
    services, why = service_options.read([{"name": "fine"}, given], {}, keypair_given.checked)
    assert [service.name for service in services] == ["fine"] and list(why) == ["number 2 of services"]
    assert message in why["number 2 of services"] and "canary" not in why["number 2 of services"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"versions": []}, "versions: one is needed; to remove the service, set state: absent."),
        ({"versions": ["v1", "v1"]}, "versions: one of them is listed twice."),
        ({"versions": ["../x"]}, "versions: has to begin with"),
        ({"versions": ["current"]}, "and not to be 'current'."),
        ({"retired": ["a b"]}, "retired: has to begin with"),
        ({"versions": ["v1", "v2"], "active": "v3"}, "active: v3 is not one of versions, v1, v2."),
        ({"retired": ["v1"]}, "retired: v1 is one of versions, too; remove it from versions first."),
        ({"key_id": "x", "versions": ["v1", "v2"]}, "key_id: each version is another key"),
        ({"key_id": {"v1": "x"}, "versions": ["v1", "v2"]}, "key_id: has no key ID for v2"),
        ({"algorithm": "RS255"}, "value of algorithm must be one of: RS256"),
        ({"environment": "env"}, "environment: has to be a dictionary, and its"),
        ({"environment": {"variables": "x"}}, "environment: has to be a dictionary, and its"),
        ({"environment": {"variables": {"kid": "x"}}}, "environment: variables: there is no option"),
        (
            {"environment": {"variables": {"passphrase": "a b"}}},
            "environment: variables: passphrase: the name of a variable is made of",
        ),
        ({"sizes": 3}, "there is no option sizes; the options are active, algorithm,"),
        ({"sizes": 3}, ", group, hosts, jwk_x5c, "),
        ({"rotaton": {}}, ". Did you mean rotation?"),
        ({"rotation": "90d"}, "rotation: has to be a dictionary."),
        ({"outputs": [{}]}, "outputs: has to be a list of strings."),
        ({"outputs": 3.5, "size": "many"}, "size: has to be a whole number; value of outputs"),
        ({"verify": {"token_endpont": "x"}}, "verify: there is no option token_endpont; the options are audience, "),
        (
            {"verify": {"canary of a secret": "x"}},
            "verify: there is no option of that name; the options are audience, ",
        ),
        ({"key_id": {"v1": None}}, "key_id: YAML reads a name in it as no value"),
        ({"key_id": {"v1": {"x": "canary"}}}, "key_id: has to be a string, not a list or a dictionary"),
        ({"key_id": ["canary"]}, "key_id: has to be a string, not"),
        ({"directory": "relative/x"}, "directory: give an absolute path"),
        (
            {"directory": "/etc/{nam}/jwt"},
            "directory: there is no placeholder {nam}; use {name}, the name of the service.",
        ),
        ({"environment": {"path": "/srv/{service}.env"}}, "environment: path: there is no placeholder {service};"),
        ({"environment": {"format": "envdir"}}, "environment: format envdir is a directory, and a version has one"),
        (
            {"directory": "/usr"},
            "directory: /usr is a system directory, and its owner and mode would be changed; name a",
        ),
        ({"directory": "/etc/"}, "directory: /etc is a system directory"),
        ({"directory": "/var//lib"}, "directory: /var/lib is a system directory"),
        ({"systemd_unit": "../../etc/passwd"}, "systemd_unit: has to be the name of a unit, such as orders or"),
        ({"systemd_unit": "a\nb"}, "systemd_unit: has to be the name of a unit"),
        ({"systemd_unit": "u 2.service"}, "systemd_unit: has to be the name of a unit"),
        ({"systemd_unit": ".."}, "systemd_unit: has to be the name of a unit"),
        ({"systemd_unit": "x" * 201}, "systemd_unit: has to be the name of a unit"),
    ],
)
def test_refusals(given: t.Any, message: str) -> None:
    assert message in refused([{"name": "a", **given}])["a"]


def test_the_others_are_read_all_the_same() -> None:
    services, why = service_options.read(
        [{"name": "a"}, {"name": "b", "sise": 1}, {"name": "c"}], {}, keypair_given.checked
    )
    assert ([service.name for service in services], list(why)) == (["a", "c"], ["b"])


@pytest.mark.parametrize(
    ("second", "messages"),
    [
        ({"name": "a", "directory": "/x"}, {"a": "name: two services have this name; give each a name of its own."}),
        ({"name": "a", "directory": "/x", "sise": 1}, {"a": "there is no option sise; the options are"}),
        (
            {"name": "b", "systemd_unit": "app.service"},
            {
                "a": "systemd_unit: app also belongs to b; give each",
                "b": "systemd_unit: app also belongs to a; give each its own.",
            },
        ),
        (
            {"name": "b", "directory": "/etc/a/jwt/"},
            {
                "a": "directory: /etc/a/jwt also belongs to b; give each its own.",
                "b": "directory: /etc/a/jwt also belongs to a; give each its own.",
            },
        ),
        (
            {"name": "b", "directory": "/etc//a/./jwt"},
            {
                "a": "directory: /etc/a/jwt also belongs to b",
                "b": "directory: /etc/a/jwt also belongs to a; give each its own.",
            },
        ),
    ],
)
def test_of_two_services_with_one_place_neither_is_read(second: t.Any, messages: t.Dict[str, str]) -> None:
    why = refused([{"name": "a", "systemd_unit": "app"}, second])
    assert set(why) == set(messages) and all(why[name].startswith(messages[name]) for name in why)


def test_a_service_is_not_in_the_directory_of_another() -> None:
    """It would be given that one's owner and mode."""
    inner = {"name": "b", "directory": "/etc/a/jwt/v1/b"}
    services, why = service_options.read([{"name": "a"}, inner, {"name": "c"}], {}, keypair_given.checked)
    assert [service.name for service in services] == ["a", "c"]
    assert why == {"b": "directory: /etc/a/jwt/v1/b is inside that of a; give each its own."}


@pytest.mark.parametrize("unit", ["orders", "orders.service", "orders@a-1.service", "dev-x\\x2dy", "a:b_c"])
def test_names_of_units(unit: str) -> None:
    assert read([{"name": "a", "systemd_unit": unit}])


def test_one_name_is_a_list_of_names() -> None:
    (service,) = read([{"name": "a", "versions": "v1", "restart": "orders"}], {"retired": "v0"})
    assert [service.options[name] for name in ("versions", "restart", "retired")] == [["v1"], ["orders"], ["v0"]]


@pytest.mark.parametrize("option", ["versions", "active", "retired", "key_id", "systemd_unit", "restart"])
@pytest.mark.parametrize("value", [2024.1, 2025, False])
def test_what_yaml_took_for_something_else_is_no_name(option: str, value: t.Any) -> None:
    sentence = "%s: YAML reads a name in it as " % option
    assert refused([{"name": "a", option: value}])["a"].startswith(sentence)
    assert refused([{"name": "a"}], {option: value})["a"].startswith(sentence)


@pytest.mark.parametrize(
    ("said", "is_shared"),
    [(False, False), ("false", False), ("no", False), (True, True), ("yes", True)],
)
def test_true_and_false_as_an_inventory_says_them(said: t.Any, is_shared: bool) -> None:
    assert [
        service.is_shared for service in read([{"name": "a", "shared": said}, {"name": "b"}], {"shared": said})
    ] == [is_shared] * 2


def test_what_is_misspelt_is_told_with_what_there_is() -> None:
    message = refused([{"name": "orders", "passphrse": "x"}])["orders"]
    assert message.startswith("there is no option passphrse; the options are ") and "previous_passphrases" in message
    with pytest.raises(
        KeysmithError, match="^defaults: there is no option verisons; the options are .*previous_passphrases"
    ):
        read([{"name": "orders"}], {"verisons": []})


def test_what_is_no_dictionary_of_variables_is_looked_into_too() -> None:
    given = {"name": "a", "environment": {"variables": "a canary secret"}}
    assert ({"variables": "a canary secret"}, {}) in list(service_options.parts(given))
