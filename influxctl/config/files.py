"""The two files of profiles: our own `profiles.toml` (read and written) and the influx tool's `configs` (only read).

Ours:

    active = "prod"

    [profiles.prod]
    url = "https://influx.example.org"
    token_command = "pass show influx/prod"

It is written whole: to a temporary file in the same folder, mode 0600, synced, then renamed over the old one; writers take
turns by a lock file. A reader therefore sees the old file or the new one, never half of it.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from influxctl.core.errors import Conflict, Exit, InfluxctlError, Invalid, NotFound, UsageError

Profile = dict[str, Any]

# Keys of a profile and the types that they take. docs/configuration.md has a line for each (a test checks that).
KEYS: dict[str, tuple[type, ...]] = {
    "url": (str,),
    "token": (str,),
    "token_command": (str,),
    "keyring": (bool,),
    "org": (str,),
    "bucket": (str,),
    "timeout": (int, float),
    "verify_ssl": (bool,),
    "ca_cert": (str,),
    "output": (str,),
    "data_dir": (str,),
}
_TYPE_NAMES = {str: "text in quotes", int: "a number", bool: "true or false"}
TEXTS = ("aliases", "queries")  # the tables of the file that hold texts
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")


@dataclass
class Profiles:
    """What a file of profiles says. `active` is the profile used when none is named; `aliases` and `queries` are texts by name."""

    path: Path
    active: str | None = None
    profiles: dict[str, Profile] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, values: Profile) -> None:
        """A new profile; the first one becomes active. `Conflict` if the name is taken."""
        if not _NAME.match(name):
            raise UsageError(f"{name!r} cannot be the name of a profile", hint="use letters, digits, '-', '_' and '.'")
        if name in self.profiles:
            raise Conflict(f"profile {name!r} exists already", hint="change it with: influxctl config set")
        self.profiles[name] = values
        if self.active is None:
            self.active = name

    def update(self, name: str, values: Profile) -> None:
        """Sets values of a profile; None removes a value. The profile `local` is made when it is not there."""
        if name == "local":
            self.profiles.setdefault(name, {})
        merged = self.get(name) | values
        self.profiles[name] = {key: value for key, value in merged.items() if value is not None}

    def remove(self, name: str) -> Profile:
        """Takes a profile away; none is active afterwards if it was that one."""
        gone = self.get(name)
        del self.profiles[name]
        if self.active == name:
            self.active = None
        return gone

    def activate(self, name: str) -> None:
        """Makes a profile the one used when none is named."""
        if name != "local":
            self.get(name)
        self.active = name

    def get(self, name: str) -> Profile:
        """A profile; `NotFound` names those that there are."""
        if name not in self.profiles:
            known = ", ".join(sorted(self.profiles)) or "none"
            raise NotFound(f"there is no profile {name!r} in {self.path}", hint=f"profiles there: {known}")
        return self.profiles[name]


def read_profiles(path: Path) -> Profiles:
    """Our file, empty if it does not exist; `Invalid` naming file and line if it is wrong."""
    text = read_text(path)
    if text is None:
        return Profiles(path)
    document = parse_toml(text, path)
    for key in document:
        if key not in ("active", "profiles", *TEXTS):
            raise _wrong(path, text, f"{key!r} is not known here", key)
    active, profiles = document.get("active"), document.get("profiles", {})
    if active is not None and not isinstance(active, str):
        raise _wrong(path, text, "'active' must be the name of a profile", "active")
    if not isinstance(profiles, dict):
        raise _wrong(path, text, "profiles must be tables like [profiles.prod]", "profiles")
    for name, profile in profiles.items():
        check_profile(path, text, name, profile)
    return Profiles(path, active, profiles, *(_texts(path, text, key, document.get(key, {})) for key in TEXTS))


def _texts(path: Path, text: str, key: str, table: object) -> dict[str, str]:
    """A table of texts, such as [aliases]."""
    if not isinstance(table, dict):
        raise _wrong(path, text, f"{key} must be a table like [{key}]", key)
    for name, value in table.items():
        if not isinstance(value, str):
            raise _wrong(path, text, f"{name!r} of [{key}] must be text in quotes", name, key)
    return table


def check_profile(path: Path, text: str, name: str, profile: object) -> None:
    """Refuses keys that are unknown and values of the wrong type."""
    if not isinstance(profile, dict):
        raise _wrong(path, text, f"{name!r} must be a table like [profiles.{name}]", name)
    for key, value in profile.items():
        if key not in KEYS:
            raise _wrong(path, text, f"profile {name!r} has an unknown key {key!r}", key, name)
        if not isinstance(value, KEYS[key]) or (isinstance(value, bool) and bool not in KEYS[key]):
            wanted = _TYPE_NAMES[KEYS[key][0]]
            raise _wrong(path, text, f"{key!r} of profile {name!r} must be {wanted}", key, name)


def read_influx_configs(path: Path) -> Profiles:
    """The influx tool's file as profiles (url, token, org, and `signin` for its user and password); never written."""
    text = read_text(path)
    if text is None:
        return Profiles(path)
    found = Profiles(path)
    for name, table in parse_toml(text, path).items():
        if not isinstance(table, dict):
            raise _wrong(path, text, f"{name!r} must be a table like [{name}]", name)
        profile: Profile = {}
        for key in ("url", "token", "org", "cookie"):
            value = table.get(key, "")
            if not isinstance(value, str):
                raise _wrong(path, text, f"{key!r} of {name!r} must be text in quotes", key, name)
            if value:
                profile["signin" if key == "cookie" else key] = _decoded(value) if key == "cookie" else value
        found.profiles[name] = profile
        if table.get("active") is True:
            found.active = name
    return found


def _decoded(cookie: str) -> str:
    """`user:password` from the base64 form in which the influx tool keeps it."""
    import base64
    import binascii

    try:
        return base64.b64decode(cookie, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return cookie


def edit_profiles(path: Path, change: Callable[[Profiles], None]) -> Profiles:
    """Reads our file, lets `change` alter it and writes it, while no other influxctl does the same."""
    import tomli_w

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(path) as write:
            profiles = read_profiles(path)
            change(profiles)
            document: dict[str, Any] = {"active": profiles.active} if profiles.active else {}
            document["profiles"] = {name: profiles.profiles[name] for name in sorted(profiles.profiles)}
            document |= {key: dict(sorted(table.items())) for key in TEXTS if (table := getattr(profiles, key))}
            write(tomli_w.dumps(document, multiline_strings=True).encode())
    except OSError as error:
        raise InfluxctlError(
            f"cannot write {path}: {error.strerror}", hint="INFLUXCTL_CONFIG_DIR names another folder"
        ) from error
    return profiles


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Gives a function that replaces the file at once, mode 0600, and holds other writers off until the end."""
    with _locked(path.with_name(path.name + ".lock")):
        yield lambda content: _replace(path, content)


def _replace(path: Path, content: bytes) -> None:
    import tempfile

    target = path.resolve()  # a link stays a link
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", dir=target.parent)  # made with mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl

    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def read_text(path: Path) -> str | None:
    """A file as text, None if there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise Invalid(f"{path}, line {line}: the file is not UTF-8", exit=Exit.USAGE) from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def parse_toml(text: str, path: Path) -> dict[str, Any]:
    """A TOML document; `Invalid` with the line of what is wrong."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).partition(" (at ")
        found = re.match(r"line (\d+)", place)
        line = int(found[1]) if found else text.count("\n") + 1
        raise Invalid(f"{path}, line {line}: not valid TOML: {what[:1].lower()}{what[1:]}", exit=Exit.USAGE) from None


def _wrong(path: Path, text: str, message: str, key: str, section: str | None = None) -> Invalid:
    """The error for a key of a file, with the line on which it stands."""
    lines = text.splitlines()
    at = 0
    if section is not None:
        at = next((i for i, line in enumerate(lines) if re.match(rf"\s*\[.*\b{re.escape(section)}\b", line)), 0)
    start = re.compile(rf"""\s*\[?.*?["']?{re.escape(key)}["']?\s*[\]=]""")
    line = next((i for i in range(at, len(lines)) if start.match(lines[i])), at)
    hint = f"keys are: {', '.join(KEYS)}" if "unknown key" in message else None
    return Invalid(f"{path}, line {line + 1}: {message}", hint=hint, exit=Exit.USAGE)
