"""`influxctl dbrp`: mappings of v1 databases and retention policies to buckets."""

from __future__ import annotations

from typing import Any

from influxctl.cli.context import Context
from influxctl.cli.factories import Flag, Group
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Database", "database"),
    Column("Retention policy", "retention_policy"),
    Column("Default", "default"),
    Column("Virtual", "virtual"),
    Column("Bucket ID", "bucketID"),
    Column("Organization ID", "orgID", spare=True),
)
DATABASE = Flag("database", ("--db", "--database"), "v1 database.", metavar="NAME")
POLICY = Flag("retention_policy", ("--rp", "--retention-policy"), "v1 retention policy.", metavar="NAME")
DEFAULT = Flag("default", ("--default/--no-default",), "Whether it is the default of the database.", type=bool)
BUCKET = Flag("bucketID", ("--bucket", "--bucket-id", "-b"), "Bucket, by name or ID.", metavar="BUCKET")


def _bucket(ctx: Context, body: dict[str, Any]) -> None:
    """The bucket by its ID."""
    from influxctl.cli.lookup import find

    if body.get("bucketID"):
        body["bucketID"] = find(ctx, "bucket", str(body["bucketID"]))


group = Group(
    "dbrp",
    "Mappings of v1 databases and retention policies to buckets.",
    id="dbrpID",
    columns=COLUMNS,
    noun="DBRP mapping",
)
group.list("GetDBRPs")
group.get("GetDBRPsID", field="content")
group.body(
    "create", "PostDBRP", (DATABASE, POLICY, BUCKET, DEFAULT), org="orgID", finish=_bucket, help="Create a mapping."
)
group.body("update", "PatchDBRPID", (POLICY, DEFAULT), field="content", help="Change a mapping.")
group.delete("DeleteDBRPID")
