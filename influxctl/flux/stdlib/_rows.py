"""Between tables and Python values: blocks made of records, and the tables of a stream as plain columns.

For functions whose work is row by row by nature; what must be fast works on blocks (`flux.tables`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import polars as pl

from influxctl.core.columns import DTYPES, Block, Column, ColumnType
from influxctl.core.errors import Invalid
from influxctl.flux.tables import block_of, named
from influxctl.flux.values import Record, Time, UInt, Value, type_of, type_text

_COLUMN_TYPES = frozenset(DTYPES)


def column_type(value: Value) -> ColumnType:
    """The type of the column that can hold a value; `Invalid` for values that no column holds."""
    kind = type_of(value)
    if kind not in _COLUMN_TYPES:
        raise Invalid(f"cannot represent the type {type_text(value)} as column data")
    return cast(ColumnType, kind)


def typed(value: Any, kind: str) -> Value:
    """A frame's value as the Flux value of a column's type."""
    if value is None:
        return None
    return Time(value) if kind == "time" else UInt(value) if kind == "uint" else value


@dataclass
class Table:
    """One table: its columns in order, the values of each by label, and the labels of the group key."""

    columns: dict[str, ColumnType]
    values: dict[str, list[Any]]
    key: dict[str, Any] = field(default_factory=dict)

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(next(iter(self.values.values()))) if self.values else 0

    def rows(self) -> Iterator[Record]:
        """Each row as a record of Flux values."""
        typed_columns = [
            [typed(v, kind) for v in self.values[label]] if kind in ("time", "uint") else self.values[label]
            for label, kind in self.columns.items()
        ]
        labels = list(self.columns)
        for row in zip(*typed_columns, strict=True):
            yield Record(zip(labels, row, strict=True))

    def block(self) -> Block:
        """The table as a block of its own."""
        columns = [Column(named(label), kind, label in self.key) for label, kind in self.columns.items()]
        keys = [pl.Series(c.label, [self.key[c.label]], dtype=DTYPES[c.type]) for c in columns if c.key]
        rows = [pl.Series(c.label, self.values[c.label], dtype=DTYPES[c.type]) for c in columns if not c.key]
        return block_of(columns, keys, rows, np.zeros(self.height if rows else 0, dtype=np.uint32), 1)


def read_tables(blocks: Iterable[Block]) -> Iterator[Table]:
    """The tables of blocks, key columns repeated for each row."""
    for block in blocks:
        types = {c.label: c.type for c in block.columns}
        counts = np.diff(block.offsets).tolist()
        for (key, frame), height in zip(block.iter_tables(), counts, strict=True):
            values = {label: [key[label]] * height if label in key else frame[label].to_list() for label in types}
            yield Table(types, values, dict(key))


def _type_in(record: Mapping[str, Value], label: str, value: Value) -> ColumnType | None:
    """The column type of a record's member; None for a null of unknown type."""
    if value is not None:
        return column_type(value)
    kind = record.nulls.get(label) if isinstance(record, Record) else None
    if kind is None:
        return None
    if kind not in _COLUMN_TYPES:
        raise Invalid(f"cannot represent the type {kind} as column data")
    return cast(ColumnType, kind)


def table_of(records: Sequence[Mapping[str, Value]], columns: Mapping[str, ColumnType] | None = None) -> Table:
    """A table without group key from records; columns in order of first appearance, missing labels null.

    `columns` gives the order and types when they are known, so that there may be no records at all.
    """
    types: dict[str, ColumnType] = dict(columns or {})
    if columns is None:
        order: dict[str, None] = {}
        for record in records:
            for label, value in record.items():
                order.setdefault(label)
                kind = _type_in(record, label, value)
                if kind is None:
                    continue
                if types.setdefault(label, kind) != kind:
                    raise Invalid(f'column "{label}" holds values of the types {types[label]} and {kind}')
        types = {label: types.get(label, "string") for label in order}
    values = {label: [record.get(label) for record in records] for label in types}
    return Table(types, values)
