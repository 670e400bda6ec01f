"""Grouped reads: tables by some columns across series, measurements and fields, merged without loops over rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influxctl.core.columns import GID, Block, Column, ColumnType
from influxctl.core.frames import take
from influxctl.core.readspec import Aggregate, ReadSpec
from influxctl.engine.aggregate import Partial, arrange, finish, join, reduce_rows
from influxctl.engine.read import Batch, Rows, Scan
from influxctl.engine.series import Measurement
from influxctl.engine.shape import Table, edge_of, frame, result_type, row_columns, shown_measurement, tag_series

Array = npt.NDArray[Any]
Key = tuple[str | None, ...]


@dataclass
class _Pile:
    """What was gathered for tables of one `_value` type: pieces of arrays, joined at the end."""

    kind: ColumnType
    tables: list[Array] = field(default_factory=list)
    places: list[Array] = field(default_factory=list)  # the place of the series and field in the order of a read
    times: list[Array] = field(default_factory=list)
    values: list[pl.Series] = field(default_factory=list)
    partials: list[Partial] = field(default_factory=list)


def grouped(scans: Iterator[Scan], spec: ReadSpec) -> Iterator[Block]:
    """Blocks of tables by `spec.group`."""
    grouping = _Grouping(spec.group or ())
    piles: dict[ColumnType, _Pile] = {}
    place = 0
    for scan in scans:
        step = len(scan.fields)
        for batch in scan.batches(1, edge_of(spec), as_stored=bool(spec.aggregate)):
            for number, name in enumerate(scan.fields):
                pieces = scan.pieces(batch, name) if spec.aggregate else [scan.rows(batch, name)]
                groups: Array | None = None
                for rows in pieces:
                    if not len(rows.tables):
                        continue
                    groups = grouping.of(scan, batch, name) if groups is None else groups
                    pile = piles.setdefault(scan.view.fields[name], _Pile(scan.view.fields[name]))
                    _pile_up(pile, spec, batch, groups, place + number, step, rows)
                if groups is not None:
                    grouping.describe(scan, batch, name, place + number, step)
            place += len(batch.sids) * step
    for pile in piles.values():
        if spec.aggregate is None:
            yield from _raw(pile, spec, grouping)
        else:
            yield _aggregated(pile, spec.aggregate, spec, grouping)


class _Grouping:
    """Numbers for group keys, and what each series of the read looks like."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self.numbers: dict[Key, int] = {}
        self.tags: list[tuple[int, int, int, Scan, Batch, str]] = []
        self._batch: Batch | None = None  # the batch that was looked at last, and its combinations of tags
        self._values: dict[str, list[str | None]] = {}
        self._codes: Array = np.zeros(0, np.int64)

    def of(self, scan: Scan, batch: Batch, name: str) -> Array:
        """The group number of each series of a batch."""
        if self._batch is not batch:
            self._batch, (self._values, self._codes) = batch, self._distinct(scan.view.measurement, batch.sids)
        fixed = {"_field": name, "_measurement": shown_measurement(scan.view.measurement.name)}
        count = int(self._codes.max()) + 1
        parts = [[fixed[c]] * count if c in fixed else self._values[c] for c in self.columns]
        known = self.numbers
        numbers = [known.setdefault(key, len(known)) for key in (zip(*parts, strict=True) if parts else [()])]
        return np.asarray(np.array(numbers, np.int64)[self._codes])

    def _distinct(self, measurement: Measurement, sids: Array) -> tuple[dict[str, list[str | None]], Array]:
        """The distinct combinations of tags among some series, a list of values a tag, and the combination of each series."""
        codes = np.zeros(len(sids), np.int64)
        first = np.zeros(1, np.int64)
        labels = [c for c in self.columns if c not in ("_field", "_measurement")]
        for label in labels:
            if label in measurement.columns:
                values = measurement.codes(label, int(sids.max()) + 1)[sids]
                codes = codes * (len(measurement.columns[label].values) + 1) + values
                _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
        chosen = sids[first]
        return {label: tag_series(measurement, label, chosen).to_list() for label in labels}, codes

    def describe(self, scan: Scan, batch: Batch, name: str, first: int, step: int) -> None:
        """Note which places a batch and field take."""
        self.tags.append((first, step, len(batch.sids), scan, batch, name))

    def order(self, present: Array) -> list[int]:
        """Group numbers sorted by key, null first."""
        keys = list(self.numbers)
        if any(None in key for key in keys):
            return sorted(present.tolist(), key=lambda n: [(v is not None, v or "") for v in keys[n]])
        return sorted(present.tolist(), key=keys.__getitem__)  # code points sort as bytes do

    def key_frame(self, numbers: list[int]) -> pl.DataFrame:
        """The keys frame of these groups."""
        keys = list(self.numbers)
        columns = [pl.Series(c, [keys[n][i] for n in numbers], dtype=pl.String) for i, c in enumerate(self.columns)]
        return pl.DataFrame([pl.Series(GID, np.arange(len(numbers), dtype=np.uint32)), *columns])

    def row_tags(self, places: Array) -> dict[str, pl.Series]:
        """The columns that are not in the key, for each row given its place: `_field`, `_measurement`, tags."""
        names = {"_field", "_measurement"} | {
            key for _, _, _, scan, batch, _ in self.tags for key, _ in scan.view.measurement.tags[int(batch.sids[0])]
        }
        order = [
            n for n in ("_field", "_measurement", *sorted(names - {"_field", "_measurement"})) if n not in self.columns
        ]
        pieces: dict[str, list[pl.Series]] = {n: [] for n in order}
        known = []
        for first, step, count, scan, batch, name in self.tags:
            known.append(first + step * np.arange(count))
            for n in order:
                if n in ("_field", "_measurement"):
                    text = name if n == "_field" else shown_measurement(scan.view.measurement.name)
                    pieces[n].append(pl.Series(n, [text]).new_from_index(0, count))
                else:
                    pieces[n].append(tag_series(scan.view.measurement, n, batch.sids))
        all_places = np.concatenate(known)
        sorting = np.argsort(all_places)
        index = sorting[np.searchsorted(all_places[sorting], places)]
        return {n: take(pl.concat(columns), index) for n, columns in pieces.items()}


def _pile_up(pile: _Pile, spec: ReadSpec, batch: Batch, groups: Array, first: int, step: int, rows: Rows) -> None:
    """Add the rows of a field, reduced by series (and window) first when the read aggregates."""
    if spec.aggregate is None:
        tables = rows.tables
        pile.times.append(rows.times)
        pile.values.append(rows.values.alias("_value"))
    else:
        partial = reduce_rows(spec.aggregate, spec.window, batch, rows)
        tables = partial.tables
        pile.partials.append(partial)
    pile.tables.append(groups[tables])
    pile.places.append(first + batch.placed(tables) * step)


def _raw(pile: _Pile, spec: ReadSpec, grouping: _Grouping) -> Iterator[Block]:
    """Rows of groups, ordered by series, then time; the columns outside the key go with the rows."""
    tables, places, times = (_joined(x) for x in (pile.tables, pile.places, pile.times))
    values = pl.concat(pile.values)
    pile.values.clear()
    numbers = grouping.order(np.unique(tables))
    rank = np.zeros(len(grouping.numbers), np.uint32)
    rank[numbers] = np.arange(len(numbers))
    gids = rank[tables]
    if not _in_order(gids, places, times):
        order = np.lexsort((times, places, gids))
        gids, places, times, values = gids[order], places[order], times[order], take(values, order)
    columns = {"_time": pl.Series("_time", times), "_value": values}
    tags = grouping.row_tags(places)
    table = Table(gids, {**columns, **tags}).sliced(spec)
    present, dense = table.dense()
    if not len(present):
        return
    keys = grouping.key_frame([numbers[i] for i in present])
    heads = [Column("_time", "time"), Column("_value", pile.kind), *(Column(n, "string") for n in tags)]
    heads += [Column(c, "string", True) for c in grouping.columns]
    yield Block(tuple(heads), keys, frame(len(dense), dense, list(table.columns.values())))


def _joined(pieces: list[Array]) -> Array:
    """The pieces put together; they are given up, since there may be a hundred megabytes of them."""
    whole = np.concatenate(pieces) if len(pieces) > 1 else pieces[0]
    pieces.clear()
    return whole


def _in_order(gids: Array, places: Array, times: Array) -> bool:
    """Whether rows stand by group, series and time already, as those of one table do that holds one field."""
    here, after = gids[:-1], gids[1:]
    later = after > here
    if not (later | (after == here)).all():
        return False
    here, after = places[:-1], places[1:]
    tied = ~later & (after == here)
    if not (later | tied | (after > here)).all():
        return False
    return bool((times[1:] >= times[:-1])[tied].all())


def _aggregated(pile: _Pile, kind: Aggregate, spec: ReadSpec, grouping: _Grouping) -> Block:
    """Partial results of series merged into groups."""
    tables, places = np.concatenate(pile.tables), np.concatenate(pile.places)
    numbers = grouping.order(np.unique(tables))
    rank = np.zeros(len(grouping.numbers), np.int64)
    rank[numbers] = np.arange(len(numbers))
    partial = replace(join(pile.partials), tables=rank[tables])
    # first and last look at the time; the others keep the order of series, so that of equal extremes the first series wins
    by_time = (places, partial.times) if kind in ("first", "last") else (partial.times, places)
    order = np.lexsort((*by_time, partial.windows, partial.tables))
    table = Table(*finish(kind, spec, arrange(partial, order))).sliced(spec)
    present, dense = table.dense()
    keys = grouping.key_frame([numbers[i] for i in present])
    heads = row_columns(table, result_type(kind, pile.kind))
    heads += [Column(c, "string", True) for c in grouping.columns]
    return Block(tuple(heads), keys, frame(len(dense), dense, list(table.columns.values())))
