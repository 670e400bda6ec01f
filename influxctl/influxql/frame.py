"""Frame: the rows a SELECT works on, gathered by group; Segments: the same rows gathered by group and window.

Rows of a group are contiguous; within it they stand series by series, and within a series by time. That is the order in which InfluxDB
feeds aggregates, so sums come out the same to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from influxctl.influxql.vector import Array, Mask, Vector
from influxctl.influxql.zones import Windows

Group = tuple[str, tuple[str, ...]]  # measurement, and the value of each dimension ("" where a series lacks the tag)


@dataclass
class Frame:
    """Rows of all groups; `series` numbers the series of a row, `tags` has each series' value of a tag ("" if it has none)."""

    groups: list[Group]
    offsets: Array
    time: Array
    series: Array
    columns: dict[str, Vector] = field(default_factory=dict)
    tags: dict[str, Array] = field(default_factory=dict)
    stored: bool = False  # the rows are those of one measurement, not answers of subqueries

    @cached_property
    def gids(self) -> Array:
        """The group of every row, ascending."""
        return np.repeat(np.arange(len(self.groups)), np.diff(self.offsets))

    def filter(self, mask: Mask) -> Frame:
        """Only the rows where the mask is true; groups stay, even empty ones."""
        if mask.all():
            return self
        before = np.concatenate(([0], np.cumsum(mask)))
        index = np.flatnonzero(mask)
        columns = {name: vector.take(index) for name, vector in self.columns.items()}
        offsets, time, series = before[self.offsets], self.time[index], self.series[index]
        return Frame(self.groups, offsets, time, series, columns, self.tags, self.stored)

    def tag(self, name: str) -> Vector:
        """A tag's value for every row; "" where the series lacks it."""
        values = self.tags.get(name)
        if values is None:
            return Vector("tag", np.full(len(self.time), "", dtype=object))
        return Vector("tag", values[self.series])


@dataclass
class Segments:
    """Rows of one field by group and window. `order`: row numbers, segment after segment; `starts`: where each begins in it."""

    order: Array
    starts: Array
    group: Array
    window: Array
    whole: bool = False  # `order` is 0, 1, 2 …: all rows of the frame as they are

    @cached_property
    def counts(self) -> Array:
        """How many rows each segment has."""
        return np.diff(np.append(self.starts, len(self.order)))

    @cached_property
    def ids(self) -> Array:
        """The segment of each place in `order`."""
        return np.repeat(np.arange(len(self.starts)), self.counts)


def segment(frame: Frame, mask: Mask | None, windows: Windows | None) -> Segments:
    """The rows where the mask is true, by group and, if there are windows, by window."""
    rows = np.arange(len(frame.time)) if mask is None else np.flatnonzero(mask)
    whole = mask is None
    bounds = frame.offsets if mask is None else np.searchsorted(rows, frame.offsets)
    new = np.zeros(len(rows), dtype=bool)
    new[bounds[:-1][bounds[:-1] < bounds[1:]]] = True
    if windows is None or not len(rows):
        starts = np.flatnonzero(new)
        return Segments(rows, starts, _groups(bounds, starts), np.zeros(len(starts), dtype=np.int64), whole)
    window = windows.starts(frame.time if mask is None else frame.time[rows])
    if np.any((window[1:] < window[:-1]) & ~new[1:]):
        gids = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        order = np.lexsort((window, gids))
        rows, window, whole = rows[order], window[order], False
    new[1:] |= window[1:] != window[:-1]
    starts = np.flatnonzero(new)
    return Segments(rows, starts, _groups(bounds, starts), window[starts], whole)


def _groups(bounds: Array, starts: Array) -> Array:
    """The group of each place."""
    return np.searchsorted(bounds, starts, side="right") - 1
