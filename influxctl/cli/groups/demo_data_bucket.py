"""`influxctl demo-data-bucket`: sample buckets of InfluxDB Cloud."""

from __future__ import annotations

from influxctl.cli.factories import Group
from influxctl.output.columns import Column

COLUMNS = (Column("ID", "id"), Column("Name", "name"), Column("Description", "description"))

group = Group("demo-data-bucket", "Sample buckets of InfluxDB Cloud.", id="bucketID", columns=COLUMNS)
group.call("list", "GetDemoDataBuckets", "List the sample buckets.", field="buckets")
group.call(
    "add", "GetDemoDataBucketMembers", "Become a member of a sample bucket, so that it can be read.", note="Added."
)
group.call("remove", "DeleteDemoDataBucketMembers", "Give up a sample bucket.", note="Removed.")
