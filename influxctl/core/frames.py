"""Frames and columns cut, gathered and put together at once.

Most methods of polars frames, and many of columns, plan a query even for three rows: 30 to 80 µs where these take 1 to 10. A query over
few rows is made of dozens of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[Any]
_LARGE = 50_000  # rows from which polars filters the columns of a frame beside one another


def rows_of(rows: Array | pl.Series) -> pl.Series:
    """Row numbers as an index that polars takes as it is."""
    if isinstance(rows, pl.Series):
        return rows
    return pl.Series(rows.astype(np.uint32, copy=False))


def take(column: pl.Series, rows: Array | pl.Series) -> pl.Series:
    """The values at these rows, null where the row number is null."""
    return column[rows_of(rows)]


def take_or_null(column: pl.Series, rows: Array) -> pl.Series:
    """The values at these rows, null where the row is -1."""
    missing = rows < 0
    if not missing.any():
        return take(column, rows)
    if not len(column):
        return nulls(column.name, column.dtype, len(rows))
    index = rows_of(np.where(missing, 0, rows))
    return column[index.set(pl.Series(missing), None)]


def nulls(name: str, dtype: Any, count: int) -> pl.Series:
    """A column of nulls."""
    return pl.Series(name, [None], dtype=dtype).new_from_index(0, count)


def pick(frame: pl.DataFrame, labels: Iterable[str]) -> pl.DataFrame:
    """Some columns of a frame."""
    return pl.DataFrame([frame[label] for label in labels])


def without(frame: pl.DataFrame, label: str) -> pl.DataFrame:
    """A frame without a column."""
    return pl.DataFrame([column for column in frame.get_columns() if column.name != label])


def put(frame: pl.DataFrame, *columns: pl.Series) -> pl.DataFrame:
    """A frame with columns in place of those of the same names, or behind the others."""
    new = {column.name: column for column in columns}
    kept = [new.pop(column.name, column) for column in frame.get_columns()]
    return pl.DataFrame([*kept, *new.values()])


def taken(frame: pl.DataFrame, rows: Array | pl.Series) -> pl.DataFrame:
    """The rows at these places."""
    index = rows_of(rows)
    return pl.DataFrame([column[index] for column in frame.get_columns()])


def kept(frame: pl.DataFrame, mask: Array | pl.Series) -> pl.DataFrame:
    """The rows where the mask is true."""
    marks = mask if isinstance(mask, pl.Series) else pl.Series(mask)
    if frame.height >= _LARGE:
        return frame.filter(marks)
    return pl.DataFrame([column.filter(marks) for column in frame.get_columns()])


def present(column: pl.Series) -> Array:
    """Which values are not null."""
    if not column.null_count():
        return np.ones(len(column), bool)
    return column.is_not_null().to_numpy()


def no_nulls(column: pl.Series, value: float) -> pl.Series:
    """The column with a value in place of nulls."""
    return column.fill_null(value) if column.null_count() else column


def nulled(column: pl.Series, mask: Array) -> pl.Series:
    """The column with null where the mask is true."""
    return column.set(pl.Series(mask), None) if mask.any() else column
