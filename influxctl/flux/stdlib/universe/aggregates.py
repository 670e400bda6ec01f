"""Aggregates: one row a table from a column, the group key kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from influxctl.core.columns import DTYPES, Block, Column, ColumnType
from influxctl.core.errors import Invalid
from influxctl.core.frames import pick, put
from influxctl.core.readspec import Aggregate
from influxctl.core.reduce import reduce_segments
from influxctl.core.times import Duration
from influxctl.flux.reading import Read, blocks_of, read_stream, with_group_columns
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Blocks, Stream, block_of, regroup

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
SECOND = Duration(0, 1_000_000_000)
NUMERIC = ("int", "uint", "float")


def need_column(block: Block, label: str) -> Column:
    """The column that a function works on; `Invalid` if the table lacks it."""
    column = block.column(label)
    if column is None:
        raise Invalid(f'column "{label}" does not exist')
    return column


def not_key(columns: Iterable[Column], label: str) -> None:
    """`Invalid` if a column that shall be aggregated is one of the group key."""
    if any(c.key and c.label == label for c in columns):
        raise Invalid(f'cannot aggregate columns that are part of the group key: "{label}"')


def aggregated(block: Block, column: str, values: pl.Series, kind: ColumnType) -> Block:
    """A block of one row a table: the key columns in table order, then the value."""
    not_key(block.columns, column)
    keys = [c for c in block.columns if c.key]
    series = values.alias(column)
    return block_of(
        [*keys, Column(column, kind)],
        [block.keys[k.label] for k in keys],
        [series],
        np.arange(block.tables),
        block.tables,
    )


def simple(tables: Stream, kind: Aggregate, column: str) -> Stream:
    """count, sum, mean: in memory, or pushed into the read below."""

    def change(block: Block) -> Block:
        used = need_column(block, column)
        if kind == "count":
            counts = np.diff(block.offsets).astype(np.int64)
            return aggregated(block, column, pl.Series(counts), "int")
        if used.type not in NUMERIC:
            raise Invalid(f"unsupported input type for {kind} aggregate: {_go_type(used.type)}")
        made = reduce_segments(kind, block.gids, block.tables, block.values(column))
        return aggregated(block, column, made.values, "float" if kind == "mean" else used.type)

    def pushed(read: Read) -> Stream | None:
        if read.group is None:
            return read_stream(replace(read, aggregate=kind))
        return grouped_mean(read) if kind == "mean" else grouped_read(read, kind)

    return tables.each("reduce", change, column=column, pushed=pushed, reduction=kind, needs={column})


def _go_type(kind: str) -> str:
    return {"bool": "boolean"}.get(kind, kind)


def grouped_read(read: Read, kind: Aggregate) -> Stream:
    """read |> group |> count or sum: a number a series from the engine, added up a group."""

    def blocks() -> Blocks:
        assert read.group is not None
        plain = replace(read, group=None, aggregate=kind)
        wanted = ("_start", "_stop", *read.group)
        parts = []
        for block in with_group_columns(blocks_of(plain), read.group):
            columns = tuple(c for c in block.columns if c.label in wanted or c.label == "_value")
            parts.append(_narrowed(block, columns))
        for block in regroup(parts, lambda b: wanted):
            value = need_column(block, "_value")
            made = reduce_segments("sum", block.gids, block.tables, block.rows["_value"]).values
            by_label = {c.label: c for c in block.columns if c.key}
            keys = [by_label[label] for label in wanted if label in by_label]
            order = [*keys[:2], Column("_value", value.type), *keys[2:]]
            series = [block.keys[k.label] for k in keys]
            yield block_of(order, series, [made.alias("_value")], np.arange(block.tables), block.tables)

    return Stream("groupedRead", blocks, (), {"prepare": read.prepare, "plain_errors": True})


def grouped_mean(read: Read) -> Stream:
    """read |> group |> mean: means of series from the engine, weighed. Columns as in memory: the key, then the value."""
    assert read.group is not None
    group = read.group

    def blocks() -> Blocks:
        parts = []
        plain = replace(read, group=None, aggregate="mean", weighed=True)
        for mean in with_group_columns(blocks_of(plain), group):
            columns = tuple(c for c in mean.columns if c.label in ("_start", "_stop", "_value", *group))
            number = mean.rows["_weight"].cast(pl.Float64).alias("\0n")
            weighed = put(mean.rows, (mean.rows["_value"] * number).alias("_value"), number)
            whole = Block((*columns, Column("\0n", "float")), mean.keys, weighed)
            parts.append(_narrowed(whole, whole.columns))
        for block in regroup(parts, lambda b: {"_start", "_stop", *group}):
            total = reduce_segments("sum", block.gids, block.tables, block.rows["_value"]).values
            number = reduce_segments("sum", block.gids, block.tables, block.rows["\0n"]).values
            yield aggregated(block, "_value", total / number, "float")

    return Stream("groupedRead", blocks, (), {"prepare": read.prepare, "plain_errors": True})


def _narrowed(block: Block, columns: tuple[Column, ...]) -> Block:
    """The block with fewer columns; tables may then have equal keys."""
    return Block(
        columns,
        pick(block.keys, ["\0gid", *(c.label for c in columns if c.key)]),
        pick(block.rows, ["\0gid", *(c.label for c in columns if not c.key)]),
    )


@builtin("universe", "count")
def count(tables: Stream, column: str = "_value") -> Stream:
    """How many rows each table has."""
    return simple(tables, "count", column)


@builtin("universe", "sum")
def sum_(tables: Stream, column: str = "_value") -> Stream:
    """The sum of each table's values."""
    return simple(tables, "sum", column)


@builtin("universe", "mean")
def mean(tables: Stream, column: str = "_value") -> Stream:
    """The mean of each table's values."""
    return simple(tables, "mean", column)


# ---------------------------------------------------------------- aggregates that are never pushed down


def per_table(
    tables: Stream,
    name: str,
    column: str,
    compute: Callable[[Floats], float | None],
    kinds: tuple[str, ...] = NUMERIC,
) -> Stream:
    """An aggregate to float of the values that are not null, computed a table at a time on numpy arrays."""

    def change(block: Block) -> Block:
        used = need_column(block, column)
        if used.type not in kinds:
            raise Invalid(f"unsupported aggregate column type {used.type}")
        out = [compute(values) for values in arrays(block, column)]
        return aggregated(block, column, pl.Series(out, dtype=pl.Float64), "float")

    return tables.each(name, change, needs={column})


def arrays(block: Block, column: str) -> list[Floats]:
    """The values of each table as floats, nulls left out."""
    values, offsets = block.values(column), block.offsets
    if values.null_count():
        keep = values.is_not_null()
        offsets = np.concatenate([[0], np.cumsum(keep.to_numpy())])[offsets]
        values = values.drop_nulls()
    data = values.cast(pl.Float64).to_numpy()
    return [data[a:b] for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]


@builtin("universe", "spread")
def spread(tables: Stream, column: str = "_value") -> Stream:
    """The difference of the greatest and the least value of each table."""

    def change(block: Block) -> Block:
        used = need_column(block, column)
        if used.type not in NUMERIC:
            raise Invalid(f"unsupported aggregate column type {used.type}")
        high = reduce_segments("max", block.gids, block.tables, block.values(column)).values
        low = reduce_segments("min", block.gids, block.tables, block.values(column)).values
        return aggregated(block, column, high - low, used.type)

    return tables.each("spread", change, needs={column})


@builtin("universe", "stddev")
def stddev(tables: Stream, column: str = "_value", mode: str = "sample") -> Stream:
    """The standard deviation of each table's values."""
    if mode not in ("sample", "population"):
        raise Invalid(f'"{mode}" is not a valid standard deviation mode')

    def change(block: Block) -> Block:
        used = need_column(block, column)
        if used.type not in NUMERIC:
            raise Invalid(f"unsupported aggregate column type {used.type}")
        values = block.values(column).cast(pl.Float64)
        gids = block.gids
        if values.null_count():
            keep = values.is_not_null()
            gids, values = gids[keep.to_numpy()], values.drop_nulls()
        data = values.to_numpy()
        counts = np.bincount(gids, minlength=block.tables).astype(float)
        with np.errstate(all="ignore"):
            means = np.bincount(gids, weights=data, minlength=block.tables) / counts
            squares = np.bincount(gids, weights=(data - means[gids]) ** 2, minlength=block.tables)
            out = np.sqrt(squares / (counts - 1 if mode == "sample" else counts))
        return aggregated(block, column, pl.Series(out).set(pl.Series(counts == 0), None), "float")

    return tables.each("stddev", change, needs={column})


@builtin("universe", "skew")
def skew(tables: Stream, column: str = "_value") -> Stream:
    """The skewness of each table's values."""

    def compute(values: Floats) -> float | None:
        mean = second = third = 0.0
        for n, value in enumerate(values.tolist(), 1):  # one pass, so that symmetric values give exactly zero
            delta = value - mean
            part = delta / n
            term = delta * part * (n - 1)
            third += term * part * (n - 2) - 3 * part * second
            second += term
            mean += part
        if not len(values):
            return None
        return float("nan") if second == 0 else float(np.sqrt(len(values)) * third / second**1.5)

    return per_table(tables, "skew", column, compute)


@builtin("universe", "mode")
def mode(tables: Stream, column: str = "_value") -> Stream:
    """The values that occur most in each table; null if none occurs more than the others."""

    def change(block: Block, pieces: Ints | None = None) -> Block:
        used = need_column(block, column)
        not_key(block.columns, column)
        values = block.values(column)
        out: list[Any] = []
        gids: list[int] = []
        ends = block.offsets[1:].tolist()
        if pieces is not None:
            ends = np.unique(np.concatenate([np.flatnonzero(np.diff(pieces)) + 1, block.offsets[1:]])).tolist()
        owners = np.searchsorted(block.offsets[1:], ends).tolist() if pieces is not None else range(block.tables)
        low = 0
        for number, high in zip(owners, ends, strict=True):
            found = _modes(values[low:high])
            out.extend(found)
            gids.extend([number] * len(found))
            low = high
        keys = [c for c in block.columns if c.key]
        series = pl.Series(column, out, dtype=DTYPES[used.type])
        return block_of(
            [*keys, Column(column, used.type)], [block.keys[k.label] for k in keys], [series], gids, block.tables
        )

    return tables.each("mode", change, needs={column}, pieces=change)


def _modes(values: pl.Series) -> list[Any]:
    counts: dict[Any, int] = {}
    for value in values.drop_nulls():
        counts[value] = counts.get(value, 0) + 1
    most = max(counts.values(), default=0)
    found = sorted(v for v, n in counts.items() if n == most)
    if len(found) == len(counts):
        return [None]
    return found


@builtin("universe", "integral")
def integral(
    tables: Stream,
    unit: Duration = SECOND,
    timeColumn: str = "_time",
    column: str = "_value",
    interpolate: str = "",
) -> Stream:
    """The area under each table's curve, in value times unit."""
    if interpolate not in ("", "linear"):
        raise Invalid(f"interpolation method {interpolate} is not supported")
    bounds = tables.bounds

    def change(block: Block) -> Block:
        used = need_column(block, column)
        if used.type not in NUMERIC:
            raise Invalid(f"cannot perform integral over {used.type}")
        times = need_column(block, timeColumn)
        if times.type != "time":
            raise Invalid(f"time column {timeColumn} is not of type time")
        moments, values = block.values(timeColumn), block.values(column).cast(pl.Float64)
        out: list[float | None] = []
        limits = _window_bounds(block, bounds)
        for number, (low, high) in enumerate(zip(block.offsets[:-1].tolist(), block.offsets[1:].tolist(), strict=True)):
            v = values[low:high]
            keep = v.is_not_null()
            t = moments[low:high].filter(keep).to_numpy()
            out.append(_area(t, v.filter(keep).to_numpy(), unit.ns, limits[number] if interpolate else None))
        return aggregated(block, column, pl.Series(out, dtype=pl.Float64), "float")

    return tables.each("integral", change)


def _window_bounds(block: Block, bounds: tuple[int, int] | None) -> list[tuple[int, int] | None]:
    start, stop = block.column("_start"), block.column("_stop")
    if start is not None and stop is not None and start.key and stop.key:
        return list(zip(block.keys["_start"].to_list(), block.keys["_stop"].to_list(), strict=True))
    return [bounds] * block.tables


def _area(times: Integers, values: Floats, unit: int, limits: tuple[int, int] | None) -> float | None:
    """The area under straight lines between the points, with `limits` also before the first and after the last."""
    if not len(times):
        return None
    with np.errstate(all="ignore"):
        if limits is not None:
            first = last = np.float64(0.0)
            if len(times) > 1:
                first = (values[1] - values[0]) / np.float64(times[1] - times[0])
                last = (values[-1] - values[-2]) / np.float64(times[-1] - times[-2])
            low, high = limits
            if low < times[0]:
                values = np.concatenate([[values[0] - first * float(times[0] - low)], values])
                times = np.concatenate([[low], times])
            if high > times[-1]:
                values = np.concatenate([values, [values[-1] + last * float(high - times[-1])]])
                times = np.concatenate([times, [high]])
        return float(((values[1:] + values[:-1]) / 2 * np.diff(times)).sum() / np.float64(unit))
