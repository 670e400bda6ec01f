"""`influxctl stack`: resources that were made by templates, kept together."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import Flag, Group
from influxctl.core.errors import UsageError
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Description", "description"),
    Column("Events", "events", lambda events: str(len(events)) if isinstance(events, list) else ""),
    Column("Resources", "resources", lambda found: str(len(found)) if isinstance(found, list) else ""),
    Column("Created", "createdAt", kind="time"),
)
NAME = Flag("name", ("--stack-name", "--name", "-n"), "Name.", metavar="NAME")
DESCRIPTION = Flag("description", ("--stack-description", "--description", "-d"), "Description.", metavar="TEXT")

StackId = Annotated[str | None, Option("--id", "-i", "--stack-id", metavar="ID", help="ID, instead of a name.")]


def _resource(text: str) -> dict[str, str]:
    """`KIND=ID` as an additional resource."""
    kind, equals, found = text.partition("=")
    if not equals:
        raise UsageError(f"--add-resource {text!r}: write it as KIND=ID, such as Bucket=05b7a8e5b7f4a001")
    return {"kind": kind, "resourceID": found}


group = Group("stack", "Stacks: resources that were made by templates.", id="stack_id", kind="stack", columns=COLUMNS)
group.bare = {"stacks": ("list", "list")}  # as in the influx tool
group.list("ListStacks")
group.get("ReadStack")
group.body("create", "CreateStack", (
    NAME, DESCRIPTION, Flag("urls", ("--template-url", "-u"), "URL of a template.", multiple=True, metavar="URL"),
), org="orgID", positional="name", aliases=("init",), help="Create a stack without resources.")  # fmt: skip
group.body("update", "UpdateStack", (
    NAME, DESCRIPTION, Flag("templateURLs", ("--template-url", "-u"), "URL of a template.", multiple=True, metavar="URL"),
    Flag("additionalResources", ("--add-resource", "--addResource"), "Take a resource into the stack.", type=_resource, multiple=True,
         metavar="KIND=ID"),
), help="Change a stack's name, description, template URLs or resources.")  # fmt: skip


def _gone(ctx: Context, stack: str | None, id: str | None, operation: str, what: str, **query: Any) -> None:
    found = group.resolve(ctx, stack, id)
    with ctx.lookups():
        ctx.call("ReadStack", path={"stack_id": found})  # a server says yes to the deletion of any ID
    ctx.confirm(f"Delete {what} {stack or found}?")
    ctx.call(operation, path={"stack_id": found}, query=query).json()
    ctx.note(f"Deleted {what} {found}.")


@group.command("ReadStack", "DeleteStack")
def delete(
    ctx: Context,
    stack: Annotated[str | None, Argument(metavar="[STACK]", help="The stack, by name or ID.")] = None,
    id: StackId = None,
    force: Annotated[bool, Option("--force", help="Do not ask.")] = False,
) -> None:
    """Delete a stack and the resources in it."""
    if force:
        ctx.flags["yes"] = True
    _gone(ctx, stack, id, "DeleteStack", "stack", orgID=ctx.org_id())


@group.command("ReadStack", "UninstallStack")
def uninstall(
    ctx: Context,
    stack: Annotated[str | None, Argument(metavar="[STACK]", help="The stack, by name or ID.")] = None,
    id: StackId = None,
) -> None:
    """Delete the resources in a stack and keep the stack itself."""
    _gone(ctx, stack, id, "UninstallStack", "the resources of stack", orgID=ctx.org_id())
