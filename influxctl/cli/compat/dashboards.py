"""`dashboards`: the list of dashboards."""

from __future__ import annotations

from influxctl.cli.compat.call import Call
from influxctl.cli.compat.handlers import command

PAGE = 100


@command("dashboards")
def list_(call: Call) -> None:
    """Print the dashboards of the organization, or those whose IDs are given."""
    ids = call.flags.many("id")
    query: dict[str, object] = {"id": ids} if ids else dict(call.org())
    found = call.json("failed to find dashboards", "GetDashboards", query={**query, "limit": PAGE})
    if call.wants_json:
        call.print_json(found)
        return
    rows = [
        (item["id"], item["orgID"], item["name"], item.get("description", ""), len(item.get("cells") or ()))
        for item in found["dashboards"]
    ]
    call.table(("ID", "OrgID", "Name", "Description", "Num Cells"), rows)
