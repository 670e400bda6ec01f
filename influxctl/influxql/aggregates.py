"""Aggregates and selectors over segments.

Each takes the segments, the values and times of all rows, and the literal arguments of the call; it gives `Picked`. Ties are broken as
InfluxDB 1.x and 2.x do: the least and greatest value at the earliest time; first and last at one time by the greater value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from influxctl.core.reduce import sums
from influxctl.influxql.errors import StatementError
from influxctl.influxql.frame import Segments
from influxctl.influxql.merge import merge
from influxctl.influxql.vector import NUMERIC, Array, Vector, nulls


@dataclass(slots=True)
class Picked:
    """A value for each segment. `rows`: the row each came from, if it came from one; `segment`: of each value, if not one for each."""

    value: Vector
    rows: Array | None = None
    segment: Array | None = None


Reduce = Callable[[Segments, Vector, Array, Sequence[object]], Picked]


def _numbers(name: str, vector: Vector, segments: Segments) -> Array:
    if vector.type not in NUMERIC:
        raise StatementError(f"{name}() cannot be used on a field of type {vector.type}")
    return vector.values if segments.whole else vector.values[segments.order]


def _sums(values: Array, segments: Segments) -> Array:
    """Sums in row order."""
    if values.dtype == np.float64:
        return sums(values, segments.starts, segments.starts + segments.counts)
    return np.add.reduceat(values, segments.starts)


def count(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """How many values."""
    return Picked(Vector("integer", segments.counts.astype(np.int64)))


def total(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """The sum; integers wrap around."""
    return Picked(Vector(vector.type, _sums(_numbers("sum", vector, segments), segments)))


def mean(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """The arithmetic mean, a float."""
    sums = _sums(_numbers("mean", vector, segments), segments)
    return Picked(Vector("float", sums.astype(np.float64) / segments.counts))


def _sorted(values: Array, segments: Segments) -> Array:
    """Places in `segments.order` so that each segment is ascending by value."""
    return np.lexsort((values, segments.ids))


def median(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """The middle value, or the mean of the two in the middle; a float."""
    values = _numbers("median", vector, segments)
    ordered = values[_sorted(values, segments)].astype(np.float64)
    low = segments.starts + (segments.counts - 1) // 2
    high = segments.starts + segments.counts // 2
    middle = ordered[low] + (ordered[high] - ordered[low]) / 2
    return Picked(Vector("float", middle))


def spread(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """The greatest value minus the least."""
    values = _numbers("spread", vector, segments)
    return Picked(
        Vector(vector.type, np.maximum.reduceat(values, segments.starts) - np.minimum.reduceat(values, segments.starts))
    )


def stddev(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """The standard deviation of a sample; null for one value."""
    values = _numbers("stddev", vector, segments).astype(np.float64)
    size = len(segments.starts)
    means = np.bincount(segments.ids, weights=values, minlength=size) / segments.counts
    squares = np.bincount(segments.ids, weights=(values - means[segments.ids]) ** 2, minlength=size)
    enough = segments.counts > 1
    return Picked(Vector("float", np.sqrt(squares / np.maximum(segments.counts - 1, 1)), enough))


def mode(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """The most frequent value; of equally frequent ones the greatest that begins before the others end, or the least if none
    occurs twice. Rows are compared in the order of series."""
    values, times = vector.values[segments.order], time[segments.order]
    if vector.type == "boolean":
        trues = np.add.reduceat(values.astype(np.int64), segments.starts)
        return Picked(Vector("boolean", 2 * trues >= segments.counts))
    keys = np.unique(values, return_inverse=True)[1] if values.dtype == object else values
    order = np.lexsort((keys, segments.ids))
    keys, ids, times = keys[order], segments.ids[order], times[order]
    runs = np.flatnonzero(np.concatenate(([True], (np.diff(ids) != 0) | (keys[1:] != keys[:-1]))))
    sizes = np.diff(np.append(runs, len(keys)))
    run_segment = ids[runs]
    most = np.zeros(len(segments.starts), dtype=np.int64)
    np.maximum.at(most, run_segment, sizes)
    best = np.full(len(segments.starts), -1)
    for run in np.flatnonzero(sizes == most[run_segment]).tolist():
        number = run_segment[run]
        held = best[number]
        if held < 0 or (
            sizes[run] > 1 and times[runs[run]] <= times[runs[held] + _last(sizes[held], segments.counts[number])]
        ):
            best[number] = run
    return Picked(Vector(vector.type, values[order[runs[best]]]))


def _last(size: int, count: int) -> int:
    """Which point of the best run a later run is compared with: the last one in up to 12 points, which Go sorts stably; the first one
    in more, where Go's order of equal values cannot be told."""
    return size - 1 if count <= 12 else 0


def _extreme(segments: Segments, vector: Vector, time: Array, greatest: bool) -> Picked:
    name = "max" if greatest else "min"
    if vector.type not in (*NUMERIC, "boolean"):
        raise StatementError(f"{name}() cannot be used on a field of type {vector.type}")
    values = vector.values[segments.order]
    if vector.type == "boolean":
        values = values.astype(np.int8)
    found = (np.maximum if greatest else np.minimum).reduceat(values, segments.starts)
    hits = np.flatnonzero(values == found[segments.ids])
    rows = segments.order[_one_each(hits, segments, time[segments.order[hits]])]
    return Picked(vector.take(rows), rows)


def _one_each(hits: Array, segments: Segments, rank: Array) -> Array:
    """Of the places in `hits`, the one with the lowest rank in each segment, the first of equals."""
    ids = segments.ids[hits]
    if len(hits) != len(segments.starts):
        order = np.lexsort((rank, ids))
        hits, ids = hits[order], ids[order]
        hits = hits[np.concatenate(([True], np.diff(ids) != 0))]
    return hits


def least(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """The row with the least value, the earliest of several."""
    return _extreme(segments, vector, time, False)


def greatest(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """The row with the greatest value, the earliest of several."""
    return _extreme(segments, vector, time, True)


def _at_end(segments: Segments, vector: Vector, time: Array, args: Sequence[object], last: bool) -> Picked:
    times = time[segments.order]
    found = (np.maximum if last else np.minimum).reduceat(times, segments.starts)
    hits = np.flatnonzero(times == found[segments.ids])
    if len(hits) != len(segments.starts):
        series = args[0] if args and isinstance(args[0], np.ndarray) else None
        hits = _of_ties(hits, segments, vector, times, series, last)
    rows = segments.order[hits]
    return Picked(vector.take(rows), rows)


def _of_ties(hits: Array, segments: Segments, vector: Vector, times: Array, series: Array | None, last: bool) -> Array:
    """Of several points at the first (last) time, the one with the greater value; of booleans, false comes first and true last. Of more
    than two only the two that InfluxDB's merge of the series gives first take part (seen on 1.6.7)."""
    found = []
    edges = np.searchsorted(segments.ids[hits], np.arange(len(segments.starts) + 1))
    for number, (low, high) in enumerate(pairwise(edges.tolist())):
        tied = hits[low:high].tolist()
        if len(tied) > 2 and series is not None:
            begin = int(segments.starts[number])
            tied = _merged_first(begin, begin + int(segments.counts[number]), segments, times, series, tied, last)
        best = tied[0]
        for place in tied[1:]:
            value, held = vector.values[segments.order[place]], vector.values[segments.order[best]]
            if (held and not value) if vector.type == "boolean" and not last else value > held:
                best = place
        found.append(best)
    return np.array(found, dtype=np.int64)


def _merged_first(
    low: int, high: int, segments: Segments, times: Array, series: Array, tied: list[int], last: bool
) -> list[int]:
    """The first two of the tied places when each series gives one point to the merge."""
    numbers = series[segments.order[low:high]]
    change = np.flatnonzero(np.diff(numbers)) + 1
    ends = np.append(change, high - low) - 1 if last else np.concatenate(([0], change))
    places = ends + low
    sequence = merge(times[places].tolist(), list(range(len(places))), False, len(places))
    wanted = set(tied)
    return [place for place in places[sequence].tolist() if place in wanted][:2] or tied


def first(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """The row with the earliest time."""
    return _at_end(segments, vector, time, args, False)


def last(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """The row with the latest time."""
    return _at_end(segments, vector, time, args, True)


def percentile(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """The row at the nearest rank floor(n·p/100 + 0.5); nothing where that is 0 or beyond n."""
    values = _numbers("percentile", vector, segments)
    share = float(args[0])  # type: ignore[arg-type]
    rank = np.floor(segments.counts * share / 100 + 0.5).astype(np.int64) - 1
    there = (rank >= 0) & (rank < segments.counts)
    order = np.lexsort((values, segments.ids))
    rows = segments.order[order[(segments.starts + rank)[there]]]
    return Picked(vector.take(rows), rows, np.flatnonzero(there))


def distinct(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """Each different value once, by the time at which it is met first, and by value. An argument says that the newest are met first."""
    values, times = vector.values[segments.order], time[segments.order]
    keys = np.unique(values, return_inverse=True)[1]
    order = np.lexsort((-times if args else times, keys, segments.ids))
    fresh = (np.diff(keys[order]) != 0) | (np.diff(segments.ids[order]) != 0)
    met = order[np.concatenate(([True], fresh))] if len(order) else order
    met = met[np.lexsort((keys[met], times[met], segments.ids[met]))]
    return Picked(vector.take(segments.order[met]), None, segments.ids[met])


def sample(segments: Segments, vector: Vector, time: Array, args: Sequence[object]) -> Picked:
    """`n` rows of each segment by chance, in order of time."""
    size = int(args[0])  # type: ignore[call-overload]
    chance = np.random.default_rng().random(len(segments.order))
    order = np.lexsort((chance, segments.ids))
    rank = np.arange(len(order)) - segments.starts[segments.ids]
    chosen = order[rank < size]
    return _rows_by_time(chosen, segments, vector, time)


def _rows_by_time(chosen: Array, segments: Segments, vector: Vector, time: Array) -> Picked:
    rows = segments.order[chosen]
    order = np.lexsort((time[rows], segments.ids[chosen]))
    rows = rows[order]
    return Picked(vector.take(rows), rows, segments.ids[chosen][order])


def extremes(segments: Segments, vector: Vector, time: Array, size: int, greatest: bool, keys: Array | None) -> Picked:
    """top() and bottom(): the `size` best rows of a segment, earlier ones first among equals, printed by time. With `keys` (a number
    for each row) only the best row of each key takes part."""
    values = _numbers("top" if greatest else "bottom", vector, segments)
    rank = -values.astype(np.float64) if greatest else values
    if greatest and vector.type != "float":
        rank = np.unique(values, return_inverse=True)[1] * -1
    times = time[segments.order]
    order = np.lexsort((times, rank, segments.ids))
    if keys is not None:
        by_key = keys[segments.order]
        best = np.lexsort((times, rank, by_key, segments.ids))
        ids, held = segments.ids[best], by_key[best]
        keep = np.zeros(len(order), dtype=bool)
        keep[best[np.concatenate(([True], (np.diff(ids) != 0) | (np.diff(held) != 0)))]] = True
        order = order[keep[order]]
    ids = segments.ids[order]
    begins = np.searchsorted(ids, np.arange(len(segments.starts)))
    chosen = order[np.arange(len(order)) - begins[ids] < size]
    return _rows_by_time(chosen, segments, vector, time)


REDUCERS: dict[str, Reduce] = {
    "count": count,
    "sum": total,
    "mean": mean,
    "median": median,
    "mode": mode,
    "spread": spread,
    "stddev": stddev,
    "min": least,
    "max": greatest,
    "first": first,
    "last": last,
    "percentile": percentile,
    "distinct": distinct,
    "sample": sample,
}


def empty(kind: str) -> Picked:
    """Nothing at all."""
    return Picked(nulls(kind, 0))
