"""join: joins of streams of tables, on whole columns.

Tables of both sides are matched by their group keys; all matched tables of two blocks are joined in one step. Rows come out in the
order of the columns compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from influxctl.core.columns import DTYPES, GID, Block, Column, ColumnType
from influxctl.core.errors import Invalid
from influxctl.flux.rowfn import Batch, Cell, Const, Fields, Unsupported, cells, flux_values, series_of
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib.join.predicate import column_pairs
from influxctl.flux.tables import Stream, full_frame, gather, gid_series, null_series, select_tables
from influxctl.flux.values import Function, Record
from influxctl.flux.vectors import Vector

Key = tuple[tuple[str, str, Any], ...]
Pairs = Sequence[tuple[str, str]]
Schema = dict[str, ColumnType]

_METHODS = ("inner", "left", "right", "full")
_LEFT, _RIGHT = "\0l", "\0r"


def _stream(left: Stream, right: Stream, on: Function, as_: Function, method: str) -> Stream:
    def check() -> None:
        column_pairs(on)

    def transform(lefts: Iterable[Block], rights: Iterable[Block]) -> Iterator[Block]:
        return _Join(column_pairs(on), as_, method).run(gather(lefts), gather(rights))

    return Stream("join", transform, (left, right), {"prepare": check})


@builtin("join", "tables")
@no_nulls
def tables(left: Stream, right: Stream, on: Function, as_: Function, method: str) -> Stream:
    """A join by any method."""
    if method not in _METHODS:
        raise Invalid('invalid argument for \'method\' - must be "inner", "left", "right", or "full"')
    return _stream(left, right, on, as_, method)


def _register(method: str) -> None:
    def function(left: Stream, right: Stream, on: Function, as_: Function) -> Stream:
        return _stream(left, right, on, as_, method)

    builtin("join", method)(no_nulls(function))


for _method in _METHODS:
    _register(_method)


def _keys(block: Block) -> list[Key]:
    """The group key of each table, comparable across blocks."""
    columns = sorted(block.key_columns, key=lambda c: c.label)
    rows = zip(*(block.keys[c.label].to_list() for c in columns), strict=True) if columns else [()] * block.tables
    return [tuple((c.label, c.type, v) for c, v in zip(columns, row, strict=True)) for row in rows]


def _schema(blocks: Sequence[Block]) -> Schema:
    return {c.label: c.type for block in blocks for c in block.columns}


def _merged(schema: Schema, block: Block) -> Schema:
    """The columns of a side, with the types that a block of it has for them."""
    return {**schema, **_schema([block])}


class _Join:
    """One join: the columns compared, the function that makes rows, and the method."""

    def __init__(self, pairs: Pairs, as_: Function, method: str) -> None:
        self.pairs = pairs
        self.as_ = as_
        self.method = method

    def run(self, lefts: list[Block], rights: list[Block]) -> Iterator[Block]:
        """The joined blocks. Tables without partner are joined with nothing when the method keeps them."""
        for side, here, there in (("left", lefts, rights), ("right", rights, lefts)):
            if there and not here:
                raise Invalid(f"error preparing {side} side of join: cannot join on an empty table")
        schemas = _schema(lefts), _schema(rights)
        home: dict[Key, tuple[int, int]] = {
            key: (number, table) for number, block in enumerate(rights) for table, key in enumerate(_keys(block))
        }
        used: set[Key] = set()
        for block in lefts:
            keys = _keys(block)
            found = [home.get(key) for key in keys]
            used.update(keys)
            for number in sorted({f[0] for f in found if f is not None}):
                mine = np.array([f is not None and f[0] == number for f in found])
                theirs = np.array([f[1] for f in found if f is not None and f[0] == number])
                yield from self._matched(select_tables(block, mine), _ordered(rights[number], theirs), schemas)
            if self.method in ("left", "full"):
                alone = select_tables(block, np.array([f is None for f in found], dtype=bool))
                yield from self._made(alone, _side(alone, _LEFT), (_merged(schemas[0], alone), schemas[1]))
        if self.method in ("right", "full"):
            for block in rights:
                alone = select_tables(block, np.array([key not in used for key in _keys(block)], dtype=bool))
                yield from self._made(alone, _side(alone, _RIGHT), (schemas[0], _merged(schemas[1], alone)))

    def _matched(self, left: Block, right: Block, schemas: tuple[Schema, Schema]) -> Iterator[Block]:
        """Tables joined with their partners, which have the same number on both sides."""
        kinds = [({c.label: c.type for c in b.columns}) for b in (left, right)]
        for mine, theirs in self.pairs:
            a, b = kinds[0].get(mine), kinds[1].get(theirs)
            for side, kind, column in (("left", a, mine), ("right", b, theirs)):
                if kind is None:
                    text = f"cannot set join columns in {side} table stream: table is missing column '{column}'"
                    raise Invalid(text)
            if a != b:
                raise Invalid(f"cannot join on columns of different types: {mine} is {a} and {theirs} is {b}")
        a_frame, b_frame = _side(left, _LEFT), _side(right, _RIGHT)
        left_on = [_LEFT + GID, *(_LEFT + mine for mine, _ in self.pairs)]
        right_on = [_RIGHT + GID, *(_RIGHT + theirs for _, theirs in self.pairs)]
        how: Any = self.method if self.method != "right" else "full"
        joined = a_frame.join(b_frame, left_on=left_on, right_on=right_on, how=how, coalesce=False)
        if self.method == "right":
            joined = joined.filter(pl.col(_RIGHT + GID).is_not_null())
        order = [pl.coalesce(a, b) for a, b in zip(left_on, right_on, strict=True)]
        joined = joined.sort(*order, _LEFT + "\0row", _RIGHT + "\0row", nulls_last=False, maintain_order=True)
        yield from self._made(left, joined, (_merged(schemas[0], left), _merged(schemas[1], right)))

    def _made(self, block: Block, frame: pl.DataFrame, schemas: tuple[Schema, Schema]) -> Iterator[Block]:
        """The rows that `as` makes of a frame of both sides, in tables with the keys of `block`."""
        if frame.height == 0 or block.tables == 0:
            return
        present = [pl.col(side + GID) for side in (_LEFT, _RIGHT) if side + GID in frame.columns]
        gids = frame.select(pl.coalesce(present)).to_series().to_numpy().astype(np.uint32)
        # Where a side has no row, its record still holds the group key.
        held = {c.label: Vector(c.type, block.keys[c.label].gather(gids)) for c in block.key_columns}
        sides: dict[str, Cell] = {
            "l": Fields(_fields(frame, _LEFT, schemas[0], held)),
            "r": Fields(_fields(frame, _RIGHT, schemas[1], held)),
        }
        columns = self._columns(frame.height, sides)
        out: dict[str, Vector] = {label: columns[label] for label in sorted(columns)}
        _check_key(block, out, gids)
        keys = {c.label for c in block.key_columns}
        made = tuple(Column(label, vector.kind, label in keys) for label, vector in out.items())
        rows = [vector.series.alias(label) for label, vector in out.items() if label not in keys]
        whole = Block(
            made,
            block.keys.select(GID, *(c.label for c in made if c.key)),
            pl.DataFrame([gid_series(gids), *rows]),
        )
        yield select_tables(whole, np.diff(whole.offsets) > 0)

    def _columns(self, count: int, sides: dict[str, Cell]) -> dict[str, Vector]:
        batch = Batch(count, (), lambda label: Vector("string", null_series(label, "string", count)))
        try:
            result = cells(self.as_, batch, sides)
        except Unsupported:
            return self._row_by_row(count, sides)
        if not isinstance(result, Fields):
            raise Invalid("`as` must return a record")
        out: dict[str, Vector] = {}
        for label, cell in result.all().items():
            if isinstance(cell, Vector):
                out[label] = cell
            elif isinstance(cell, Const) and cell.value is not None:
                vector = series_of([cell.value])
                assert vector is not None
                out[label] = Vector(vector.kind, vector.series.new_from_index(0, count))
        return out

    def _row_by_row(self, count: int, sides: dict[str, Cell]) -> dict[str, Vector]:
        rows = {name: _records(side, count) for name, side in sides.items()}
        made = [self.as_.invoke({"l": l_row, "r": r_row}) for l_row, r_row in zip(rows["l"], rows["r"], strict=True)]
        out: dict[str, Vector] = {}
        for label in dict.fromkeys(label for record in made for label in record):
            try:
                vector = series_of([record.get(label) for record in made])
            except Unsupported:
                raise Invalid(f'column "{label}" holds values that cannot be a column') from None
            if vector is not None:
                out[label] = vector
        return out


def _records(side: Cell, count: int) -> list[Record]:
    assert isinstance(side, Fields)
    columns = {k: flux_values(v) for k, v in side.fields.items() if isinstance(v, Vector)}
    return [Record((label, values[i]) for label, values in columns.items()) for i in range(count)]


def _ordered(block: Block, tables: np.ndarray[Any, Any]) -> Block:
    """The tables at these positions, in this order."""
    rank = np.full(block.tables, -1, dtype=np.int64)
    rank[tables] = np.arange(len(tables))
    gids = rank[block.gids]
    rows = block.rows.with_columns(pl.Series(GID, gids)).filter(pl.col(GID) >= 0).sort(GID, maintain_order=True)
    keys = block.keys[tables.tolist()].with_columns(gid_series(np.arange(len(tables))))
    return Block(block.columns, keys, rows.with_columns(pl.col(GID).cast(pl.UInt32)))


def _side(block: Block, prefix: str) -> pl.DataFrame:
    """All columns of a block with a prefix, with the number of the table and of the row."""
    frame = full_frame(block).with_row_index("\0row")
    return frame.rename({name: prefix + name for name in frame.columns})


def _fields(frame: pl.DataFrame, prefix: str, schema: Schema, held: dict[str, Vector]) -> dict[str, Cell]:
    """One side as columns: the group key as it is in the table, and null where the side has no such column or row."""
    fields: dict[str, Cell] = {}
    for label, kind in schema.items():
        if label in held and held[label].kind == kind:
            fields[label] = held[label]
        elif prefix + label in frame.columns:
            fields[label] = Vector(kind, frame[prefix + label].rename(label).cast(DTYPES[kind]))
        else:
            fields[label] = Vector(kind, null_series(label, kind, frame.height))
    return fields


def _check_key(block: Block, out: dict[str, Vector], gids: np.ndarray[Any, Any]) -> None:
    """`Invalid` unless every column of the group key came out as it went in."""
    for column in block.key_columns:
        vector = out.get(column.label)
        same = (
            vector is not None
            and vector.kind == column.type
            and bool(vector.series.eq_missing(block.keys[column.label].gather(gids)).all())
        )
        if not same:
            raise Invalid(
                "join cannot modify group key: output record has a missing or invalid value "
                f"for column '{column.label}:{column.type}'"
            )
