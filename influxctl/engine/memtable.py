"""Recent points, in growable columns: one `Buffer` for each set of fields that lines of a measurement came with.

All rows of a buffer have all its fields, so that there are no validity columns and a measurement with a thousand rarely used fields
costs no more than what was written. Rows are in order of arrival; `run` gives the sorted view, last write wins, and is kept until rows
are added. Buffers only ever grow: a reader that has taken a view is never disturbed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influxctl.core.columns import ColumnType
from influxctl.core.frames import take
from influxctl.engine.runs import MemoryRun
from influxctl.engine.texts import Texts

NUMPY: dict[ColumnType, type[np.generic]] = {"bool": np.bool_, "int": np.int64, "uint": np.uint64, "float": np.float64}
Array = npt.NDArray[Any]
Layout = tuple[tuple[str, ColumnType], ...]  # (field, type), sorted by name


class Buffer:
    """Rows of one layout of a measurement."""

    __slots__ = ("_run", "_tail", "columns", "layout", "rows", "sids", "stamps", "times")

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.rows = 0
        self.sids: Array = np.empty(16, np.int32)
        self.times: Array = np.empty(16, np.int64)
        self.stamps: Array = np.empty(16, np.int64)  # order of arrival among all buffers of the engine
        self.columns: list[Array | Texts] = [
            Texts() if kind == "string" else np.empty(16, NUMPY[kind]) for _, kind in layout
        ]
        self._run: MemoryRun | None = None  # the first rows, sorted
        self._tail: MemoryRun | None = None  # those after them, sorted

    def append(
        self, sids: Array | Sequence[int], times: Array | Sequence[int], stamps: Array, columns: Sequence[Any]
    ) -> None:
        """Add rows; `columns` in the order of the layout: arrays or lists of numbers, lists of texts."""
        count, start = len(sids), self.rows
        end = start + count
        if end > len(self.sids):
            self._grow(end)
        self.sids[start:end] = sids
        self.times[start:end] = times
        self.stamps[start:end] = stamps
        for column, values in zip(self.columns, columns, strict=True):
            if isinstance(column, Texts):
                column.extend(values)
            else:
                column[start:end] = values.to_numpy() if isinstance(values, pl.Series) else values
        self.rows = end

    def append_one(self, sid: int, time: int, stamp: int, values: Sequence[Any]) -> None:
        """Add one row: the path of small bodies, without making arrays."""
        row = self.rows
        if row == len(self.sids):
            self._grow(row + 1)
        self.sids[row] = sid
        self.times[row] = time
        self.stamps[row] = stamp
        for column, value in zip(self.columns, values, strict=True):
            if isinstance(column, Texts):
                column.append(value)
            else:
                column[row] = value
        self.rows = row + 1

    def _grow(self, least: int) -> None:
        """Move the columns into arrays of twice the size; views that readers hold stay what they were."""
        size = max(least, 2 * len(self.sids))

        def grown(old: Array) -> Array:
            new = np.empty(size, old.dtype)
            new[: self.rows] = old[: self.rows]
            return new

        self.sids, self.times, self.stamps = grown(self.sids), grown(self.times), grown(self.stamps)
        self.columns = [c if isinstance(c, Texts) else grown(c) for c in self.columns]

    def snapshot(self) -> list[MemoryRun | Unsorted]:
        """All rows so far: the sorted run of the first rows, if there is one that is long enough, and views of the rest to be sorted
        by whoever reads them. So a reader beside a writer sorts what is new, not everything."""
        rows, run, tail = self.rows, self._run, self._tail
        if run is None or rows - run.source_rows > max(4096, run.source_rows // 2):
            return [self._unsorted(0, rows)]
        if run.source_rows == rows:
            return [run]
        if tail is not None and tail.source_rows == rows:
            return [run, tail]
        return [run, self._unsorted(run.source_rows, rows)]

    def _unsorted(self, begin: int, end: int) -> Unsorted:
        """Views of a range of rows."""
        columns = [c.between(begin, end) if isinstance(c, Texts) else c[begin:end] for c in self.columns]
        return Unsorted(self, begin, self.sids[begin:end], self.times[begin:end], self.stamps[begin:end], columns)

    def keep(self, begin: int, run: MemoryRun) -> None:
        """Remember a sorted view of the rows from `begin`."""
        if begin == 0:
            if self._run is None or self._run.source_rows < run.source_rows:
                self._run, self._tail = run, None
        elif self._run is not None and self._run.source_rows == begin:
            self._tail = run

    def without(self, gone: Array) -> Buffer:
        """A buffer of the rows that are not marked in `gone`."""
        keep = np.flatnonzero(~gone)
        other = Buffer(self.layout)
        rows = slice(self.rows)
        columns = [take(c.between(0, self.rows), keep) if isinstance(c, Texts) else c[rows][keep] for c in self.columns]
        other.append(self.sids[rows][keep], self.times[rows][keep], self.stamps[rows][keep], columns)
        return other


@dataclass(frozen=True, slots=True)
class Unsorted:
    """Rows of a buffer from `begin` on, to be sorted without the engine's lock."""

    buffer: Buffer
    begin: int
    sids: Array
    times: Array
    stamps: Array
    columns: Sequence[Array | pl.Series]

    @property
    def rows_held(self) -> int:
        """Rows as they came: one written twice counts twice."""
        return len(self.sids)

    @property
    def fields(self) -> frozenset[str]:
        """The fields of the buffer."""
        return frozenset(name for name, _ in self.buffer.layout)

    @property
    def min_time(self) -> int:
        """The least time of a row."""
        return int(self.times.min())

    @property
    def max_time(self) -> int:
        """The greatest time of a row."""
        return int(self.times.max())

    def sorted(self) -> MemoryRun:
        """The rows as a run."""
        columns = {name: (raw, kind) for (name, kind), raw in zip(self.buffer.layout, self.columns, strict=True)}
        run = MemoryRun.sort(self.sids, self.times, self.stamps, columns, self.begin + len(self.sids))
        self.buffer.keep(self.begin, run)
        return run


class Memtable:
    """The buffers of all measurements of a bucket."""

    def __init__(self) -> None:
        self.buffers: dict[str, dict[Layout, Buffer]] = {}

    def buffer(self, measurement: str, layout: Layout) -> Buffer:
        """The buffer of a layout, made now if it is new."""
        layouts = self.buffers.get(measurement)
        if layouts is None:
            layouts = self.buffers[measurement] = {}
        buffer = layouts.get(layout)
        if buffer is None:
            buffer = layouts[layout] = Buffer(layout)
        return buffer

    @property
    def rows(self) -> int:
        """Rows in all buffers."""
        return sum(b.rows for layouts in self.buffers.values() for b in layouts.values())

    def sources(self, measurement: str) -> list[MemoryRun | Unsorted]:
        """The rows of a measurement."""
        return [s for b in self.buffers.get(measurement, {}).values() if b.rows for s in b.snapshot()]

    def fields(self, measurement: str) -> set[str]:
        """The fields that some row of a measurement has."""
        return {name for layout, b in self.buffers.get(measurement, {}).items() if b.rows for name, _ in layout}

    def delete(self, measurement: str, matching: Array, start: int, stop: int) -> bool:
        """Remove rows with start <= time <= stop of the series marked in `matching`; whether there were any."""
        hit = False
        layouts = self.buffers.get(measurement, {})
        for layout, buffer in list(layouts.items()):
            times = buffer.times[: buffer.rows]
            gone = (times >= start) & (times <= stop) & matching[buffer.sids[: buffer.rows]]
            if gone.any():
                hit = True
                layouts[layout] = buffer.without(gone)
        for layout in [layout for layout, buffer in layouts.items() if not buffer.rows]:
            del layouts[layout]
        if not layouts:
            self.buffers.pop(measurement, None)
        return hit
