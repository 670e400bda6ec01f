"""`influxctl check`: checks of monitored data."""

from __future__ import annotations

from influxctl.cli.factories import DESCRIPTION, NAME, STATUS, Group
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Type", "type"),
    Column("Status", "status", kind="status"),
    Column("Every", "every"),
    Column("Latest completed", "latestCompleted", kind="time"),
)

group = Group("check", "Checks of monitored data.", id="checkID", kind="check", columns=COLUMNS)
group.list("GetChecks")
group.get("GetChecksID")
group.body(
    "create",
    "CreateCheck",
    (NAME, DESCRIPTION, STATUS),
    org="orgID",
    help="Create a check from a file; flags win over it.",
)
group.body(
    "replace", "PutChecksID", (NAME, DESCRIPTION, STATUS), org="orgID", help="Replace a check by the one in a file."
)
group.body("update", "PatchChecksID", (NAME, DESCRIPTION, STATUS), help="Change a check's name, description or status.")
group.delete("DeleteChecksID")
group.call(
    "query",
    "GetChecksIDQuery",
    "Show the Flux script that the server made of a check.",
    columns=(Column("Flux", "flux"),),
)
group.labels("ChecksID")
