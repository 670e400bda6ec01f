"""`influxctl cell`: cells of a dashboard, and what they show."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

from influxctl.cli.bodies import read_any, read_body, skeleton_text
from influxctl.cli.context import Context
from influxctl.cli.factories import Group, check
from influxctl.cli.lookup import find
from influxctl.cli.options import BodyFile, Skeleton
from influxctl.core.errors import UsageError
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"), Column("Name", "name"),
    Column("X", "x"), Column("Y", "y"), Column("Width", "w"), Column("Height", "h"), Column("View ID", "viewID"),
)  # fmt: skip
VIEW_COLUMNS = (Column("ID", "id"), Column("Name", "name"), Column("Type", "properties.type"))
Dashboard = Annotated[str, Argument(metavar="DASHBOARD", help="The dashboard, by name or ID.")]
Cell = Annotated[str, Argument(metavar="CELL", help="The cell, by ID.")]
X = Annotated[int | None, Option("--x", metavar="N", help="Column, from the left.")]
Y = Annotated[int | None, Option("--y", metavar="N", help="Row, from the top.")]
Width = Annotated[int | None, Option("--width", "--w", metavar="N", help="Width in columns.")]
Height = Annotated[int | None, Option("--height", "--h", metavar="N", help="Height in rows.")]

group = Group("cell", "Cells of a dashboard and their views.", kind="dashboard", id="dashboardID", columns=COLUMNS)
views = group.sub("view", "What a cell shows.", columns=VIEW_COLUMNS)


@group.command("GetDashboardsID", name="list")
def list_(ctx: Context, dashboard: Dashboard) -> None:
    """List the cells of a dashboard."""
    path = {"dashboardID": find(ctx, "dashboard", dashboard)}
    ctx.show(ctx.call("GetDashboardsID", path=path).json().get("cells") or [], COLUMNS)


@group.command("PostDashboardsIDCells")
def create(
    ctx: Context, dashboard: Dashboard,
    name: Annotated[str | None, Option("--name", "-n", metavar="NAME", help="Name.")] = None,
    x: X = None, y: Y = None, width: Width = None, height: Height = None,
    using_view: Annotated[str | None, Option("--using-view", metavar="ID", help="Copy this view.")] = None,
    file: BodyFile = None, skeleton: Skeleton = False,
) -> None:  # fmt: skip
    """Add a cell to a dashboard."""
    if skeleton:
        ctx.stdout.write(skeleton_text("CreateCell", ctx.format))
        return
    body = {**read_body(ctx, file), **_given(name=name, x=x, y=y, w=width, h=height, usingView=using_view)}
    check("CreateCell", body)
    path = {"dashboardID": find(ctx, "dashboard", dashboard)}
    ctx.show(ctx.call("PostDashboardsIDCells", path=path, json=body).json(), COLUMNS)


@group.command("PutDashboardsIDCells")
def replace(
    ctx: Context, dashboard: Dashboard,
    file: Annotated[str | None, Option("--file", "-f", metavar="FILE", help="JSON or YAML list of all cells; - is standard input.")] = None,
    skeleton: Skeleton = False,
) -> None:  # fmt: skip
    """Replace all cells of a dashboard by those in a file."""
    if skeleton:
        ctx.stdout.write(skeleton_text("Cells", ctx.format))
        return
    if file is None:
        raise UsageError("the cells are needed", hint="give -f FILE; --skeleton prints an example")
    body = read_any(ctx, file)
    check("Cells", body)
    path = {"dashboardID": find(ctx, "dashboard", dashboard)}
    ctx.show(ctx.call("PutDashboardsIDCells", path=path, json=body).json().get("cells") or [], COLUMNS)


@group.command("PatchDashboardsIDCellsID")
def update(
    ctx: Context, dashboard: Dashboard, cell: Cell, x: X = None, y: Y = None, width: Width = None, height: Height = None
) -> None:
    """Move a cell or change its size."""
    body = _given(x=x, y=y, w=width, h=height)
    if not body:
        raise UsageError("nothing to change", hint="give --x, --y, --width or --height")
    path = {"dashboardID": find(ctx, "dashboard", dashboard), "cellID": cell}
    ctx.show(ctx.call("PatchDashboardsIDCellsID", path=path, json=body).json(), COLUMNS)


@group.command("DeleteDashboardsIDCellsID")
def delete(ctx: Context, dashboard: Dashboard, cell: Cell) -> None:
    """Delete a cell."""
    path = {"dashboardID": find(ctx, "dashboard", dashboard), "cellID": cell}
    ctx.confirm(f"Delete cell {cell}?")
    ctx.call("DeleteDashboardsIDCellsID", path=path)
    ctx.note(f"Deleted cell {cell}.")


@views.command("GetDashboardsIDCellsIDView")
def get(ctx: Context, dashboard: Dashboard, cell: Cell) -> None:
    """Show the view of a cell."""
    path = {"dashboardID": find(ctx, "dashboard", dashboard), "cellID": cell}
    ctx.show(ctx.call("GetDashboardsIDCellsIDView", path=path).json(), VIEW_COLUMNS)


@views.command("PatchDashboardsIDCellsIDView", name="update")
def update_view(
    ctx: Context, dashboard: Dashboard, cell: Cell,
    name: Annotated[str | None, Option("--name", "-n", metavar="NAME", help="Name.")] = None,
    file: BodyFile = None, skeleton: Skeleton = False,
) -> None:  # fmt: skip
    """Change the view of a cell."""
    if skeleton:
        ctx.stdout.write(skeleton_text("View", ctx.format))
        return
    body = {**read_body(ctx, file), **_given(name=name)}
    if not body:
        raise UsageError("nothing to change", hint="give -f FILE; --skeleton prints an example")
    path = {"dashboardID": find(ctx, "dashboard", dashboard), "cellID": cell}
    ctx.show(ctx.call("PatchDashboardsIDCellsIDView", path=path, json=body).json(), VIEW_COLUMNS)


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
