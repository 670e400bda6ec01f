"""The order of rows of several series at equal times.

InfluxDB merges series with the heap of Go's container/heap, and where times are equal the shape of that heap decides. Clients see it in
plain SELECTs and in transformations over several series, so small answers follow it exactly; in large ones series keep their order.
"""

from __future__ import annotations

import numpy as np

from influxctl.influxql.frame import Frame
from influxctl.influxql.vector import Array, Vector

_MOST = 4_000  # rows of a group up to which the heap is followed: about 15 ms


Text = list[str | None]


def by_time(frame: Frame, texts: list[Vector], descending: bool, enough: int | None = None) -> Array | None:
    """Row numbers so that each group is in order of time, oldest first (also for an answer with the newest first, which is turned round
    later). `texts`: columns of text that decide at equal times before the heap does; `enough`: how many rows of a group matter. None:
    all as they are."""
    several = np.flatnonzero(_series_counts(frame) > 1)
    if not len(several):
        return None
    order = np.arange(len(frame.time))
    bounds = frame.offsets.tolist()
    for group in several.tolist():
        low, high = bounds[group], bounds[group + 1]
        order[low:high] = _group(frame, low, high, texts, descending, enough)
    return order


def _series_counts(frame: Frame) -> Array:
    """How many series with rows each group has."""
    if not len(frame.time):
        return np.zeros(len(frame.groups), dtype=np.int64)
    first = np.concatenate(([True], np.diff(frame.series) != 0))
    return np.bincount(frame.gids[first], minlength=len(frame.groups))


def _group(frame: Frame, low: int, high: int, texts: list[Vector], descending: bool, enough: int | None) -> Array:
    time = frame.time[low:high]
    plain = np.argsort(time, kind="stable")
    ties = bool((np.diff(time[plain]) == 0).any())
    if not ties:
        return low + plain
    rows = high - low
    if min(rows, enough or rows) > _MOST or not frame.stored:
        if descending:
            plain = rows - 1 - np.argsort(time[::-1], kind="stable")
        return low + plain
    known = [_texts(column.slice(low, high)) for column in texts]
    merged = merge(time.tolist(), frame.series[low:high].tolist(), descending, enough or rows, known)
    if len(merged) < rows:
        rest = np.setdiff1d(np.arange(rows), merged)
        rest = rest[np.argsort(time[rest], kind="stable")]
        merged += (rest[::-1] if descending else rest).tolist()
    found = np.array(merged)
    return low + (found[::-1] if descending else found)


def _texts(column: Vector) -> Text:
    values = column.values.tolist()
    return [v if there else None for v, there in zip(values, column.mask().tolist(), strict=True)]


class _Heap:
    """Rows, the one to be given next on top; ties are left where the steps of Go's heap leave them."""

    def __init__(self, keys: list[int], texts: list[Text], descending: bool) -> None:
        self.keys = keys
        self.texts = texts
        self.descending = descending
        self.rows: list[int] = []

    def less(self, a: int, b: int) -> bool:
        """Whether row a comes before row b: by time, then by text as far as both have it."""
        if self.keys[a] != self.keys[b]:
            return self.keys[a] < self.keys[b]
        for column in self.texts:
            x, y = column[a], column[b]
            if x is None or y is None:
                return False
            if x != y:
                return x > y if self.descending else x < y
        return False

    def down(self, i: int, size: int) -> None:
        """Let the row at i sink."""
        rows = self.rows
        while (child := 2 * i + 1) < size:
            if child + 1 < size and self.less(rows[child + 1], rows[child]):
                child += 1
            if not self.less(rows[child], rows[i]):
                return
            rows[i], rows[child] = rows[child], rows[i]
            i = child

    def up(self, i: int) -> None:
        """Let the row at i rise."""
        rows = self.rows
        while i > 0:
            parent = (i - 1) // 2
            if not self.less(rows[i], rows[parent]):
                return
            rows[i], rows[parent] = rows[parent], rows[i]
            i = parent


def merge(
    keys: list[int], series: list[int], descending: bool, enough: int, texts: list[Text] | None = None
) -> list[int]:
    """The first `enough` rows in the order in which the heap gives them; rows stand series by series, each series ascending by key."""
    size = len(keys)
    step = -1 if descending else 1
    heap = _Heap([-key for key in keys] if descending else keys, texts or [], descending)
    rows = heap.rows
    heads = [i for i in range(size) if i == 0 or series[i] != series[i - 1]]
    rows += [end - 1 for end in [*heads[1:], size]][::-1] if descending else heads
    for i in range(len(rows) // 2 - 1, -1, -1):
        heap.down(i, len(rows))
    found: list[int] = []
    while rows and len(found) < enough:
        last = len(rows) - 1
        rows[0], rows[last] = rows[last], rows[0]
        heap.down(0, last)
        row = rows.pop()
        found.append(row)
        following = row + step
        if 0 <= following < size and series[following] == series[row]:
            rows.append(following)
            heap.up(len(rows) - 1)
    return found
