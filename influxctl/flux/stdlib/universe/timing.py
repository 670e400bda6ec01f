"""timeShift, truncateTimeColumn, hourSelection: functions of time columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from influxctl.core.columns import GID, Block
from influxctl.core.errors import Invalid
from influxctl.core.frames import put
from influxctl.core.times import Duration
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib.universe.aggregates import need_column
from influxctl.flux.tables import Blocks, Stream, merge_tables, select_rows
from influxctl.flux.values import Record
from influxctl.flux.windowing import Windows, Zone, add_months

if TYPE_CHECKING:
    from influxctl.flux.interpreter import Run


@builtin("universe", "timeShift")
def time_shift(tables: Stream, duration: Duration, columns: list[str] | None = None) -> Stream:
    """Times moved by a duration."""
    labels = ["_start", "_stop", "_time"] if columns is None else list(columns)

    def change(block: Block) -> Block:
        keys, rows = block.keys, block.rows
        for label in labels:
            column = block.column(label)
            if column is None:
                continue
            if column.type != "time":
                raise Invalid(f'column "{label}" is not of type time')
            if column.key:
                keys = keys.with_columns(shifted(keys[label], duration))
            else:
                rows = rows.with_columns(shifted(rows[label], duration))
        return Block(block.columns, keys, rows)

    stream = tables.each("timeShift", change)
    if tables.bounds is not None:
        low, high = shifted(pl.Series(list(tables.bounds), dtype=pl.Int64), duration).to_list()
        stream.bounds = (low, high)
    return stream


def shifted(series: pl.Series, duration: Duration) -> pl.Series:
    """Times moved by calendar months, then by nanoseconds."""
    if duration.months:
        moved = pl.Series(series.name, add_months(series.fill_null(0).to_numpy(), duration.months))
        series = moved.set(series.is_null(), None)
    return series + duration.ns


@builtin("universe", "truncateTimeColumn")
def truncate_time_column(ctx: Run, tables: Stream, unit: Duration, timeColumn: str = "_time") -> Stream:
    """The times of `_time` cut to the beginning of their unit, by the clock of the script's location. As the documentation
    says, `timeColumn` has no effect.
    """
    place = ctx.location

    def change(block: Block) -> Block:
        column = need_column(block, "_time")
        if column.type != "time":
            raise Invalid("column _time is not of type time")
        windows = Windows.make(unit, None, Duration(), place)
        times = block.keys["_time"] if column.key else block.rows["_time"]
        if times.null_count():
            raise Invalid("column _time has null times")
        cut = pl.Series("_time", windows.start(windows.newest(times.to_numpy())), dtype=pl.Int64)
        keys = put(block.keys, cut) if column.key else block.keys
        rows = block.rows if column.key else put(block.rows, cut)
        return Block(tuple(sorted(block.columns, key=lambda c: c.label)), keys, rows)

    def transform(blocks: Blocks) -> Iterator[Block]:
        made = (change(block) for block in blocks)
        for block in made:
            if (time := block.column("_time")) and time.key:
                yield from merge_tables([block, *made])
                return
            yield block

    return tables.then("truncateTimeColumn", transform)


@builtin("universe", "_hourSelection")
def hour_selection(tables: Stream, start: int, stop: int, location: Record, timeColumn: str = "_time") -> Stream:
    """The rows between two hours of the day, both included."""
    for hour in (start, stop):
        if not 0 <= hour <= 23:
            raise Invalid("hours must be between 0 and 23")
    zone = Zone.of(location)

    def transform(blocks: Blocks) -> Iterator[Block]:
        for block in blocks:
            if need_column(block, timeColumn).type != "time":
                raise Invalid(f'invalid time column "{timeColumn}"')
            times = block.values(timeColumn).to_numpy()
            hours = zone.to_local(times) // 3_600_000_000_000 % 24
            inside = (hours >= start) & (hours <= stop) if start <= stop else (hours >= start) | (hours <= stop)
            yield select_rows(block, np.asarray(inside), keep_empty=True)

    return tables.then("hourSelection", transform)


__all__ = ["GID", "hour_selection", "shifted"]
