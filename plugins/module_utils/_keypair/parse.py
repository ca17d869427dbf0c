# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the options of one key pair into a request, and check all that can be checked without the host's files."""

from __future__ import annotations

import os
import re
import typing as t

from .._disk.attributes import Attributes
from .._env_files import edit
from .._errors import KeysmithError
from .._keys import algorithms
from . import outputs, secret_options
from . import values as keypair_values
from .request import LONGEST_COMMON_NAME, THUMBPRINT, VARIABLES, CertificateOptions, EnvironmentFile, Wanted

#: RFC 7518 asks for 2048 bits at least; beyond 8192 verifiers refuse or crawl.
LEAST_SIZE, MOST_SIZE, SIZE = 2048, 8192, 4096
#: A certificate is made a day earlier than it is, and replaced in the last tenth of its life. Longer ones than a
#: century run into the end of what some programs take for a date.
LEAST_DAYS, MOST_DAYS = 30, 36500
_PKCS12_NAME = re.compile(r"[a-z0-9._-]{1,60}")
#: Environment files that everybody can read, and that do not reach services anyway.
_WORLD_READABLE = ("/etc/environment", "/etc/profile", "/etc/profile.d/", "/etc/bash.bashrc")


def wanted(options: t.Mapping[str, t.Any], context: t.Callable[[str], str] = lambda path: "") -> Wanted:
    """Parse the options of a module after its argument specification; KeysmithError names the option.

    ``context`` tells the SELinux context that a file at a path is to have.
    """
    algorithm = algorithms.named(options["algorithm"])
    environment = tuple(one for item in options["environment"] or () for one in _environment_files(item, context))
    owner, group = keypair_values.ids(options["owner"], options["group"])
    directory_mode = keypair_values.mode("directory_mode", options["directory_mode"], keypair_values.DIRECTORY)
    public_mode = keypair_values.mode("public_mode", options["public_mode"], keypair_values.PUBLIC)
    private_mode = keypair_values.mode("mode", options["mode"], keypair_values.SECRET)
    result = Wanted(
        path=keypair_values.absolute("path", options["path"]),
        state=options["state"],
        algorithm=algorithm,
        size=_size(options["size"], algorithm),
        format=options["format"],
        passphrase=secret_options.passphrase(options),
        previous_passphrases=secret_options.previous_passphrases(options),
        generate_passphrase=options["generate_passphrase"],
        private_key=secret_options.private_key(options, algorithm),
        key_id=keypair_values.checked_key_id(options["key_id"]),
        derived=_derived(options),
        certificate=_certificate(options),
        environment=environment,
        active_link=keypair_values.absolute("active_link", options["active_link"]),
        regenerate=options["regenerate"],
        backup=options["backup"],
        base_directory=keypair_values.own_directory("base_directory", options["base_directory"]),
        directory=Attributes(directory_mode, owner, group),
        private=Attributes(private_mode, owner, group, context(options["path"] or "")),
        public=Attributes(public_mode, owner, group),
        attributes=_attributes(options["attributes"]),
        lock_timeout=keypair_values.seconds("lock_timeout", options["lock_timeout"]),
    )
    _check_together(result)
    _check_outputs(result)
    return result


def _check_together(it: Wanted) -> None:
    """Check the rules that concern several options."""
    if it.format == "traditional" and it.algorithm.type not in ("RSA", "EC"):
        raise KeysmithError(
            "format: traditional exists only for RSA and EC keys, and algorithm: %s makes another key; use format: "
            "pkcs8." % it.algorithm.name
        )
    if it.generate_passphrase and it.passphrase:
        raise KeysmithError("generate_passphrase: give either a passphrase or generate_passphrase, not both.")
    if it.generate_passphrase and not (it.environment and it.environment[0].passphrase_variable):
        raise KeysmithError(
            "generate_passphrase: a generated passphrase is stored in the first file of environment, so give that "
            "file, and a variable for the passphrase in it."
        )
    if it.base_directory and not it.path.startswith(it.base_directory.rstrip("/") + "/"):
        raise KeysmithError("base_directory: has to be a directory above path.")
    paths = [path for _option, path in it.named]
    for option, path in it.named:
        if paths.count(path) > 1:
            raise KeysmithError("%s: %s is the path of two different files; give each its own." % (option, path))
        if it.active_link and path.startswith(it.active_link + "/"):
            raise KeysmithError(
                "%s: %s goes through the link %s, which can change; name a directory instead."
                % (option, path, it.active_link)
            )
    has_secret = it.generate_passphrase or bool(it.passphrase)
    for item in it.environment:
        _check_environment(it, item, has_secret)


def _check_outputs(it: Wanted) -> None:
    """Check the rules that concern a certificate and other options."""
    if it.state != "present" or "certificate_path" not in it.derived:
        return
    if it.algorithm.use != "sig":
        raise KeysmithError(
            "certificate_path: a certificate is signed with its own key, and algorithm: %s is for encryption."
            % it.algorithm.name
        )
    if "pkcs12_path" in it.derived and not (it.passphrase or it.generate_passphrase):
        raise KeysmithError(
            "pkcs12_path: Java cannot read this file without a passphrase; give one, or set generate_passphrase: true."
        )
    if "pkcs12_path" in it.derived and it.passphrase and not it.passphrase.isascii():
        raise KeysmithError(
            "passphrase: programs differ in how they encode characters outside ASCII for a PKCS#12 file; choose a "
            "passphrase in ASCII, or leave pkcs12_path out."
        )


def _check_environment(it: Wanted, item: EnvironmentFile, has_secret: bool) -> None:
    if item.key_base64_variable or (item.passphrase_variable and has_secret):
        if item.path.startswith(_WORLD_READABLE):
            raise KeysmithError(
                "environment: everybody on the host can read %s, so it cannot hold a %s; name a file of the "
                "service's own." % (item.path, "private key" if item.key_base64_variable else "passphrase")
            )
        keypair_values.mode("environment: mode", item.attributes.mode, keypair_values.SECRET)
    known = {item.key_path_variable: it.path}
    if it.key_id != THUMBPRINT:
        known[item.key_id_variable] = it.key_id
    if it.passphrase:
        known[item.passphrase_variable] = it.passphrase.decode("utf-8")
    for variable, value in known.items():
        if variable:
            edit.check_value(variable, value, item.format)


def _environment_files(item: t.Mapping[str, t.Any], context: t.Callable[[str], str]) -> t.List[EnvironmentFile]:
    """Return the file of an item; for envdir, one file for each variable, the passphrase first."""
    whole = _environment_file(item, context)
    if whole.format != edit.ENVDIR:
        return [whole]
    if whole.removed:
        raise KeysmithError(
            "environment: removed_variables: removes lines from one file, but with envdir each variable is a file of "
            "its own; remove those files by hand."
        )
    files = []
    for option in VARIABLES:
        name = getattr(whole, option)
        if name:
            path = os.path.join(whole.path, name)
            attributes = whole.attributes._replace(context=context(path))
            alone = {**dict.fromkeys(VARIABLES, ""), option: name}
            files.append(whole._replace(path=path, attributes=attributes, **alone))
    return files


def _environment_file(item: t.Mapping[str, t.Any], context: t.Callable[[str], str]) -> EnvironmentFile:
    if not item["path"]:
        raise KeysmithError("environment: path is needed.")
    owner, group = keypair_values.ids(item["owner"], item["group"], "environment: ")
    mode = keypair_values.mode("environment: mode", item["mode"], keypair_values.PUBLIC)
    made = EnvironmentFile(
        path=keypair_values.absolute("environment: path", item["path"]),
        format=item["format"],
        key_id_variable=item["key_id_variable"] or "",
        passphrase_variable=item["passphrase_variable"] or "",
        key_path_variable=item["key_path_variable"] or "",
        key_base64_variable=item["key_base64_variable"] or "",
        attributes=Attributes(mode, owner, group, context(item["path"])),
        removed=tuple(item["removed_variables"]),
    )
    for option in VARIABLES:
        if item[option]:
            edit.check_name("environment: %s" % option, item[option])
    for name in made.removed:
        edit.check_name("environment: removed_variables", name)
    if len(set(made.variables)) != len(made.variables):
        raise KeysmithError("environment: one variable name is given for two different values.")
    return made


def _derived(options: t.Mapping[str, t.Any]) -> t.Dict[str, str]:
    paths = {row.option: keypair_values.absolute(row.option, options[row.option]) for row in outputs.DERIVED}
    return {option: path for option, path in paths.items() if path}


def _certificate(options: t.Mapping[str, t.Any]) -> CertificateOptions:
    name, days = options["certificate_name"] or "", options["certificate_days"]
    if name and not (name.isprintable() and len(name) <= LONGEST_COMMON_NAME and name == name.strip()):
        raise KeysmithError(
            "certificate_name: has to be a string of at most %d characters, without control characters and without "
            "blanks at its ends." % LONGEST_COMMON_NAME
        )
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise KeysmithError("certificate_days: has to be from %d to %d." % (LEAST_DAYS, MOST_DAYS))
    for option in ("jwk_x5c", "pkcs12_path"):
        if options[option] and not options["certificate_path"] and options["state"] == "present":
            raise KeysmithError("%s: needs a certificate; give certificate_path, too." % option)
    pkcs12_name = options["pkcs12_name"]
    if not _PKCS12_NAME.fullmatch(pkcs12_name or ""):
        # Java takes capital letters for small ones.
        raise KeysmithError("pkcs12_name: has to be of 1 to 60 of the characters a to z, 0 to 9, '.', '_' and '-'.")
    return CertificateOptions(name, days, options["jwk_x5c"], pkcs12_name)


def _attributes(notation: t.Optional[str]) -> str:
    if not notation:
        return ""
    from .._disk import inode_flags

    inode_flags.parse(notation)
    return notation


def _size(size: t.Optional[int], algorithm: algorithms.Algorithm) -> int:
    if algorithm.type != "RSA":
        if size is not None:
            raise KeysmithError("size: only RSA keys have one, and algorithm: %s is not RSA." % algorithm.name)
        return 0
    if size is None:
        return SIZE
    if not LEAST_SIZE <= size <= MOST_SIZE or size % 8:
        raise KeysmithError(
            "size: has to be from %d to %d bits, in steps of 8 (RFC 7518 asks for 2048 at least)."
            % (LEAST_SIZE, MOST_SIZE)
        )
    return size
