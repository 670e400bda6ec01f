"""`influxctl user`: users, passwords, and who I am."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import STATUS, Flag, Group
from influxctl.cli.options import Id
from influxctl.cli.prompt import new_password
from influxctl.core.errors import UsageError
from influxctl.output.columns import Column

COLUMNS = (Column("ID", "id"), Column("Name", "name"), Column("Status", "status", kind="status"))
Password = Annotated[
    str | None,
    Option("--password", "-p", metavar="TEXT", help="Password; asked for on a terminal, - reads standard input."),
]

group = Group("user", "Users and passwords.", id="userID", kind="user", columns=COLUMNS)


@group.command("GetUsers", name="list")
def list_(
    ctx: Context,
    name: Annotated[str | None, Option("--name", "-n", metavar="NAME", help="Only the user with this name.")] = None,
    id: Id = None,
    limit: Annotated[int | None, Option("--limit", min=1, metavar="N", help="At most so many.")] = None,
) -> None:
    """List users."""
    from itertools import islice

    from influxctl.client.paging import pages

    users = pages(ctx.client, "GetUsers", {})
    ctx.show(
        islice((u for u in users if (not name or u["name"] == name) and (not id or u["id"] == id)), limit), COLUMNS
    )


group.get("GetUsersID")


@group.command("PostUsers", "PostUsersIDPassword", "PostOrgsIDMembers")
def create(
    ctx: Context,
    name: Annotated[str | None, Argument(metavar="NAME", help="Name of the user.")] = None,
    name_option: Annotated[
        str | None, Option("--name", "-n", metavar="NAME", help="Name, instead of the argument.")
    ] = None,
    password: Password = None,
    no_org: Annotated[bool, Option("--no-org", help="Do not make the user a member of the organization.")] = False,
) -> None:
    """Create a user, with a password if one is given, as a member of the organization."""
    wanted = name or name_option
    if not wanted:
        raise UsageError("the user needs a name", hint="influxctl user create NAME")
    secret = new_password(ctx, password) if password is not None else None
    org = None if no_org else ctx.org_id()
    user = ctx.call("PostUsers", json={"name": wanted, "status": "active"}).json()
    if org:
        ctx.call("PostOrgsIDMembers", path={"orgID": org}, json={"id": user["id"], "name": wanted})
    if secret is not None:
        ctx.call("PostUsersIDPassword", path={"userID": user["id"]}, json={"password": secret})
    ctx.show(user, COLUMNS)


group.body(
    "update",
    "PatchUsersID",
    (Flag("name", ("--name", "-n"), "New name."), STATUS),
    partial=True,
    help="Change a user's name or status.",
)
group.edit("GetUsersID", "PatchUsersID")
group.delete("DeleteUsersID")


@group.command("PostUsersIDPassword")
def password(
    ctx: Context,
    user: Annotated[str | None, Argument(metavar="[USER]", help="The user, by name or ID.")] = None,
    id: Id = None,
    name: Annotated[str | None, Option("--name", "-n", metavar="NAME", help="The user, by name.")] = None,
    password: Password = None,
) -> None:
    """Set a user's password."""
    found = group.resolve(ctx, user or name, id)
    secret = new_password(ctx, password)
    ctx.call("PostUsersIDPassword", path={"userID": found}, json={"password": secret})
    ctx.note("The password was changed.")


@group.command("GetMe")
def me(ctx: Context) -> None:
    """Show the user that the token belongs to."""
    ctx.show(ctx.call("GetMe").json(), COLUMNS)


@group.command("PutMePassword")
def my_password(ctx: Context, password: Password = None) -> None:
    """Change one's own password (needs a session, see 'influxctl signin')."""
    ctx.call("PutMePassword", json={"password": new_password(ctx, password)})
    ctx.note("The password was changed.")


@group.command("GetFlags")
def flags(ctx: Context) -> None:
    """List the feature flags that the server has switched on or off for this user."""
    found: dict[str, Any] = ctx.call("GetFlags").json()
    if ctx.format in ("table", "csv"):
        ctx.show(
            [{"name": k, "value": v} for k, v in found.items()], (Column("Name", "name"), Column("Value", "value"))
        )
    else:
        ctx.show(found, ())
