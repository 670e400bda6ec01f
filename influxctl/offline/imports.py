"""Parquet files as line protocol: those that `local export` wrote, and others with a column of times."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl

from influxctl.client.lines import Piece, Run
from influxctl.core.blocklines import block_lines
from influxctl.core.columns import GID, Block, Column, ColumnType
from influxctl.core.errors import InfluxctlError, UsageError
from influxctl.offline.exports import NOTE

_ROWS = 1 << 18  # rows read at a time
_KINDS: dict[str, tuple[ColumnType, type[pl.DataType]]] = {
    "bool": ("bool", pl.Boolean), "int": ("int", pl.Int64), "uint": ("uint", pl.UInt64),
    "float": ("float", pl.Float64), "string": ("string", pl.String),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Plan:
    """What each column of a file becomes."""

    measurement: str
    time: str
    tags: dict[str, str]  # column -> tag
    fields: dict[str, tuple[str, str]]  # column -> field, kind


@dataclass
class ParquetSource:
    """A Parquet file as a source of `influxctl write`. `measurement`: the name when the file does not tell, else its own name is taken."""

    path: Path
    measurement: str | None = None
    time_column: str | None = None
    position: int = 0

    @property
    def name(self) -> str:
        """How messages call it."""
        return str(self.path)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    def pieces(self, bad_row: object = None, first: int = 1) -> Iterator[Piece]:
        """Its rows as lines, numbered from 1."""
        try:
            plan = self._plan()
            total = pl.scan_parquet(self.path).select(pl.len()).collect().item()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise UsageError(f"{self.path} is no Parquet file that can be read: {error}") from None
        number = 1
        for at in range(0, total, _ROWS):
            frame = pl.scan_parquet(self.path).slice(at, _ROWS).collect()
            block = _block(frame, plan)
            for lines in block_lines(block, 5000):
                texts = [line.encode() for line in lines.to_list()]
                text = b"\n".join(texts)
                if text.count(b"\n") == len(texts) - 1:
                    yield Run(number, text, len(texts))
                else:  # a text with a line feed in it
                    yield from enumerate(texts, number)
                number += len(texts)
            self.position = self.size * min(total, at + _ROWS) // total

    def _plan(self) -> _Plan:
        """What the file's metadata says, or what its columns look like."""
        note = pl.read_parquet_metadata(self.path).get(NOTE)
        if note is not None:
            about = json.loads(note)
            fields = {column: (name, kind) for column, (name, kind) in about["fields"].items()}
            return _Plan(self.measurement or about["measurement"], "time", about["tags"], fields)
        schema = pl.read_parquet_schema(self.path)
        times = [name for name, kind in schema.items() if isinstance(kind, pl.Datetime) or kind == pl.Date]
        time = self.time_column or (times[0] if times else None)
        if time is None or time not in schema:
            raise UsageError(
                f"{self.path} has no column of times", hint="name it with --time-column; whole numbers are nanoseconds"
            )
        rest = {name: kind for name, kind in schema.items() if name not in (time, "_measurement")}
        tags = {name: name for name, kind in rest.items() if kind in (pl.String, pl.Categorical, pl.Enum)}
        fields = {name: (name, kind) for name, dtype in rest.items() if (kind := _kind(dtype)) and name not in tags}
        if not fields:
            raise UsageError(f"{self.path} has no column of numbers or booleans, so that nothing could be a field")
        return _Plan(self.measurement or unquote(self.path.stem), time, tags, fields)


def _kind(dtype: Any) -> str:
    """The field type of a column, "" if it can be none."""
    if dtype == pl.Boolean:
        return "bool"
    if dtype.is_float() or dtype.is_decimal():
        return "float"
    if dtype.is_unsigned_integer():
        return "uint"
    return "int" if dtype.is_integer() else ""


def _block(frame: pl.DataFrame, plan: _Plan) -> Block:
    """Rows of a file as a wide block; rows without a time or any field are left out."""
    times = frame[plan.time]
    if times.dtype == pl.Date or isinstance(times.dtype, pl.Datetime):
        times = times.cast(pl.Datetime("ns")).cast(pl.Int64)
    tags = {tag: frame[column].cast(pl.String) for column, tag in plan.tags.items()}
    fields = {}
    for column, (name, kind) in plan.fields.items():
        values = frame[column].cast(_KINDS[kind][1])
        fields[name] = pl.Series(values).fill_nan(None) if kind == "float" else values
    names = [f"\0t{i}" for i in range(len(tags))]
    whole = pl.DataFrame(
        [times.cast(pl.Int64).alias("_time"), *(s.alias(n) for n, s in zip(names, tags.values(), strict=True)),
         *(s.alias(n) for n, s in fields.items())]
    )  # fmt: skip
    if set(fields) & {"_time"}:
        raise InfluxctlError("a field cannot be called _time")
    whole = whole.filter(pl.col("_time").is_not_null() & pl.any_horizontal(pl.col(n).is_not_null() for n in fields))
    # an empty tag value is none
    whole = whole.with_columns(pl.when(pl.col(n) != "").then(pl.col(n)).alias(n) for n in names)
    keys = whole.select(names).unique(maintain_order=True) if names else pl.DataFrame({"\0one": [0]})
    keys = keys.with_row_index(GID)
    rows = (
        whole.join(keys, on=names, how="left", nulls_equal=True)
        if names
        else whole.with_columns(pl.lit(0, pl.UInt32).alias(GID))
    )
    rows = rows.sort(GID, maintain_order=True).drop(names)
    labels = dict(zip(names, tags, strict=True))
    keys = keys.select(
        GID, pl.lit(plan.measurement).alias("_measurement"), *(pl.col(n).alias(labels[n]) for n in names)
    )
    columns = (
        Column("_measurement", "string", True), *(Column(tag, "string", True) for tag in tags), Column("_time", "time"),
        *(Column(name, _KINDS[plan_kind][0]) for name, plan_kind in plan.fields.values()),
    )  # fmt: skip
    return Block(columns, keys, rows)
