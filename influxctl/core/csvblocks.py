"""Annotated CSV out: results of blocks to bytes, block by block, on columns.

The form is that of InfluxDB 2.9.1: CRLF, an empty line after every run of tables with the same columns, the result's name in `#default`
(or in every row when that annotation is not asked for), floats without exponents, an empty table as annotations that hold its group
key. An error after the first byte becomes a table of its own at the end.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl

from influxctl.core.columns import CSV_TYPES, GID, Block, Column
from influxctl.core.csvcells import GAPS, ROW, cell_text, cells, column_cells, column_texts, lines, quote, written
from influxctl.core.errors import InfluxctlError, Invalid

ANNOTATIONS = ("datatype", "group", "default")
_SMALL = 3000  # cells up to which joining cells in Python is faster than writing a frame of texts
_MANY_TABLES = 40  # tables up to which the same is so for their keys
_SHORT = 16  # rows a table below which a loop over tables is slow
_HELD = 1 << 16  # bytes held back before the first goes out: an error up to then is the whole answer
_PIECE = 1 << 15  # rows rendered at a time
_ONE_GAP = bytes.maketrans(b"".join(GAPS), GAPS[0] * len(GAPS))
_SENT = 1 << 18  # bytes from which a piece is handed out: larger ones leave the caches of the processor


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
        layout = self._layout(block, first, last)
        for start in range(low, high, _PIECE):
            end = min(start + _PIECE, high)
            tables = range(int(block.gids[start]), int(block.gids[end - 1]) + 1)
            edges = (np.clip(block.offsets[tables.start : tables.stop + 1], start, end) - start).tolist()
            part = layout.of(tables.start - first, tables.stop - first)
            if (end - start) * len(block.row_columns) <= _SMALL:
                yield self._joined(block, start, end, part, edges)
            elif end - start < _SHORT * len(tables):
                yield self._spread(block, start, end, part)
            else:
                marked = self._marked(block, start, end, part)
                if marked is None:
                    yield self._joined(block, start, end, part, edges)
                else:
                    yield from _cut_up(marked, part, edges)

    def _layout(self, block: Block, first: int, last: int) -> _Layout:
        """What stands around the cells of rows: all that is constant in a table."""
        cut = self.cut
        groups: list[list[Column]] = []
        keys: list[list[Column]] = [[]]
        for column in block.columns:
            if column.key and len(keys) == len(groups):
                keys.append([])
            elif not column.key and len(groups) < len(keys):
                groups.append([])
            (keys if column.key else groups)[-1].append(column)
        texts = self._key_texts(block, first, last, keys)
        if groups:
            texts[0] = [text + cut for text in texts[0]]
        for at in range(1, len(texts)):
            after = cut if at < len(groups) else ""
            texts[at] = [f"{cut}{text}{after}" for text in texts[at]]
        if len(texts) == len(groups) or not groups:
            texts.append([""] * (last - first))
        texts[-1] = [f"{text}\r\n" for text in texts[-1]]
        return _Layout(groups, texts)

    def _key_texts(self, block: Block, first: int, last: int, parts: list[list[Column]]) -> list[list[str]]:
        """For each part, the text of its key columns a table; the first begins with the result and the table's number."""
        cut = self.cut
        numbers = range(self.table, self.table + last - first)
        keys = block.keys if last - first == block.tables else block.keys[first:last]
        if len(numbers) > _MANY_TABLES:
            columns: list[tuple[pl.Series, str] | None] = [(pl.Series(np.arange(numbers.start, numbers.stop)), "int")]
            for at, part in enumerate(parts):
                columns += [None] if at else []
                columns += [(keys[c.label], c.type) for c in part]
            marked = lines(columns, cut)
            if marked is not None:
                rows = marked.translate(_ONE_GAP).decode()[:-1].split(ROW.decode())
                lead = f"{cut}{self.cell}{cut}"
                split = [row.split(GAPS[0].decode()) for row in rows]
                return [[lead + row[0] for row in split], *([row[at] for row in split] for at in range(1, len(parts)))]
        texts = []
        for at, part in enumerate(parts):
            lists = [cells(keys[c.label].to_list(), c.type, cut) for c in part]
            if not at:
                lists.insert(0, [f"{cut}{self.cell}{cut}{number}" for number in numbers])
            texts.append([cut.join(row) for row in zip(*lists, strict=True)])
        return texts

    def _marked(self, block: Block, start: int, end: int, layout: _Layout) -> bytes | None:
        """Many rows as lines with marks; None if their texts hold such marks."""
        columns: list[tuple[pl.Series, str] | None] = []
        for at, group in enumerate(layout.groups):
            columns += [None] if at else []
            columns += [(block.rows[c.label][start:end], c.type) for c in group]
        if not columns:
            return None
        return lines(columns, self.cut)

    def _spread(self, block: Block, start: int, end: int, layout: _Layout) -> bytes:
        """Many rows of short tables: what is constant in a table becomes columns of text."""
        places = pl.Series(block.gids[start:end] - block.gids[start])
        row = []
        for at, text in enumerate(layout.texts):  # without the delimiters at their ends, which the frame brings
            inner = [cell[at > 0 : -2 if at == len(layout.groups) else -1] for cell in text]
            if text[0] != "\r\n":
                row.append(pl.Series(inner)[places])
            for column in layout.groups[at] if at < len(layout.groups) else ():
                row.append(column_texts(block.rows[column.label][start:end], column.type, self.cut))
        return written(row, self.cut, "\r\n")

    def _joined(self, block: Block, start: int, end: int, layout: _Layout, edges: list[int]) -> bytes:
        """Few rows, cell by cell."""
        join = self.cut.join
        groups = []
        for group in layout.groups:
            columns = [column_cells(block.rows[c.label][start:end], c.type, self.cut) for c in group]
            groups.append(columns[0] if len(columns) == 1 else list(map(join, zip(*columns, strict=True))))
        if not groups:
            groups = [[""] * (end - start)]
        texts, tables = layout.texts, len(edges) - 1
        if len(groups) == 1 and 4 * tables < end - start:
            pieces = []
            for head, tail, (a, b) in zip(*texts, itertools.pairwise(edges), strict=True):
                pieces += [head, (tail + head).join(groups[0][a:b]), tail] if b > a else []
            return "".join(pieces).encode()
        if tables != end - start:
            places = (block.gids[start:end] - block.gids[start]).tolist()
            texts = [[text[place] for place in places] for text in texts]
        row = [column for pair in zip(texts, groups, strict=False) for column in pair]
        return "".join(itertools.chain.from_iterable(zip(*row, texts[-1], strict=True))).encode()


@dataclass(frozen=True, slots=True)
class _Layout:
    """Groups of columns whose cells vary within a table, and the text before, between and after them: a list of one text a table each."""

    groups: list[list[Column]]
    texts: list[list[str]]

    def of(self, low: int, high: int) -> _Layout:
        """The layout of some of the tables."""
        return (
            self if high - low == len(self.texts[0]) else _Layout(self.groups, [text[low:high] for text in self.texts])
        )


def _cut_up(marked: bytes, layout: _Layout, edges: list[int]) -> Iterator[bytes]:
    """Lines with marks to rows, in pieces of moderate size: a table's text takes the place of the marks between its cells."""
    ends = np.flatnonzero(np.frombuffer(marked, np.uint8) == ROW[0]) if len(edges) > 2 else np.array([len(marked) - 1])
    stops = [int(ends[edge - 1]) for edge in edges[1:]] if len(edges) > 2 else [len(marked) - 1]
    pieces: list[bytes] = []
    size = begin = 0
    for table, stop in enumerate(stops):
        if edges[table] == edges[table + 1]:
            continue
        head, *gaps, tail = (text[table].encode() for text in layout.texts)
        text = marked[begin:stop]
        begin = stop + 1
        for mark, gap in zip(GAPS, gaps, strict=False):
            text = text.replace(mark, gap)
        pieces += (head, text.replace(ROW, tail + head), tail)
        size += len(pieces[-2])
        if size > _SENT:
            yield b"".join(pieces)
            pieces, size = [], 0
    if pieces:
        yield b"".join(pieces)


__all__ = ["GID", "Dialect", "error_table", "write_results"]
