"""interpolate: points on the straight line between two points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from influxctl.core.columns import GID, Block
from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib.date.calendar import Place, check_interval, truncate
from influxctl.flux.stdlib.date.calendar import add as add_duration
from influxctl.flux.tables import Stream, block_of

_MOST = 50_000_000  # rows that may be added to a table


@builtin("interpolate", "linear")
@no_nulls
def linear(tables: Stream, every: Duration) -> Stream:
    """The points with those at multiples of `every` between them; other columns than key, time and value go."""
    check_interval(every)

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            yield _interpolated(block, every)

    return tables.then("interpolate.linear", transform)


def _interpolated(block: Block, every: Duration) -> Block:
    value = block.column("_value")
    time = block.column("_time")
    if value is None or time is None or value.key or time.key:
        raise Invalid("cannot interpolate without the columns _time and _value outside the group key")
    if value.type != "float":
        raise Invalid(f"cannot interpolate {value.type} values; expected float values")
    rows = block.rows.drop_nulls(["_time", "_value"])
    gids, times, values = rows[GID].to_numpy(), rows["_time"].to_numpy(), rows["_value"].to_numpy()
    grid, owner = _grid(gids, times, every)
    where = _positions(gids, times, owner, grid)
    low, high = where - 1, where
    span = (times[high] - times[low]).astype(np.float64)
    share = (grid - times[low]).astype(np.float64) / span
    between = values[low] + (values[high] - values[low]) * share
    all_gids = np.concatenate([gids, owner])
    all_times = np.concatenate([times, grid])
    all_values = np.concatenate([values, between])
    order = np.lexsort((all_times, all_gids))
    columns = [c for c in block.columns if c.key or c.label in ("_time", "_value")]
    series = {"_time": pl.Series("_time", all_times[order]), "_value": pl.Series("_value", all_values[order])}
    keys = [block.keys[c.label] for c in columns if c.key]
    return block_of(columns, keys, [series[c.label] for c in columns if not c.key], all_gids[order], block.tables)


Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


def _grid(gids: Numbers, times: Numbers, every: Duration) -> tuple[Numbers, Numbers]:
    """The times to add and their tables: multiples of `every` strictly between neighbours, where there is no point."""
    place = Place(None)
    grid: list[Numbers] = []
    owners: list[Numbers] = []
    edges = np.flatnonzero(np.diff(gids)) + 1
    for low, high in zip([0, *edges], [*edges, len(gids)], strict=True):
        if high - low < 2:
            continue
        own = times[low:high]
        marks = _marks(int(own[0]), int(own[-1]), every, place)
        marks = marks[~np.isin(marks, own)]
        grid.append(marks)
        owners.append(np.full(len(marks), gids[low]))
    if not grid:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate(grid), np.concatenate(owners)


def _marks(first: int, last: int, every: Duration, place: Place) -> Numbers:
    """The multiples of `every` between two times."""
    if not every.months:
        if (last - first) // every.ns > _MOST:
            raise Invalid(f"interpolating every {every.ns} ns makes too many rows")
        mark = first - first % every.ns + every.ns
        # arange of the times themselves counts in floats, and may lose the last one
        return mark + np.arange(max(0, -((mark - last) // every.ns)), dtype=np.int64) * every.ns
    marks = [int(truncate(first, every, place))]
    while marks[-1] < last:
        marks.append(int(add_duration(marks[-1], every, place)))
    return np.array(marks[1:-1], dtype=np.int64)


def _positions(gids: Numbers, times: Numbers, owner: Numbers, grid: Numbers) -> Numbers:
    """For each added time the position of the point after it, within its own table."""
    where = np.empty(len(grid), dtype=np.int64)
    for gid in np.unique(owner):
        low, high = np.searchsorted(gids, [gid, gid + 1])
        mine = owner == gid
        where[mine] = low + np.searchsorted(times[low:high], grid[mine])
    return where
