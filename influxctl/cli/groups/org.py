"""`influxctl org`: organizations, their members and owners, limits and usage."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import DESCRIPTION, NAME, Group
from influxctl.cli.lookup import checked_id, find_org
from influxctl.cli.options import Id
from influxctl.output.columns import Column

COLUMNS = (Column("ID", "id"), Column("Name", "name"), Column("Description", "description"))

group = Group("org", "Organizations, their members, owners, limits and usage.", id="orgID", kind="org", columns=COLUMNS)
group.list("GetOrgs", rename={"org": "name", "orgID": "id"})
group.get("GetOrgsID")
group.body("create", "PostOrgs", (NAME, DESCRIPTION), positional="name", help="Create an organization.")
group.body("update", "PatchOrgsID", (NAME, DESCRIPTION), help="Change an organization's name or description.")
group.edit("GetOrgsID", "PatchOrgsID")
group.delete("DeleteOrgsID", help="Delete an organization and everything in it.")
group.members("OrgsID")
group.owners("OrgsID")


@group.command("GetOrgLimitsID")
def limits(
    ctx: Context,
    org: Annotated[
        str | None, Argument(metavar="[ORG]", help="The organization, by name or ID; your own if left out.")
    ] = None,
    org_id: Id = None,
) -> None:
    """Show the limits of an organization (InfluxDB Cloud)."""
    value = ctx.call("GetOrgLimitsID", path={"orgID": _org(ctx, org, org_id)}).json()
    ctx.show(value, (Column("Limits", "limits"), Column("Full", "@")))


@group.command("GetOrgUsageID")
def usage(
    ctx: Context,
    start: Annotated[str, Option("--start", metavar="TIME", help="Start of the time range (RFC 3339).")],
    stop: Annotated[
        str | None, Option("--stop", metavar="TIME", help="End of the time range (RFC 3339); now if left out.")
    ] = None,
    raw_usage: Annotated[bool | None, Option("--raw-usage", help="Usage as it was measured, not summed up.")] = None,
    org_id: Id = None,
) -> None:
    """Show what an organization used (InfluxDB Cloud), as CSV."""
    query = {"start": start, "stop": stop, "raw": raw_usage or None}
    answer = ctx.call("GetOrgUsageID", path={"orgID": _org(ctx, None, org_id)}, query=query)
    ctx.stdout.write(answer.text)


def _org(ctx: Context, org: str | None, org_id: str | None) -> str:
    """The ID of the organization that is meant, that of the profile if none is."""
    return checked_id(org_id, "--id") if org_id else find_org(ctx, org)
