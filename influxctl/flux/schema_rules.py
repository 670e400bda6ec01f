"""Rewrites of pipelines that ask only for names: tag keys and tag values are answered from the index, without reading points.

The pipelines are those of influxdata/influxdb/schema; whoever writes the same steps by hand gets the same plan, as in the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from influxctl.core.columns import Block, Column, make_block
from influxctl.core.errors import Invalid
from influxctl.core.readspec import And, Compare, Exists, Match, Not, Or, Predicate
from influxctl.core.times import MAX_TIME, MIN_TIME
from influxctl.flux.reading import Read
from influxctl.flux.tables import Stream

_NOT_NAMES = frozenset({"_value", "_time", "_start", "_stop"})


def _columns(predicate: Predicate | None) -> set[str]:
    """The columns that a predicate looks at."""
    if isinstance(predicate, And | Or):
        return _columns(predicate.left) | _columns(predicate.right)
    if isinstance(predicate, Not):
        return _columns(predicate.operand)
    return {predicate.column} if isinstance(predicate, Compare | Match | Exists) else set()


def _names_read(stream: Stream) -> Read | None:
    """The read below, if nothing but series and a range of time decides what it finds."""
    if stream.kind != "read":
        return None
    read: Read = stream.args["read"]
    plain = read.group is None and read.aggregate is None and read.limit is None
    return read if plain and not _columns(read.predicate) & _NOT_NAMES else None


def _without_group(stream: Stream) -> Stream:
    """The stream below a `group()` without columns."""
    if stream.kind == "group" and not stream.args["columns"] and stream.args["mode"] == "by":
        return stream.parents[0]
    return stream


def _answer(read: Read, values: Callable[[], Iterable[str]]) -> Stream:
    """A stream of one table with the column `_value`, which may be empty."""

    def blocks() -> list[Block]:
        if read.start >= read.stop:
            raise Invalid("error in building plan while starting program: cannot query an empty range")
        found = list(values())
        return [make_block([Column("_value", "string")], {}, {"_value": found}, [0] * len(found))]

    return Stream("names", blocks, (), {"prepare": read.bucket.find, "plain_errors": True})


def tag_values_from_index(stream: Stream) -> Stream | None:
    """read |> keep(columns: [tag]) |> group() |> distinct(column: tag)"""
    if stream.kind != "distinct" or stream.parents[0].kind != "group":
        return None
    keep = _without_group(stream.parents[0])
    tag = stream.args.get("column")
    if keep.kind != "keep" or tag in _NOT_NAMES or keep.args.get("columns") != {tag}:
        return None
    read = _names_read(keep.parents[0])
    if read is None:
        return None

    def values() -> Iterable[str]:
        if tag == "_measurement" and read.predicate is None:  # names of measurements do not know of time (seen, 2.9.1)
            return read.bucket.source.measurements(read.bucket.found, MIN_TIME, MAX_TIME, None)
        return read.bucket.source.tag_values(read.bucket.found, str(tag), read.start, read.stop, read.predicate)

    return _answer(read, values)


def tag_keys_from_index(stream: Stream) -> Stream | None:
    """read |> keys() |> keep(columns: ["_value"]) |> distinct(), with or without group() before the end"""
    if stream.kind != "distinct" or stream.args.get("column") != "_value":
        return None
    keep = _without_group(stream.parents[0])
    if keep.kind != "keep" or keep.args.get("columns") != {"_value"}:
        return None
    keys = keep.parents[0]
    if keys.kind != "keys" or keys.args.get("column") != "_value":
        return None
    read = _names_read(keys.parents[0])
    if read is None:
        return None

    def values() -> Iterable[str]:
        source, bucket = read.bucket.source, read.bucket.found
        tags = source.tag_keys(bucket, read.start, read.stop, read.predicate)
        if not tags and not source.measurements(bucket, read.start, read.stop, read.predicate):
            return ()
        return ("_start", "_stop", "_field", "_measurement", *tags)

    return _answer(read, values)
