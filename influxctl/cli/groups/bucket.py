"""`influxctl bucket`: buckets, with their labels, members and owners."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.durations import retention, seconds
from influxctl.cli.factories import Group
from influxctl.cli.options import Description, Id
from influxctl.core.errors import UsageError
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Retention", "retentionRules", lambda rules: retention(rules, "everySeconds")),
    Column("Shard group duration", "retentionRules", lambda rules: retention(rules, "shardGroupDurationSeconds")),
    Column("Organization ID", "orgID", spare=True),
    Column("Schema type", "schemaType", lambda kind: str(kind or "implicit")),
)
Retention = Annotated[
    str | None,
    Option("--retention", "-r", metavar="DURATION", help="How long points are kept: 30d, 12h; 0 or infinite for ever."),
]
ShardDuration = Annotated[
    str | None, Option("--shard-group-duration", metavar="DURATION", help="Time range of a shard group, such as 1d.")
]

group = Group("bucket", "Buckets, their labels, members and owners.", id="bucketID", kind="bucket", columns=COLUMNS)
group.list("GetBuckets")
group.get("GetBucketsID")


def _rules(keep: str | None, shard: str | None) -> list[dict[str, Any]]:
    rule: dict[str, Any] = {"type": "expire", "everySeconds": seconds(keep or "0", "--retention")}
    if shard:
        rule["shardGroupDurationSeconds"] = seconds(shard, "--shard-group-duration")
    return [rule]


@group.command("PostBuckets")
def create(
    ctx: Context,
    name: Annotated[str | None, Argument(metavar="NAME", help="Name of the bucket.")] = None,
    name_option: Annotated[
        str | None, Option("--name", "-n", metavar="NAME", help="Name, instead of the argument.")
    ] = None,
    retention: Retention = None,
    shard_group_duration: ShardDuration = None,
    schema_type: Annotated[
        Literal["implicit", "explicit"] | None,
        Option("--schema-type", help="Whether measurements need a schema first."),
    ] = None,
    description: Description = None,
) -> None:
    """Create a bucket."""
    wanted = next((given for given in (name, name_option, ctx.env.get("INFLUX_BUCKET_NAME")) if given is not None), "")
    if not wanted:
        raise UsageError("the bucket needs a name", hint="influxctl bucket create NAME")
    body: dict[str, Any] = {
        "name": wanted,
        "orgID": ctx.org_id(),
        "retentionRules": _rules(retention, shard_group_duration),
    }
    if schema_type:
        body["schemaType"] = schema_type
    if description is not None:
        body["description"] = description
    ctx.show(ctx.call("PostBuckets", json=body).json(), COLUMNS)


@group.command("PatchBucketsID")
def update(
    ctx: Context,
    bucket: Annotated[str | None, Argument(metavar="[BUCKET]", help="The bucket, by name or ID.")] = None,
    bucket_id: Id = None,
    name: Annotated[str | None, Option("--name", "-n", metavar="NAME", help="New name.")] = None,
    retention: Retention = None,
    shard_group_duration: ShardDuration = None,
    description: Description = None,
) -> None:
    """Change a bucket's name, description, retention or shard group duration."""
    body: dict[str, Any] = {}
    if name is not None:
        body["name"] = name
    if description is not None:
        body["description"] = description
    if retention is not None or shard_group_duration is not None:
        rule: dict[str, Any] = {"type": "expire"}
        if retention is not None:
            rule["everySeconds"] = seconds(retention, "--retention")
        if shard_group_duration is not None:
            rule["shardGroupDurationSeconds"] = seconds(shard_group_duration, "--shard-group-duration")
        body["retentionRules"] = [rule]
    if not body:
        raise UsageError("nothing to change", hint="give --name, --description, --retention or --shard-group-duration")
    found = group.resolve(ctx, bucket, bucket_id)
    if "retentionRules" in body and "everySeconds" not in body["retentionRules"][0]:
        # a rule is replaced whole: keep the retention that there is
        now = ctx.call("GetBucketsID", path={"bucketID": found}).json()["retentionRules"]
        body["retentionRules"][0]["everySeconds"] = now[0].get("everySeconds", 0) if now else 0
    ctx.show(ctx.call("PatchBucketsID", path={"bucketID": found}, json=body).json(), COLUMNS)


@group.command("GetBucketsID", "PostQuery")
def describe(
    ctx: Context,
    bucket: Annotated[str | None, Argument(metavar="[BUCKET]", help="The bucket, by name or ID.")] = None,
    bucket_id: Id = None,
) -> None:
    """Show what is in a bucket: measurements with tags and fields, series, first and last point."""
    from influxctl.cli.describe import describe_bucket

    found = group.resolve(ctx, bucket, bucket_id)
    about = describe_bucket(ctx, ctx.call("GetBucketsID", path={"bucketID": found}).json())
    if ctx.format in ("table", "csv"):
        ctx.note(f"{about['series']} series, first point {about['first'] or '-'}, last point {about['last'] or '-'}")
        ctx.show(
            about["measurements"], (Column("Measurement", "name"), Column("Tags", "tags"), Column("Fields", "fields"))
        )
    else:
        ctx.show(about, ())


group.edit("GetBucketsID", "PatchBucketsID")
group.delete("DeleteBucketsID", help="Delete a bucket and all its points.")
group.labels("BucketsID")
group.members("BucketsID")
group.owners("BucketsID")
