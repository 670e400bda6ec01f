"""The shapes of a read: long, wide, aggregated, windowed and grouped tables as blocks, built from scans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influxctl.core.columns import GID, Block, Column, ColumnType
from influxctl.core.errors import Invalid
from influxctl.core.frames import take, take_or_null
from influxctl.core.lineprotocol import unescape
from influxctl.core.readspec import Aggregate, ReadSpec
from influxctl.core.reduce import number_segments, starts_of
from influxctl.engine.aggregate import arrange, finish, join, reduce_rows
from influxctl.engine.read import Batch, Edge, Scan
from influxctl.engine.series import Measurement

Array = npt.NDArray[Any]
_TIME = Column("_time", "time")


def shaped(scans: Iterator[Scan], spec: ReadSpec) -> Iterator[Block]:
    """The blocks of a read."""
    if spec.shape == "wide":
        if spec.aggregate or spec.group is not None:
            raise Invalid("a wide read has no aggregate and no group")
        for scan in scans:
            yield from _wide(scan, spec)
    elif spec.group is not None:
        from influxctl.engine.group import grouped

        yield from grouped(scans, spec)
    else:
        for scan in scans:
            yield from _long(scan, spec)


def shown_measurement(name: str) -> str:
    r"""A measurement as it is shown: stored with `\=`, shown with `=`."""
    return unescape(name.encode()) if "\\" in name else name


def tag_series(measurement: Measurement, key: str, sids: Array) -> pl.Series:
    """A tag's value for each series, null where it has none."""
    column = measurement.columns.get(key)
    if column is None:
        return pl.Series(key, [None] * len(sids), dtype=pl.String)
    if len(sids) <= 64:
        values, codes = column.values, column.codes
        numbers = [codes[sid] if sid < len(codes) else -1 for sid in sids.tolist()]
        return pl.Series(key, [values[n] if n >= 0 else None for n in numbers], dtype=pl.String)
    chosen = measurement.codes(key, int(sids.max()) + 1)[sids]
    return take_or_null(pl.Series(key, column.values, dtype=pl.String), chosen.astype(np.int64)).alias(key)


def frame(rows: int, gids: Array, columns: Sequence[pl.Series]) -> pl.DataFrame:
    """A rows frame: the table number and the columns."""
    return pl.DataFrame([pl.Series(GID, gids.astype(np.uint32)), *columns]) if rows or columns else pl.DataFrame()


def slice_tables(gids: Array, limit: int | None, offset: int, descending: bool) -> Array | None:
    """Which rows stay, in which order, given ascending table numbers; None: all as they are."""
    if limit is None and not offset and not descending:
        return None
    starts = starts_of(gids)
    numbers = number_segments(starts, len(gids))
    ends = np.append(starts[1:], len(gids)) if len(starts) else starts
    index = np.arange(len(gids))
    if descending:
        index = starts[numbers] + ends[numbers] - 1 - index
    place = np.arange(len(gids)) - starts[numbers]
    keep = place >= offset
    if limit is not None:
        keep &= place < offset + limit
    return np.asarray(index[keep])


@dataclass
class Table:
    """Rows of many tables before they become a block: table numbers (ascending) and columns by label."""

    gids: Array
    columns: dict[str, pl.Series]

    def sliced(self, spec: ReadSpec) -> Table:
        """After limit, offset and order of the read."""
        rows = slice_tables(self.gids, spec.limit, spec.offset, spec.descending)
        if rows is None:
            return self
        return Table(self.gids[rows], {name: take(column, rows) for name, column in self.columns.items()})

    def dense(self) -> tuple[Array, Array]:
        """The table numbers that have rows, and those of the rows counted among them."""
        starts = starts_of(self.gids)
        return self.gids[starts], number_segments(starts, len(self.gids))


def stack(tables: Sequence[Table]) -> Table:
    """Tables of the same columns whose numbers interleave, as one in the order of the numbers."""
    names = tables[0].columns
    gids = np.concatenate([t.gids for t in tables])
    order = np.argsort(gids, kind="stable")
    if len(tables) == 1:
        return Table(gids[order], {name: take(column, order) for name, column in names.items()})
    return Table(gids[order], {name: take(pl.concat([t.columns[name] for t in tables]), order) for name in names})


def _long(scan: Scan, spec: ReadSpec) -> Iterator[Block]:
    """Tables a series and field, aggregated or not."""
    fields = scan.fields
    for batch in scan.batches(1 if spec.aggregate else len(fields), edge_of(spec), as_stored=bool(spec.aggregate)):
        by_type: dict[ColumnType, list[Table]] = {}
        for number, name in enumerate(fields):
            kind = scan.view.fields[name]
            if spec.aggregate is None:
                rows = scan.rows(batch, name)
                gids = rows.tables.astype(np.int64)
                columns = {"_time": pl.Series("_time", rows.times), "_value": rows.values.alias("_value")}
            else:
                partials = [reduce_rows(spec.aggregate, spec.window, batch, rows) for rows in scan.pieces(batch, name)]
                if not partials:
                    continue
                partial = join(partials)
                if len(partials) > 1:
                    partial = arrange(partial, np.lexsort((partial.windows, partial.tables)))
                gids, columns = finish(spec.aggregate, spec, partial)
                kind = result_type(spec.aggregate, kind)
            if len(gids):
                by_type.setdefault(kind, []).append(Table(batch.placed(gids) * len(fields) + number, columns))
        for kind, tables in by_type.items():
            ordered = batch.places is None and len(tables) == 1
            table = tables[0] if ordered else stack(tables)
            block = _series_block(scan, batch, kind, table.sliced(spec), spec)
            if block is not None:
                yield block


def edge_of(spec: ReadSpec) -> Edge | None:
    """Which rows at one end of a series suffice: for first, last and limit."""
    if spec.aggregate in ("first", "last"):
        return Edge(1, spec.aggregate == "last") if spec.window is None else None
    if spec.aggregate is None and spec.group is None and spec.shape == "long" and spec.limit is not None:
        return Edge(spec.limit + spec.offset, spec.descending)
    return None


def result_type(kind: Aggregate, type: ColumnType) -> ColumnType:
    """The type of an aggregate's `_value`."""
    return "int" if kind == "count" else "float" if kind == "mean" else type


def _series_block(scan: Scan, batch: Batch, kind: ColumnType, table: Table, spec: ReadSpec) -> Block | None:
    """Tables numbered series * fields + field, with their keys."""
    present, gids = table.dense()
    if not len(present):
        return None
    sids, numbers = batch.series(present // len(scan.fields)), present % len(scan.fields)
    measurement = scan.view.measurement
    names = take(pl.Series("_field", scan.fields, dtype=pl.String), numbers)
    keys = [
        pl.Series(GID, np.arange(len(present), dtype=np.uint32)),
        names.alias("_field"),
        pl.Series("_measurement", [shown_measurement(measurement.name)]).new_from_index(0, len(present)),
    ]
    tag_keys = [key for key, _ in measurement.tags[int(sids[0])]]
    keys += [tag_series(measurement, key, sids) for key in tag_keys]
    columns = (*row_columns(table, kind), *(Column(s.name, "string", True) for s in keys[1:]))
    return Block(columns, pl.DataFrame(keys), frame(len(gids), gids, list(table.columns.values())))


def row_columns(table: Table, kind: ColumnType) -> list[Column]:
    """The columns of rows: times, `_value` of this type, `_weight`."""
    kinds: dict[str, ColumnType] = {"_value": kind, "_weight": "int"}
    return [Column(name, kinds.get(name, "time")) for name in table.columns]


def _wide(scan: Scan, spec: ReadSpec) -> Iterator[Block]:
    """Tables a series, a column a field."""
    if spec.fields is not None:
        masks = {name: mask for name, mask in scan.masks.items() if name in spec.fields}
        if not masks:
            return
        scan = replace(scan, fields=list(masks), masks=masks)
    types = scan.view.fields
    measurement = scan.view.measurement
    enough = spec.limit is not None and _whole_rows(scan)
    edge = Edge((spec.limit or 0) + spec.offset, spec.descending, whole=True) if enough else None
    for batch in scan.batches(1, edge):
        gids, times, columns = _wide_rows(scan, batch)
        table = Table(gids, {"_time": pl.Series("_time", times), **columns}).sliced(spec)
        present, dense = table.dense()
        if not len(present):
            continue
        sids = batch.sids[present]
        keys = [
            pl.Series(GID, np.arange(len(present), dtype=np.uint32)),
            pl.Series("_measurement", [shown_measurement(measurement.name)]).new_from_index(0, len(present)),
        ]
        shown = [key for key, _ in measurement.tags[int(sids[0])] if spec.tags is None or key in spec.tags]
        keys += [tag_series(measurement, key, sids) for key in shown]
        heads = (_TIME, *(Column(name, types[name]) for name in columns))
        heads += tuple(Column(s.name, "string", True) for s in keys[1:])
        yield Block(heads, pl.DataFrame(keys), frame(len(dense), dense, list(table.columns.values())))


def _whole_rows(scan: Scan) -> bool:
    """Whether every row of the runs is a row of the answer, so that counting rows is enough for a limit."""
    if scan.test.by_row or scan.test.by_field or len(scan.fields) < len(scan.view.fields):
        return False
    return all(run.dead is None for run in scan.view.runs)


def _wide_rows(scan: Scan, batch: Batch) -> tuple[Array, Array, dict[str, pl.Series]]:
    """Wide rows of a batch, after predicates on fields and values."""
    if not scan.test.by_row and scan.same_series:
        return batch.wide(scan.fields)
    tables, times, columns = batch.wide(scan.fields)
    some = np.zeros(len(tables), bool)
    masked: dict[str, pl.Series] = {}
    for name, column in columns.items():
        keep = column.is_not_null().to_numpy() & scan.masks[name][batch.sids[tables]]
        if scan.test.by_row:
            rows = np.flatnonzero(keep)
            picked = take(column, rows)
            keep[rows] = scan.test.rows(name, batch.sids[tables[rows]], times[rows], picked)
        some |= keep
        gone = pl.Series(~keep)
        masked[name] = pl.select(pl.when(gone).then(None).otherwise(column).alias(name)).to_series()
    kept = pl.Series(some)
    return tables[some], times[some], {name: column.filter(kept) for name, column in masked.items()}
