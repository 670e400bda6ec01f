"""Answers a `ReadSpec` with blocks: tag index → series → offsets → binary search → slices, then last write wins, then the shape asked for.

A `View` is a snapshot of one measurement: its runs (oldest first) never change, so a read holds no lock while it streams. Series are
read in batches of at most about `BLOCK_ROWS` rows. Python loops go over runs, fields and batches, never over rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influxctl.core.columns import BLOCK_ROWS, DTYPES, ColumnType
from influxctl.core.frames import take, take_or_null
from influxctl.core.readspec import Window
from influxctl.core.reduce import number_segments, starts_of, window_numbers
from influxctl.engine.memtable import Unsorted
from influxctl.engine.predicate import SeriesTest
from influxctl.engine.runs import MemoryRun, Run, Selection, expand, select
from influxctl.engine.series import Measurement

Array = npt.NDArray[Any]
Chosen = Sequence[tuple[Run, Selection]]


@dataclass
class View:
    """A snapshot of a measurement: how many series it had, the types of its fields, its rows from oldest to newest.

    Rows in memory are sorted when `runs` is first looked at: by the reader, not under the engine's lock.
    """

    measurement: Measurement
    count: int
    fields: Mapping[str, ColumnType]
    sources: Sequence[Run | Unsorted]

    @cached_property
    def runs(self) -> list[Run]:
        """The runs, oldest first."""
        return [source.sorted() if isinstance(source, Unsorted) else source for source in self.sources]

    def sorted_fields(self) -> list[str]:
        """Field names in the order of their bytes."""
        return sorted(self.fields, key=lambda name: name.encode())


@dataclass(frozen=True, slots=True)
class Rows:
    """Values of one field: table number and time of each row, ascending, each (table, time) once; no nulls."""

    tables: Array
    times: Array
    values: pl.Series

    def where(self, keep: Array) -> Rows:
        """The rows that `keep` marks."""
        if keep.all():
            return self
        return Rows(self.tables[keep], self.times[keep], self.values.filter(pl.Series(keep)))


@dataclass(frozen=True, slots=True)
class Part:
    """What one run has for a batch: table and time of each row, and where the rows stand in the run."""

    run: Run
    tables: Array
    times: Array
    low: int
    high: int
    rows: Array | None  # row numbers counted from `low`; None: all from low to high

    def stamps(self, age: int) -> Array:
        """The order of arrival of each row; rows of a segment all have the same, below that of any row in memory."""
        if not isinstance(self.run, MemoryRun):
            return np.full(len(self.tables), age, np.int64)
        stamps = self.run.stamps[self.low : self.high]
        return stamps if self.rows is None else np.asarray(stamps[self.rows])

    def values(self, name: str, kind: ColumnType) -> pl.Series:
        """The part's values of a field, null where a row lacks it."""
        if name not in self.run.fields:
            return pl.Series(name, [None], dtype=DTYPES[kind]).new_from_index(0, len(self.tables))
        column = self.run.values(name, self.low, self.high)
        return column if self.rows is None else take(column, self.rows)


@dataclass(frozen=True, slots=True)
class Merged:
    """The order that merges parts: rows of the concatenation by (table, time); `last` marks the newest of equal rows, None: all differ."""

    parts: tuple[Part, ...]
    tables: Array
    times: Array
    order: Array | None
    groups: Array | None

    def values(self, name: str, kind: ColumnType) -> pl.Series:
        """Values of a field in merged order, older before newer, null where a row lacks it."""
        if not self.parts:
            return pl.Series(name, [], dtype=DTYPES[kind])
        columns = [part.values(name, kind) for part in self.parts]
        column = columns[0] if len(columns) == 1 else pl.concat(columns)
        return column if self.order is None else take(column, self.order)


@dataclass(frozen=True, slots=True)
class Edge:
    """Only the first (or last) `rows` rows of each series are wanted."""

    rows: int
    last: bool
    whole: bool = False  # rows count whatever fields they have


class Batch:
    """Some series of a measurement, read together. Table i of the batch is the series sids[i].

    Tables are in series order; or in the order in which runs hold them, so that rows can be read as they lie, and `places` tells where
    in series order each table belongs.
    """

    def __init__(self, view: View, sids: Array, chosen: Chosen, places: Array | None = None) -> None:
        self.view = view
        self.sids = sids
        self.places = places
        self.parts = [_part(run, selection) for run, selection in chosen]
        self._merged: dict[tuple[int, ...], Merged] = {}
        self._segments: dict[int, tuple[Array, Array, Array, Array]] = {}

    @classmethod
    def as_stored(cls, view: View, sids: Array, chosen: Chosen) -> Batch:
        """The batch of these series (in series order) with its tables in the order of runs."""
        places = np.argsort(sids)
        numbers = np.empty(len(sids), np.int64)
        numbers[places] = np.arange(len(sids))
        return cls(view, sids[places], [(run, part.renumbered(numbers)) for run, part in chosen], places)

    def placed(self, tables: Array) -> Array:
        """Where in series order these tables belong."""
        return tables if self.places is None else self.places[tables]

    def series(self, places: Array) -> Array:
        """The series at these places of series order."""
        if self.places is None:
            return np.asarray(self.sids[places])
        ordered = np.empty_like(self.sids)
        ordered[self.places] = self.sids
        return ordered[places]

    def merged(self, names: Sequence[str]) -> Merged:
        """The merge of all parts that have one of these fields."""
        wanted = frozenset(names)
        which = tuple(i for i, part in enumerate(self.parts) if wanted & part.run.fields)
        found = self._merged.get(which)
        if found is None:
            found = self._merged[which] = merge(tuple(self.parts[i] for i in which))
        return found

    def rows(self, name: str) -> Rows:
        """All points of a field."""
        merged = self.merged((name,))
        values = merged.values(name, self.view.fields[name])
        tables, times, groups = merged.tables, merged.times, merged.groups
        if values.null_count():
            some = values.is_not_null().to_numpy()
            tables, times, values = tables[some], times[some], values.filter(pl.Series(some))
            groups = None if groups is None else groups[some]
        rows = Rows(tables, times, values)
        if groups is None or not len(groups):
            return rows
        last = np.append(groups[1:] != groups[:-1], True)
        return rows.where(last)

    def pieces(self, name: str) -> list[Rows]:
        """All points of a field in pieces whose times do not overlap, oldest first: no merge where none is needed."""
        parts = [part for part in self.parts if name in part.run.fields]
        if len(parts) > 1 and not _disjoint(parts):
            return [self.rows(name)]
        kind = self.view.fields[name]
        return [without_nulls(Rows(part.tables, part.times, part.values(name, kind))) for part in parts]

    def segments(self, rows: Rows, window: Window | None) -> tuple[Array, Array]:
        """Where tables (and windows) of rows begin, and the number of each window; kept for the next field with the same rows."""
        key = id(rows.tables)
        found = self._segments.get(key)
        if found is None or found[0] is not rows.tables or found[1] is not rows.times:
            if window is None:
                starts = starts_of(rows.tables)
                numbers = np.zeros(len(starts), np.int64)
            else:
                every = window_numbers(rows.times, window.every, window.offset)
                starts = starts_of(rows.tables, every)
                numbers = every[starts]
            found = self._segments[key] = rows.tables, rows.times, starts, numbers
        return found[2], found[3]

    def wide(self, names: Sequence[str]) -> tuple[Array, Array, dict[str, pl.Series]]:
        """All points with all fields side by side: tables, times, a column a field. Rows without any of the fields are left out."""
        merged = self.merged(names)
        tables, times = self.keys(merged)
        columns = {name: self.column(merged, name) for name in names}
        if any(column.null_count() for column in columns.values()):
            some = np.zeros(len(tables), bool)
            for column in columns.values():
                some |= column.is_not_null().to_numpy()
            if not some.all():
                keep = pl.Series(some)
                tables, times = tables[some], times[some]
                columns = {name: column.filter(keep) for name, column in columns.items()}
        return tables, times, columns

    def keys(self, merged: Merged) -> tuple[Array, Array]:
        """Tables and times of a merge, each pair once."""
        if merged.groups is None:
            return merged.tables, merged.times
        starts = starts_of(merged.groups)
        return merged.tables[starts], merged.times[starts]

    def column(self, merged: Merged, name: str) -> pl.Series:
        """A field for each row of `keys`: the newest value, null where no run has one."""
        column = merged.values(name, self.view.fields[name])
        groups = merged.groups
        return column if groups is None else _last_of(column, groups, int(groups[-1]) + 1)


def without_nulls(rows: Rows) -> Rows:
    """The rows that have a value."""
    if not rows.values.null_count():
        return rows
    some = rows.values.is_not_null()
    keep = some.to_numpy()
    return Rows(rows.tables[keep], rows.times[keep], rows.values.filter(some))


def _disjoint(parts: Sequence[Part]) -> bool:
    """Whether each part, oldest first, ends before the next begins."""
    spans = [(p.times.min(), p.times.max()) for p in parts if len(p.times)]
    return all(spans[i][1] < spans[i + 1][0] for i in range(len(spans) - 1))


def _last_of(column: pl.Series, numbers: Array, count: int) -> pl.Series:
    """The last value that is not null of each group, null for a group without one."""
    rows = column.is_not_null().arg_true().to_numpy()
    picked = np.full(count, -1, np.int64)
    picked[numbers[rows]] = rows  # of equal indexes numpy keeps the last
    return take_or_null(column, picked)


def _part(run: Run, selection: Selection) -> Part:
    """The rows of a selection, without those that a delete has hidden."""
    lows, counts = selection.lows, selection.counts
    low, high = int(lows.min()), int(selection.highs.max())
    tables = np.repeat(selection.tables, counts)
    rows: Array | None = None
    times = run.times(low, high)
    if len(tables) != high - low or bool((lows[1:] != selection.highs[:-1]).any()):
        rows = expand(lows - low, counts)
        times = times[rows]
    if run.dead is not None:
        dead = run.dead[low:high] if rows is None else run.dead[low:high][rows]
        if dead.any():
            live = np.flatnonzero(~dead)
            rows = live if rows is None else rows[live]
            tables, times = tables[live], times[live]
    return Part(run, tables, times, low, high, rows)


def merge(parts: tuple[Part, ...]) -> Merged:
    """How rows of parts, oldest first, come into the order of tables and times."""
    if not parts:
        empty = np.zeros(0, np.int64)
        return Merged((), empty, empty, None, None)
    if len(parts) == 1:
        return Merged(parts, parts[0].tables, parts[0].times, None, None)
    tables = np.concatenate([p.tables for p in parts])
    times = np.concatenate([p.times for p in parts])
    if _disjoint(parts):
        order = np.argsort(tables, kind="stable")
        return Merged(parts, tables[order], times[order], order, None)
    if sum(isinstance(p.run, MemoryRun) for p in parts) > 1:  # rows of several buffers came in turns
        stamps = np.concatenate([p.stamps(i - len(parts)) for i, p in enumerate(parts)])
        order = np.lexsort((stamps, times, tables))
    else:
        order = np.lexsort((times, tables))
    tables, times = tables[order], times[order]
    starts = starts_of(tables, times)
    groups = number_segments(starts, len(tables)) if len(starts) < len(tables) else None
    return Merged(parts, tables, times, order, groups)


@dataclass(frozen=True, slots=True)
class Scan:
    """A measurement's part of a read: the predicate put to it, its fields and the time range."""

    view: View
    test: SeriesTest
    fields: list[str]
    masks: Mapping[str, Array]
    start: int
    stop: int

    @classmethod
    def of(cls, view: View, test: SeriesTest, start: int, stop: int) -> Scan | None:
        """The scan, or None if no series can match."""
        names = view.sorted_fields()
        if test.by_field:
            tested = ((name, test.series(name)) for name in names)
            masks = {name: mask for name, mask in tested if mask.any()}
        else:
            shared = test.series(names[0]) if names else np.zeros(0, bool)
            masks = dict.fromkeys(names, shared) if shared.any() else {}
        if masks:
            present = frozenset().union(*(run.fields for run in view.runs))
            masks = {name: mask for name, mask in masks.items() if name in present}
        return cls(view, test, list(masks), masks, start, stop) if masks else None

    @property
    def same_series(self) -> bool:
        """Whether the predicate lets the same series through for every field."""
        masks = list(self.masks.values())
        return not self.test.by_field or all(np.array_equal(mask, masks[0]) for mask in masks[1:])

    def batches(self, widths: int, edge: Edge | None = None, as_stored: bool = False) -> Iterator[Batch]:
        """Batches of series with the same tag keys, in series order; `widths`: output rows for each row read. Rows beyond an `edge`
        may be left out. `as_stored`: the tables of each batch may be in the order of runs."""
        view = self.view
        some = np.zeros(view.count, bool)
        for mask in {id(m): m for m in self.masks.values()}.values():
            some |= mask
        order = view.measurement.order()
        order = order[order < view.count]
        order = order[some[order]]
        sets = view.measurement.key_set_of(view.count)[order]
        _, first = np.unique(sets, return_index=True)
        for at in np.sort(first):
            make = Batch.as_stored if as_stored else Batch
            yield from self._batches(order[sets == sets[at]], widths, None if self.test.by_row else edge, make)

    def _batches(
        self, sids: Array, widths: int, edge: Edge | None, make: Callable[[View, Array, Chosen], Batch]
    ) -> Iterator[Batch]:
        """Batches of these series."""
        wanted = frozenset(self.fields)
        chosen = [(run, select(run, sids, self.start, self.stop)) for run in self.view.runs if wanted & run.fields]
        if edge is not None:
            chosen = [
                (run, selection.ends(edge.rows, edge.last) if edge.whole or run.full(wanted) else selection)
                for run, selection in chosen
            ]
        chosen = [(run, selection) for run, selection in chosen if len(selection.tables)]
        if not chosen:
            return
        weights = np.zeros(len(sids), np.int64)
        for _, selection in chosen:
            weights[selection.tables] += selection.counts
        sums = np.cumsum(weights) * max(widths, 1)
        if sums[-1] <= BLOCK_ROWS:
            yield make(self.view, sids, chosen)
            return
        begin = 0
        while begin < len(sids):
            base = sums[begin - 1] if begin else 0
            end = max(begin + 1, int(np.searchsorted(sums, base + BLOCK_ROWS, side="right")))
            part = [(run, cut) for run, whole in chosen if len((cut := _cut(whole, begin, end)).tables)]
            if part:
                yield make(self.view, sids[begin:end], part)
            begin = end

    def rows(self, batch: Batch, name: str) -> Rows:
        """The matching points of a field in a batch."""
        return self._matching(batch, name, batch.rows(name))

    def pieces(self, batch: Batch, name: str) -> list[Rows]:
        """The matching points of a field in pieces whose times do not overlap, oldest first; none is empty."""
        pieces = [self._matching(batch, name, rows) for rows in batch.pieces(name)]
        return [rows for rows in pieces if len(rows.tables)]

    def _matching(self, batch: Batch, name: str, rows: Rows) -> Rows:
        """The rows that match the predicate."""
        if self.test.by_field:
            keep = self.masks[name][batch.sids]
            if not keep.all():
                rows = rows.where(keep[rows.tables])
        if self.test.by_row and len(rows.tables):
            rows = rows.where(self.test.rows(name, batch.sids[rows.tables], rows.times, rows.values))
        return rows


def _cut(whole: Selection, begin: int, end: int) -> Selection:
    """The part of a selection for the tables begin … end, numbered from 0."""
    low, high = np.searchsorted(whole.tables, (begin, end))
    return Selection(whole.tables[low:high] - begin, whole.lows[low:high], whole.highs[low:high])


def scans(views: Sequence[View], test_of: Any, start: int, stop: int) -> Iterator[Scan]:
    """The scans of all measurements that can match, in the order of measurements."""
    for view in views:
        if view.sources and view.count:
            scan = Scan.of(view, test_of(view), start, stop)
            if scan is not None:
                yield scan


def live_series(scan: Scan) -> Array:
    """The series that have any matching point in the range, found by offsets: no value is looked at unless the predicate asks for it."""
    if scan.test.by_row or scan.test.by_field:
        found = [sids for _, sids in live_spans(scan)]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    wanted = np.flatnonzero(next(iter(scan.masks.values()), np.zeros(0, bool)))
    live = np.zeros(len(wanted), bool)
    for run in scan.view.runs:
        chosen = select(run, wanted, scan.start, scan.stop)
        if run.dead is None:
            live[chosen.tables] = True
        elif len(chosen.tables):
            before = np.concatenate(([0], np.cumsum(~run.dead)))
            live[chosen.tables] |= before[chosen.highs] > before[chosen.lows]
    return wanted[live]


def live_spans(scan: Scan) -> Iterator[tuple[str, Array]]:
    """For schema queries: each field and the series that have a matching point of it in the range."""
    if scan.test.by_row:
        for batch in scan.batches(1):
            for name in scan.fields:
                rows = scan.rows(batch, name)
                if len(rows.tables):
                    yield name, batch.sids[np.unique(rows.tables)]
        return
    view = scan.view
    everything = np.arange(view.count, dtype=np.int32)
    chosen = [(run, select(run, everything, scan.start, scan.stop)) for run in view.runs]
    for name in scan.fields:
        present = np.zeros(view.count, bool)
        for run, selection in chosen:
            if name in run.fields and len(selection.tables):
                present[_with_value(run, selection, name)] = True
        sids = np.flatnonzero(present & scan.masks[name])
        if len(sids):
            yield name, sids


def _with_value(run: Run, selection: Selection, name: str) -> Array:
    """The series of a selection that have a value of a field which no delete has hidden."""
    if run.full(frozenset((name,))):
        return selection.tables
    part = _part(run, selection)
    some = run.values(name, part.low, part.high).is_not_null().to_numpy()
    return np.asarray(part.tables[some if part.rows is None else some[part.rows]])
