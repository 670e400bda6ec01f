"""`influxctl scraper`: scrapers of Prometheus metrics."""

from __future__ import annotations

from typing import Any

from influxctl.cli.context import Context
from influxctl.cli.factories import NAME, Flag, Group
from influxctl.cli.lookup import find
from influxctl.core.errors import UsageError
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("URL", "url"),
    Column("Bucket", "bucket"),
    Column("Org", "org"),
)
FLAGS = (
    NAME,
    Flag("url", ("--url",), "Address of the metrics.", metavar="URL"),
    Flag("bucketID", ("--bucket", "--bucket-id", "-b"), "Bucket to write to, by name or ID.", metavar="BUCKET"),
    Flag("allowInsecure", ("--allow-insecure",), "Do not check the certificate.", type=bool),
)


def _bucket(ctx: Context, body: dict[str, Any]) -> None:
    """The bucket by its ID."""
    if body.get("bucketID"):
        body["bucketID"] = find(ctx, "bucket", str(body["bucketID"]))


def _needed_bucket(ctx: Context, body: dict[str, Any]) -> None:
    """The same for a new one, which the contract lets stand without a bucket and the server does not."""
    if not body.get("bucketID"):
        raise UsageError("which bucket?", hint="give --bucket NAME")
    _bucket(ctx, body)


group = Group("scraper", "Scrapers of Prometheus metrics.", id="scraperTargetID", kind="scraper", columns=COLUMNS)
group.list("GetScrapers")
group.get("GetScrapersID")
group.body(
    "create",
    "PostScrapers",
    FLAGS,
    org="orgID",
    fixed={"type": "prometheus"},
    finish=_needed_bucket,
    help="Create a scraper.",
)
# InfluxDB empties what a PATCH of a scraper leaves out (seen with 2.9.1): it is sent whole.
group.body("update", "PatchScrapersID", FLAGS, finish=_bucket, current="GetScrapersID", help="Change a scraper.")
group.edit("GetScrapersID", "PatchScrapersID", whole=True)
group.delete("DeleteScrapersID")
group.labels("ScrapersID")
group.members("ScrapersID")
group.owners("ScrapersID")
