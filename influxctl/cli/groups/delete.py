"""`influxctl delete`: points of a bucket in a time range, perhaps only those that match a predicate."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.cli.lookup import find
from influxctl.cli.options import Bucket, BucketId
from influxctl.cli.prompt import confirm
from influxctl.core.errors import Invalid, UsageError
from influxctl.core.times import format_time, now_ns, parse_duration, parse_time


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
    which = f"the points that match {predicate}" if predicate else "all points"
    if not (ctx.flags.get("dry_run") or ctx.flags.get("curl")):
        confirm(ctx, f"Delete {which} of bucket {wanted} from {body['start']} to {body['stop']}?", required=True)
    ctx.call("PostDelete", query={"orgID": ctx.org_id(), "bucketID": found}, json=body)
    ctx.note("Deleted.")


def moment(text: str, option: str) -> str:
    """A time in RFC 3339: `now`, a span back from now (`-1h`), or the time itself."""
    try:
        if text == "now":
            return format_time(now_ns())
        if text.startswith("-"):
            span = parse_duration(text)
            if span.months:
                raise UsageError(f"{option}: months and years have no fixed length", hint="write days, such as -30d")
            return format_time(now_ns() + span.ns)
        return format_time(parse_time(text))
    except Invalid as error:
        raise UsageError(f"{option}: {error.message}", hint=error.hint) from None


command = command_of(delete, "delete", ["PostDelete"])
