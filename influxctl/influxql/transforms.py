"""Transformations: from a stream of points, group by group in the order of the answer, to another.

`derivative`, `difference` and their kin, `moving_average`, `cumulative_sum`, `elapsed`, `integral`. The technical analysis is in
`analysis`, the forecast in `holtwinters`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from influxctl.influxql.errors import StatementError
from influxctl.influxql.vector import NUMERIC, Array, Vector
from influxctl.influxql.zones import Windows


@dataclass(slots=True)
class Stream:
    """Points without nulls: group, time and value of each; groups are contiguous."""

    group: Array
    time: Array
    value: Vector

    def take(self, index: Array) -> Stream:
        """The points at these places."""
        return Stream(self.group[index], self.time[index], self.value.take(index))

    def numbers(self, name: str) -> Array:
        """The values as floats; StatementError if they are not numbers."""
        if self.value.type not in NUMERIC:
            raise StatementError(f"{name}() cannot be used on a field of type {self.value.type}")
        return self.value.values.astype(np.float64)

    def starts(self) -> Array:
        """Where each group begins."""
        if not len(self.group):
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(np.concatenate(([True], np.diff(self.group) != 0)))


def bounds(stream: Stream) -> list[tuple[int, int]]:
    """First place and end of each group."""
    starts = stream.starts().tolist()
    return list(zip(starts, [*starts[1:], len(stream.group)][: len(starts)], strict=True))


def _advancing(stream: Stream) -> Stream:
    """Without points at the time of the point before them."""
    same = (np.diff(stream.group) == 0) & (np.diff(stream.time) == 0)
    return stream.take(np.flatnonzero(np.concatenate(([True], ~same)))) if same.any() else stream


def _pairs(stream: Stream) -> Array:
    """Places that have a point of the same group before them."""
    return np.flatnonzero(np.diff(stream.group) == 0) + 1


def derivative(stream: Stream, unit: int, non_negative: bool, descending: bool) -> Stream:
    """The change from point to point for each `unit` nanoseconds."""
    stream = _advancing(stream)
    values = stream.numbers("derivative")
    at = _pairs(stream)
    elapsed = (stream.time[at] - stream.time[at - 1]).astype(np.float64)
    if descending:
        elapsed = -elapsed
    change = (values[at] - values[at - 1]) / (elapsed / unit)
    found = Stream(stream.group[at], stream.time[at], Vector("float", change))
    return found.take(np.flatnonzero(change >= 0)) if non_negative else found


def difference(stream: Stream, non_negative: bool) -> Stream:
    """The change from point to point, in the type of the field."""
    stream = _advancing(stream)
    stream.numbers("difference")
    at = _pairs(stream)
    values = stream.value.values
    with np.errstate(over="ignore"):
        change = values[at] - values[at - 1]
    found = Stream(stream.group[at], stream.time[at], Vector(stream.value.type, change))
    if not non_negative:
        return found
    return found.take(np.flatnonzero(values[at] >= values[at - 1]))


def elapsed(stream: Stream, unit: int) -> Stream:
    """The time since the point before, in `unit`s, cut to a whole number."""
    at = _pairs(stream)
    gap = stream.time[at] - stream.time[at - 1]
    whole = np.sign(gap) * (np.abs(gap) // unit)
    return Stream(stream.group[at], stream.time[at], Vector("integer", whole))


def cumulative_sum(stream: Stream) -> Stream:
    """The sum of all points so far."""
    stream.numbers("cumulative_sum")
    values = stream.value.values
    parts = [np.cumsum(part) for part in np.split(values, stream.starts()[1:])] if len(values) else [values]
    return Stream(stream.group, stream.time, Vector(stream.value.type, np.concatenate(parts)))


def moving_average(stream: Stream, size: int) -> Stream:
    """The mean of the last `size` points, once there are that many; kept up as a running sum, as in the reference."""
    values = stream.numbers("moving_average")
    index, means = [], []
    for start, end in bounds(stream):
        if end - start < size:
            continue
        part = values[start:end]
        step = part.copy()
        step[size:] -= part[:-size]
        index.append(np.arange(start + size - 1, end))
        means.append(np.cumsum(step)[size - 1 :] / size)
    if not index:
        return stream.take(np.zeros(0, dtype=np.int64))
    places = np.concatenate(index)
    return Stream(stream.group[places], stream.time[places], Vector("float", np.concatenate(means)))


def integral(stream: Stream, unit: int, windows: Windows | None, descending: bool) -> Stream:
    """The area under the points in `unit`s, by trapezia, for each group and window; a trapezium across the end of a window is cut
    there. Without windows the time is 0, and from the newest to the oldest areas are negative, as in 1.6 and 2.9."""
    values, times = stream.numbers("integral"), stream.time
    if not len(values):
        return stream
    here = np.zeros(len(times), dtype=np.int64) if windows is None else windows.starts(times)
    cell = np.flatnonzero(np.concatenate(([True], (np.diff(stream.group) != 0) | (np.diff(here) != 0))))
    ids = np.repeat(np.arange(len(cell)), np.diff(np.append(cell, len(times))))
    at = _pairs(stream)
    area = np.zeros(len(cell))
    dt = (times[at] - times[at - 1]).astype(np.float64) / unit
    inside = ids[at] == ids[at - 1]
    whole = 0.5 * (values[at] + values[at - 1]) * dt
    np.add.at(area, ids[at][inside], whole[inside])
    for place in at[~inside].tolist():
        assert windows is not None
        edge = _edge(windows, int(times[place - 1]), descending)
        span = float(times[place] - times[place - 1])
        cut = values[place - 1] + (values[place] - values[place - 1]) * ((edge - times[place - 1]) / span)
        area[ids[place - 1]] += 0.5 * (cut + values[place - 1]) * (edge - times[place - 1]) / unit
        beyond = (
            values[place] if stream.value.type == "float" else values[place - 1]
        )  # for integers as 1.6 and 2.9 have it
        area[ids[place]] += 0.5 * (cut + beyond) * (times[place] - edge) / unit
    begin = here[cell] if not descending or windows is None else _ends(windows, here[cell])
    found = Stream(stream.group[cell], begin, Vector("float", area))
    ends = np.append(cell[1:], len(times)) - 1
    last = np.append(np.diff(stream.group[cell]) != 0, True)
    return found.take(np.flatnonzero(~(last & (times[ends] == begin))))


def _edge(windows: Windows, time: int, descending: bool) -> int:
    start, end = windows.bounds(time)
    return start if descending else end


def _ends(windows: Windows, starts: Array) -> Array:
    return np.array([windows.bounds(int(start))[1] for start in starts], dtype=np.int64)
