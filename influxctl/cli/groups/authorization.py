"""`influxctl authorization` (`auth`): API tokens and what they may do."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import DESCRIPTION, STATUS, Group, make_command
from influxctl.cli.lazy import Parameter, TyperOption
from influxctl.cli.lookup import find
from influxctl.cli.options import Id
from influxctl.core.errors import UsageError
from influxctl.output.columns import Column

# Resource types that a permission can name (contract schema Resource, and those that only OSS has).
KINDS = (
    "authorizations", "buckets", "dashboards", "orgs", "tasks", "telegrafs", "users", "variables", "secrets", "labels", "views",
    "documents", "notificationRules", "notificationEndpoints", "checks", "dbrp", "annotations", "sources", "scrapers",
    "notebooks", "remotes", "replications", "flows", "functions",
)  # fmt: skip
GLOBAL_KINDS = frozenset({"orgs", "users"})  # permissions for these have no organization


OF_THE_SERVER = "instance"  # a kind that servers list and that not even the first token of theirs may give on


def permission_text(permissions: object) -> str:
    """Permissions in short: `read:buckets/05b7… write:tasks`."""
    parts = []
    for permission in permissions if isinstance(permissions, list) else []:
        resource = permission.get("resource", {})
        what = "/".join(filter(None, (resource.get("type"), resource.get("name") or resource.get("id"))))
        parts.append(f"{permission.get('action')}:{what}")
    return " ".join(parts)


COLUMNS = (
    Column("ID", "id"),
    Column("Description", "description"),
    Column("Status", "status", kind="status"),
    Column("User", "user"),
    Column("Permissions", "permissions", permission_text),
)
CREATED = (COLUMNS[0], COLUMNS[1], Column("Token", "token"), *COLUMNS[2:])

group = Group("authorization", "API tokens and what they may do.", id="authID", kind="authorization", columns=COLUMNS)


@group.command("GetAuthorizations", name="list")
def list_(
    ctx: Context,
    user: Annotated[
        str | None, Option("--user", "-u", metavar="USER", help="Only those of this user, by name or ID.")
    ] = None,
    user_id: Annotated[str | None, Option("--user-id", metavar="ID", help="Only those of this user, by ID.")] = None,
    with_token: Annotated[
        str | None, Option("--with-token", metavar="TOKEN", help="Only the one with this token.")
    ] = None,
    id: Id = None,
    limit: Annotated[int | None, Option("--limit", min=1, metavar="N", help="At most so many.")] = None,
) -> None:
    """List authorizations. Servers that hash tokens print a token once, when it is made."""
    from influxctl.client.paging import pages

    query: dict[str, Any] = {}
    if user or user_id:
        query["userID"] = user_id or find(ctx, "user", str(user))
    if with_token:
        query["token"] = with_token
    if ctx.flags.get("org") or ctx.flags.get("org_id"):
        query["orgID"] = ctx.org_id()
    rows = pages(ctx.client, "GetAuthorizations", query, limit)
    ctx.show((row for row in rows if not id or row["id"] == id), COLUMNS)


group.get("GetAuthorizationsID")


def _create(ctx: Context, description: str | None, user: str | None, read_bucket: tuple[str, ...], write_bucket: tuple[str, ...],
            all_access: bool | None, operator: bool | None, token_value: str | None, **kinds: Any) -> None:  # fmt: skip
    org = ctx.org_id()
    permissions: list[dict[str, Any]] = []
    for action, names in (("read", read_bucket), ("write", write_bucket)):
        for name in names:
            resource = {"type": "buckets", "id": find(ctx, "bucket", name), "orgID": org}
            permissions.append({"action": action, "resource": resource})
    for kind in KINDS:
        for action in ("read", "write"):
            if kinds.get(f"{action}_{kind}"):
                permissions.append(_on(action, kind, None if kind in GLOBAL_KINDS else org))
    if all_access and operator:
        raise UsageError("--all-access and --operator exclude one another")
    if all_access or operator:
        with ctx.lookups():
            known = [str(kind) for kind in ctx.call("GetResources").json() if kind != OF_THE_SERVER]
        permissions += [
            _on(action, kind, None if operator else org) | ({} if operator or kind != "orgs" else _own_org(action, org))
            for kind in known
            for action in ("read", "write")
            if operator or kind not in ("users",) or action == "read"
        ]
    if not permissions:
        raise UsageError(
            "the token would be allowed nothing", hint="give --read-bucket, --write-bucket, --all-access or the like"
        )
    body: dict[str, Any] = {"orgID": org, "description": description or "", "permissions": permissions}
    if user:
        body["userID"] = find(ctx, "user", user)
    if token_value:
        body["token"] = token_value
    made = ctx.call("PostAuthorizations", json=body).json()
    if token_value and made.get("token") != token_value:
        ctx.note("The server chose a token of its own: it does not take one from outside.")
    ctx.show(made, CREATED)


def _on(action: str, kind: str, org: str | None) -> dict[str, Any]:
    return {"action": action, "resource": {"type": kind} | ({"orgID": org} if org else {})}


def _own_org(action: str, org: str) -> dict[str, Any]:
    """The organization itself, and no other."""
    return {"action": action, "resource": {"type": "orgs", "id": org}}


def _create_params() -> list[Parameter]:
    params: list[Parameter] = [
        DESCRIPTION.option(),
        TyperOption(param_decls=["user", "--user", "-u"], metavar="USER", help="Owner, by name or ID; oneself if left out."),
        TyperOption(param_decls=["read_bucket", "--read-bucket"], multiple=True, metavar="BUCKET", help="May read this bucket."),
        TyperOption(param_decls=["write_bucket", "--write-bucket"], multiple=True, metavar="BUCKET", help="May write this bucket."),
        TyperOption(param_decls=["all_access", "--all-access"], is_flag=True, help="May do everything in the organization."),
        TyperOption(param_decls=["operator", "--operator"], is_flag=True, help="May do everything on the server."),
        TyperOption(param_decls=["token_value", "--token-value"], metavar="TOKEN",
                    help="The token to be, for servers that take one; InfluxDB makes its own."),
    ]  # fmt: skip
    params[0].name = "description"
    for kind in KINDS:
        for action in ("read", "write"):
            params.append(TyperOption(
                param_decls=[f"{action}_{kind}", f"--{action}-{kind}"], is_flag=True, help=f"May {action} all {_words(kind)}."
            ))  # fmt: skip
    return params


def _words(kind: str) -> str:
    return "".join(f" {ch.lower()}" if ch.isupper() else ch for ch in kind)


group.commands["create"] = make_command(
    "create",
    _create,
    _create_params(),
    "Create a token that may do what the flags say. It is printed once.",
    ["PostAuthorizations"],
)
group.body("update", "PatchAuthorizationsID", (STATUS, DESCRIPTION), help="Change a token's status or description.")
group.edit("GetAuthorizationsID", "PatchAuthorizationsID")
group.delete("DeleteAuthorizationsID", help="Delete a token; whoever uses it is locked out.")


def _set_status(name: str, status: str) -> None:
    @group.command("PatchAuthorizationsID", name=name)
    def change(ctx: Context, token: Annotated[str | None, Argument(metavar="[ID]", help="The authorization, by ID or description.")] = None,
               id: Id = None) -> None:  # fmt: skip
        path = {"authID": group.resolve(ctx, token, id)}
        ctx.show(ctx.call("PatchAuthorizationsID", path=path, json={"status": status}).json(), COLUMNS)

    group.commands[name].help = f"Make a token {status}."


_set_status("active", "active")
_set_status("inactive", "inactive")
