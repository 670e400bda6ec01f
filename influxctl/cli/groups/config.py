"""`influxctl config`: the profiles, and which value comes from where."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.core.errors import NotFound, UsageError
from influxctl.output.columns import Column

COLUMNS = (
    Column("Active", "active", lambda on: "*" if on else ""),
    Column("Name", "name"),
    Column("URL", "url"),
    Column("Org", "org"),
    Column("Source", "source"),
)
HIDDEN = "(hidden)"

group = Group("config", "Profiles: servers, tokens and defaults.", columns=COLUMNS)
group.bare = {"config": ("list", "use")}  # `config` alone and `config NAME`, as in the influx tool

Url = Annotated[str | None, Option("--url", "--host-url", "-u", metavar="URL", help="Server URL.")]
Host = Annotated[str | None, Option("--host", metavar="URL", help="Same as --url.", hidden=True)]
Org = Annotated[str | None, Option("--org", "-o", metavar="ORG", help="Organization, by name or ID.")]
Token = Annotated[
    str | None, Option("--token", "-t", metavar="TOKEN", help="API token; - reads it from standard input.")
]
TokenCommand = Annotated[
    str | None, Option("--token-command", metavar="COMMAND", help="Command that prints the token.")
]
Keyring = Annotated[
    bool, Option("--keyring", help="Keep the token in the system's keyring; asked for if none is given.")
]
BucketName = Annotated[str | None, Option("--bucket", "-b", metavar="BUCKET", help="Default bucket.")]
Timeout = Annotated[float | None, Option("--timeout", metavar="SECONDS", help="Seconds to wait for the server.")]
Verify = Annotated[bool | None, Option("--verify-ssl/--no-verify-ssl", help="Whether the TLS certificate is checked.")]
CaCert = Annotated[
    str | None, Option("--ca-cert", metavar="FILE", help="Certificates to trust instead of the system's.")
]
Output = Annotated[
    str | None, Option("--default-output", metavar="FORMAT", help="Output format when none is asked for.")
]
DataDir = Annotated[str | None, Option("--data-dir", metavar="DIR", help="Data of the embedded server.")]


@group.command(name="list", aliases=("ls",))
def list_(ctx: Context) -> None:
    """List profiles, those of the influx tool too. Tokens are never printed."""
    from influxctl.config.profiles import read_all

    own, theirs = read_all(ctx.env, ctx.flags)
    used = ctx.settings.profile
    found: list[dict[str, Any]] = []
    for file in (own, theirs):
        for name, values in file.profiles.items():
            if not any(row["name"] == name for row in found):
                shown = {k: HIDDEN if k in ("token", "signin") else v for k, v in values.items()}
                found.append({"name": name, "active": name == used, **shown, "source": str(file.path)})
    if not any(row["name"] == "local" for row in found):
        found.append({"name": "local", "active": used == "local", "source": "built in"})
    ctx.show(sorted(found, key=lambda row: str(row["name"])), COLUMNS)


@group.command()
def show(
    ctx: Context, origin: Annotated[bool, Option("--origin", help="Also say where each value comes from.")] = False
) -> None:
    """Show the values that a command would use now."""
    from influxctl.config.profiles import SECRET

    rows: list[dict[str, Any]] = [
        {"name": "profile", "value": ctx.settings.profile, "origin": ctx.settings.profile_origin}
    ]
    for key, value in ctx.settings.origins().items():
        shown = HIDDEN if key in SECRET and value.value else value.value
        rows.append({"name": key, "value": shown, "origin": value.origin})
    if ctx.settings.is_local:
        rows = [row | {"value": ctx.settings.url} if row["name"] == "url" else row for row in rows]
    columns = [Column("Name", "name"), Column("Value", "value"), Column("Origin", "origin")]
    if origin:
        ctx.show(rows, columns)
    elif ctx.format in ("table", "csv"):
        ctx.show([row for row in rows if row["value"] not in (None, ())], columns[:2])
    else:
        ctx.show({str(row["name"]): row["value"] for row in rows}, ())


@group.command()
def create(
    ctx: Context,
    name: Annotated[str | None, Argument(metavar="NAME", help="Name of the profile.")] = None,
    config_name: Annotated[str | None, Option("--config-name", "--name", "-n", metavar="NAME", help="Name, as an option.")] = None,
    url: Url = None, host: Host = None, token: Token = None, token_command: TokenCommand = None, org: Org = None,
    bucket: BucketName = None, timeout: Timeout = None, verify_ssl: Verify = None, ca_cert: CaCert = None,
    output: Output = None, data_dir: DataDir = None, keyring: Keyring = False,
    active: Annotated[bool, Option("--active", "--use", "-a", help="Make it the one used when none is named.")] = False,
) -> None:  # fmt: skip
    """Create a profile."""
    wanted = _name(name, config_name)
    values = _values(ctx, url=url or host, token=token, token_command=token_command, org=org, bucket=bucket, timeout=timeout,
                     verify_ssl=verify_ssl, ca_cert=ca_cert, output=output, data_dir=data_dir)  # fmt: skip
    if "url" not in values and "data_dir" not in values:
        raise UsageError("the profile needs a server", hint="give --url URL, or --data-dir DIR for an embedded server")
    if not (keyring or values.keys() & {"token", "token_command", "data_dir"}):
        values |= _asked_token(ctx)

    def change(profiles: Any) -> None:
        profiles.add(wanted, values)
        if active:
            profiles.activate(wanted)
        if keyring:
            _into_keyring(ctx, profiles, wanted)

    after = _edit(ctx, change)
    ctx.note(f"Created profile {wanted!r}{'; it is active' if after.active == wanted else ''}.")


@group.command(aliases=("update",))
def set(
    ctx: Context,
    name: Annotated[str | None, Argument(metavar="NAME", help="Name of the profile.")] = None,
    config_name: Annotated[str | None, Option("--config-name", "--name", "-n", metavar="NAME", help="Name, as an option.")] = None,
    url: Url = None, host: Host = None, token: Token = None, token_command: TokenCommand = None, org: Org = None,
    bucket: BucketName = None, timeout: Timeout = None, verify_ssl: Verify = None, ca_cert: CaCert = None,
    output: Output = None, data_dir: DataDir = None, keyring: Keyring = False,
    unset: Annotated[list[str] | None, Option("--unset", metavar="KEY", help="Remove a value.")] = None,
    active: Annotated[bool, Option("--active", "--use", "-a", help="Make it the one used when none is named.")] = False,
) -> None:  # fmt: skip
    """Change values of a profile."""
    wanted = _name(name, config_name)
    values = _values(ctx, url=url or host, token=token, token_command=token_command, org=org, bucket=bucket, timeout=timeout,
                     verify_ssl=verify_ssl, ca_cert=ca_cert, output=output, data_dir=data_dir)  # fmt: skip
    values |= dict.fromkeys(unset or ())
    if not values and not active and not keyring:
        raise UsageError("nothing to change", hint="give --url, --token, --org or the like")

    def change(profiles: Any) -> None:
        profiles.update(wanted, values)
        if active:
            profiles.activate(wanted)
        if keyring:
            _into_keyring(ctx, profiles, wanted)

    _edit(ctx, change)
    ctx.note(f"Changed profile {wanted!r}.")


@group.command()
def use(ctx: Context, name: Annotated[str, Argument(metavar="NAME", help="Name of the profile.")]) -> None:
    """Make a profile the one used when none is named."""
    _edit(ctx, lambda profiles: profiles.activate(name))
    ctx.note(f"Profile {name!r} is active.")


@group.command(aliases=("delete", "remove"))
def rm(ctx: Context, names: Annotated[list[str], Argument(metavar="NAME...", help="Names of profiles.")]) -> None:
    """Remove profiles."""

    def change(profiles: Any) -> None:
        for name in names:
            if profiles.remove(name).get("keyring"):
                from influxctl.config.ring import forget_token

                forget_token(name)

    ctx.confirm(f"Remove {', '.join(names)}?")
    _edit(ctx, change)
    ctx.note(f"Removed {', '.join(names)}.")


@group.command(name="import")
def import_(
    ctx: Context,
    names: Annotated[
        list[str] | None, Argument(metavar="[NAME]...", help="Names of configurations; all if left out.")
    ] = None,
    overwrite: Annotated[bool, Option("--overwrite", help="Replace profiles of the same name.")] = False,
) -> None:
    """Copy configurations of the influx tool into profiles. Its file is only read."""
    from influxctl.config.profiles import read_all

    theirs = read_all(ctx.env, ctx.flags)[1]
    missing = [name for name in names or () if name not in theirs.profiles]
    if missing or not theirs.profiles:
        raise NotFound(
            f"{theirs.path} has no configuration {', '.join(missing)}".rstrip(),
            hint="--configs-path names another file",
        )
    chosen = {n: v for n, v in theirs.profiles.items() if not names or n in names}
    done: list[str] = []

    def change(profiles: Any) -> None:
        for name, values in chosen.items():
            kept = {k: v for k, v in values.items() if k != "signin"}
            if name not in profiles.profiles:
                profiles.add(name, kept)
            elif overwrite:
                profiles.profiles[name] = kept
            else:
                continue
            done.append(name)
        if theirs.active in chosen and profiles.active is None:
            profiles.activate(theirs.active)

    after = _edit(ctx, change)
    left = [name for name in chosen if name not in done]
    ctx.note(
        f"Imported {', '.join(done) or 'nothing'}."
        + (f" Kept what there was: {', '.join(left)}." if left else "")
        + (f" Profile {after.active!r} is active." if after.active in done else "")
    )


@group.command()
def path(ctx: Context) -> None:
    """Print where the profiles are kept."""
    from influxctl.config import paths

    ctx.stdout.write(f"{paths.profiles_file(ctx.env)}\n")


def _name(name: str | None, option: str | None) -> str:
    wanted = name or option
    if not wanted:
        raise UsageError("which profile?", hint="give its name")
    return wanted


def _values(ctx: Context, **values: Any) -> dict[str, Any]:
    """The values given; a token from standard input; paths made absolute."""
    from pathlib import Path

    from influxctl.output import FORMATS

    given = {key: value for key, value in values.items() if value is not None}
    if ctx.flags.pop("token_stdin", None):
        given["token"] = "-"
    if given.get("token") == "-":
        given["token"] = ctx.stdin.readline().strip()
        if not given["token"]:
            raise UsageError("standard input holds no token")
    if "url" in given and not str(given["url"]).startswith(("http://", "https://")):
        raise UsageError(f"{given['url']!r} is not a URL", hint="write it like http://localhost:8086")
    if given.get("output") not in (None, *FORMATS):
        raise UsageError(f"there is no output format {given['output']!r}", hint=f"choose one of {', '.join(FORMATS)}")
    for key in ("ca_cert", "data_dir"):
        if key in given:
            given[key] = str(Path(given[key]).expanduser().absolute())
    return given


def _asked_token(ctx: Context) -> dict[str, Any]:
    """A token typed on a terminal, which is better than one in the shell's history; none elsewhere."""
    from influxctl.cli.prompt import ask_password, interactive

    token = ask_password(ctx, "API token (empty for none)", "--token").strip() if interactive(ctx) else ""
    return {"token": token} if token else {}


def _into_keyring(ctx: Context, profiles: Any, name: str) -> None:
    """Move the token of a profile, or one that is asked for, from the file to the keyring."""
    from influxctl.cli.prompt import ask_password
    from influxctl.config.ring import keep_token

    token = profiles.get(name).get("token") or ask_password(ctx, "API token", "--token")
    if not token.strip():
        raise UsageError("there is no token to keep", hint="give --token-stdin, or type one")
    keep_token(name, token.strip())
    profiles.update(name, {"token": None, "token_command": None, "keyring": True})


def _edit(ctx: Context, change: Any) -> Any:
    from influxctl.config import paths
    from influxctl.config.files import edit_profiles

    return edit_profiles(paths.profiles_file(ctx.env), change)
