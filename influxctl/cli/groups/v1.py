"""`influxctl v1`: authorizations and mappings for clients of InfluxDB 1.x."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.cli.groups import dbrp
from influxctl.cli.groups.authorization import permission_text
from influxctl.cli.lookup import find
from influxctl.cli.options import Description, Id
from influxctl.cli.prompt import new_password
from influxctl.core.errors import UsageError
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Description", "description"),
    Column("Username", "token"),
    Column("Status", "status", kind="status"),
    Column("User ID", "userID"),
    Column("Permissions", "permissions", permission_text),
)
Username = Annotated[str | None, Option("--username", metavar="NAME", help="User name of the v1 client.")]
Password = Annotated[
    str | None, Option("--password", metavar="TEXT", help="Password; asked for on a terminal, - reads standard input.")
]
Who = Annotated[str | None, Argument(metavar="[USERNAME]", help="The authorization, by user name or ID.")]

group = Group("v1", "Authorizations and mappings for clients of InfluxDB 1.x.")
auth = group.sub(
    "auth", "Authorizations of v1 clients.", id="authID", kind="v1 auth", columns=COLUMNS, aliases=("authorization",)
)
group.commands["dbrp"] = dbrp.group
auth.list("GetLegacyAuthorizations", rename={"token": "username"})
auth.get("GetLegacyAuthorizationsID")


@auth.command("PostLegacyAuthorizations", "PostLegacyAuthorizationsIDPassword")
def create(
    ctx: Context,
    username: Username = None,
    password: Password = None,
    no_password: Annotated[bool, Option("--no-password", help="Set no password now.")] = False,
    read_bucket: Annotated[
        list[str] | None, Option("--read-bucket", metavar="BUCKET", help="May read this bucket.")
    ] = None,
    write_bucket: Annotated[
        list[str] | None, Option("--write-bucket", metavar="BUCKET", help="May write this bucket.")
    ] = None,
    description: Description = None,
) -> None:
    """Create an authorization for a v1 client, with user name and password."""
    if not username:
        raise UsageError("the authorization needs a user name", hint="give --username")
    secret = None if no_password else new_password(ctx, password)
    org = ctx.org_id()
    permissions = [
        {"action": action, "resource": {"type": "buckets", "id": find(ctx, "bucket", name), "orgID": org}}
        for action, names in (("read", read_bucket), ("write", write_bucket))
        for name in names or ()
    ]
    if not permissions:
        raise UsageError("the authorization would be allowed nothing", hint="give --read-bucket or --write-bucket")
    body: dict[str, Any] = {
        "token": username,
        "orgID": org,
        "permissions": permissions,
        "description": description or "",
    }
    made = ctx.call("PostLegacyAuthorizations", json=body).json()
    if secret is not None:
        ctx.call("PostLegacyAuthorizationsIDPassword", path={"authID": made["id"]}, json={"password": secret})
    ctx.show(made, COLUMNS)


auth.delete("DeleteLegacyAuthorizationsID")


@auth.command("PostLegacyAuthorizationsIDPassword", name="set-password")
def set_password(
    ctx: Context, who: Who = None, id: Id = None, username: Username = None, password: Password = None
) -> None:
    """Set the password of an authorization."""
    found = auth.resolve(ctx, who or username, id)
    ctx.call(
        "PostLegacyAuthorizationsIDPassword", path={"authID": found}, json={"password": new_password(ctx, password)}
    )
    ctx.note("The password was changed.")


def _set_status(name: str, status: str) -> None:
    @auth.command("PatchLegacyAuthorizationsID", name=name)
    def change(ctx: Context, who: Who = None, id: Id = None, username: Username = None) -> None:
        path = {"authID": auth.resolve(ctx, who or username, id)}
        ctx.show(ctx.call("PatchLegacyAuthorizationsID", path=path, json={"status": status}).json(), COLUMNS)

    command = auth.commands[name]
    assert not isinstance(command, Group)
    command.help = f"Make an authorization {status}."


_set_status("set-active", "active")
_set_status("set-inactive", "inactive")
