"""experimental/polyline: Ramer, Douglas and Peucker's algorithm."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Stream, select_rows

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


@builtin("experimental/polyline", "rdp")
def rdp(
    tables: Stream,
    valColumn: str = "_value",
    timeColumn: str = "_time",
    epsilon: float | None = None,
    retention: float | None = None,
) -> Stream:
    """The rows that are kept: by `epsilon`, by `retention`, or, without either, by an epsilon that the data suggests."""
    if epsilon is not None and retention is not None:
        raise Invalid("rdp: either epsilon or retention can be given, not both")
    if retention is not None and not 0 <= retention <= 100:
        raise Invalid("rdp: retention rate must be between 0 and 100")

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            yield select_rows(block, _kept(block, valColumn, timeColumn, epsilon, retention), keep_empty=True)

    return tables.then("polyline.rdp", transform)


def _kept(block: Block, value: str, time: str, epsilon: float | None, retention: float | None) -> pl.Series:
    column = block.column(value)
    if column is None or column.type != "float":
        raise Invalid(f'rdp: column "{value}" of type float is missing')
    if block.column(time) is None:
        raise Invalid(f'rdp: column "{time}" is missing')
    times = block.values(time).to_numpy().astype(np.float64)
    values = block.values(value).fill_null(math.nan).to_numpy().astype(np.float64)
    kept = np.zeros(len(times), dtype=bool)
    for low, high in zip(block.offsets[:-1], block.offsets[1:], strict=True):
        kept[low:high] = _simplified(times[low:high], values[low:high], epsilon, retention)
    return pl.Series(kept)


def _simplified(times: Floats, values: Floats, epsilon: float | None, retention: float | None) -> Mask:
    count = len(times)
    kept = np.zeros(count, dtype=bool)
    if count <= 2:
        return ~kept
    kept[[0, -1]] = True
    limit = epsilon if epsilon is not None else 0.0 if retention is not None else _suggested(values)
    most = max(2, math.floor(count * retention / 100)) if retention is not None else count
    waiting: list[tuple[float, int, int, int]] = []
    _push(waiting, times, values, 0, count - 1)
    left = 2
    while waiting and left < most:
        distance, low, middle, high = heapq.heappop(waiting)
        if -distance <= limit:
            break
        kept[middle] = True
        left += 1
        _push(waiting, times, values, low, middle)
        _push(waiting, times, values, middle, high)
    return kept


def _push(waiting: list[tuple[float, int, int, int]], times: Floats, values: Floats, low: int, high: int) -> None:
    """Queues the point between two kept ones that lies furthest from their line."""
    if high - low < 2:
        return
    run, rise = times[high] - times[low], values[high] - values[low]
    inner = slice(low + 1, high)
    away = np.abs(rise * (times[inner] - times[low]) - run * (values[inner] - values[low])) / math.hypot(run, rise)
    best = int(np.nanargmax(away)) if not np.isnan(away).all() else 0
    heapq.heappush(waiting, (-float(np.nan_to_num(away[best])), low, low + 1 + best, high))


def _suggested(values: Floats) -> float:
    """A distance that no eye sees: a thousandth of the height of the curve."""
    return float(np.nanmax(values) - np.nanmin(values)) / 1000 if len(values) else 0.0
