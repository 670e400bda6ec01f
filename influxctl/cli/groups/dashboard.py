"""`influxctl dashboard`: dashboards, with their labels, members and owners."""

from __future__ import annotations

from influxctl.cli.factories import DESCRIPTION, NAME, Group
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
group.edit("GetDashboardsID", "PatchDashboardsID")
group.delete("DeleteDashboardsID")
group.labels("DashboardsID")
group.members("DashboardsID")
group.owners("DashboardsID")
