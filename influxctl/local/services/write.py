"""Writing and deleting points: who may, into which bucket, and what is answered when some points are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from influxctl.core.errors import Forbidden, InfluxctlError, Invalid, NotFound, Unprocessable
from influxctl.core.ids import check_id, is_id
from influxctl.core.times import go_duration, now_ns
from influxctl.local.services.buckets import Buckets
from influxctl.local.services.orgs import Orgs
from influxctl.local.services.permissions import Actor
from influxctl.local.services.points import Points
from influxctl.local.store.resources import Doc, Resources

if TYPE_CHECKING:
    from influxctl.core.readspec import Predicate
    from influxctl.engine.model import WriteResult
    from influxctl.local.replicate.streams import Streams

PRECISIONS = ("", "ns", "us", "ms", "s")
_SHOWN = 10  # refused points that a message describes


class UnfinishedPoints(NamedTuple):
    """A write that has only to wait for the disk: `sync` may be called in another thread first, `finish` does the rest and raises."""

    sync: Callable[[], None]
    finish: Callable[[], None]


class Write:
    """Points in and out of buckets."""

    def __init__(self, resources: Resources, orgs: Orgs, buckets: Buckets, points: Points, streams: Streams) -> None:
        self.resources = resources
        self.orgs = orgs
        self.buckets = buckets
        self.points = points
        self.streams = streams

    def org_of(self, org: str | None, org_id: str | None) -> Doc:
        """The organization of a request: `orgID`, or `org`, which may be a name or an ID."""
        if org_id:
            return self.resources.get("orgs", check_id(org_id))
        if not org:
            raise Invalid("Please provide either orgID or org")
        found = self.resources.peek("orgs", org) if is_id(org) else None
        return found if found is not None else self.orgs.by_name(org)

    def target(self, actor: Actor, org: str | None, org_id: str | None, bucket: str | None) -> Doc:
        """The bucket of a write, if the caller may write it. Checked in the order of the reference: bucket, org, permission."""
        if not bucket:
            raise NotFound("bucket not found")
        found = self.buckets.named_or_id(self.org_of(org, org_id)["id"], bucket)
        self.check_write(actor, found)
        return found

    @staticmethod
    def check_write(actor: Actor, bucket: Doc) -> None:
        """`Forbidden` (403) unless the caller may write the bucket."""
        if not actor.may_doc("write", "buckets", bucket):
            raise Forbidden(f"insufficient permissions for write{': ' if actor.refusal else ''}{actor.refusal}")

    def write_points(self, bucket: Doc, body: bytes, precision: str) -> None:
        """Write a body of line protocol. `Invalid` when a line cannot be parsed: nothing is written then. `Unprocessable` when points
        were refused: the others are written, and forwarded where the bucket is replicated."""
        self.begin_points(bucket, body, precision).finish()

    def begin_points(self, bucket: Doc, body: bytes, precision: str) -> UnfinishedPoints:
        """`write_points` up to the wait for the disk."""
        unit, now = precision or "ns", now_ns()
        begun = self.points.engine.begin_write(self.points.rules(bucket), body, unit, now)
        return UnfinishedPoints(begun.sync, lambda: self._finish(bucket, body, unit, now, begun.finish()))

    def _finish(self, bucket: Doc, body: bytes, unit: str, now: int, result: WriteResult) -> None:
        """What follows when points are written."""
        if self.streams.replicates(bucket["id"]):
            refused = {one.line for one in result.rejected if one.dropped}
            self.streams.forward(bucket["id"], body, unit, now, refused)
        if result.rejected:
            raise self._partial(bucket, result)

    def _partial(self, bucket: Doc, result: WriteResult) -> InfluxctlError:
        by_schema = [one for one in result.rejected if one.kind == "schema"]
        if by_schema:
            total = result.points + len(result.rejected)
            self._report(bucket, result)
            return Invalid(
                f"{len(by_schema)} out of {total} points rejected"
                " (check rejected_points in your _monitoring bucket for further information)"
            )
        outside = _outside(bucket, result)
        reasons = outside or "; ".join(dict.fromkeys(one.reason for one in result.rejected[:_SHOWN]))
        where = f" for database: {bucket['id']} for retention policy: autogen" if outside else ""
        lines = [{"line": one.line, "reason": one.reason} for one in result.rejected]
        return Unprocessable(
            f"failure writing points to database: partial write: {reasons} dropped={result.dropped}{where}",
            details={"lines": lines},
        )

    def _report(self, bucket: Doc, result: WriteResult) -> None:
        """One row a refused point in the organization's `_monitoring`, as Cloud writes them."""
        monitoring = self.resources.named("buckets", "_monitoring", bucket["orgID"])
        if monitoring is None:
            return
        lines, now = [], now_ns()  # a nanosecond apart, so that no row overwrites another
        for number, one in enumerate(result.rejected):
            tags = {"bucket": bucket["id"], "measurement": one.measurement, "field": one.field, "reason": one.reason}
            text = "".join(f",{key}={_escaped(value)}" for key, value in tags.items() if value)
            lines.append(f"rejected_points{text} count=1i {now + number}")
        self.points.engine.write(self.points.rules(monitoring), "\n".join(lines).encode())

    # Delete.

    def delete_target(
        self, actor: Actor, org: str | None, org_id: str | None, bucket: str | None, bucket_id: str | None
    ) -> Doc:
        """The bucket of a delete, if the caller may delete from it."""
        found_org = self.org_of(org, org_id)
        if not bucket and not bucket_id:
            raise Invalid("Please provide either bucketID or bucket")
        found = self.buckets.named_or_id(found_org["id"], check_id(bucket_id) if bucket_id else bucket or "")
        if not actor.may_doc("write", "buckets", found):
            raise Forbidden(f"insufficient permissions to delete{': ' if actor.refusal else ''}{actor.refusal}")
        return found

    def delete_points(self, bucket: Doc, start: int, stop: int, predicate: Predicate | None) -> None:
        """Delete the points between two times, both inclusive, in nanoseconds."""
        if start <= stop:
            self.points.engine.delete(bucket["id"], start, stop, predicate)


def _escaped(value: str) -> str:
    """A tag value in line protocol."""
    for mark in (",", "=", " "):
        value = value.replace(mark, f"\\{mark}")
    return value.replace("\n", " ").rstrip("\\")


def _outside(bucket: Doc, result: WriteResult) -> str:
    """How InfluxDB (2.9.1) tells of points that are all too old: by the oldest and the newest; '' if there are others."""
    if any(one.kind != "retention" for one in result.rejected):
        return ""
    oldest, newest = (chosen(result.rejected, key=lambda one: one.time) for chosen in (min, max))
    seconds = int(bucket["retentionRules"][0]["everySeconds"])
    return (
        f"dropped {len(result.rejected)} points outside retention policy of duration {go_duration(seconds)}"
        f" - oldest {oldest.reason}, newest {newest.reason}"
    )
