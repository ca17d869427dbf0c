# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file with a client's credentials: its client ID, and the data for changes of its registration.

JSON with the members of the server's answer (RFC 7591 section 3.2.1), and what was sent and answered last. It is born
0600 and replaced by a rename, like every secret.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from .._disk import make_directories, xattrs
from .._disk.attributes import Attributes, differs
from .._disk.directory import Directory, open_directory
from .._disk.files import FileSlot
from .._disk.owner_mode import check_may_change, check_may_give
from .._disk.temporaries import leftovers
from .._errors import KeysmithError
from .._jose import jwk as jose_jwk
from .url import check_url, is_open, origin

Document = t.Dict[str, t.Any]

_LARGEST = 2 * 1024 * 1024
#: Characters of a client ID or a token; a JWT with many claims has a few thousand.
_LONGEST = 64 * 1024
#: What of those with secrets are.
SECRET = ("client_secret", "registration_access_token")
_URI = "registration_client_uri"
_TIMES = ("client_id_issued_at", "client_secret_expires_at")
#: What of the server's answer is kept.
KEPT = ("client_id", _URI, *SECRET, *_TIMES)
#: As long as an answer with some keys: that there is room for it is found out before the server is asked.
_ROOM = b" " * 16384


class Manner(t.NamedTuple):
    """Mode and owner of the file and of missing directories."""

    file: Attributes
    directory: Attributes
    lock_timeout: float


class CredentialsFile:
    """The file, its directory opened once. Used with ``with``."""

    def __init__(self, path: str, manner: Manner) -> None:
        self.path = path
        self._manner = manner
        self._folder: Directory = open_directory(os.path.dirname(path), "path")
        self._place = FileSlot(self._folder, os.path.basename(path), "path")
        #: Whether an earlier run was killed while it wrote.
        self.was_interrupted = False

    def __enter__(self) -> "CredentialsFile":
        return self

    def __exit__(self, *_exception: t.Any) -> None:
        self._folder.close()

    def check(self) -> None:
        """Refuse if the file could not be written, or others could replace it; nothing is changed."""
        owner = self._manner.file.owner
        info = self._place.look()
        self._folder.judge((owner, info.st_uid) if info else (owner,))
        self._folder.check_writable()
        if info and differs(info, self._manner.file):
            check_may_change("path", self.path, info)
        check_may_give("owner", self.path, owner)

    def hold(self) -> None:
        """Make the missing parts of the directory, and lock it until the end."""
        directory = self._manner.directory
        if not self._folder.exists:
            make_directories.make(self._folder, directory.mode, directory.owner, directory.group)
        if not self._folder.exists:
            raise KeysmithError("path: %s was removed during the run; run again." % self._folder.path)
        self._folder.lock(self._manner.lock_timeout)
        self.check()
        for name in leftovers(self._folder, [self._place.name]):
            self.was_interrupted = True
            self._place.sibling(name).remove()

    @contextlib.contextmanager
    def reserved(self) -> t.Iterator[None]:
        """Reserve room for the answer while the server does what will be stored.

        KeysmithError, before that, where a file cannot be written there. A run that is killed leaves a sign of it.
        """
        room = self._place.stage(_ROOM, self._manner.file)
        try:
            yield
        finally:
            room.drop()

    def read(self) -> t.Optional[Document]:
        """Return the credentials, None without a file; KeysmithError for a file of another kind."""
        return _read(self._place)

    def write(self, document: t.Mapping[str, t.Any]) -> None:
        """Replace the content durably."""
        self._place.stage(jose_jwk.render(document), self._manner.file).commit_or_drop()

    def set_attributes(self, check_mode: bool) -> bool:
        """Set mode and owner of the file; return whether that changed anything."""
        info = self._place.look()
        if info is None:
            return False
        with self._place.opened() as fd:
            # An access control list lets in others than the mode says.
            is_wrong = differs(info, self._manner.file) or bool(xattrs.get_list(fd))
        if is_wrong and not check_mode:
            self._place.set_attributes(self._manner.file)
        return is_wrong

    def remove(self) -> None:
        """Remove the file durably."""
        self._place.remove()


def client_id(path: str, option: str) -> str:
    """Return the client ID in such a file; KeysmithError if there is none."""
    folder = open_directory(os.path.dirname(path), option)
    try:
        document = _read(FileSlot(folder, os.path.basename(path), option))
    finally:
        folder.close()
    if document is None:
        raise KeysmithError("%s: %s is not there; register the client first, or give client_id." % (option, path))
    return str(document["client_id"])


def _read(place: FileSlot) -> t.Optional[Document]:
    if place.look() is None:
        return None
    content = place.read(_LARGEST)
    try:
        document = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not is_text(document.get("client_id")):
        raise KeysmithError(
            "%s: %s exists, but holds no credentials of a client (JSON with a client_id); name another file."
            % (place.option, place.path)
        )
    return t.cast(Document, document)


def management(document: t.Mapping[str, t.Any], endpoint: str, path: str) -> t.Optional[t.Tuple[str, str]]:
    """Return the URL and token to manage a registration (RFC 7592); None if the server offers none.

    KeysmithError where the token would be sent to whoever is on the way, though ``endpoint`` is not so.
    """
    url, token = document.get(_URI), document.get("registration_access_token")
    if not isinstance(url, str) or not isinstance(token, str) or not url or not token:
        return None
    check_url("%s in %s" % (_URI, path), url)
    if is_open(url) and endpoint and not is_open(endpoint):
        raise KeysmithError(
            "path: the registration_client_uri in %s is not https, though the registration_endpoint is; correct it at "
            "the server and in the file." % path
        )
    if not is_text(token):
        raise KeysmithError("path: the registration_access_token in %s holds characters that no token can have." % path)
    return url, token


def is_text(value: object) -> bool:
    """Check whether it can be a client ID, a secret or a token (RFC 6749 appendix A): printable ASCII characters."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isascii() and value.isprintable()


def kept(answer: t.Mapping[str, t.Any], before: t.Mapping[str, t.Any]) -> Document:
    """Return what is stored of an answer. An invalid value does not replace what was there ``before``.

    Where a client is managed, the server says for itself alone: a token is sent there, and what the server decides.
    """
    texts = {name: answer[name] for name in ("client_id", *SECRET) if is_text(answer.get(name))}
    times = {name: answer[name] for name in _TIMES if isinstance(answer.get(name), int)}
    uri, known = answer.get(_URI), (before.get("registration_endpoint"), before.get(_URI))
    is_own = origin(uri) in [one for one in map(origin, known) if one]
    return {**texts, **times, **({_URI: uri} if is_own else {})}


def elsewhere(answer: t.Mapping[str, t.Any], stored: t.Mapping[str, t.Any]) -> bool:
    """Check whether an answer names another server for changes than the known ones; see :func:`kept`."""
    return answer.get(_URI) not in (None, stored.get(_URI))


def secrets_of(*documents: t.Optional[t.Mapping[str, t.Any]]) -> t.List[str]:
    """Return the secrets in credentials and answers."""
    found = [document.get(name) for document in documents if document for name in SECRET]
    return [one for one in found if isinstance(one, str) and one]
