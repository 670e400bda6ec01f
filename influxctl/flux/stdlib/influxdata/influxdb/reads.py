"""from, buckets, cardinality: what reads buckets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from influxctl.core.columns import Block, Column, make_block
from influxctl.core.errors import Invalid, NotImplementedHere
from influxctl.flux.predicates import push_filter
from influxctl.flux.reading import Bucket, from_stream
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib.universe.ranges import as_time
from influxctl.flux.tables import Stream
from influxctl.flux.values import Function, Value

if TYPE_CHECKING:
    from influxctl.flux.interpreter import Run

PACKAGE = "influxdata/influxdb"


def named_bucket(
    ctx: Run, bucket: str | None, bucket_id: str | None, host: str | None, org: str | None, org_id: str | None
) -> Bucket:
    """The bucket that a call names; `Invalid` unless exactly one of name and ID is given."""
    if bucket is None and bucket_id is None:
        raise Invalid("must specify bucket or bucketID")
    if bucket is not None and bucket_id is not None:
        raise Invalid("must specify only one of bucket or bucketID")
    if host is not None:
        raise NotImplementedHere("data of another host cannot be read or written here")
    return Bucket(ctx, bucket, bucket_id, org, org_id)


@builtin(PACKAGE, "from")
def from_(
    ctx: Run,
    bucket: str | None = None,
    bucketID: str | None = None,
    host: str | None = None,
    org: str | None = None,
    orgID: str | None = None,
    token: str | None = None,
) -> Stream:
    """All points of a bucket; a range must follow."""
    return from_stream(named_bucket(ctx, bucket, bucketID, host, org, orgID))


@builtin(PACKAGE, "buckets")
def buckets(
    ctx: Run, host: str | None = None, org: str | None = None, orgID: str | None = None, token: str | None = None
) -> Stream:
    """A table of the buckets of the organization."""
    if host is not None:
        raise NotImplementedHere("data of another host cannot be read or written here")

    def blocks() -> Iterable[Block]:
        source = ctx.world.source
        if source is None:
            raise Invalid("this run has no data source")
        found = list(source.list_buckets())
        if not found:
            return
        columns = [Column("name", "string"), Column("id", "string"), Column("organizationID", "string", True)]
        columns += [Column("retentionPolicy", "string"), Column("retentionPeriod", "int")]
        rows = {
            "name": [b.name for b in found],
            "id": [b.id for b in found],
            "retentionPolicy": [""] * len(found),
            "retentionPeriod": [b.retention_ns for b in found],
        }
        yield make_block(columns, {"organizationID": [found[0].org_id]}, rows, [0] * len(found))

    stream = Stream("buckets", blocks)
    stream.run = ctx
    return stream


@builtin(PACKAGE, "cardinality")
def cardinality(
    ctx: Run,
    start: Value,
    bucket: str | None = None,
    bucketID: str | None = None,
    host: str | None = None,
    org: str | None = None,
    orgID: str | None = None,
    predicate: Function | None = None,
    stop: Value = None,
    token: str | None = None,
) -> Stream:
    """How many series a bucket holds in a range."""
    place = named_bucket(ctx, bucket, bucketID, host, org, orgID)
    low = as_time(ctx, start)
    high = as_time(ctx, stop) if stop is not None else int(ctx.now)
    condition = None
    if predicate is not None:
        pushed = push_filter(predicate)
        if pushed is None and not _always_true(predicate):
            raise Invalid("the predicate of cardinality must be one that storage can decide")
        if pushed is not None:
            if pushed.rest is not None:
                raise Invalid("the predicate of cardinality must be one that storage can decide")
            condition = pushed.predicate

    def blocks() -> Iterable[Block]:
        count = place.source.cardinality(place.found, low, high, condition)
        yield make_block([Column("_value", "int")], {}, {"_value": [count]}, [0])

    stream = Stream("cardinality", blocks, (), {"prepare": place.find})
    stream.run = ctx
    return stream


def _always_true(predicate: Function) -> bool:
    from influxctl.flux.rowfn import Batch, Const, Unsupported, cells

    try:
        cell = cells(predicate, Batch(0, (), lambda label: (_ for _ in ()).throw(KeyError(label))))
    except Unsupported:
        return False
    return isinstance(cell, Const) and cell.value is True
