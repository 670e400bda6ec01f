"""Files of points as line protocol: line protocol, CSV in every dialect that `write` knows, plain CSV and Parquet with guessed roles.

In plain CSV and Parquet the time is the column `_time`, `time`, `timestamp`, `ts`, `datetime` or `date`, or the first one that holds
times; texts are tags, numbers and booleans are fields; the measurement is the column `_measurement` or `measurement`, or the file's
name. `_field` and `_value` are understood as query results have them.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from influxctl.client.csv2lp import CsvReader
from influxctl.client.lines import Rejected, Run, numbered_pieces
from influxctl.core.errors import Invalid, UsageError
from influxctl.core.lineprotocol import escape, escape_measurement

if TYPE_CHECKING:
    import polars as pl

BLOCK = 4 << 20  # bytes of lines handed over at once
ROWS = 100_000
TIMES = ("_time", "time", "timestamp", "ts", "datetime", "date")
MEASUREMENTS = ("_measurement", "measurement")
_DIALECT = ("_measurement", "_field", "|")  # what a heading of `write`'s dialects holds
# Whole numbers as times: below the bound they are of this unit, in nanoseconds.
_UNITS = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3))
_LEFT_OUT = ("", "result", "table", "_start", "_stop")


def blocks_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """(number of the first line in the file, lines of line protocol) for some megabytes at a time."""
    if not path.is_file():
        raise UsageError(f"{str(path)!r} is no regular file" if path.exists() else f"there is no file {str(path)!r}")
    name = path.name.removesuffix(".gz").lower()
    if name.endswith((".parquet", ".pq")):
        import polars as pl

        yield from _frame_blocks(pl.read_parquet(path), path)
        return
    with _open(path) as stream:
        if not name.endswith(".csv"):
            yield from _joined(numbered_pieces(iter(lambda: stream.read(1 << 18), b"")))
        elif _speaks_a_dialect(path):
            yield from _joined(_csv_lines(stream, path))
        else:
            import polars as pl

            frame = pl.read_csv(stream.read(), try_parse_dates=True, infer_schema_length=10_000)
            yield from _frame_blocks(frame, path)


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if packed else path.open("rb")


def _speaks_a_dialect(path: Path) -> bool:
    with _open(path) as stream:
        head = stream.readline().decode("utf-8", "replace")
    return head.startswith(("#", "sep=")) or any(mark in head for mark in _DIALECT)


def _csv_lines(stream: BinaryIO, path: Path) -> Iterator[tuple[int, bytes]]:
    def refuse(row: Rejected) -> None:
        raise Invalid(f"{path}: line {row.line}: {row.reason}")

    text = io.TextIOWrapper(stream, "utf-8", errors="replace", newline="")
    try:
        yield from CsvReader(reject=refuse).lines(text)
    finally:
        text.detach()  # whoever opened the stream closes it


def _joined(pieces: Iterator[tuple[int, bytes] | Run]) -> Iterator[tuple[int, bytes]]:
    first, parts, size = 1, list[bytes](), 0
    for piece in pieces:
        number, text = (piece.number, piece.text) if isinstance(piece, Run) else piece
        if not parts:
            first = number
        parts.append(text)
        size += len(text)
        if size >= BLOCK:
            yield first, b"\n".join(parts)
            parts, size = [], 0
    if parts:
        yield first, b"\n".join(parts)


def _frame_blocks(frame: pl.DataFrame, path: Path) -> Iterator[tuple[int, bytes]]:
    import polars as pl

    stem = path.name.removesuffix(".gz").rpartition(".")[0]
    line = _line(frame, _time(frame, path), stem, path)
    for at in range(0, frame.height, ROWS):
        lines = frame[at : at + ROWS].select(line.alias("line"))["line"].drop_nulls()
        text = lines.str.join("\n", ignore_nulls=True).item() if lines.dtype == pl.String and len(lines) else ""
        if text:
            yield at + 2, text.encode()  # a heading stands before the first row


def _time(frame: pl.DataFrame, path: Path) -> tuple[str, pl.Expr]:
    """The column of the times, and these in nanoseconds."""
    import polars as pl

    lower = {name.lower(): name for name in reversed(frame.columns)}
    name = next((lower[each] for each in TIMES if each in lower), None)
    if name is None:
        name = next((n for n, t in frame.schema.items() if t in (pl.Date, pl.Datetime)), None)
    if name is None:
        raise Invalid(f"{path} has no column of times", hint=f"call one of its columns {TIMES[1]}")
    kind, column = frame.schema[name], pl.col(name)
    if kind == pl.String:
        column = column.str.to_datetime(time_unit="ns", time_zone="UTC")
    elif kind.is_integer():
        for bound, factor in _UNITS:
            top = frame[name].cast(pl.Int64).abs().max()
            if top is not None and cast(int, top) < bound:
                return name, column.cast(pl.Int64) * factor
        return name, column.cast(pl.Int64)
    elif kind not in (pl.Date, pl.Datetime):
        raise Invalid(f"{path}: the column {name!r} holds no times", hint="texts, whole numbers or times are needed")
    return name, column.cast(
        pl.Datetime("ns", "UTC" if getattr(kind, "time_zone", None) or kind == pl.String else None)
    ).cast(pl.Int64)


def _line(frame: pl.DataFrame, time: tuple[str, pl.Expr], stem: str, path: Path) -> pl.Expr:
    """The line of a row; null for a row without a field."""
    import polars as pl

    names = [n for n in frame.columns if n != time[0] and n not in _LEFT_OUT]
    measurement = next((n for n in MEASUREMENTS if n in names), None)
    head = pl.lit(escape_measurement(stem)) if measurement is None else _escaped(measurement, ", ")
    texts = [n for n in names if frame.schema[n] in (pl.String, pl.Categorical, pl.Enum) and n != measurement]
    pivoted = not {"_field", "_value"} <= set(names)
    tags = sorted(n for n in texts if pivoted or n not in ("_field", "_value"))
    for name in tags:
        part = pl.lit(f",{escape(name)}=") + _escaped(name, ",= ")
        head = head + pl.when(pl.col(name).is_null() | (pl.col(name).cast(pl.String) == "")).then(pl.lit("")).otherwise(
            part
        )
    if pivoted:
        fields = [pl.lit(f"{escape(n)}=") + _value(n, frame) for n in names if n not in tags and n != measurement]
        if not fields:
            raise Invalid(f"{path} has no column of numbers or booleans", hint="texts are tags; a point needs a field")
        values = pl.concat_str(fields, separator=",", ignore_nulls=True)
    else:
        values = _escaped("_field", ",= ") + pl.lit("=") + _value("_value", frame)
    values = pl.when(values == "").then(None).otherwise(values)
    return pl.concat_str([head, values, time[1].cast(pl.String)], separator=" ")


def _escaped(name: str, special: str) -> pl.Expr:
    import polars as pl

    column = pl.col(name).cast(pl.String)
    for character in special:
        column = column.str.replace_all(character, "\\" + character, literal=True)
    return column


def _value(name: str, frame: pl.DataFrame) -> pl.Expr:
    """A field value as line protocol spells it; null for null and for numbers that are none."""
    import polars as pl

    kind, column = frame.schema[name], pl.col(name)
    if kind.is_unsigned_integer():
        return column.cast(pl.String) + pl.lit("u")
    if kind.is_integer():
        return column.cast(pl.String) + pl.lit("i")
    if kind.is_float():
        return pl.when(column.is_finite()).then(column.cast(pl.String))
    if kind == pl.Boolean:
        return column.cast(pl.String)
    if kind.is_temporal() or kind.is_decimal():
        text = column.cast(pl.Float64 if kind.is_decimal() else pl.Int64).cast(pl.String)
        return text if kind.is_decimal() else text + pl.lit("i")
    text = column.cast(pl.String).str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    return pl.lit('"') + text + pl.lit('"')
