# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the modules do to files: from what state, with what task, and what may not be lost on the way."""

from __future__ import annotations

import os
import pwd
import re
import typing as t

import judge
from module import Task, run
from place import Place

FIRST, SECOND = "the first passphrase", "another passphrase"
GIVEN = (FIRST, SECOND)
OTHERS_LINES = b"# of the service\nPORT=8080\nDATABASE='a b'\n"
USER = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


class Case(t.NamedTuple):
    """An operation."""

    name: str
    task: Task
    #: Tasks and functions that make the state before it.
    before: t.Sequence[t.Union[Task, t.Callable[[], None]]] = ()
    #: The environment file that the service reads; through the link where there is one.
    service: str = ""
    #: A second one that is kept equal, and has to work at every instant, too.
    also: str = ""
    #: The passphrase that the service has from elsewhere.
    given: str = ""
    #: Whether key and passphrase (or key ID) change in place: two renames, between which the next run is needed.
    window: bool = False
    #: Whether the key that was there has to be the one that is there in the end.
    same_key: bool = False
    #: Whether keys may be gone in the end: asked for in so many words.
    loses: bool = False
    #: The file that a host leaves which waits for its key, and then has nothing else.
    waits: str = ""
    #: The file by which a restart is due from when the service reads another key.
    due: str = ""


class _Paths:
    def __init__(self, root: str) -> None:
        self.top = os.path.join(root, "jwt")
        self.env, self.key = self.of("v1", "env"), self.of("v1", "private.key")
        self.current = self.of("current")
        self.current_env = self.of("current", "env")

    def of(self, *names: str) -> str:
        return os.path.join(self.top, *names)


def cases(place: Place) -> t.List[Case]:
    """All operations, in the directories of ``place``."""
    at = _Paths(place.root)
    made = _made(at)
    return [*_new(place, at, made), *_mended(at, made), *_rewritten(at, made), *_replaced(at, made),
            *_switched(place, at, made), *_removed(place, at, made), *_recovered(place, at, made),
            *_shared(at), *_restarted(at), *_rotated(at)]  # fmt: skip


def _made(at: _Paths, version: str = "v1") -> Task:
    """A whole key pair: generated passphrase, public files, link."""
    return Task(
        {
            "path": at.of(version, "private.key"),
            "public_path": at.of(version, "public.key"),
            "jwk_path": at.of(version, "jwk.json"),
            "environment": {"path": at.of(version, "env")},
            "active_link": at.current,
            "base_directory": at.top,
            "algorithm": "ES256",
            "generate_passphrase": True,
        }
    )


def _all_outputs(at: _Paths) -> t.Dict[str, t.Any]:
    """The files that only some ask for, and the private key in the environment file."""
    return {
        "public_base64_path": at.of("v1", "public.b64"),
        "certificate_path": at.of("v1", "certificate.pem"),
        "pkcs12_path": at.of("v1", "keystore.p12"),
        "jwk_x5c": True,
        "environment": {"path": at.env, "key_base64_variable": "PRIVATE_KEY_BASE"},
    }


def _given(made: Task, passphrase: str, **more: t.Any) -> Task:
    how: t.Dict[str, t.Any] = {"passphrase": passphrase} if passphrase else {"encrypted": False}
    return made.but(generate_passphrase=False, **how, **more)


def _file(path: str, content: bytes, mode: int = 0o600) -> t.Callable[[], None]:
    def write() -> None:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)

    return write


def _new(place: Place, at: _Paths, made: Task) -> t.List[Case]:
    elsewhere = os.path.join(place.other, "etc", "orders.env")
    owned = {"owner": USER.pw_name, "mode": "0640", "directory_mode": "0750", "group": str(USER.pw_gid)}
    plain = made.but(generate_passphrase=False, environment=None, active_link=None, base_directory=None)
    two = [{"path": at.env}, {"path": elsewhere, "format": "docker"}]
    variables = (("passphrase", judge.PASSPHRASE), ("key_id", judge.KEY_ID), ("key_path", judge.PATH))
    beside = {"path": at.env, **{name + "_variable": "OTHER_" + variable for name, variable in variables}}
    return [
        Case("create", made, service=at.current_env),
        Case("create for a user", made.but(**owned, environment={"path": at.env, "owner": USER.pw_name}),
             service=at.current_env),
        Case("create for a user, directories not named", plain.but(**owned)),
        Case("create without an environment file", plain),
        Case("create, environment file on another file system", made.but(environment={"path": elsewhere}),
             [_file(elsewhere, OTHERS_LINES)], elsewhere),
        Case("create, two environment files", _given(made, FIRST, environment=two), service=at.current_env),
        Case("create RSA, traditional", made.but(algorithm="RS256", size=2048, format="traditional"),
             service=at.current_env),
        Case("create, all outputs", made.but(**_all_outputs(at)), service=at.current_env),
        Case("import", plain.but(private_key=_KEY)),
        Case("create two in one task", _batch(made, [("v1", {}), ("v2", {"algorithm": "Ed25519"})]),
             service=at.current_env),
        Case("create two with one environment file", _batch(made, [("v1", {}), ("v2", {"environment": beside})]),
             service=at.current_env),
    ]  # fmt: skip


def _batch(made: Task, items: t.Sequence[t.Tuple[str, t.Dict[str, t.Any]]]) -> Task:
    listed = []
    for version, changes in items:
        arguments = {**made.arguments, **changes, "name": version}
        for option in ("path", "public_path", "jwk_path"):
            arguments[option] = arguments[option].replace("/v1/", "/%s/" % version)
        if "environment" not in changes:
            arguments["environment"] = {"path": made.arguments["environment"]["path"].replace("/v1/", "/%s/" % version)}
        if version != "v1" and "active_link" not in changes:
            del arguments["active_link"]
        listed.append(arguments)
    return Task({"keypairs": listed}, "jwt_keypairs")


def _mended(at: _Paths, made: Task) -> t.List[Case]:
    def spoilt() -> None:
        os.unlink(at.of("v1", "jwk.json"))
        os.chmod(at.key, 0o644)
        os.chmod(at.of("v1"), 0o755)
        os.unlink(at.current)
        os.symlink("v9", at.current)
        with open(at.of("v1", "public.key"), "wb") as file:
            file.write(_OTHER_PUBLIC)
        with open(at.env, "rb") as file:
            content = file.read()
        with open(at.env, "wb") as file:
            file.write(OTHERS_LINES + content.replace(b"_ID=", b"_ID=x"))

    def without_public() -> None:
        os.unlink(at.of("v1", "public.key"))
        os.unlink(at.of("v1", "jwk.json"))

    wider = {"mode": "0640", "group": str(USER.pw_gid), "public_mode": "0640"}
    return [
        Case("mend everything", made, [made, spoilt], at.env, same_key=True),
        Case("mend public files", made, [made, without_public], at.current_env, same_key=True),
        Case("change group and modes", made.but(**wider), [made], at.current_env, same_key=True),
        Case("key ID", made.but(key_id="my-key"), [made], at.current_env, same_key=True),
        Case("attributes", made.but(attributes="+d"), [made], at.current_env, same_key=True),
        Case(
            "convert and take attributes away",
            made.but(attributes="-d", format="traditional"),
            [made.but(attributes="+d")],
            at.current_env,
            same_key=True,
        ),
    ]


def _rewritten(at: _Paths, made: Task) -> t.List[Case]:
    """The same key in another form."""
    nameless = {"path": at.env, "key_id_variable": "", "key_path_variable": ""}
    plain = made.but(generate_passphrase=False)
    kept: t.Dict[str, t.Any] = {"service": at.current_env, "same_key": True}
    wide = {"mode": "0640", "group": str(USER.pw_gid)}
    outside = made.but(environment={"path": at.env, "passphrase_variable": ""})
    ours = made.but(key_id="my-key")
    return [
        Case("convert", made.but(format="traditional"), [made], **kept),
        Case("convert, readable by a group", made.but(**wide, format="traditional"), [made.but(**wide)], **kept),
        Case("encrypt", made, [plain], window=True, **kept),
        Case("encrypt with a given one", _given(made, FIRST), [plain], window=True, **kept),
        Case("decrypt", _given(made, "", previous_passphrases=[FIRST]), [_given(made, FIRST)], window=True, **kept),
        Case("generated to none", _given(made, ""), [made], window=True, **kept),
        Case("given to given", _given(made, SECOND, previous_passphrases=[FIRST]), [_given(made, FIRST)],
             window=True, **kept),
        Case("given to given, from the environment file", _given(made, SECOND), [_given(made, FIRST)],
             window=True, **kept),
        Case("given to generated", made.but(previous_passphrases=[FIRST]), [_given(made, FIRST, environment={
            "path": at.env, "passphrase_variable": ""})], window=True, service=at.current_env, same_key=True,
            given=FIRST),
        Case("generated to given", _given(made, FIRST), [made], window=True, **kept),
        Case("generated to given, key ID of one's own", _given(ours, FIRST), [ours], window=True, **kept),
        Case("generated to none, passphrase alone in the file", _given(made, "", environment=nameless),
             [made.but(environment=nameless)], same_key=True),
        Case("given to given, not in the file", _given(outside, SECOND, previous_passphrases=[FIRST]),
             [_given(outside, FIRST)], same_key=True),
    ]  # fmt: skip


def _replaced(at: _Paths, made: Task) -> t.List[Case]:
    other = made.but(algorithm="Ed25519", regenerate="mismatch")
    wide = {"mode": "0640", "group": str(USER.pw_gid)}
    shown: t.Dict[str, t.Any] = {"service": at.current_env, "window": True}
    plain = made.but(generate_passphrase=False)
    own, everything = {"key_id": "my-key"}, _all_outputs(at)
    return [
        Case("replace by another type", other, [made], **shown),
        Case("replace by another type, readable by a group", other.but(**wide), [made.but(**wide)], **shown),
        Case("replace, no backup", other.but(backup=False), [made], loses=True, **shown),
        Case("replace, key ID of one's own", other.but(**own), [made.but(**own)], service=at.current_env),
        Case("replace an unencrypted one", other.but(generate_passphrase=False), [plain], **shown),
        Case("replace always", made.but(regenerate="always"), [made], **shown),
        Case("replace by another type, all outputs", other.but(**everything), [made.but(**everything)], **shown),
        Case("replace by import", plain.but(private_key=_KEY, regenerate="mismatch"), [plain], **shown),
    ]


def _switched(place: Place, at: _Paths, made: Task) -> t.List[Case]:
    elsewhere = os.path.join(place.other, "orders.env")
    both = {"environment": [{"path": at.env}, {"path": elsewhere}]}
    second = _made(at, "v2").but(algorithm="Ed25519", environment=[{"path": at.of("v2", "env")}, {"path": elsewhere}])
    return [
        Case("new version", _made(at, "v2").but(algorithm="Ed25519"), [made], at.current_env),
        Case("new version, a second file follows", second, [_file(elsewhere, OTHERS_LINES), made.but(**both)],
             at.current_env, also=elsewhere),
        Case("new version, old one retired", _batch(made, [("v2", {"active_link": at.current}),
             ("v1", {"state": "absent", "backup": False})]),
             [made, _batch(made, [("v2", {"active_link": at.current})])], at.current_env, loses=True),
    ]  # fmt: skip


def _removed(place: Place, at: _Paths, made: Task) -> t.List[Case]:
    away = made.but(state="absent", active_link=None)
    shared = os.path.join(place.other, "shared.env")
    in_shared, everything = {"environment": {"path": shared}}, _all_outputs(at)
    halfway: t.List[t.Union[Task, t.Callable[[], None]]] = [made, _interrupted(_given(made, FIRST), at)]
    return [
        Case("absent", away, [made]),
        Case("absent without backup", away.but(backup=False), [made], loses=True),
        Case("absent, all outputs", away.but(**everything), [made.but(**everything)]),
        Case("absent, active", made.but(state="absent", regenerate="always"), [made]),
        Case("absent, other lines stay", away.but(**in_shared),
             [_file(shared, OTHERS_LINES), made.but(**in_shared)]),
        Case("absent after an interrupted change", away.but(generate_passphrase=False, passphrase=FIRST), halfway),
        *_taken_away(at, shared),
    ]  # fmt: skip


def _taken_away(at: _Paths, shared: str) -> t.List[Case]:
    """A whole service, with lines in a file of others, and the mark of a restart; renamed variables go by the way."""
    service = {"name": "orders", "directory": at.top, "algorithm": "ES256", "environment": {"path": shared}}
    first = Task({"services": [service]}, "jwt_keypairs")
    renamed = {"path": shared, "variables": {"passphrase": "RENAMED", "key_path": "RENAMED_PATH"}}
    away = Task({"services": [{**service, "state": "absent"}]}, "jwt_keypairs")
    return [
        Case("service taken away", away, [_file(shared, OTHERS_LINES), first]),
        Case("service taken away, without backup",
             Task({"services": [{**service, "state": "absent", "backup": False, "environment": renamed}]},
                  "jwt_keypairs"), [_file(shared, OTHERS_LINES), first], loses=True),
    ]  # fmt: skip


def _recovered(place: Place, at: _Paths, made: Task) -> t.List[Case]:
    """What a run does that finds the state in which another was killed."""
    other = made.but(algorithm="Ed25519", regenerate="mismatch")
    given = _given(made, FIRST)
    wide = {"mode": "0640", "group": str(USER.pw_gid)}
    kept: t.Dict[str, t.Any] = {"service": at.current_env, "window": True}
    return [
        Case("roll a passphrase forward", given, [made, _interrupted(given, at)], same_key=True, **kept),
        Case("roll a replacement forward", other, [made, _interrupted(other, at)], **kept),
        Case("clear up before the commit", other, [made, _interrupted(other, at, before=True)], **kept),
        Case("clear up a copied backup", other.but(**wide),
             [made.but(**wide), _interrupted(other.but(**wide), at, before=True)], **kept),
    ]  # fmt: skip


def pairs(task: Task) -> t.Sequence[t.Mapping[str, t.Any]]:
    """The key pairs of a task, as items of the batch module."""
    if "services" not in task.arguments:
        return t.cast(t.Sequence[t.Mapping[str, t.Any]], task.arguments.get("keypairs", [task.arguments]))
    (service,) = task.arguments["services"]
    versions = service.get("versions", ["v1"])
    if "rotation" in service:
        # They follow from the history; a version is one by its key.
        there = sorted(os.listdir(service["directory"])) if os.path.isdir(service["directory"]) else []
        keys = [name for name in there if os.path.exists(os.path.join(service["directory"], name, "private.key"))]
        versions = [name for name in keys if name != "current"] or ["v1"]
    folders = [os.path.join(service["directory"], version, "") for version in versions]
    return [
        {
            "path": folder + "private.key",
            "public_path": folder + "public.key",
            "jwk_path": folder + "jwk.json",
            "state": service.get("state", "present"),
        }
        for folder in folders
    ]


def _shared(at: _Paths) -> t.List[Case]:
    """A key that several hosts share."""
    name = "orders/v1"
    recipient = at.of("v1", ".ks-private.key.%s.tmp" % ("0" * 16))
    service = {"name": "orders", "directory": at.top, "algorithm": "ES256", "shared": True}
    wait = Task({"services": [service]}, "jwt_keypairs")
    make, get = wait.but(make=[name]), wait.but(sealed={name: handed(name)})
    waiting = _file(recipient, _RECIPIENT)

    def got() -> None:
        waiting()
        if run(get).failed:
            raise AssertionError("the key cannot be had")
        waiting()

    return [
        Case("wait for a shared key", wait, waits=recipient),
        Case("wait on", wait, [waiting], waits=recipient),
        Case("make a shared key", make, [waiting], at.current_env),
        Case("get a shared key", get, [waiting], at.current_env),
        Case("get it a second time", get, [got], at.current_env, same_key=True),
        Case("forget what was waited with", wait, [got], at.current_env, same_key=True),
    ]


def _restarted(at: _Paths) -> t.List[Case]:
    """A service that is restarted for its key: nobody may forget that, however the run ends."""
    service = {"name": "orders", "directory": at.top, "algorithm": "ES256", "restart": ["orders"]}
    first = {**service, "restart": []}
    switch = Task({"services": [{**service, "versions": ["v1", "v2"], "active": "v2"}]}, "jwt_keypairs")
    ready = Task({"services": [{**first, "versions": ["v1", "v2"], "active": "v1"}]}, "jwt_keypairs")
    given = Task({"services": [{**service, "passphrase": FIRST}]}, "jwt_keypairs")
    plain = Task({"services": [first]}, "jwt_keypairs")
    due = at.of(".restart-due")
    return [
        Case("create what is restarted", Task({"services": [service]}, "jwt_keypairs"), (), at.current_env, due=due),
        Case("switch what is restarted", switch, [ready], at.current_env, due=due),
        Case("another passphrase for what is restarted", given, [plain], at.current_env, window=True, same_key=True,
             due=due),
    ]  # fmt: skip


def _rotated(at: _Paths) -> t.List[Case]:
    """A service whose versions follow from its history; a year goes by by making that older."""
    rotation = {"every": "90d", "publish": "24h", "keep": "25h"}
    service = {"name": "orders", "directory": at.top, "algorithm": "ES256", "rotation": rotation}
    service["outputs"] = ["certificate", "pkcs12"]

    def told(**confirmed: t.Any) -> Task:
        return Task({"services": [service], "confirmed": {"orders": confirmed}}, "jwt_keypairs")

    def a_year_later() -> None:
        path = at.of("history.json")
        with open(path, "rb") as file:
            text = re.sub(rb'"(\d{4})-', lambda match: b'"%d-' % (int(match[1]) - 1), file.read())
        _file(path, text, 0o644)()

    run = Task({"services": [service]}, "jwt_keypairs")
    published, switch = told(published=["v1", "v2"]), told(switch="v2")
    compromised = Task({"services": [{**service, "rotate": "compromised"}]}, "jwt_keypairs")
    replaced = told(published=["v2"], switch="v2")
    due = [run, told(published=["v1"]), a_year_later]
    ready = [*due, run, published, a_year_later]
    kept: t.Dict[str, t.Any] = {"service": at.current_env}
    return [
        Case("rotation, first key", run, (), at.current_env),
        Case("rotation, successor", run, due, **kept),
        Case("rotation, published", published, [*due, run], **kept),
        Case("rotation, switch", switch, ready, **kept),
        Case("rotation, old key retired", run, [*ready, switch, a_year_later], loses=True, **kept),
        Case("rotation, compromised", compromised, due, **kept),
        Case("rotation, compromised, switch", replaced, [*due, compromised], **kept),
        Case("rotation, compromised, removed", run, [*due, compromised, replaced], loses=True, **kept),
    ]


def handed(name: str) -> t.Dict[str, str]:
    """The test's key as the controller hands it over, and which key it is."""
    from ansible_collections.keysmith.jwt.plugins.module_utils._jose import jwe
    from ansible_collections.keysmith.jwt.plugins.plugin_utils._pem_to_jwk import jwk_of

    return {"jwe": jwe.seal(_KEY.encode(), jwe.public_of(_RECIPIENT), name), "thumbprint": jwk_of(_KEY)["kid"]}


def _interrupted(task: Task, at: _Paths, before: bool = False) -> t.Callable[[], None]:
    """The task, killed between the rename of the environment file and that of the private key, or just before."""

    def go() -> None:
        import tracer

        target = at.env if before else at.key
        result = run(
            task,
            roots=(at.top,),
            decide=lambda call: tracer.KILL if call.name == "renameat" and call.path == target else None,
        )
        if not result.killed:
            raise AssertionError("there was nothing to kill: %s" % result.message)

    return go


def build(case: Case, place: Place) -> judge.Disk:
    """Make the state before the case, and remember it."""
    place.empty()
    for step in case.before:
        if isinstance(step, Task):
            result = run(step)
            if result.failed:
                raise AssertionError("%s: the state before cannot be made: %s" % (case.name, result.message))
        else:
            step()
    place.keep()
    # All runs begin with the same order of inodes, in which directories are locked.
    place.restore()
    return judge.disk(place.root, place.other)


def _test_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode()


def _test_public_key() -> bytes:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(_test_key().encode(), None).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


#: A public key that is none of the pair's.
_OTHER_PUBLIC = _test_public_key()
#: What a host opens a shared key with: a number that reads as a secret to the judge.
_RECIPIENT = b"this is a PRIVATE KEY for a test"
#: A key to import, made anew for each run of the tests.
_KEY = _test_key()
