"""range, and the times that a script may give: absolute, seconds, or relative to now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from influxctl.core.columns import GID, Block, Column
from influxctl.core.errors import Invalid
from influxctl.core.frames import pick
from influxctl.core.times import Duration
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Stream, constant_series, merged_bounds, select_rows
from influxctl.flux.values import Value, type_of, wrap_int

if TYPE_CHECKING:
    from influxctl.flux.interpreter import Run

MONTH_NS = 2_629_800_000_000_000  # 30.4375 days: a relative duration knows no calendar (seen, 2.9.1)


def as_time(ctx: Run, value: Value) -> int:
    """The nanoseconds of a time, of seconds since 1970, or of a duration relative to now."""
    kind = type_of(value)
    if kind == "time":
        return int(value)
    if kind == "int":
        return _moment(int(value) * 1_000_000_000)
    if kind == "duration":
        return _moment(int(ctx.now) + span_ns(value))
    raise Invalid(f"value is not a time, got {kind}")


def _moment(ns: int) -> int:
    """The nanoseconds; `Invalid` beyond the years 1677 to 2262."""
    if ns != wrap_int(ns):
        raise Invalid("range: a bound is beyond the times that there are")
    return ns


def span_ns(value: Duration) -> int:
    """A duration in nanoseconds, months taken as 30.4375 days."""
    return value.months * MONTH_NS + value.ns


@builtin("universe", "range")
def range_(ctx: Run, tables: Stream, start: Value, stop: Value = None) -> Stream:
    """The rows between two times, with `_start` and `_stop` in the group key."""
    low = as_time(ctx, start)
    high = as_time(ctx, stop) if stop is not None else int(ctx.now)

    transform = merged_bounds(lambda block: bounded(block, low, high), ("_start", "_stop"))
    stream = tables.then("range", transform, start=low, stop=high)
    stream.bounds = (low, high)
    return stream


def bounded(block: Block, low: int, high: int) -> Block:
    """The rows of a block in [low, high), tables without any left out, with the bounds as key columns."""
    column = block.column("_time")
    if column is None:
        raise Invalid("range error: supplied time column _time doesn't exist")
    if column.type != "time":
        raise Invalid("range error: provided column _time is not of type time")
    times = block.values("_time")
    return with_bounds(select_rows(block, ((times >= low) & (times < high)).fill_null(False)), low, high)


def with_bounds(block: Block, low: int, high: int) -> Block:
    """The block with `_start` and `_stop` set; new ones stand in front."""
    columns = [Column(c.label, "time", True) if c.label in ("_start", "_stop") else c for c in block.columns]
    for label in ("_stop", "_start"):
        if block.column(label) is None:
            columns.insert(0, Column(label, "time", True))
    order = [c.label for c in columns if c.key]
    keys = block.keys.with_columns(
        constant_series("_start", low, "time", block.tables), constant_series("_stop", high, "time", block.tables)
    )
    rows = block.rows.select(pl.exclude("_start", "_stop"))
    return Block(tuple(columns), pick(keys, [GID, *order]), rows)
