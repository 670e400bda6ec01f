"""`influxctl source`: data sources of InfluxDB OSS."""

from __future__ import annotations

from influxctl.cli.factories import NAME, Flag, Group
from influxctl.cli.groups.bucket import COLUMNS as BUCKETS
from influxctl.cli.groups.server import HEALTH
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Type", "type"),
    Column("URL", "url"),
    Column("Default", "default"),
)
FLAGS = (
    NAME,
    Flag("type", ("--type",), "Kind of source.", choices=("v1", "v2", "self")),
    Flag("url", ("--url",), "Address.", metavar="URL"),
    Flag("default", ("--default/--no-default",), "Whether it is the default source.", type=bool),
)

group = Group("source", "Data sources.", id="sourceID", kind="source", columns=COLUMNS)
group.list("GetSources")
group.get("GetSourcesID")
group.body("create", "PostSources", FLAGS, org="orgID", help="Create a source.")
group.body("update", "PatchSourcesID", FLAGS, help="Change a source.")
group.delete("DeleteSourcesID")
group.call("health", "GetSourcesIDHealth", "Show whether a source is healthy.", columns=HEALTH)
group.call("buckets", "GetSourcesIDBuckets", "List the buckets of a source.", columns=BUCKETS, field="buckets")
