"""`influxctl dashboard`: dashboards, with their labels, members and owners."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import DESCRIPTION, NAME, Group
from influxctl.core.errors import UsageError
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Description", "description"),
    Column("Cells", "cells", lambda cells: str(len(cells)) if isinstance(cells, list) else ""),
    Column("Updated", "meta.updatedAt", kind="time"),
)

group = Group("dashboard", "Dashboards.", id="dashboardID", kind="dashboard", columns=COLUMNS)
group.bare = {"dashboards": ("list", "list")}  # as in the influx tool
group.list("GetDashboards")
group.get("GetDashboardsID")
group.body(
    "create", "PostDashboards", (NAME, DESCRIPTION), org="orgID", positional="name", help="Create an empty dashboard."
)
group.body("update", "PatchDashboardsID", (NAME, DESCRIPTION), help="Change a dashboard's name or description.")
group.edit("GetDashboardsID", "PatchDashboardsID", without=("cells",))
group.delete("DeleteDashboardsID")
group.labels("DashboardsID")
group.members("DashboardsID")
group.owners("DashboardsID")


@group.command("GetDashboardsID", "GetDashboardsIDCellsIDView", "GetVariables", "PostQuery")
def show(
    ctx: Context,
    dashboard: Annotated[str, Argument(metavar="DASHBOARD", help="The dashboard, by name or ID.")],
    start: Annotated[
        str, Option("--start", metavar="TIME", help="Start of the range: a duration back, or RFC 3339.")
    ] = "-1h",
    stop: Annotated[str, Option("--stop", metavar="TIME", help="End of the range.")] = "now()",
    var: Annotated[
        list[str] | None, Option("--var", metavar="NAME=VALUE", help="Value of a variable; can be repeated.")
    ] = None,
    html: Annotated[str | None, Option("--html", metavar="FILE", help="Write a page instead of drawing here.")] = None,
) -> None:
    """Draw a dashboard with its data: cells in their grid, variables as options; or write it as a page."""
    from influxctl.cli.board import load

    given = dict(_pair(text) for text in var or ())
    board = load(ctx, dashboard, start, stop, given)
    if html:
        from pathlib import Path

        from influxctl.output.board_html import page

        Path(html).write_text(page(board.name, board.cells), encoding="utf-8")
        ctx.note(f"Wrote {html}.")
        return
    from influxctl.output.board import render_board

    values = "  ".join(f"{name}={value}" for name, value in board.values.items())
    ctx.stdout.write(f"{board.name}  {start} to {stop}  {values}".rstrip() + "\n")
    ctx.stdout.write(render_board(board.cells, ctx.style.size[0], color=ctx.style.color))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--var {text!r} is not of the form NAME=VALUE")
    return name, value
