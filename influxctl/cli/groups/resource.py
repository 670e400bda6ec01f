"""`influxctl resource`: kinds of resources that permissions can name."""

from __future__ import annotations

from influxctl.cli.context import Context
from influxctl.cli.factories import Group
from influxctl.output.columns import Column

group = Group("resource", "Kinds of resources that permissions can name.")


@group.command("GetResources", name="list")
def list_(ctx: Context) -> None:
    """List the kinds."""
    ctx.show([{"name": name} for name in ctx.call("GetResources").json()], (Column("Name", "name"),))
