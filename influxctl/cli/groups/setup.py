"""`influxctl setup`: the first user, organization, bucket and token of a new server, kept as a profile."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.durations import seconds
from influxctl.cli.factories import command_of
from influxctl.cli.prompt import ask, new_password
from influxctl.core.errors import Conflict
from influxctl.output.columns import Column

COLUMNS = (
    Column("User", "user.name"),
    Column("Organization", "org.name"),
    Column("Bucket", "bucket.name"),
    Column("Organization ID", "org.id"),
)


def setup(
    ctx: Context,
    username: Annotated[str | None, Option("--username", "-u", metavar="NAME", help="Name of the first user.")] = None,
    password: Annotated[
        str | None, Option("--password", "-p", metavar="TEXT", help="Password; - reads standard input.")
    ] = None,
    org: Annotated[str | None, Option("--org", "-o", metavar="NAME", help="Name of the organization.")] = None,
    bucket: Annotated[str | None, Option("--bucket", "-b", metavar="NAME", help="Name of the first bucket.")] = None,
    token: Annotated[
        str | None, Option("--token", "-t", metavar="TOKEN", help="The token to be; made by the server if left out.")
    ] = None,
    retention: Annotated[
        str, Option("--retention", "-r", metavar="DURATION", help="How long the bucket keeps points.")
    ] = "0",
    name: Annotated[str, Option("--name", "-n", metavar="PROFILE", help="Name of the profile to write.")] = "default",
    force: Annotated[bool, Option("--force", "-f", help="Ask nothing.")] = False,
    no_profile: Annotated[bool, Option("--no-profile", help="Print the token instead of writing a profile.")] = False,
    check: Annotated[bool, Option("--check", help="Only say whether the server can be set up.")] = False,
    add_user: Annotated[
        bool, Option("--add-user", help="Set up another user, organization and bucket (needs an operator token).")
    ] = False,
) -> None:
    """Set up a new server: its first user, organization, bucket and an operator token, kept as a profile."""
    allowed = bool(ctx.call("GetSetup").json().get("allowed"))
    if check:
        ctx.show({"allowed": allowed}, (Column("Allowed", "allowed"),))
        return
    server = f"the embedded server in {ctx.settings.data_dir}" if ctx.settings.is_local else ctx.settings.url
    if not allowed and not add_user:
        raise Conflict(f"{server} is set up already", hint="sign in, or make a profile with 'influxctl config create'")
    body: dict[str, Any] = {
        "username": username or ask(ctx, "User name", "--username"),
        "password": new_password(ctx, password, "Password"),
        "org": org or ask(ctx, "Organization", "--org"),
        "bucket": bucket or ask(ctx, "Bucket", "--bucket"),
        "retentionPeriodSeconds": seconds(retention, "--retention"),
    }  # fmt: skip
    if token:
        body["token"] = token
    if not force:
        ctx.confirm(
            f"Set up {server} with user {body['username']}, organization {body['org']}, bucket {body['bucket']}?"
        )
    answer = ctx.call("PostSetupUser" if add_user else "PostSetup", json=body).json()
    made = str((answer.get("auth") or {}).get("token", ""))
    if not no_profile and made:
        _keep(ctx, name, made, str(body["org"]))
    elif no_profile and ctx.format not in ("json", "jsonl", "yaml"):
        ctx.show({**answer, "token": made}, (*COLUMNS, Column("Token", "token")))
        return
    ctx.show(answer, COLUMNS)


def _keep(ctx: Context, name: str, token: str, org: str) -> None:
    """The token as a profile, the active one."""
    from influxctl.config import paths
    from influxctl.config.files import Profiles, edit_profiles

    values: dict[str, Any] = {"token": token, "org": org}
    if not ctx.settings.is_local:
        values["url"] = ctx.settings.url
    wanted = "local" if ctx.settings.is_local else name

    def change(profiles: Profiles) -> None:
        if wanted in profiles.profiles or wanted == "local":
            profiles.update(wanted, values)
        else:
            profiles.add(wanted, values)
        profiles.activate(wanted)

    edit_profiles(paths.profiles_file(ctx.env), change)
    ctx.note(f"Profile {wanted!r} holds the token and is active.")


command = command_of(setup, "setup", ["GetSetup", "PostSetup", "PostSetupUser"])
