"""Which server, token, organization and so on a command uses, and where each of these values comes from.

Value by value: flag > environment > profile > default (docs/configuration.md). A profile is looked up in our own file, then in
that of the influx tool. Choosing one for a call (`--profile`, `INFLUXCTL_PROFILE`, `INFLUX_ACTIVE_CONFIG`) never writes a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from influxctl.config import paths
from influxctl.config.files import Profile, Profiles, read_influx_configs, read_profiles
from influxctl.core.errors import NotFound, Unauthorized, UsageError

LOCAL = "local"
LOCAL_URL = "http+local://influxctl"  # requests keeps query parameters only where the scheme starts with http
DEFAULT_URL = "http://localhost:8086"  # of a profile that names no server, as with the influx tool
Kind = Literal["text", "seconds", "bool", "list"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that commands use. `flag` is the option's name in Python's spelling ('' if it has none)."""

    key: str
    flag: str = ""
    env: tuple[str, ...] = ()
    kind: Kind = "text"
    default: object = None


# In the order in which `config show --origin` lists them.
SETTINGS: tuple[Setting, ...] = (
    Setting("url", "host", ("INFLUX_HOST",)),
    Setting("token", "token", ("INFLUX_TOKEN",)),
    Setting("token_command", "", ("INFLUXCTL_TOKEN_COMMAND",)),
    Setting("keyring", "", (), "bool"),
    Setting("signin"),
    Setting("org", "org", ("INFLUX_ORG",)),
    Setting("org_id", "org_id", ("INFLUX_ORG_ID",)),
    Setting("bucket", "bucket", ("INFLUX_BUCKET_NAME",)),
    Setting("bucket_id", "bucket_id", ("INFLUX_BUCKET_ID",)),
    Setting("precision", "precision", ("INFLUX_PRECISION",)),
    Setting("timeout", "timeout", ("INFLUXCTL_TIMEOUT",), "seconds", 30.0),
    Setting("verify_ssl", "", ("INFLUXCTL_VERIFY_SSL",), "bool", True),
    Setting("ca_cert", "ca_cert", ("INFLUXCTL_CA_CERT",)),
    Setting("output", "output", ("INFLUXCTL_OUTPUT",)),
    Setting("hide_headers", "hide_headers", ("INFLUX_HIDE_HEADERS",), "bool", False),
    Setting("data_dir", "data_dir", ("INFLUXCTL_DATA_DIR",)),
    Setting("queue_size", "", ("INFLUXCTL_QUEUE_SIZE",), "text", "1GB"),
    Setting("lock_timeout", "lock_timeout", ("INFLUXCTL_LOCK_TIMEOUT",), "seconds", 10.0),
    Setting("trace_debug_id", "trace_debug_id", ("INFLUX_TRACE_DEBUG_ID",)),
    Setting("extra_http_header", "extra_http_header", ("INFLUX_EXTRA_HTTP_HEADER",), "list", ()),
)
SECRET = frozenset({"token", "signin"})
_ALTERNATIVES = (
    ("org", "org_id"),
    ("bucket", "bucket_id"),
    ("token", "token_command"),
    ("token", "keyring"),
    ("token", "signin"),
)
_ACCOUNT = ("token", "token_command", "keyring", "signin", "org", "bucket")
_TRUE, _FALSE = {"1", "t", "true"}, {"0", "f", "false"}


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it comes from, in words: `--host`, `INFLUX_HOST`, `profile prod`, `default`."""

    value: Any
    origin: str


class Settings:
    """The values that a command uses. `profile` is the name of the profile, `profile_origin` says who chose it."""

    def __init__(self, profile: str, profile_origin: str, values: dict[str, Value], env: Mapping[str, str]) -> None:
        self.profile = profile
        self.profile_origin = profile_origin
        self._values = values
        self._env = env
        self._token: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether the embedded server is meant: no URL is given, and the profile is `local` or has a data folder."""
        return self._values["url"].value is None

    @property
    def url(self) -> str:
        """The server's base URL without a slash at its end; `http+local://influxctl` for the embedded server."""
        given = self._values["url"]
        return LOCAL_URL if given.value is None else _checked_url(given.value, given.origin)

    @property
    def data_dir(self) -> Path:
        """The data folder of the embedded server."""
        return Path(self.origins()["data_dir"].value).expanduser()

    @property
    def token(self) -> str | None:
        """The API token. A `token_command` is run, or the keyring is asked, on first use."""
        if self._token is None:
            self._token = self._values["token"].value
            command = self._values["token_command"].value
            if self._token is None and command:
                self._token = _run_token_command(command)
            if self._token is None and self._values["keyring"].value:
                from influxctl.config.ring import read_token

                self._token = read_token(self.profile)
        return self._token

    @property
    def signin(self) -> tuple[str, str] | None:
        """User and password of an influx configuration that signs in instead of sending a token."""
        user, colon, password = (self._values["signin"].value or "").partition(":")
        return (user, password) if colon else None

    @property
    def org(self) -> str | None:
        """Name (or ID) of the organization, if that was given; never together with `org_id`."""
        return self._text("org")

    @property
    def org_id(self) -> str | None:
        """ID of the organization, if that was given."""
        return self._text("org_id")

    @property
    def bucket(self) -> str | None:
        """Name (or ID) of the bucket, if that was given; never together with `bucket_id`."""
        return self._text("bucket")

    @property
    def bucket_id(self) -> str | None:
        """ID of the bucket, if that was given."""
        return self._text("bucket_id")

    @property
    def timeout(self) -> float:
        """Seconds to wait for a connection, and for each read of an answer. 0 waits for ever."""
        return self._seconds("timeout")

    @property
    def verify_ssl(self) -> bool:
        """Whether the server's certificate is checked."""
        return bool(self._values["verify_ssl"].value)

    @property
    def ca_cert(self) -> str | None:
        """A file of certificates to trust instead of the system's."""
        return self._text("ca_cert")

    @property
    def output(self) -> str | None:
        """The output format that was asked for."""
        return self._text("output")

    @property
    def lock_timeout(self) -> float:
        """Seconds to wait for another process that holds the local data."""
        return self._seconds("lock_timeout")

    def get(self, key: str) -> Any:
        """A value by its key, as in `SETTINGS`."""
        return self._values[key].value

    def origin(self, key: str) -> str:
        """Where a value comes from."""
        return self.origins()[key].origin

    def origins(self) -> dict[str, Value]:
        """All values with their origin, in the order of `SETTINGS`, secrets as they are (`SECRET` names them)."""
        values = dict(self._values)
        if values["data_dir"].value is None:
            values["data_dir"] = Value(str(paths.data_dir(self._env)), "default")
        return values

    def _seconds(self, key: str) -> float:
        seconds = float(self._values[key].value)
        if not 0 <= seconds < float("inf"):
            raise UsageError(f"{key} ({self._values[key].origin}) must be a number of seconds from 0, not {seconds:g}")
        return seconds

    def _text(self, key: str) -> str | None:
        value = self._values[key].value
        return None if value is None else str(value)


def load(env: Mapping[str, str], flags: Mapping[str, object] | None = None) -> Settings:
    """The settings of one call. `flags` are the options given (None: not given), named as in `SETTINGS` and `profile`."""
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    own, theirs = _files(env, given)
    name, origin, profile = _choose(env, given, own, theirs)
    layers = [_from_flags(given), _from_env(env), _from_profile(name, profile)]
    _check_alternatives(layers)
    if origin == "default" and ("url" in layers[0] or "url" in layers[1]):
        # nobody chose the local profile: its token and names are not for another server
        layers[2] = {key: value for key, value in layers[2].items() if key not in _ACCOUNT}
    values = {}
    for setting in SETTINGS:
        hit = next((layer[setting.key] for layer in layers if setting.key in layer), Value(setting.default, "default"))
        values[setting.key] = hit
    for first, second in _ALTERNATIVES:
        _drop_weaker(first, second, layers, values)
    if values["url"].value is None and name != LOCAL and "data_dir" not in profile:
        values["url"] = Value(DEFAULT_URL, "default")
    return Settings(name, origin, values, env)


def read_all(env: Mapping[str, str], flags: Mapping[str, object] | None = None) -> tuple[Profiles, Profiles]:
    """Our file and the influx tool's, for commands that list profiles."""
    return _files(env, {key: value for key, value in (flags or {}).items() if value is not None})


def _files(env: Mapping[str, str], given: Mapping[str, object]) -> tuple[Profiles, Profiles]:
    configs = given.get("configs_path")
    theirs = paths.influx_configs(env, None if configs is None else str(configs))
    return read_profiles(paths.profiles_file(env)), read_influx_configs(theirs)


def _choose(
    env: Mapping[str, str], given: Mapping[str, object], own: Profiles, theirs: Profiles
) -> tuple[str, str, Profile]:
    """(name, who chose it, its values)."""
    wishes = (
        (given.get("profile"), str(given.get("profile_origin", "--profile"))),
        (env.get("INFLUXCTL_PROFILE"), "INFLUXCTL_PROFILE"),
        (env.get("INFLUX_ACTIVE_CONFIG"), "INFLUX_ACTIVE_CONFIG"),
        (own.active, str(own.path)),
        (theirs.active, str(theirs.path)),
    )
    for wish, origin in wishes:
        if wish:
            name = str(wish)
            if name in own.profiles:
                return name, origin, own.profiles[name]
            if name in theirs.profiles:
                return name, origin, theirs.profiles[name]
            if name == LOCAL:
                return name, origin, {}
            known = ", ".join(sorted({LOCAL, *own.profiles, *theirs.profiles}))
            raise NotFound(f"there is no profile {name!r} (asked for by {origin})", hint=f"profiles: {known}")
    return LOCAL, "default", own.profiles.get(LOCAL, {})


def _from_flags(given: Mapping[str, object]) -> dict[str, Value]:
    found = {}
    for setting in SETTINGS:
        value = given.get(setting.flag) if setting.flag else None
        if value not in (None, (), []):
            found[setting.key] = Value(value, "--" + setting.flag.replace("_", "-"))
    if given.get("skip_verify"):
        found["verify_ssl"] = Value(False, "--skip-verify")
    return found


def _from_env(env: Mapping[str, str]) -> dict[str, Value]:
    found = {}
    for setting in SETTINGS:
        for name in setting.env:
            if env.get(name):
                found[setting.key] = Value(_parse(setting.kind, name, env[name]), name)
    if env.get("INFLUX_SKIP_VERIFY") and _parse("bool", "INFLUX_SKIP_VERIFY", env["INFLUX_SKIP_VERIFY"]):
        found["verify_ssl"] = Value(False, "INFLUX_SKIP_VERIFY")
    as_json = env.get("INFLUX_OUTPUT_JSON")
    if "output" not in found and as_json and _parse("bool", "INFLUX_OUTPUT_JSON", as_json):
        found["output"] = Value("json", "INFLUX_OUTPUT_JSON")
    return found


def _from_profile(name: str, profile: Profile) -> dict[str, Value]:
    ways = [key for key in ("token", "token_command", "keyring") if profile.get(key)]
    if len(ways) > 1:
        raise UsageError(f"profile {name!r} has both {ways[0]} and {ways[1]}", hint="remove one of them")
    return {key: Value(value, f"profile {name}") for key, value in profile.items()}


def _parse(kind: Kind, name: str, text: str) -> object:
    if kind == "bool":
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise UsageError(f"{name} must be true or false, not {text!r}")
    if kind == "seconds":
        try:
            return float(text)
        except ValueError:
            raise UsageError(f"{name} must be a number of seconds, not {text!r}") from None
    return (text,) if kind == "list" else text


def _check_alternatives(layers: list[dict[str, Value]]) -> None:
    """A name and an ID of one thing, both flags or both from the environment, contradict one another; a flag beats the other's variable."""
    for name, id_key in _ALTERNATIVES[:2]:
        for asked in layers[:2]:
            if name in asked and id_key in asked:
                first, second = asked[name].origin, asked[id_key].origin
                raise UsageError(f"{first} and {second} name the same thing twice", hint="give one of them")


def _drop_weaker(first: str, second: str, layers: list[dict[str, Value]], values: dict[str, Value]) -> None:
    """Of two ways to say the same, the one from the stronger layer counts."""
    ranks = [next((i for i, layer in enumerate(layers) if key in layer), len(layers)) for key in (first, second)]
    if ranks[0] != ranks[1]:
        weaker = second if ranks[0] < ranks[1] else first
        values[weaker] = Value(None, "default")


def _checked_url(url: str, origin: str) -> str:
    from urllib.parse import urlsplit

    text = url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"{url!r} ({origin}) is not a URL of a server", hint="write it like http://localhost:8086")
    return text


def _run_token_command(command: str) -> str:
    """The first line that the command prints; its own errors go to stderr as they are."""
    import shlex
    import subprocess

    program = command.split(maxsplit=1)[0] if command.strip() else ""  # the rest may hold secrets
    try:
        done = subprocess.run(shlex.split(command), stdout=subprocess.PIPE, text=True, timeout=120, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or "no answer within 120 s" * isinstance(
            error, subprocess.TimeoutExpired
        )
        raise Unauthorized(f"token_command {program!r} failed: {reason or error}") from None
    lines = done.stdout.splitlines()
    if done.returncode != 0:
        raise Unauthorized(f"token_command {program!r} ended with exit code {done.returncode}")
    if not lines or not lines[0].strip():
        raise Unauthorized(f"token_command {program!r} printed no token")
    return lines[0].strip()
