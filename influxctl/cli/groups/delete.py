"""`influxctl delete`: points of a bucket in a time range, perhaps only those that match a predicate."""

from __future__ import annotations

import re
from typing import Annotated

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.durations import moment
from influxctl.cli.factories import command_of
from influxctl.cli.lookup import find
from influxctl.cli.options import Bucket, BucketId
from influxctl.cli.prompt import confirm
from influxctl.core.errors import UsageError
from influxctl.core.fluxtext import flux_text
from influxctl.core.times import format_time, parse_time
from influxctl.output.columns import Column

_TERM = re.compile(r"""([\w.\-]+|"[^"]+")\s*(!?=)\s*("[^"]*"|'[^']*')""")


def delete(
    ctx: Context,
    bucket: Bucket = None,
    bucket_id: BucketId = None,
    start: Annotated[
        str | None,
        Option("--start", metavar="TIME", help="First time to delete: RFC 3339, or a span back such as -1h."),
    ] = None,
    stop: Annotated[
        str | None, Option("--stop", metavar="TIME", help="Last time to delete: RFC 3339, a span, or now.")
    ] = None,
    predicate: Annotated[
        str | None, Option("--predicate", "-p", metavar="TEXT", help="Only points that match, such as 'host=\"a\"'.")
    ] = None,
    preview: Annotated[bool, Option("--dry-run", help="Only count the series and points that would go.")] = False,
) -> None:
    """Delete points of a bucket by time range and predicate. Asks first; --yes goes ahead."""
    wanted = bucket_id or bucket or ctx.settings.bucket_id or ctx.settings.bucket
    if not wanted:
        raise UsageError("which bucket?", hint="give --bucket NAME")
    if start is None or stop is None:
        raise UsageError(
            "--start and --stop are both needed", hint="for everything: --start 1970-01-01T00:00:00Z --stop now"
        )
    body = {"start": moment(start, "--start"), "stop": moment(stop, "--stop")}
    if predicate:
        body["predicate"] = predicate
    found = find(ctx, "bucket", wanted)
    if preview:
        ctx.show(_count(ctx, found, body), (Column("Series", "series"), Column("Points", "points")))
        return
    which = f"the points that match {predicate}" if predicate else "all points"
    if not ctx.flags.get("curl"):
        confirm(ctx, f"Delete {which} of bucket {wanted} from {body['start']} to {body['stop']}?", required=True)
    ctx.call("PostDelete", query={"orgID": ctx.org_id(), "bucketID": found}, json=body)
    ctx.note("Deleted.")


def _count(ctx: Context, bucket: str, body: dict[str, str]) -> dict[str, int]:
    """How many series (a tag set and a field) and points (values) match."""
    from influxctl.cli.groups.query import run_flux

    # the last time is deleted too, and the end of a range is not part of it
    stop = format_time(parse_time(body["stop"]) + 1)
    script = (
        f'from(bucketID: "{bucket}") |> range(start: {body["start"]}, stop: {stop})'
        f'{_filter(body.get("predicate", ""))} |> count() |> keep(columns: ["_value"])'
    )
    counts = [int(str(row["_value"])) for row in run_flux(ctx, script)]
    return {"series": len(counts), "points": sum(counts)}


def _filter(predicate: str) -> str:
    """A delete predicate as a Flux filter."""
    if not predicate.strip():
        return ""
    terms = []
    for term in re.split(r"(?i)\s+and\s+", predicate.replace("(", " ").replace(")", " ").strip()):
        match = _TERM.fullmatch(term.strip())
        if match is None:
            raise UsageError(
                f"--dry-run cannot count {predicate!r}", hint='it knows NAME="VALUE" and !=, joined by and'
            )
        name, operator, value = match[1].strip('"'), match[2], match[3][1:-1]
        quoted = flux_text(value)
        compared = f"r[{flux_text(name)}] {'==' if operator == '=' else '!='} {quoted}"
        terms.append(compared)
    return f" |> filter(fn: (r) => {' and '.join(terms)})"


command = command_of(delete, "delete", ["PostDelete", "PostQuery"])
