"""Blocks: many tables of the same columns in two frames, the one table shape of engine, languages and CSV.

A Flux stream is a sequence of tables. A `Block` holds any number of tables that have the same columns (labels, types, order, and
which of them form the group key):

* `keys`: one row a table, the group-key columns, in the order of the tables. Column `GID` counts 0, 1, 2 … so that a key without
  columns still has its row.
* `rows`: all rows of all tables, ascending by `GID`; the non-key columns only. A table without rows is a row of `keys` only.

Times are Int64 nanoseconds in frames; the `Column` says that they are times. Everything constant in a table is in `keys`: renaming,
dropping or grouping by a key column costs one operation a table, not one a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import polars as pl

GID = "\0gid"  # no Flux or line-protocol name can hold a NUL
BLOCK_ROWS = 1 << 20  # rows that a block should not exceed; readers split above it

ColumnType = Literal["bool", "int", "uint", "float", "string", "time"]

DTYPES: dict[str, type[pl.DataType]] = {
    "bool": pl.Boolean,
    "int": pl.Int64,
    "uint": pl.UInt64,
    "float": pl.Float64,
    "string": pl.String,
    "time": pl.Int64,
}
CSV_TYPES = {
    "bool": "boolean",
    "int": "long",
    "uint": "unsignedLong",
    "float": "double",
    "string": "string",
    "time": "dateTime:RFC3339",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: label, type, and whether it belongs to the group key."""

    label: str
    type: ColumnType
    key: bool = False


@dataclass(frozen=True)
class Block:
    """Tables of one schema; see the module's docstring for the two frames. Never changed once made."""

    columns: tuple[Column, ...]
    keys: pl.DataFrame
    rows: pl.DataFrame

    @property
    def tables(self) -> int:
        """How many tables the block holds, empty ones included."""
        return self.keys.height

    @cached_property
    def gids(self) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
        """The table number of every row, ascending."""
        return self.rows[GID].to_numpy()

    @cached_property
    def offsets(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Table i has the rows offsets[i] … offsets[i + 1]; tables + 1 numbers."""
        return np.searchsorted(self.gids, np.arange(self.tables + 1, dtype=np.uint32)).astype(np.int64)

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The columns of the group key, in table order."""
        return tuple(c for c in self.columns if c.key)

    @property
    def row_columns(self) -> tuple[Column, ...]:
        """The columns that vary within a table, in table order."""
        return tuple(c for c in self.columns if not c.key)

    def column(self, label: str) -> Column | None:
        """The column with this label, or None."""
        return next((c for c in self.columns if c.label == label), None)

    def values(self, label: str) -> pl.Series:
        """A column's value for every row, a key column being repeated for each row of its table."""
        column = self.column(label)
        if column is None:
            raise KeyError(label)
        return self.keys[label][self.rows[GID]] if column.key else self.rows[label]

    def iter_tables(self) -> Iterator[tuple[dict[str, object], pl.DataFrame]]:
        """Each table as (key record, frame of its non-key columns). For small answers and tests: slow by design."""
        for number, key in enumerate(self.keys.drop(GID).iter_rows(named=True)):
            low, high = self.offsets[number], self.offsets[number + 1]
            yield key, self.rows[low:high].drop(GID)


def make_block(columns: Iterable[Column], keys: Mapping[str, Any], rows: Mapping[str, Any], gids: Any) -> Block:
    """A block from plain lists or arrays: `keys` and `rows` by label, `gids` the table number of every row (ascending)."""
    columns = tuple(columns)
    key_schema = {c.label: DTYPES[c.type] for c in columns if c.key}
    row_schema = {c.label: DTYPES[c.type] for c in columns if not c.key}
    numbers = pl.Series(GID, gids, dtype=pl.UInt32)
    row_frame = pl.DataFrame([numbers, *(pl.Series(k, rows[k], dtype=t) for k, t in row_schema.items())])
    key_series = [pl.Series(k, keys[k], dtype=t) for k, t in key_schema.items()]
    tables = len(key_series[0]) if key_series else 1
    key_frame = pl.DataFrame([pl.Series(GID, range(tables), dtype=pl.UInt32), *key_series])
    return Block(columns, key_frame, row_frame)
