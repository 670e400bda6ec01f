"""The rewrites of a pipeline: one function a rule, each takes an operation whose parents are read by nobody else and gives a better
one or None. What can be pushed into the read of a bucket is pushed; the rest runs on blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from influxctl.core.columns import Block
from influxctl.flux.predicates import names_column, push_filter
from influxctl.flux.reading import Read, blocks_of, read_stream, wide_blocks
from influxctl.flux.schema_rules import tag_keys_from_index, tag_values_from_index
from influxctl.flux.tables import Stream, narrowed

Rule = Callable[[Stream], Stream | None]


def _parent_read(stream: Stream) -> Read | None:
    """The read that an operation stands on directly."""
    if len(stream.parents) == 1 and stream.parents[0].kind == "read":
        read: Read = stream.parents[0].args["read"]
        return read
    return None


def range_into_from(stream: Stream) -> Stream | None:
    """from |> range"""
    if stream.kind != "range" or stream.parents[0].kind != "from" or stream.args.get("custom"):
        return None
    start, stop = stream.args["start"], stream.args["stop"]
    return read_stream(Read(stream.parents[0].args["bucket"], start, stop))


def filter_into_read(stream: Stream) -> Stream | None:
    """read |> filter: what storage can decide goes into the predicate, the rest stays."""
    read = _parent_read(stream) if stream.kind == "filter" else None
    if read is None or read.group is not None or read.aggregate is not None or read.limit is not None:
        return None
    if stream.args["keep_empty"] or stream.args.get("split"):
        return None
    pushed = push_filter(stream.args["fn"])
    if pushed is None:
        return None
    below = read_stream(read if pushed.predicate is None else read.with_predicate(pushed.predicate))
    if pushed.rest is None:
        return below
    below.run, below.bounds = stream.run, stream.bounds
    return stream.args["again"](below, pushed.rest)  # type: ignore[no-any-return]


def group_into_read(stream: Stream) -> Stream | None:
    """read |> group(columns:, mode: "by")"""
    read = _parent_read(stream) if stream.kind == "group" else None
    if read is None or read.limit is not None or stream.args["mode"] != "by":
        return None
    if read.aggregate is not None or {"_time", "_value"} & set(stream.args["columns"]):
        return None
    return read_stream(replace(read, group=tuple(stream.args["columns"])))


def aggregate_into_read(stream: Stream) -> Stream | None:
    """read |> count, sum, mean, min, max, first, last; after group all but mean"""
    read = _parent_read(stream) if stream.kind == "reduce" else None
    if read is None or read.limit is not None or read.aggregate is not None or stream.args["column"] != "_value":
        return None
    pushed = stream.args.get("pushed")
    return pushed(read) if pushed is not None else None


def window_aggregate_into_read(stream: Stream) -> Stream | None:
    """read |> aggregateWindow with a plain window, by series or by tags"""
    read = _parent_read(stream) if stream.kind == "aggregateWindow" else None
    if read is None or read.limit is not None or read.aggregate is not None:
        return None
    if read.group is not None:
        grouped = stream.args.get("pushed_grouped")
        labels = tuple(c for c in dict.fromkeys(read.group) if c not in ("_start", "_stop"))
        return grouped(read, labels, stream) if grouped is not None else None
    pushed = stream.args.get("pushed")
    return pushed(read) if pushed is not None else None


def window_into_read(stream: Stream) -> Stream | None:
    """read |> window |> count, sum, mean, min, max, first, last"""
    if stream.kind != "reduce" or stream.parents[0].kind != "window" or stream.args["column"] != "_value":
        return None
    window = stream.parents[0]
    read = _parent_read(window)
    if read is None or read.limit is not None or read.aggregate is not None or read.group is not None:
        return None
    if not window.args["plain"]:
        return None
    windows = window.args["windows"]
    if windows is None:
        return read_stream(replace(read, aggregate=stream.args["reduction"]))
    if not windows.is_pushed:
        return None
    from influxctl.flux.stdlib.universe.windows import window_tables

    return window_tables(read, windows, stream.args["reduction"], window.args["create_empty"])


def windows_into_one(stream: Stream) -> Stream | None:
    """window |> count, sum … |> duplicate |> window(every: inf)"""
    if stream.kind != "window" or stream.args["windows"] is not None:
        return None
    from influxctl.flux.stdlib.universe.windows import fuse

    return fuse(stream)


def kept_windows_into_read(stream: Stream) -> Stream | None:
    """read |> keep(columns: …) |> aggregateWindow: the columns that are kept are the group of the read."""
    if stream.kind != "aggregateWindow" or stream.parents[0].kind != "keep":
        return None
    kept = stream.parents[0].args.get("columns")
    read = _parent_read(stream.parents[0])
    if kept is None or read is None or read.limit is not None or read.aggregate is not None or read.group is not None:
        return None
    grouped = stream.args.get("pushed_grouped")
    bounds = {"_start", "_stop", "_time", "_value"}
    if grouped is None or not bounds <= kept:
        return None
    return grouped(read, tuple(kept - bounds), stream)  # type: ignore[no-any-return]


def pivot_into_read(stream: Stream) -> Stream | None:
    """read |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")"""
    read = _parent_read(stream) if stream.kind == "pivot" else None
    if read is None or read.limit is not None or read.aggregate is not None or read.group is not None:
        return None
    wanted = (["_time"], ["_field"], "_value")
    if (stream.args["rowKey"], stream.args["columnKey"], stream.args["valueColumn"]) != wanted:
        return None
    if read.predicate is not None and names_column(read.predicate, "_value"):
        return None
    return Stream(
        "pivotRead", lambda: wide_or_pivoted(read, stream), (), {"prepare": read.prepare, "plain_errors": True}
    )


def wide_or_pivoted(read: Read, pivot: Stream) -> Iterable[Block]:
    """Storage keeps points as rows already: that is the pivot, unless a point lacks a field, for then the order of rows differs."""
    wide = list(wide_blocks(read))
    if any(any(b.rows.null_count().row(0)) for b in wide):
        return pivot.transform(iter(blocks_of(read)))
    return wide


def needed_columns_before_group(stream: Stream) -> Stream | None:
    """group |> an operation that reads one column and drops the rest: other columns need not be carried along."""
    needs = stream.args.get("needs")
    parent = stream.parents[0] if len(stream.parents) == 1 else None
    if needs is None or parent is None:
        return None
    below: Stream
    if parent.kind == "read":
        read: Read = parent.args["read"]
        if read.group is None or read.only is not None or read.limit is not None:
            return None
        below = read_stream(replace(read, only=frozenset(needs)))
    elif parent.kind == "group" and parent.args["mode"] == "by" and "narrow" not in parent.args:
        labels = {*parent.args["columns"], *needs}
        plain = parent.transform

        def narrow(blocks: Iterable[Block]) -> Iterable[Block]:
            held = list(blocks)
            types = {(c.label, c.type) for b in held for c in b.columns}
            even = len(types) == len({label for label, _ in types})  # else group may fail, and is to
            return plain(narrowed(held, labels) if even else iter(held))

        below = Stream("group", narrow, parent.parents, {**parent.args, "narrow": True})
    else:
        return None
    below.name, below.location, below.number = parent.name, parent.location, parent.number
    below.run, below.bounds = stream.run, stream.bounds
    return Stream(stream.kind, stream.transform, (below,), stream.args)


def key_of_generated(stream: Stream) -> Stream | None:
    """generate.from |> an aggregate"""
    parent = stream.parents[0] if len(stream.parents) == 1 else None
    if parent is None or parent.kind != "generate" or "needs" not in stream.args:
        return None
    return Stream(stream.kind, stream.transform, (parent.args["keyed"],), stream.args)


def distinct_tags_into_read(stream: Stream) -> Stream | None:
    """read |> distinct(column: tag): the first row of each series says it all."""
    read = _parent_read(stream) if stream.kind == "distinct" else None
    if read is None or read.limit is not None or read.aggregate is not None:
        return None
    if stream.args["column"] in ("_time", "_value", "_start", "_stop"):
        return None
    below = read_stream(replace(read, aggregate="first"))
    parent = stream.parents[0]
    below.name, below.location, below.number = parent.name, parent.location, parent.number
    below.run, below.bounds = stream.run, stream.bounds
    return Stream(stream.kind, stream.transform, (below,), stream.args)


def pieces_of_group(stream: Stream) -> Stream | None:
    """group |> sort, mode"""
    if "pieces" not in stream.args:
        return None
    from influxctl.flux.stdlib.universe.pieces import in_pieces

    return in_pieces(stream)


def limit_before_merge(stream: Stream) -> Stream | None:
    """group |> sort |> limit: what is first in the merge is first in its piece."""
    parent = stream.parents[0] if stream.kind == "limit" else None
    first = parent.args.get("first") if parent is not None else None
    if parent is None or first is None or stream.args["n"] <= 0 or stream.args["offset"] < 0:
        return None
    below: Stream = first(stream.args["n"] + stream.args["offset"])
    below.name, below.location, below.number = parent.name, parent.location, parent.number
    below.run, below.bounds = parent.run, parent.bounds
    return Stream(stream.kind, stream.transform, (below,), stream.args)


def limit_into_read(stream: Stream) -> Stream | None:
    """read |> limit"""
    read = _parent_read(stream) if stream.kind == "limit" else None
    if read is None or read.group is not None or read.aggregate is not None or read.limit is not None:
        return None
    if stream.args["n"] <= 0 or stream.args["offset"] < 0:
        return None
    return read_stream(replace(read, limit=stream.args["n"], offset=stream.args["offset"]))


RULES: tuple[Rule, ...] = (
    range_into_from,
    filter_into_read,
    group_into_read,
    aggregate_into_read,
    kept_windows_into_read,
    pivot_into_read,
    window_into_read,
    windows_into_one,
    window_aggregate_into_read,
    limit_into_read,
    tag_values_from_index,
    tag_keys_from_index,
    pieces_of_group,
    limit_before_merge,
    needed_columns_before_group,
    distinct_tags_into_read,
    key_of_generated,
)
