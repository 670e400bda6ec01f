"""window and aggregateWindow: rows by windows of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from influxctl.core.columns import GID, Block, Column, ColumnType
from influxctl.core.errors import Invalid
from influxctl.core.frames import kept, pick, present, put, take, take_or_null, taken, without
from influxctl.core.readspec import Aggregate, Window
from influxctl.core.reduce import SELECTORS, reduce_segments
from influxctl.core.times import Duration
from influxctl.flux.packages import BuiltinFunction
from influxctl.flux.reading import Read, blocks_of, grouped_blocks, interleaved, with_range
from influxctl.flux.stdlib import builtin, constant
from influxctl.flux.stdlib.universe.aggregates import not_key
from influxctl.flux.tables import (
    Blocks,
    Bounds,
    Index,
    Stream,
    block_of,
    concat,
    drop_empty,
    gid_series,
    merge_tables,
    merged_bounds,
    named,
    null_series,
    ranges,
    regroup,
    row_counts,
    sorted_tables,
)
from influxctl.flux.values import Function, Record
from influxctl.flux.windowing import INF_NS, MAX_WINDOWS, Ints, Windows

if TYPE_CHECKING:
    from influxctl.flux.interpreter import Run

INF = Duration(0, INF_NS)
NO_SPAN = Duration()
NO_BOUNDS = "failed to initialize execute state: nil bounds passed to window; use range to set the window range"
REDUCTIONS: tuple[Aggregate, ...] = ("count", "sum", "mean", "min", "max", "first", "last")

constant("universe", "inf", INF)


@builtin("universe", "window")
def window(
    ctx: Run,
    tables: Stream,
    every: Duration = NO_SPAN,
    period: Duration = NO_SPAN,
    offset: Duration = NO_SPAN,
    location: Record | None = None,
    timeColumn: str = "_time",
    startColumn: str = "_start",
    stopColumn: str = "_stop",
    createEmpty: bool = False,
) -> Stream:
    """Rows by windows of time: the window's bounds become part of the group key."""
    place = ctx.location if location is None else location
    if tables.bounds is None:
        raise Invalid(NO_BOUNDS)
    return windowed(tables, every, period, offset, place, timeColumn, startColumn, stopColumn, createEmpty)


@builtin("universe", "_window")
def _window(
    ctx: Run,
    tables: Stream,
    every: Duration,
    period: Duration,
    offset: Duration,
    location: Record,
    timeColumn: str,
    startColumn: str,
    stopColumn: str,
    createEmpty: bool,
) -> Stream:
    """`window` with all parameters given."""
    return window(ctx, tables, every, period, offset, location, timeColumn, startColumn, stopColumn, createEmpty)


@builtin("universe", "_fillEmpty")
def _fill_empty(tables: Stream, createEmpty: bool) -> Stream:
    """A row of nulls in each empty table if `createEmpty`, else no empty tables."""
    return tables.each("fillEmpty", fill_empty if createEmpty else drop_empty)


def windowed(
    tables: Stream,
    every: Duration,
    period: Duration,
    offset: Duration,
    location: Record | None,
    time: str = "_time",
    start: str = "_start",
    stop: str = "_stop",
    create_empty: bool = False,
) -> Stream:
    """The window operation."""
    bounds = tables.bounds
    if bounds is None:
        raise Invalid(NO_BOUNDS)
    plain = time == "_time" and start == "_start" and stop == "_stop"
    if every == INF or (every == Duration() and period == INF):
        return tables.then(
            "window", lambda blocks: _unwindowed(blocks, time, start, stop, bounds), windows=None, plain=plain
        )
    windows = Windows.make(every, period, offset, location)

    def change(block: Block) -> Block:
        return window_block(block, windows, bounds, time, start, stop, create_empty)

    return tables.then(
        "window", merged_bounds(change, (start, stop)), windows=windows, plain=plain, create_empty=create_empty
    )


def _time_column(block: Block, label: str) -> pl.Series:
    column = block.column(label)
    if column is None:
        raise Invalid(f"missing time column {label!r}".replace("'", '"'))
    if column.type != "time":
        raise Invalid(f"column {label} is not of type time, but {column.type}")
    return block.values(label)


def _unwindowed(blocks: Blocks, time: str, start: str, stop: str, bounds: Bounds) -> Iterator[Block]:
    """window(every: inf): the bounds of the range as one window; tables that were windows become one again."""
    changed = []
    for block in blocks:
        keep = drop_empty(block)
        if not keep.tables:
            continue
        times = _time_column(keep, time)
        if times.null_count():
            raise Invalid(f"null values found in time column {time!r}".replace("'", '"'))
        changed.append(set_bounds(keep, start, stop, *(np.full(keep.tables, b, dtype=np.int64) for b in bounds)))
    yield from merge_tables(changed)


def set_bounds(block: Block, start: str, stop: str, low: Ints, high: Ints) -> Block:
    """The block with start and stop columns of these values, one a table, in the group key."""
    columns = [Column(c.label, "time", True) if c.label in (start, stop) else c for c in block.columns]
    for label in (named(start), named(stop)):
        if block.column(label) is None:
            columns.append(Column(label, "time", True))
    keys = put(block.keys, pl.Series(start, low, dtype=pl.Int64), pl.Series(stop, high, dtype=pl.Int64))
    rows = pick(block.rows, [GID, *(c.label for c in columns if not c.key)])
    return Block(tuple(columns), pick(keys, [GID, *(c.label for c in columns if c.key)]), rows)


def placed(block: Block, times: pl.Series, windows: Windows) -> tuple[Ints, Ints, Ints]:
    """Row positions, table and window numbers of all rows, once for each window that holds the row; by table, then window."""
    values = times.to_numpy()
    first, counts = windows.holding(values)
    gids = block.gids.astype(np.int64)
    if counts.size and (counts == 1).all():
        index, numbers = np.arange(len(values)), first
    else:
        index = np.repeat(np.arange(len(values)), counts)
        numbers = ranges(first, counts)
        gids = gids[index]
    if len(index) > 1:
        step = np.diff(gids)
        if not ((step > 0) | ((step == 0) & (np.diff(numbers) >= 0))).all():
            order = np.lexsort((numbers, gids))
            index, gids, numbers = index[order], gids[order], numbers[order]
    return index, gids, numbers


class Segments(NamedTuple):
    """Rows by (table, window): positions of the rows, the segment of each, and table and window number of each segment."""

    rows: Ints
    ids: Ints
    owners: Ints
    numbers: Ints


def segments(block: Block, times: pl.Series, windows: Windows, bounds: Bounds, create_empty: bool) -> Segments:
    """The rows of a block by table and window; with `create_empty` every window of the bounds has a segment in every table."""
    index, gids, numbers = placed(block, times, windows)
    if create_empty:
        every = windows.within(*bounds)
        if len(every) * block.tables > MAX_WINDOWS:
            raise Invalid(f"window: {len(every)} windows for {block.tables} tables are too many")
        place = np.searchsorted(every, numbers)
        if len(every):
            inside = (place < len(every)) & (every[np.minimum(place, len(every) - 1)] == numbers)
            index, gids, place = index[inside], gids[inside], place[inside]
        owners = np.repeat(np.arange(block.tables), len(every))
        return Segments(index, gids * len(every) + place, owners, np.tile(every, block.tables))
    change = np.ones(len(index), dtype=bool)
    change[1:] = (gids[1:] != gids[:-1]) | (numbers[1:] != numbers[:-1])
    return Segments(index, np.cumsum(change) - 1, gids[change], numbers[change])


def timed(block: Block, time: str) -> tuple[Block, pl.Series]:
    """The block without rows that have no time, and the times."""
    times = _time_column(block, time)
    if times.null_count():
        block = Block(block.columns, block.keys, kept(block.rows, present(times)))
        times = _time_column(block, time)
    return block, times


def window_block(
    block: Block, windows: Windows, bounds: Bounds, time: str, start: str, stop: str, create_empty: bool
) -> Block:
    """The rows of a block as a table for each window of each table."""
    block, times = timed(block, time)
    parts = segments(block, times, windows, bounds, create_empty)
    rows = put(taken(block.rows, parts.rows), gid_series(parts.ids))
    keys = put(taken(block.keys, parts.owners), gid_series(np.arange(len(parts.owners))))
    low, high = window_bounds(windows, parts.numbers, bounds)
    return set_bounds(Block(block.columns, keys, rows), start, stop, low, high)


def window_bounds(windows: Windows, numbers: Ints, bounds: Bounds) -> tuple[Ints, Ints]:
    """Where windows begin and end, cut to the range."""
    if not len(numbers):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    distinct, back = np.unique(numbers, return_inverse=True)
    low = np.maximum(windows.start(distinct), bounds[0])
    high = np.minimum(windows.stop(distinct), bounds[1])
    return low[back], high[back]


def fill_empty(block: Block) -> Block:
    """A row of nulls for each empty table."""
    empty = np.flatnonzero(row_counts(block) == 0)
    if not len(empty):
        return block
    nulls = pl.DataFrame([gid_series(empty), *(null_series(c.label, c.type, len(empty)) for c in block.row_columns)])
    rows = pl.concat([block.rows, nulls])
    order = np.argsort(rows[GID].to_numpy(), kind="stable")
    return Block(block.columns, block.keys, rows[order])


# ---------------------------------------------------------------- aggregateWindow


@builtin("universe", "aggregateWindow")
def aggregate_window(
    ctx: Run,
    tables: Stream,
    every: Duration,
    fn: Function,
    period: Duration = NO_SPAN,
    offset: Duration = NO_SPAN,
    location: Record | None = None,
    column: str = "_value",
    timeSrc: str = "_stop",
    timeDst: str = "_time",
    createEmpty: bool = True,
) -> Stream:
    """An aggregate or selector for each window of time."""
    place = ctx.location if location is None else location
    if every != INF:
        windows = Windows.make(every, period, offset, place)
        name = fn.name if isinstance(fn, BuiltinFunction) and fn.package == "universe" else ""
        kind = next((k for k in REDUCTIONS if k == name), None)
        if kind is not None and timeSrc in ("_start", "_stop") and timeDst not in ("_start", "_stop", column):
            return _fused(tables, windows, kind, column, timeSrc, timeDst, createEmpty)
    parts = windowed(tables, every, period, offset, place, create_empty=createEmpty and every != INF)
    made = fn.invoke({fn.pipe or "tables": parts, "column": column})
    made = made.each("fillEmpty", fill_empty if createEmpty and every != INF else drop_empty)
    made = made.each("duplicate", lambda b: copied_time(b, timeSrc, timeDst), column=timeSrc, as_=timeDst)
    made.bounds = tables.bounds
    return windowed(made, INF, INF, Duration(), place, time=timeDst)


def copied_time(block: Block, source: str, target: str) -> Block:
    """The block with the column `source` copied to `target`."""
    from influxctl.flux.stdlib.universe.columns import duplicated

    return duplicated(block, source, target)


def _fused(
    tables: Stream, windows: Windows, kind: Aggregate, column: str, source: str, target: str, create_empty: bool
) -> Stream:
    """aggregateWindow with one of the simple reductions, in one operation."""
    if tables.bounds is None:
        raise Invalid(NO_BOUNDS)
    bounds = tables.bounds

    def change(block: Block) -> Block:
        return _reduce_windows(block, windows, bounds, kind, column, source, target, create_empty)

    def pushed(read: Read) -> Stream | None:
        if not windows.is_pushed or column != "_value":
            return None
        return window_read(read, windows, kind, source, target, create_empty)

    def pushed_grouped(read: Read, labels: tuple[str, ...], plain: Stream) -> Stream | None:
        """A read whose tables are by these tags; `plain` does the same on blocks."""
        if not windows.is_pushed or not windows.is_fixed or column != "_value" or target != "_time":
            return None
        if kind in SELECTORS and read.group is not None:
            return _thinned_read(read, windows, kind, plain)
        return _grouped_read(read, labels, windows, kind, source, create_empty, plain)

    transform = merged_bounds(change, ("_start", "_stop"))
    return tables.then("aggregateWindow", transform, pushed=pushed, pushed_grouped=pushed_grouped, plain_errors=True)


def _grouped_read(
    read: Read,
    labels: tuple[str, ...],
    windows: Windows,
    kind: Aggregate,
    source: str,
    create_empty: bool,
    plain: Stream,
) -> Stream:
    """read |> keep or group |> aggregateWindow by the engine; series that lack one of the tags are another schema: then the plain way
    is taken.
    """
    labels = tuple(sorted(labels, key=lambda x: (x not in _FIRST, x)))

    def blocks() -> Iterator[Block]:
        made = list(_windows_of(replace(read, group=None), windows, kind, create_empty, labels))
        if any(any(b.keys.null_count().row(0)) for b in made) or not _apart(made):
            yield from _plainly(read, plain)
            return
        for block in made:
            table = _as_result(block if read.group is None else sorted_tables(block), read, source, "_time")
            if kind in SELECTORS:
                yield table
                continue
            order = [c for c in table.columns if c.label == "_time"]
            order += [c for c in table.columns if c.key]
            order += [c for c in table.columns if c.label == "_value"]
            yield Block(tuple(order), table.keys, table.rows)

    return Stream("groupedWindowRead", blocks, (), {"prepare": read.prepare, "plain_errors": True})


def _apart(blocks: list[Block]) -> bool:
    """Whether blocks of the engine are alike and share no table. (It gives a block for each type of values that it read.)"""
    if len(blocks) < 2:
        return True
    if len({b.columns for b in blocks}) > 1:
        return False
    keys = pl.concat([without(b.keys, GID) for b in blocks])
    return keys.width > 0 and not keys.is_duplicated().any()


def _plainly(read: Read, plain: Stream) -> Iterator[Block]:
    """What `plain` makes of the read, on blocks."""
    rows = iter(blocks_of(read))
    below = plain.parents[0]
    yield from plain.transform(rows if below.kind == "read" else iter(below.transform(rows)))


def _thinned_read(read: Read, windows: Windows, kind: Aggregate, plain: Stream) -> Stream:
    """read |> group |> aggregateWindow with a selector: of each series only the rows that it would choose are read."""

    def thinned() -> Iterator[Block]:
        for block in _windows_of(replace(read, group=None), windows, kind, False):
            columns = tuple(c for c in block.columns if c.label not in ("_start", "_stop"))
            rows = pick(block.rows, [GID, "_time", "_value"])
            yield with_range(Block(columns, block.keys, rows), read.start, read.stop)

    def blocks() -> Iterator[Block]:
        yield from plain.transform(iter(grouped_blocks(read, interleaved(thinned()))))

    return Stream("thinnedWindowRead", blocks, (), {"prepare": read.prepare, "plain_errors": True})


_FIRST = ("_field", "_measurement")


def fuse(window: Stream) -> Stream | None:
    """window |> count, sum … |> duplicate(column: "_stop", as: "_time") |> window(every: inf), as one operation."""
    copy = window.parents[0]
    if window.args["windows"] is not None or not window.args["plain"] or copy.kind != "duplicate":
        return None
    source, target = copy.args["column"], copy.args["as_"]
    if source not in ("_start", "_stop") or target != "_time":
        return None
    below = copy.parents[0]
    if below.kind == "windowTables":
        read, windows, kind, create_empty = below.args["made_of"]
        return window_read(read, windows, kind, source, target, create_empty)
    if below.kind != "reduce" or below.args["column"] != "_value" or below.args["reduction"] in SELECTORS:
        return None
    inner = below.parents[0]
    if inner.kind != "window" or inner.args["windows"] is None or not inner.args["plain"]:
        return None
    kind, create_empty = below.args["reduction"], inner.args["create_empty"]
    return _fused(inner.parents[0], inner.args["windows"], kind, "_value", source, target, create_empty)


def _reduce_windows(
    block: Block,
    windows: Windows,
    bounds: Bounds,
    kind: Aggregate,
    column: str,
    source: str,
    target: str,
    create_empty: bool,
) -> Block:
    """One row a window in each table, on columns."""
    used = block.column(column)
    if used is None:
        raise Invalid(f'{kind}: column "{column}" does not exist')
    if kind not in SELECTORS:
        not_key(_outer_keys([c for c in block.columns if c.key]), column)
    block, times = timed(block, "_time")
    parts = segments(block, times, windows, bounds, create_empty)
    values = block.values(column)
    if len(parts.rows) != len(values) or not (parts.rows == np.arange(len(values))).all():
        values = take(values, parts.rows)
    reduced = reduce_segments(kind, parts.ids, len(parts.owners), values)
    low, high = window_bounds(windows, parts.numbers, bounds)
    moment = pl.Series(target, high if source == "_stop" else low, dtype=pl.Int64)
    keys = [c for c in _outer_keys([c for c in block.columns if c.key]) if c.label != target]
    key_series = [_bound_or_key(block, key.label, bounds) for key in keys]
    if kind in SELECTORS:
        chosen = np.asarray(reduced.rows)
        index = np.where(chosen >= 0, parts.rows[np.maximum(chosen, 0)], -1) if len(parts.rows) else chosen
        columns, rows = _selected(block, keys, index, moment, target)
    else:
        kind_of: ColumnType = "float" if kind == "mean" else "int" if kind == "count" else used.type
        value = Column(column, kind_of)
        rows = [moment, reduced.values.alias(column)]
        columns = [Column(target, "time"), *keys, value]
        if target != "_time":
            columns = [*keys, value, Column(target, "time")]
    made = drop_empty(block_of(columns, key_series, rows, parts.owners, block.tables))
    in_key = any(c.key and c.label == target for c in block.columns)  # then the new times are, too
    return concat(regroup([made], lambda b: {target, *(k.label for k in keys)})) if in_key and made.tables else made


def _outer_keys(keys: list[Column]) -> list[Column]:
    """The key columns with the bounds of the range among them."""
    labels = {k.label for k in keys}
    return [*keys, *(Column(label, "time", True) for label in ("_start", "_stop") if label not in labels)]


def _bound_or_key(block: Block, label: str, bounds: Bounds) -> pl.Series:
    if label in ("_start", "_stop"):
        bound = bounds[0] if label == "_start" else bounds[1]
        return pl.Series(label, np.full(block.tables, bound, dtype=np.int64))
    return block.keys[label]


def _selected(
    block: Block, keys: list[Column], index: Index, moment: pl.Series, target: str
) -> tuple[list[Column], list[pl.Series]]:
    """The columns of the rows that a selector chose, one a window, null where the window was empty."""
    by_label = {k.label: k for k in keys}
    columns: list[Column] = []
    rows: list[pl.Series] = []
    for column in block.columns:
        if column.label in by_label:
            columns.append(by_label[column.label])
        elif column.label == target:
            columns.append(Column(target, "time"))
            rows.append(moment)
        else:
            columns.append(column)
            rows.append(take_or_null(block.rows[column.label], index))
    present = {c.label for c in columns}
    columns += [k for k in keys if k.label not in present]
    if target not in present:
        columns.append(Column(target, "time"))
        rows.append(moment)
    return columns, rows


def _windows_of(
    read: Read, windows: Windows, kind: Aggregate, create_empty: bool, group: tuple[str, ...] | None = None
) -> Iterator[Block]:
    """A row a window from the read, with `_start`, `_stop`, `_time` for selectors, and `_value`; keys as the engine has them."""
    if windows.is_fixed:
        span = Window(windows.every.ns, windows.offset.ns % windows.every.ns, create_empty)
        yield from read.bucket.source.read(replace(read.spec(), aggregate=kind, window=span, group=group))
        return
    bounds = (read.start, read.stop)
    for block in read.bucket.source.read(read.spec()):
        parts = segments(block, block.rows["_time"], windows, bounds, create_empty)
        values = take(block.rows["_value"], parts.rows)
        reduced = reduce_segments(kind, parts.ids, len(parts.owners), values)
        low, high = window_bounds(windows, parts.numbers, bounds)
        used = block.column("_value")
        assert used is not None
        kind_of: ColumnType = "float" if kind == "mean" else "int" if kind == "count" else used.type
        columns = [Column("_start", "time"), Column("_stop", "time")]
        rows = [pl.Series("_start", low, dtype=pl.Int64), pl.Series("_stop", high, dtype=pl.Int64)]
        if kind in SELECTORS:
            chosen = np.asarray(reduced.rows)
            times = take(block.rows["_time"], parts.rows)
            columns.append(Column("_time", "time"))
            rows.append(take_or_null(times, chosen).alias("_time"))
        columns.append(Column("_value", kind_of))
        rows.append(reduced.values.alias("_value"))
        keys = [c for c in block.columns if c.key]
        made = block_of([*keys, *columns], [block.keys[k.label] for k in keys], rows, parts.owners, block.tables)
        yield drop_empty(made)


def window_read(read: Read, windows: Windows, kind: Aggregate, source: str, target: str, create_empty: bool) -> Stream:
    """aggregateWindow performed by the read."""

    def blocks() -> Iterator[Block]:
        for block in _windows_of(read, windows, kind, create_empty):
            yield _as_result(block, read, source, target)

    return Stream("windowRead", blocks, (), {"prepare": read.prepare, "plain_errors": True})


def _as_result(block: Block, read: Read, source: str, target: str) -> Block:
    """Windows of the engine as the rows of aggregateWindow."""
    moment = block.rows[source].alias(target)
    value = block.column("_value")
    assert value is not None
    keys = [c for c in block.columns if c.key]
    rows = pl.DataFrame([block.rows[GID], moment, block.rows["_value"]])
    made = with_range(Block((*keys, Column(target, "time"), value), block.keys, rows), read.start, read.stop)
    if target == "_time":
        return made
    order = [c for c in made.columns if c.label != target]
    order.append(Column(target, "time"))
    return Block(tuple(order), made.keys, pick(made.rows, [GID, "_value", target]))


def window_tables(read: Read, windows: Windows, kind: Aggregate, create_empty: bool) -> Stream:
    """window |> count, sum … performed by the read: a table a window."""

    def blocks() -> Iterator[Block]:
        for block in _windows_of(read, windows, kind, create_empty):
            if kind in SELECTORS and block.rows["_value"].null_count():
                block = Block(block.columns, block.keys, kept(block.rows, present(block.rows["_value"])))
            yield _as_tables(block)

    return Stream(
        "windowTables",
        blocks,
        (),
        {"prepare": read.prepare, "plain_errors": True, "made_of": (read, windows, kind, create_empty)},
    )


def _as_tables(block: Block) -> Block:
    """Each row, a window, as a table of its own with the window's bounds in the key."""
    count = block.rows.height
    labels = [c.label for c in block.columns if c.key]
    keys = taken(pick(block.keys, labels), block.rows[GID])
    keys = put(keys, block.rows["_start"], block.rows["_stop"], gid_series(np.arange(count)))
    row_labels = [label for label in ("_time", "_value") if label in block.rows.columns]
    labels.sort(key=lambda label: (label not in ("_field", "_measurement"), label))
    by_label = {c.label: c for c in block.columns}
    columns = [Column("_start", "time", True), Column("_stop", "time", True)]
    columns += [by_label[label] for label in (*row_labels, *labels)]
    rows = put(pick(block.rows, row_labels), gid_series(np.arange(count)))
    return Block(tuple(columns), pick(keys, [GID, "_start", "_stop", *labels]), pick(rows, [GID, *row_labels]))
