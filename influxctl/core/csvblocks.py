"""Annotated CSV out: results of blocks to bytes, block by block, on columns.

The form is that of InfluxDB 2.9.1: CRLF, an empty line after every run of tables with the same columns, the result's name in `#default`
(or in every row when that annotation is not asked for), floats without exponents, an empty table as annotations that hold its group
key. An error after the first byte becomes a table of its own at the end.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl

from influxctl.core.columns import CSV_TYPES, GID, Block, Column
from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.times import format_time

ANNOTATIONS = ("datatype", "group", "default")
_SMALL = 300  # rows up to which plain Python is faster than a frame of strings
_HELD = 1 << 16  # bytes held back before the first goes out: an error up to then is the whole answer
_PIECE = 1 << 17  # rows rendered at a time


class Result(Protocol):
    """A result as a language gives it."""

    @property
    def name(self) -> str:
        """The name given by yield()."""

    @property
    def blocks(self) -> Iterator[Block]:
        """The tables."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the CSV is to look: the `dialect` of a query request."""

    header: bool = True
    delimiter: str = ","
    annotations: tuple[str, ...] = ANNOTATIONS
    comment_prefix: str = "#"

    @classmethod
    def from_json(cls, data: dict[str, Any] | None) -> Dialect:
        """The dialect of a request; `Invalid` with the reference's wording for values that it refuses."""
        data = data or {}
        delimiter = data.get("delimiter", ",") or ","
        prefix = data.get("commentPrefix", "#")
        annotations = tuple(data.get("annotations") or ())
        if len(delimiter.encode()) != 1:
            raise Invalid("failed to decode request body: invalid dialect delimeter: must be length 1")
        if len(prefix.encode()) > 1:
            raise Invalid("failed to decode request body: invalid dialect comment prefix: must be length 0 or 1")
        for name in annotations:
            if name not in ANNOTATIONS:
                raise Invalid(f"failed to decode request body: unknown dialect annotation type: {name}")
        time_format = data.get("dateTimeFormat", "RFC3339") or "RFC3339"
        if time_format not in ("RFC3339", "RFC3339Nano"):
            raise Invalid(f"failed to decode request body: unknown dialect date time format: {time_format}")
        header = data.get("header", True)
        return cls(True if header is None else bool(header), delimiter, annotations, prefix or "#")


def write_results(results: Iterable[Result], dialect: Dialect | None = None) -> Iterator[bytes]:
    """The CSV of all results, in pieces. An error before the first piece is raised; after it, it is written as a table."""
    dialect = Dialect() if dialect is None else dialect
    held: list[bytes] | None = []
    size = 0
    last = b""
    try:
        for result in results:
            for piece in _Writer(result.name, dialect).write(result.blocks):
                last = piece
                if held is None:
                    yield piece
                    continue
                held.append(piece)
                size += len(piece)
                if size > _HELD:
                    yield b"".join(held)
                    held = None
    except InfluxctlError as error:
        if held is not None and not (held and getattr(error, "late", False)):
            raise
        gap = b"" if last == b"\r\n" else b"\r\n"  # a finished result has its empty line already
        yield b"".join(held or []) + gap + error_table(error.message, dialect)
        return
    if held is not None:
        yield b"".join(held) or b"\r\n"


def error_table(message: str, dialect: Dialect) -> bytes:
    """The table that reports an error after data was sent."""
    cut = dialect.delimiter
    rows = {"datatype": ["string", "string"], "group": ["true", "true"], "default": ["", ""]}
    lines = [_line([f"#{name}", *rows[name]], cut) for name in dialect.annotations]
    lines.append(_line(["", "error", "reference"], cut))
    lines.append(_line(["", quote(message, cut), ""], cut))
    return "".join(lines).encode()


def _line(cells: Iterable[str], delimiter: str) -> str:
    return delimiter.join(cells) + "\r\n"


def quote(text: str, delimiter: str) -> str:
    """A cell, quoted if CSV needs it; line ends become CRLF."""
    if not text or not _needs_quotes(delimiter).search(text):
        return text
    return '"' + text.replace('"', '""').replace("\r", "").replace("\n", "\r\n") + '"'


_QUOTING: dict[str, re.Pattern[str]] = {}


def _needs_quotes(delimiter: str) -> re.Pattern[str]:
    known = _QUOTING.get(delimiter)
    if known is None:
        known = _QUOTING[delimiter] = re.compile(rf'["\r\n{re.escape(delimiter)}]|\A\s|\A\\\.\Z')
    return known


class _Writer:
    """Writes the blocks of one result."""

    def __init__(self, name: str, dialect: Dialect) -> None:
        self.cut = dialect.delimiter
        self.dialect = dialect
        self.name = quote(name, self.cut)
        self.in_default = "default" in dialect.annotations
        self.cell = "" if self.in_default else self.name
        self.table = 0
        self.open: tuple[Column, ...] | None = None

    def write(self, blocks: Iterable[Block]) -> Iterator[bytes]:
        """The bytes of all blocks, at least one piece a block."""
        for block in blocks:
            if not block.tables:
                continue
            counts = np.diff(block.offsets)
            if not block.columns:
                counts = counts * 0  # rows without columns are no rows
            if (counts == 0).any():
                yield from self._with_empty(block, counts)
            else:
                yield self._heading(block)
                yield from self._rows(block, 0, block.tables)
                self.table += block.tables
        if self.open is not None:
            yield b"\r\n"

    def _with_empty(self, block: Block, counts: Any) -> Iterator[bytes]:
        """Tables, some of which are empty: each empty one has a block of annotations to itself."""
        start = 0
        for end in [*np.flatnonzero(counts == 0).tolist(), block.tables]:
            if end > start:
                yield self._heading(block)
                yield from self._rows(block, start, end)
                self.table += end - start
            if end < block.tables:
                yield self._empty(block, end)
                self.table += 1
            start = end + 1

    def _annotations(self, columns: tuple[Column, ...], default: list[str]) -> str:
        prefix, cut = self.dialect.comment_prefix, self.cut
        types = [f"{prefix}datatype", "string", "long", *(CSV_TYPES[c.type] for c in columns)]
        groups = [f"{prefix}group", "false", "false", *("true" if c.key else "false" for c in columns)]
        rows = {"datatype": types, "group": groups, "default": [f"{prefix}default", *default]}
        text = "".join(_line(rows[name], cut) for name in self.dialect.annotations)
        if self.dialect.header:
            text += _line(["", "result", "table", *(quote(c.label, cut) for c in columns)], cut)
        return text

    def _heading(self, block: Block) -> bytes:
        if self.open == block.columns:
            return b""
        text = "\r\n" if self.open is not None else ""
        self.open = block.columns
        return (text + self._annotations(block.columns, [self.name, *[""] * (len(block.columns) + 1)])).encode()

    def _empty(self, block: Block, number: int) -> bytes:
        text = "\r\n" if self.open is not None else ""
        self.open = ()
        key = block.keys.row(number, named=True)
        values = [quote(cell_text(c.type)(key[c.label]), self.cut) if c.key else "" for c in block.columns]
        return (text + self._annotations(block.columns, [self.name, str(self.table), *values])).encode()

    def _rows(self, block: Block, first: int, last: int) -> Iterator[bytes]:
        """The rows of the tables first … last - 1."""
        low, high = int(block.offsets[first]), int(block.offsets[last])
        prefixes = self._segments(block, first, last)
        for start in range(low, high, _PIECE):
            end = min(start + _PIECE, high)
            if end - start <= _SMALL:
                yield self._small(block, start, end, first, prefixes)
            else:
                yield self._large(block, start, end, first, prefixes)

    def _segments(self, block: Block, first: int, last: int) -> list[list[str] | str]:
        """The columns of a line: text a table for each run of what is constant in a table, labels for the others."""
        cut = self.cut
        text = [f"{cut}{self.cell}{cut}{self.table + i}" for i in range(last - first)]
        segments: list[list[str] | str] = [text]
        keys = block.keys[first:last]
        for column in block.columns:
            if not column.key:
                segments.append(column.label)
                continue
            write = cell_text(column.type)
            known: dict[Any, str] = {}
            cells = []
            for value in keys[column.label].to_list():
                cell = known.get(value)
                if cell is None:
                    cell = known[value] = quote(write(value), cut)
                cells.append(cell)
            if isinstance(segments[-1], str):
                segments.append(cells)
            else:
                segments[-1] = [f"{a}{cut}{b}" for a, b in zip(segments[-1], cells, strict=True)]
        return segments

    def _small(self, block: Block, start: int, end: int, first: int, segments: list[list[str] | str]) -> bytes:
        gids = block.gids[start:end].tolist()
        columns: list[list[str]] = []
        types = {c.label: c.type for c in block.columns}
        for segment in segments:
            if isinstance(segment, str):
                kind = types[segment]
                write = cell_text(kind)
                cells = [write(v) for v in block.rows[segment][start:end].to_list()]
                columns.append([quote(c, self.cut) for c in cells] if kind == "string" else cells)
            else:
                columns.append([segment[g - first] for g in gids])
        join = self.cut.join
        return ("\r\n".join(join(row) for row in zip(*columns, strict=True)) + "\r\n").encode()

    def _large(self, block: Block, start: int, end: int, first: int, segments: list[list[str] | str]) -> bytes:
        gids = block.gids[start:end]
        low, high = int(gids[0]) - first, int(gids[-1]) - first
        places = gids.astype(np.int64) - (low + first)
        types = {c.label: c.type for c in block.columns}
        series: list[pl.Series] = []
        for segment in segments:
            if isinstance(segment, str):
                made = _column(block.rows[segment][start:end], types[segment], self.cut)
            else:
                made = pl.Series(segment[low : high + 1]).gather(places)
            series.append(made.alias(str(len(series))))
        buffer = io.BytesIO()
        pl.DataFrame(series).write_csv(
            buffer,
            include_header=False,
            separator=self.cut,
            line_terminator="\r\n",
            quote_style="never",
            null_value="",
            float_scientific=False,
        )
        return buffer.getvalue()


def _column(series: pl.Series, kind: str, delimiter: str) -> pl.Series:
    """A column in the form in which polars can write it as it is."""
    if kind == "time":
        return time_texts(series)
    if kind == "float":
        if not series.is_finite().all():
            write = cell_text("float")
            return pl.Series([write(v) for v in series.to_list()], dtype=pl.String)
        return series
    if kind == "string":
        special = series.str.contains(rf'["\r\n{re.escape(delimiter)}]|^\s|^\\\.$')
        if not special.any():
            return series
        distinct = series.filter(special).unique()
        return series.replace(distinct, pl.Series([quote(t, delimiter) for t in distinct], dtype=pl.String))
    return series


def time_texts(series: pl.Series) -> pl.Series:
    """Times of nanoseconds as RFC 3339; each distinct time is formatted once."""
    distinct = series.unique().drop_nulls()
    if not len(distinct):
        return pl.Series(series.name, [None], dtype=pl.String).new_from_index(0, len(series))
    moments = distinct.cast(pl.Datetime("ns"))
    if not (distinct % 1_000_000_000 != 0).any():
        texts = moments.dt.to_string("%Y-%m-%dT%H:%M:%SZ")
    else:
        texts = moments.dt.to_string("%Y-%m-%dT%H:%M:%S%.9fZ").str.replace(r"\.?0*Z$", "Z")
    return series.replace_strict(distinct, texts, default=None, return_dtype=pl.String)


def _float_text(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    if "e" in text:
        return np.format_float_positional(value, trim="-")
    return text[:-2] if text.endswith(".0") else text


_CELLS: dict[str, Callable[[Any], str]] = {
    "bool": lambda v: "true" if v else "false",
    "int": str,
    "uint": str,
    "float": _float_text,
    "string": lambda v: v,
    "time": format_time,
}
_WITH_NULL: dict[str, Callable[[Any], str]] = {
    kind: (lambda v, write=write: "" if v is None else write(v))  # type: ignore[misc]
    for kind, write in _CELLS.items()
}


def cell_text(kind: str) -> Callable[[Any], str]:
    """What writes a value of this column type as a cell, before quoting; null is empty."""
    return _WITH_NULL[kind]


__all__ = ["GID", "Dialect", "error_table", "write_results"]
