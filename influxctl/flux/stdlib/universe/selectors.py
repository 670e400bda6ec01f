"""Selectors: rows of each table, chosen by a column, kept whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from influxctl.core.columns import DTYPES, Block, Column
from influxctl.core.errors import Invalid
from influxctl.core.readspec import Aggregate
from influxctl.core.reduce import reduce_segments
from influxctl.flux.reading import Read, blocks_of, read_stream, with_group_columns
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib.universe.aggregates import NUMERIC, Floats, aggregated, arrays, need_column
from influxctl.flux.tables import Stream, block_of, null_series, regroup, select_rows, take_rows


def selected(tables: Stream, kind: Aggregate, column: str) -> Stream:
    """first, last, min, max: in memory, or pushed into the read below."""

    def pushed(read: Read) -> Stream | None:
        if read.group is None:
            return read_stream(replace(read, aggregate=kind))
        return _grouped(read, kind)

    return tables.each("reduce", lambda b: select(b, kind, column), column=column, pushed=pushed, reduction=kind)


def select(block: Block, kind: Aggregate, column: str) -> Block:
    """The row of each table that the selector chooses; tables without one stay empty."""
    used = need_column(block, column)
    if kind in ("min", "max") and used.type not in (*NUMERIC, "time"):
        raise Invalid(f"unsupported {kind} column type {used.type}")
    chosen = reduce_segments(kind, block.gids, block.tables, block.values(column)).rows
    rows = np.asarray(chosen)
    cut = take_rows(block, rows[rows >= 0])
    return cut if kind == "first" else _without_nulls(cut)


_ZERO = {"bool": False, "int": 0, "uint": 0, "float": 0.0, "string": "", "time": 0}


def _without_nulls(block: Block) -> Block:
    """The rows with zero values for nulls: what the reference's min, max and last give for the other columns (seen, 2.9.1)."""
    if not any(block.rows.null_count().row(0)):
        return block
    fills = [pl.col(c.label).fill_null(_ZERO[c.type]) for c in block.row_columns]
    return Block(block.columns, block.keys, block.rows.with_columns(fills))


def _grouped(read: Read, kind: Aggregate) -> Stream:
    """read |> group |> selector: the engine chooses a row a series, then a row a group is chosen among them."""
    assert read.group is not None
    wanted = {"_start", "_stop", *read.group}

    def blocks() -> Iterator[Block]:
        parts = with_group_columns(blocks_of(replace(read, group=None, aggregate=kind)), read.group or ())
        for block in regroup(parts, lambda b: wanted):
            if kind in ("min", "max"):
                yield select(block, kind, "_value")
            else:
                yield select(block, "min" if kind == "first" else "max", "_time")

    return Stream("groupedRead", blocks, (), {"prepare": read.prepare, "plain_errors": True})


@builtin("universe", "first")
def first(tables: Stream, column: str = "_value") -> Stream:
    """The first row of each table that is not null."""
    return selected(tables, "first", column)


@builtin("universe", "last")
def last(tables: Stream, column: str = "_value") -> Stream:
    """The last row of each table that is not null."""
    return selected(tables, "last", column)


@builtin("universe", "min")
def min_(tables: Stream, column: str = "_value") -> Stream:
    """The row of each table with the least value."""
    return selected(tables, "min", column)


@builtin("universe", "max")
def max_(tables: Stream, column: str = "_value") -> Stream:
    """The row of each table with the greatest value."""
    return selected(tables, "max", column)


def first_of_kind(frame: pl.DataFrame) -> pl.Series:
    """Which rows hold what no row before held."""
    return frame.select(pl.struct(pl.all()).is_first_distinct()).to_series()


@builtin("universe", "unique")
def unique(tables: Stream, column: str = "_value") -> Stream:
    """The rows of each table whose value did not occur before."""

    def change(block: Block) -> Block:
        need_column(block, column)
        frame = pl.DataFrame({"g": block.rows["\0gid"], "v": block.values(column)})
        return select_rows(block, first_of_kind(frame), keep_empty=True)

    return tables.each("unique", change)


@builtin("universe", "distinct")
def distinct(tables: Stream, column: str = "_value") -> Stream:
    """The distinct values of a column of each table, as `_value`."""

    def change(block: Block) -> Block:
        used = block.column(column)
        keys = [c for c in block.columns if c.key and c.label != "_value"]
        series = [block.keys[k.label] for k in keys]
        if used is None:
            return block_of(
                [*keys, Column("_value", "string")],
                series,
                [null_series("_value", "string", block.tables)],
                np.arange(block.tables),
                block.tables,
            )
        frame = pl.DataFrame({"g": block.rows["\0gid"], "v": block.values(column)})
        found = frame.filter(first_of_kind(frame))
        value = found["v"].alias("_value").cast(DTYPES[used.type])
        return block_of([*keys, Column("_value", used.type)], series, [value], found["g"], block.tables)

    return tables.each("distinct", change, column=column, needs={column})


# ---------------------------------------------------------------- quantiles


@builtin("universe", "quantile")
def quantile(
    tables: Stream,
    q: float,
    column: str = "_value",
    method: str = "estimate_tdigest",
    compression: float = 1000.0,
) -> Stream:
    """The q-quantile of each table's values; `exact_selector` gives the row."""
    if not 0 <= q <= 1:
        raise Invalid("quantile must be between 0 and 1")
    if method == "estimate_tdigest":
        return tables.each("quantile", lambda b: _aggregate_quantile(b, column, q, tdigest_quantile), needs={column})
    if method == "exact_mean":
        return tables.each("quantile", lambda b: _aggregate_quantile(b, column, q, mean_quantile), needs={column})
    if method == "exact_selector":
        return tables.each("quantile", lambda b: _select_quantile(b, column, q))
    raise Invalid(f"unknown method {method}")


@builtin("universe", "median")
def median(
    tables: Stream, column: str = "_value", method: str = "estimate_tdigest", compression: float = 0.0
) -> Stream:
    """The middle of each table's values."""
    stream = quantile(tables, 0.5, column, method, compression)
    stream.name = ""
    return stream


def _aggregate_quantile(block: Block, column: str, q: float, compute: Callable[[Floats, float], float]) -> Block:
    used = need_column(block, column)
    if used.type not in NUMERIC:
        raise Invalid(f"unsupported aggregate column type {used.type}")
    out = [compute(np.sort(values), q) if len(values) else None for values in arrays(block, column)]
    return aggregated(block, column, pl.Series(out, dtype=pl.Float64), "float")


def tdigest_quantile(ordered: Floats, q: float) -> float:
    """The estimate of a t-digest that holds every value by itself, as it does at the default compression."""
    count = len(ordered)
    if count == 1:
        return float(ordered[0])
    index = q * count
    if index <= 0.5:
        return float(ordered[0])
    lower = int(np.ceil(index - 0.5))  # the first centroid whose cumulative weight i + 0.5 reaches the index
    if lower < count:
        high = index - (lower - 0.5)
        return _between(float(ordered[lower - 1]), 1 - high, float(ordered[lower]), high)
    return float(ordered[-1])


def _between(a: float, wa: float, b: float, wb: float) -> float:
    value = (a * wa + b * wb) / (wa + wb)
    return max(min(a, b), min(value, max(a, b)))


def mean_quantile(ordered: Floats, q: float) -> float:
    """The quantile between the two nearest values, weighted by distance."""
    place = q * (len(ordered) - 1)
    low, high = int(np.floor(place)), int(np.ceil(place))
    if low == high:
        return float(ordered[low])
    return float(ordered[low] * (high - place) + ordered[high] * (place - low))


def _select_quantile(block: Block, column: str, q: float) -> Block:
    used = need_column(block, column)
    if used.type not in NUMERIC:
        raise Invalid(f"unsupported column type {used.type}")
    values = block.values(column)
    rows: list[int] = []
    for low, high in zip(block.offsets[:-1].tolist(), block.offsets[1:].tolist(), strict=True):
        part = values[low:high]
        filled = np.flatnonzero(part.is_not_null().to_numpy())
        if not len(filled):
            continue
        order = filled[np.argsort(part.drop_nulls().to_numpy(), kind="stable")]
        place = int(np.ceil(q * len(order))) - 1
        rows.append(low + int(order[max(place, 0)]))
    return take_rows(block, np.array(rows, dtype=np.int64))
