# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of the module client_registration: register a client once, then keep its keys and metadata as wanted."""

from __future__ import annotations

import contextlib
import json
import typing as t

from .._errors import KeysmithError
from .._jose import jwk as jose_jwk
from .._keypair.values import absolute
from . import credentials, metadata, registration_options
from . import options as oauth_options
from .credentials import CredentialsFile
from .registration import Document, Server, Unknown
from .words import REMOVED

#: In the file, beside the credentials: a run that was killed had asked the server to delete the client.
_DELETING = "deleting"
_ORPHAN = (
    "an earlier run was stopped while it registered the client, so the server may have a client whose credentials are "
    "lost; look there, and delete it."
)


class Outcome(t.NamedTuple):
    """The result of a registration. ``after`` is without secrets."""

    changes: t.List[str]
    before: t.Optional[Document]
    after: t.Optional[Document]
    client_id: str = ""
    warnings: t.Sequence[str] = ()


class _Look(t.NamedTuple):
    """What the server holds, None if it cannot be asked, and what the file holds then."""

    held: t.Optional[Document]
    stored: Document


class Run(t.NamedTuple):
    """One run of the module."""

    wanted: metadata.Wanted
    server: Server
    file: CredentialsFile
    initial_access_token: str
    check_mode: bool

    def present(self) -> Outcome:
        """Keep the client registered, with these keys and this metadata."""
        stored = self._begin()
        if stored is None:
            return self._register()
        if _DELETING in stored:
            raise KeysmithError(
                "path: a run was about to delete the client of %s; finish that with state: absent first."
                % self.file.path
            )
        outcome = self._update(stored)
        if self.file.set_attributes(self.check_mode):
            outcome.changes.append("attributes")
        return outcome

    def absent(self) -> Outcome:
        """Delete the client, and then its file."""
        stored = self._begin()
        if stored is None:
            return Outcome([], None, None)
        was_killed = _DELETING in stored
        if not was_killed:
            # Once the server has shown the client for this token, "unknown" can be believed.
            stored = self._look(stored).stored
        self.server.check_manageable("delete", stored)
        if not self.check_mode:
            self.file.write({**stored, _DELETING: True})
            try:
                self.server.delete(stored)
            except Unknown:
                if not was_killed:
                    self.file.write(stored)
                    raise
            self.file.remove()
        return Outcome(["deleted"], {"client_id": stored["client_id"]}, None, stored["client_id"])

    def _begin(self) -> t.Optional[Document]:
        """Return the stored credentials; in a real run, lock their directory first."""
        if self.check_mode:
            self.file.check()
        else:
            self.file.hold()
        return self.file.read()

    def _register(self) -> Outcome:
        document = metadata.first(self.wanted)
        if self.check_mode:
            return Outcome(["registered"], None, document)
        with self.file.reserved():
            answer = self.server.register(document, self.initial_access_token)
            stored = _stored({"registration_endpoint": self.server.endpoint}, answer, document)
            try:
                self.file.write(stored)
            except BaseException:  # An interrupt, too: a client of which nobody has the credentials is of no use.
                with contextlib.suppress(KeysmithError):
                    self.server.delete(stored)
                raise
        outcome = self._read_back(["registered"], None, stored, answer, document)
        return outcome._replace(warnings=[*outcome.warnings, *([_ORPHAN] if self.file.was_interrupted else [])])

    def _update(self, stored: Document) -> Outcome:
        remembered = metadata.Remembered(*(_object(stored.get(name)) for name in ("sent", "answered")))
        held, stored = self._look(stored)
        # What a server does not show is what it was sent.
        current = dict(remembered.sent if held is None else held)
        if "jwks" not in current and "jwks_uri" not in current and "jwks" in remembered.sent:
            current["jwks"] = remembered.sent["jwks"]
        changes = metadata.changes(current, self.wanted, remembered)
        before = self._shown(current, stored)
        if not changes:
            return Outcome([], before, before, stored["client_id"])
        document = metadata.following({**current, "client_id": stored["client_id"]}, self.wanted, remembered)
        self.server.check_manageable("change", stored)
        if self.check_mode:
            return Outcome(changes, before, self._shown(document, stored), stored["client_id"])
        with self.file.reserved():
            answer = self.server.update(document, stored)
            stored = _stored(stored, answer, document)
            self.file.write(stored)
        return self._read_back(changes, before, stored, answer, document)

    def _read_back(
        self, changes: t.List[str], before: t.Optional[Document], stored: Document, answer: Document, sent: Document
    ) -> Outcome:
        """Read the client after a change, and store it: some servers show something else than they answered."""
        held, stored = self._look(stored)
        held = answer if held is None else held
        again = _stored(stored, held, sent)
        if again != stored:
            self.file.write(again)
        wrong = metadata.missing(held, self.wanted) if "jwks" in held else []
        if wrong:
            raise KeysmithError(
                "jwks: the server accepted the request, but the keys that it shows now are not the expected ones (%s); "
                "check how it treats jwks." % ", ".join(wrong)
            )
        return Outcome(changes, before, self._shown(held, again), again["client_id"], _warnings(answer, again, sent))

    def _look(self, stored: Document) -> _Look:
        """Ask the server. A new token in its answer is stored even in check mode, because the old one is void."""
        held = self.server.read(stored)
        given = {name: one for name, one in credentials.kept(held or {}, stored).items() if name in credentials.SECRET}
        if any(stored.get(name) != value for name, value in given.items()):
            if self.check_mode:
                self.file.hold()
            stored = {**stored, **given}
            self.file.write(stored)
        return _Look(held, stored)

    def _shown(self, document: t.Mapping[str, t.Any], stored: Document) -> Document:
        """Return the requested members as the server has them; no other part of an answer is shown, and no secret."""
        names = [*metadata.DEFAULTS, *self.wanted.metadata]
        shown = {name: document[name] for name in dict.fromkeys(names) if name in document}
        keys = metadata.keys_of(document)
        shown.update({"jwks": {"keys": keys}} if keys else {})
        secrets = credentials.secrets_of(stored, document)
        return {name: REMOVED if _holds(value, secrets) else value for name, value in shown.items()}


def run(options: t.Mapping[str, t.Any], check_mode: bool, with_diff: bool) -> t.Tuple[Document, t.List[str]]:
    """Return the result and the warnings; KeysmithError names the option, or gives the server's answer."""
    endpoint, warnings = registration_options.endpoint(options)
    wanted = registration_options.wanted(options)
    metadata.check(wanted)
    path = absolute("path", options["path"])
    server = Server(endpoint, oauth_options.connection(options), path)
    token = registration_options.initial_access_token(options)
    with CredentialsFile(path, registration_options.manner(options)) as file:
        this = Run(wanted, server, file, token, check_mode)
        outcome = this.present() if options["state"] == "present" else this.absent()
    result: Document = {
        "changed": bool(outcome.changes),
        "path": path,
        "changes": outcome.changes,
        "metadata": outcome.after,
        "key_ids": key_ids(outcome.after),
        **({"client_id": outcome.client_id} if outcome.client_id else {}),
    }
    if with_diff:
        result["diff"] = _difference(outcome, path)
    return result, [*warnings, *outcome.warnings]


def _difference(outcome: Outcome, path: str) -> t.Dict[str, str]:
    before, after = ("" if one is None else jose_jwk.render(one).decode() for one in (outcome.before, outcome.after))
    header = "client of %s" % path
    return {"before_header": header, "after_header": header, "before": before, "after": after}


def _holds(value: t.Any, secrets: t.Sequence[str]) -> bool:
    text = json.dumps(value)
    return any(json.dumps(secret)[1:-1] in text for secret in secrets)


def _object(value: t.Any) -> Document:
    """Return a JSON object, because somebody may have edited the file."""
    return value if isinstance(value, dict) else {}


def _stored(before: Document, answer: Document, sent: Document) -> Document:
    """Return what the file holds after an answer."""
    kept = credentials.kept(answer, before)
    asked = {name: value for name, value in sent.items() if name not in credentials.KEPT}
    answered = {name: answer[name] for name in asked if name in answer and name != "jwks"}
    return {**before, **kept, "sent": asked, "answered": answered}


def _warnings(answer: Document, stored: Document, sent: Document) -> t.List[str]:
    found = []
    if credentials.elsewhere(answer, stored):
        found.append(
            "the server's registration_client_uri has another scheme, host or port than registration_endpoint, so "
            "nothing is sent there; if it is right, put it into the file."
        )
    elif not stored.get("registration_client_uri") or not stored.get("registration_access_token"):
        found.append("the server offers no way to change the client (RFC 7592); a later key has to be added by hand.")
    if stored.get("client_secret") and sent.get("token_endpoint_auth_method") == "private_key_jwt":
        found.append("the server made a client_secret, which a client with a key does not need; it is in the file.")
    return found


def key_ids(document: t.Optional[Document]) -> t.List[str]:
    """Return the key IDs, or thumbprints, of the keys that a server shows."""
    names = [kid or thumbprint for thumbprint, kid in map(metadata.name_of, metadata.keys_of(document or {}))]
    return [name for name in names if name]
