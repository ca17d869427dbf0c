# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that read environment files, asked what they see in one.

Each reader takes many files at once and answers for each with the variables (octets to octets), or None where the
program refuses the file. Nothing is emulated: docker's own client parses the file and sends what it read to an engine,
which is a socket here that writes it down.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import functools
import glob
import http.server
import json
import os
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
import typing as t

import dotenv_readers
from dotenv_readers import SECONDS, Seen


class Reader:
    """One program; ``dialect`` is the collection's name for how it reads. A slow one reads one file at a time."""

    def __init__(
        self, name: str, dialect: str, read: t.Callable[[str, t.List[str]], t.List[Seen]], is_slow: bool = False
    ) -> None:
        self.name = name
        self.is_slow = is_slow
        self.dialect = dialect
        self._read = read

    def __call__(self, texts: t.Sequence[bytes], may_leave_files: bool = False) -> t.List[Seen]:
        """What it sees in each text. A file that is carried out is an error, but where that is to be expected."""
        with tempfile.TemporaryDirectory() as folder:
            names = ["%05d.env" % number for number in range(len(texts))]
            for name, text in zip(names, texts):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(text)
            seen = self._read(folder, names)
            left = sorted(set(os.listdir(folder)) - set(names))
            if left and not may_leave_files:
                raise AssertionError("%s carried something out: %s" % (self.name, left))
            return seen


def _pairs(block: bytes) -> t.Dict[bytes, bytes]:
    return dict(t.cast("t.Tuple[bytes, bytes]", each.split(b"=", 1)) for each in block.split(b"\x00") if b"=" in each)


def _shell(program: t.Sequence[str]) -> t.Callable[[str, t.List[str]], t.List[Seen]]:
    env = shutil.which("env")

    def read(folder: str, names: t.List[str]) -> t.List[Seen]:
        # No command can be found, whatever a file may try to run.
        script = (
            'for f in "$@"; do printf "<%%s\\0" "$f"; (PATH=/nowhere; set -a; . "./$f" 2>&1 >&-; wait; printf "\\0\\0";'
            ' exec %s -0); printf "%%s>\\0" "$f"; done' % env
        )
        arguments = [*program, "-c", script, "sh", *names]
        run = subprocess.run(
            arguments, cwd=folder, env={}, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
        seen: t.List[Seen] = []
        for name in names:
            mark = name.encode()
            block = run.stdout.split(b"<" + mark + b"\0", 1)[1].split(mark + b">\0", 1)[0]
            complaints, read, variables = block.partition(b"\0\0")
            pairs = _pairs(variables)
            own = {b"PATH", b"PWD", b"OLDPWD", b"SHLVL", b"_", b"f", b"OPTIND", b"BASHOPTS", b"SHELLOPTS"}
            refused = not read or b"syntax error" in complaints or b"unexpected EOF" in complaints
            seen.append(None if refused else {each: pairs[each] for each in pairs if each not in own})
        return seen

    return read


def _systemd(library: str) -> t.Callable[[str, t.List[str]], t.List[Seen]]:
    shared = ctypes.CDLL(library)

    def read(folder: str, names: t.List[str]) -> t.List[Seen]:
        seen: t.List[Seen] = []
        for name in names:
            found = ctypes.POINTER(ctypes.c_char_p)()
            path = os.path.join(folder, name).encode()
            if shared.load_env_file(None, path, ctypes.byref(found)) < 0:
                seen.append(None)
                continue
            block, index = b"", 0
            while found and found[index] is not None:
                block += t.cast(bytes, found[index]) + b"\0"
                index += 1
            seen.append(_pairs(block))
        return seen

    with contextlib.suppress(AttributeError):  # before 249 it has another name
        shared.log_set_max_level(0)
    return read


class _Engine(http.server.BaseHTTPRequestHandler):
    """As much of a docker engine as ``docker create`` asks for."""

    protocol_version = "HTTP/1.1"
    created: t.ClassVar[t.List[t.List[str]]] = []

    def _reply(self, code: int, body: bytes = b"{}") -> None:
        self.send_response(code)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self._reply(200)

    do_GET = do_HEAD

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        self.created.append(request["Env"] or [])
        self._reply(201, b'{"Id": "0123456789ab", "Warnings": []}')

    def log_message(self, format: str, *arguments: t.Any) -> None:
        pass

    def address_string(self) -> str:
        return "docker"


def _docker(folder: str, names: t.List[str]) -> t.List[Seen]:
    with tempfile.TemporaryDirectory() as place:
        socket, mark = os.path.join(place, "engine"), os.path.join(place, "mark")
        with open(mark, "w") as file:
            file.write("____=\n")
        with socketserver.ThreadingUnixStreamServer(socket, _Engine) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            seen = _together(lambda some: _docker_create(socket, mark, folder, some), names)
            server.shutdown()
    return seen


def _docker_create(socket: str, mark: str, folder: str, names: t.List[str]) -> t.Optional[t.List[Seen]]:
    """One container with all the files; between those of two files stands the variable of the mark."""
    _Engine.created.clear()
    files = [part for name in names for part in ("--env-file", name, "--env-file", mark)]
    command = ["docker", "-H", "unix://" + socket, "create", "--pull", "never", *files, "image"]
    env = {"PATH": os.environ["PATH"], "HOME": folder, "DOCKER_CONFIG": "/nowhere"}
    subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=SECONDS, check=False)
    if not _Engine.created:
        return None
    seen: t.List[t.Dict[bytes, bytes]] = [{}]
    for each in _Engine.created[0]:
        if each == "____=":
            seen.append({})
        else:
            name, value = each.encode().split(b"=", 1)
            seen[-1][name] = value
    return list(seen[:-1])


def _together(once: t.Callable[[t.List[str]], t.Optional[t.List[Seen]]], names: t.List[str]) -> t.List[Seen]:
    """For a program that refuses all the files for one of them: halve until that one is alone."""
    seen = once(names)
    if seen is None and len(names) > 1:
        middle = len(names) // 2
        return _together(once, names[:middle]) + _together(once, names[middle:])
    return [None] if seen is None else seen


def _compose(program: t.Sequence[str]) -> t.Callable[[str, t.List[str]], t.List[Seen]]:
    return lambda folder, names: _together(lambda some: _compose_config(program, folder, some), names)


def _compose_config(program: t.Sequence[str], folder: str, names: t.List[str]) -> t.Optional[t.List[Seen]]:
    """One project with a service for each file."""
    services = {"s" + name[:-4]: {"image": "image", "env_file": [name]} for name in names}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"name": "p", "services": services}, file)
        file.flush()
        command = [*program, "--project-directory", folder, "-f", file.name, "config", "--format", "json"]
        env = {"PATH": os.environ["PATH"], "HOME": "/nowhere"}
        run = subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=SECONDS, check=False)
    if run.returncode:
        return None
    told = json.loads(run.stdout)["services"]
    return [
        # What is printed is a compose file again, in which a dollar sign is written twice. A name alone in the very
        # last line, without a line end, is to compose the value of a variable without a name.
        {key.encode(): value.replace("$$", "$").encode() for key, value in read.items() if key and value is not None}
        for read in ((told["s" + name[:-4]].get("environment") or {}) for name in names)
    ]


def _python_dotenv(folder: str, names: t.List[str]) -> t.List[Seen]:
    import dotenv

    return [
        {
            key.encode(): value.encode()
            for key, value in dotenv.dotenv_values(os.path.join(folder, name)).items()
            if value is not None
        }
        for name in names
    ]


def _kubectl(folder: str, names: t.List[str]) -> t.List[Seen]:
    """A secret of each file, which no server is asked for."""
    seen: t.List[Seen] = []
    for name in names:
        command = ["kubectl", "create", "secret", "generic", "x", "--dry-run=client", "-o", "json", "--from-env-file"]
        run = subprocess.run([*command, name], cwd=folder, capture_output=True, timeout=SECONDS, check=False)
        data = None if run.returncode else json.loads(run.stdout).get("data") or {}
        seen.append(data and {key.encode(): base64.b64decode(value) for key, value in data.items()})
    return seen


def _directory(program: t.Sequence[str]) -> t.Callable[[str, t.List[str]], t.List[Seen]]:
    """For programs that read a directory with one file a variable: all the files are read in one start."""

    def read(folder: str, names: t.List[str]) -> t.List[Seen]:
        command = [*program, folder, shutil.which("env") or "env", "-0"]
        run = subprocess.run(command, env={}, capture_output=True, timeout=SECONDS, check=True)
        pairs = _pairs(run.stdout)
        return [{b"V0": pairs[name.encode()]} if name.encode() in pairs else {} for name in names]

    return read


def installed(compiled: str) -> t.Iterator[Reader]:
    """Every reader that this machine has, in a fixed order; ``compiled`` is a folder for those that are compiled."""
    for library in sorted(
        glob.glob("/usr/lib*/*/systemd/libsystemd-shared-*.so") + glob.glob("/usr/lib*/systemd/libsystemd-shared-*.so")
    ):
        yield Reader("systemd %s" % library.rsplit("-", 1)[1][:-3], "systemd", _systemd(library))
    for program in ("dash", "bash", "busybox"):
        if shutil.which(program):
            arguments = [program, "sh"] if program == "busybox" else [program]
            yield Reader(program, "shell", _shell(arguments))
    if shutil.which("docker"):
        yield Reader("docker", "docker", _docker)
    for command in (os.environ.get("DOCKER_COMPOSE", "").split(), ["docker", "compose"], ["docker-compose"]):
        if command and shutil.which(command[0]):
            version = subprocess.run([*command, "version", "--short"], capture_output=True, check=False)
            if version.returncode == 0:
                yield Reader("compose %s" % version.stdout.decode().strip(), "compose", _compose(command))
                break
    with contextlib.suppress(ImportError):
        import dotenv  # noqa: F401

        yield Reader("python-dotenv", "python-dotenv", _python_dotenv)
    if shutil.which("kubectl"):
        yield Reader("kubectl", "docker", _kubectl, is_slow=True)
    for command in (["envdir"], ["chpst", "-e"], ["s6-envdir"]):
        path = shutil.which(command[0])
        if path:
            yield Reader(command[0], "envdir", _directory([path, *command[1:]]), is_slow=True)
    for program in dotenv_readers.installed(compiled):
        yield Reader(program.name, program.dialect, functools.partial(dotenv_readers.answers, program.command))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        sys.stdout.write("".join("%s\n" % reader.name for reader in installed(scratch)))
