"""contrib/tomhollingworth/events: how long rows hold."""

from __future__ import annotations

import numpy as np
import polars as pl

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Stream, replace_column
from influxctl.flux.values import Time


@builtin("contrib/tomhollingworth/events", "duration")
def duration(
    tables: Stream,
    unit: Duration | None = None,
    columnName: str = "duration",
    timeColumn: str = "_time",
    stopColumn: str = "_stop",
    stop: Time | None = None,
) -> Stream:
    """The time to the next row of the table in whole units; the last row ends at `stop` or at its `stopColumn`."""
    size = unit.ns if unit is not None else 1
    if size <= 0:
        raise Invalid("unit must be a duration above zero, without months")

    def changed(block: Block) -> Block:
        time = block.column(timeColumn)
        if time is None or time.type != "time":
            raise Invalid(f'column "{timeColumn}" of type time is missing')
        times = block.values(timeColumn).to_numpy()
        if stop is None:
            end = block.column(stopColumn)
            if end is None or end.type != "time":
                raise Invalid(f'column "{stopColumn}" of type time is missing')
            ends = block.values(stopColumn).to_numpy()
        else:
            ends = np.full(len(times), int(stop), dtype=np.int64)
        after = np.append(times[1:], 0) if len(times) else times
        last = np.append(np.diff(block.gids) != 0, True) if len(times) else np.zeros(0, dtype=bool)
        spans = np.where(last, ends, after) - times
        held = np.sign(spans) * (np.abs(spans) // size)
        return replace_column(block, columnName, pl.Series(columnName, held, dtype=pl.Int64), "int")

    return tables.each("events.duration", changed)
