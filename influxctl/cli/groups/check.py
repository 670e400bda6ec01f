"""`influxctl check`: checks of monitored data."""

from __future__ import annotations

from influxctl.cli.bodies import read_text
from influxctl.cli.context import Context
from influxctl.cli.factories import DESCRIPTION, NAME, STATUS, Group
from influxctl.cli.trial import Expected, Now, Points, TrialBucket, TrialFile, judge, moment_of, read_points
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
group.edit("GetChecksID", "PutChecksID")
group.delete("DeleteChecksID")
group.call(
    "query",
    "GetChecksIDQuery",
    "Show the Flux script that the server made of a check.",
    columns=(Column("Flux", "flux"),),
)
group.labels("ChecksID")


@group.command()
def test(
    ctx: Context,
    file: TrialFile,
    data: Points = None,
    now: Now = None,
    expect: Expected = None,
    bucket: TrialBucket = None,
) -> int | None:
    """Run a check once, offline, on points of your own, and show the statuses it writes; exit 1 if others are expected."""
    import json

    from influxctl.core.errors import UsageError
    from influxctl.offline.tasktest import try_check

    try:
        check = json.loads(read_text(ctx, file))
    except ValueError as error:
        raise UsageError(f"{file!r} is not JSON: {error}") from None
    if not isinstance(check, dict):
        raise UsageError(f"{file!r} must hold one check, as the API has it")
    points, moment = read_points(ctx, data), moment_of(now)
    return judge(ctx, try_check(check, points, moment, bucket or ""), expect)
