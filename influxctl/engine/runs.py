"""Runs: rows of one measurement sorted by series and time, each (series, time) once. Memory buffers and segments are both read as runs.

`select` finds the row ranges of some series in a range of time by offsets and binary search: no scan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from influxctl.core.columns import DTYPES, ColumnType

Array = npt.NDArray[Any]
_FEW = 64  # below this many series, one binary search each beats a pass over the rows


class Run(Protocol):
    """Sorted rows. `sids` are the distinct series, ascending; series i has the rows offsets[i] … offsets[i + 1]."""

    sids: Array
    offsets: Array

    @property
    def min_time(self) -> int:
        """The least time of a row."""

    @property
    def max_time(self) -> int:
        """The greatest time of a row."""

    @property
    def fields(self) -> frozenset[str]:
        """The fields that some row has."""

    dead: Array | None  # rows that a delete has hidden

    def full(self, names: frozenset[str]) -> bool:
        """Whether every row surely has a value of each of these fields that the run has, and no delete has hidden it."""

    def times(self, low: int, high: int) -> Array:
        """Times of a range of rows."""

    def values(self, name: str, low: int, high: int) -> pl.Series:
        """Values of a field for a range of rows, null where the row lacks it."""


@dataclass
class MemoryRun:
    """A run in memory, made from the rows of a buffer up to `source_rows`. Columns are put in order when they are first asked for."""

    sids: Array
    offsets: Array
    time: Array
    stamps: Array
    columns: Mapping[str, tuple[Array | pl.Series, ColumnType]]
    source_rows: int
    rows: pl.Series | None = None  # where the row's values stand in the columns; None: the columns are in order
    dead: Array | None = None
    min_time: int = 0
    max_time: int = 0
    _taken: dict[str, pl.Series] = field(default_factory=dict)

    @classmethod
    def sort(
        cls,
        sids: Array,
        times: Array,
        stamps: Array,
        columns: Mapping[str, tuple[Array | pl.Series, ColumnType]],
        end: int,
    ) -> MemoryRun:
        """Rows of a buffer, the last of them its `end`th, to a run: of rows with the same series and time the newest stays."""
        count = len(sids)
        rows: Array | None = None
        step = sids[1:].astype(np.int64) - sids[:-1]
        if bool(np.all((step > 0) | ((step == 0) & (times[1:] > times[:-1])))):
            sids, times, stamps = sids.copy(), times.copy(), stamps.copy()
        else:
            in_turn = bool((stamps[1:] > stamps[:-1]).all())  # not so when lines of one body came two ways
            rows = np.lexsort((times, sids) if in_turn else (stamps, times, sids))
            sids, times, stamps = sids[rows], times[rows], stamps[rows]
            last = np.ones(count, bool)
            last[:-1] = (sids[1:] != sids[:-1]) | (times[1:] != times[:-1])
            if not last.all():
                sids, times, stamps, rows = sids[last], times[last], stamps[last], rows[last]
        starts = np.flatnonzero(np.diff(sids, prepend=-1))
        offsets = np.append(starts, len(sids))
        taken = None if rows is None else pl.Series(rows.astype(np.uint32))
        low, high = int(times.min()), int(times.max())
        return cls(sids[starts], offsets, times, stamps, columns, end, taken, None, low, high)

    @property
    def rows_held(self) -> int:
        """Rows, each (series, time) once."""
        return len(self.time)

    @property
    def fields(self) -> frozenset[str]:
        """The fields of the buffer."""
        return frozenset(self.columns)

    def full(self, names: frozenset[str]) -> bool:
        """All rows of a buffer have all its fields."""
        return True

    def times(self, low: int, high: int) -> Array:
        """Times of a range of rows."""
        return self.time[low:high]

    def values(self, name: str, low: int, high: int) -> pl.Series:
        """Values of a field for a range of rows."""
        column = self._taken.get(name)
        if column is None:
            raw, kind = self.columns[name]
            column = raw.alias(name) if isinstance(raw, pl.Series) else pl.Series(name, raw, dtype=DTYPES[kind])
            if self.rows is not None:
                column = column[self.rows]
            self._taken[name] = column
        return column.slice(low, high - low)


@dataclass(frozen=True, slots=True)
class Selection:
    """Row ranges of a run: table `tables[i]` has the rows lows[i] … highs[i]; empty ranges are left out."""

    tables: Array
    lows: Array
    highs: Array

    @property
    def counts(self) -> Array:
        """Rows of each range."""
        return np.asarray(self.highs - self.lows)

    def renumbered(self, numbers: Array) -> Selection:
        """The same ranges, table i now being numbers[i]."""
        tables = numbers[self.tables]
        order = np.argsort(tables)
        return Selection(tables[order], self.lows[order], self.highs[order])

    def ends(self, rows: int | None, newest: bool) -> Selection:
        """The first (last) so many rows of each range; None: all of them."""
        if rows is None:
            return self
        if newest:
            return Selection(self.tables, np.maximum(self.lows, self.highs - rows), self.highs)
        return Selection(self.tables, self.lows, np.minimum(self.highs, self.lows + rows))


def select(run: Run, wanted: Array, start: int, stop: int) -> Selection:
    """Where the rows of the series `wanted` (table i is wanted[i]) with start <= time < stop stand in a run."""
    nothing = Selection(*(np.zeros(0, np.int64),) * 3)
    if run.max_time < start or run.min_time >= stop or not len(run.sids):
        return nothing
    at = np.searchsorted(run.sids, wanted)
    at[at == len(run.sids)] = 0
    tables = np.flatnonzero(run.sids[at] == wanted)
    at = at[tables]
    lows, highs = run.offsets[at].astype(np.int64), run.offsets[at + 1].astype(np.int64)
    if run.min_time < start or run.max_time >= stop:
        lows, highs = _cut(run, lows, highs, start, stop)
    some = highs > lows
    return Selection(tables[some], lows[some], highs[some])


def _cut(run: Run, lows: Array, highs: Array, start: int, stop: int) -> tuple[Array, Array]:
    """Row ranges narrowed to start <= time < stop."""
    if len(lows) <= _FEW:
        for i, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
            times = run.times(low, high)
            first, last = np.searchsorted(times, (start, stop))
            lows[i], highs[i] = low + first, low + last
        return lows, highs
    base, end = int(lows.min()), int(highs.max())
    times = run.times(base, end)
    before = np.concatenate(([0], np.cumsum(times < start)))
    inside = np.concatenate(([0], np.cumsum(times < stop)))
    a, b = lows - base, highs - base
    return lows + (before[b] - before[a]), lows + (inside[b] - inside[a])


def expand(lows: Array, counts: Array) -> Array:
    """Row numbers of ranges that begin at `lows` and have `counts` rows, one after the other."""
    ends = np.cumsum(counts)
    return np.repeat(lows - (ends - counts), counts) + np.arange(ends[-1] if len(ends) else 0)
