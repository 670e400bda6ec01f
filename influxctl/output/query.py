"""Query results: a stream of annotated CSV to tables, CSV, JSON, JSON lines, YAML, or untouched.

Nothing is gathered: rows go out as they come in. Tables measure their columns on the first `SAMPLE` rows of each and
let later,
longer cells stick out.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from influxctl.core.errors import InfluxctlError, UsageError
from influxctl.output.style import Style

QUERY_FORMATS = ("table", "csv", "json", "jsonl", "yaml", "raw")
SAMPLE = 500
_HIDDEN = frozenset({"", "result", "table"})


@dataclass(frozen=True, slots=True)
class Schema:
    """The header of one annotated CSV section: names, types (`dateTime:RFC3339`, `long` …), group flags, defaults."""

    names: list[str]
    types: list[str]
    groups: list[bool]
    defaults: list[str]


class _Stream(io.RawIOBase):
    """Chunks of bytes as a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._rest:
            try:
                self._rest = next(self._chunks)
            except StopIteration:
                return 0
        count = min(len(view), len(self._rest))
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def rows_of(chunks: Iterable[bytes]) -> Iterator[tuple[Schema, list[str]]]:
    """Every data row with the header it stands under, defaults filled in. An error in the stream is raised as
    `InfluxctlError`.
    """
    text = io.TextIOWrapper(io.BufferedReader(_Stream(chunks), 1 << 16), "utf-8", errors="replace", newline="")
    notes: dict[str, list[str]] = {}
    schema: Schema | None = None
    fill = False
    for cells in csv.reader(text):
        if not cells or cells == [""]:
            schema = None
        elif cells[0] in ("#datatype", "#group", "#default"):
            if schema is not None or cells[0] in notes:
                notes, schema = {}, None
            notes[cells[0]] = cells
        elif schema is None:
            schema = _schema(cells, notes)
            notes = {}
            fill = any(schema.defaults)
        else:
            if fill:
                cells = [cell or default for cell, default in zip(cells, schema.defaults, strict=False)]
            if schema.names[1:3] == ["error", "reference"]:
                raise InfluxctlError(f"the query failed while it ran: {cells[1]}", code="invalid")
            yield schema, cells


def _schema(names: list[str], notes: dict[str, list[str]]) -> Schema:
    size = len(names)

    def note(mark: str) -> list[str]:
        cells = notes.get(mark, [])
        return cells + [""] * (size - len(cells))

    types, defaults = note("#datatype"), note("#default")
    types[0] = defaults[0] = ""
    return Schema(names, types, [cell == "true" for cell in note("#group")], defaults)


def render_query(
    stream: TextIO, chunks: Iterable[bytes], *, format: str, style: Style | None = None, binary: BinaryIO | None = None
) -> None:
    """Write a query's answer to `stream`; `raw` goes to `binary` byte for byte when that is given."""
    style = style or Style()
    if format == "raw":
        for chunk in chunks:
            if binary is not None:
                binary.write(chunk)
            else:
                stream.write(chunk.decode("utf-8", "replace"))
    elif format == "csv":
        _csv(stream, rows_of(chunks), style)
    elif format == "table":
        _tables(stream, rows_of(chunks), style)
    elif format in ("json", "jsonl", "yaml"):
        from influxctl.output import render

        render(stream, (_record(schema, cells) for schema, cells in rows_of(chunks)), (), format=format, style=style)
    else:
        raise UsageError(
            f"query results cannot be printed as {format!r}", hint=f"choose one of {', '.join(QUERY_FORMATS)}"
        )


def _record(schema: Schema, cells: list[str]) -> dict[str, object]:
    return {
        name: typed(kind, cell)
        for name, kind, cell in zip(schema.names, schema.types, cells, strict=False)
        if name != ""
    }


def typed(kind: str, cell: str) -> object:
    """A cell as a JSON value: numbers and booleans by their type, null for an empty cell that is not a string.

    Infinities and NaN have no JSON number and stay text.
    """
    if cell == "" and kind != "string":
        return None
    if kind in ("long", "unsignedLong"):
        return int(cell)
    if kind == "double":
        number = float(cell)
        return number if math.isfinite(number) else cell
    if kind == "boolean":
        return cell == "true"
    return cell


def _csv(stream: TextIO, rows: Iterator[tuple[Schema, list[str]]], style: Style) -> None:
    out = csv.writer(stream, lineterminator="\n")
    names: list[str] | None = None
    for schema, cells in rows:
        if schema.names != names:
            if style.headers:
                if names is not None:
                    stream.write("\n")
                out.writerow(schema.names[1:] if schema.names[0] == "" else schema.names)
            names = schema.names
        out.writerow(cells[1:] if schema.names[0] == "" else cells)


def _tables(stream: TextIO, rows: Iterator[tuple[Schema, list[str]]], style: Style) -> None:
    """A block for each table: its group key as a heading, then its rows."""
    at: tuple[object, ...] | None = None
    pending: list[list[str]] = []
    schema: Schema | None = None
    widths: list[int] | None = None
    for schema_now, cells in rows:
        where = (id(schema_now), *(cells[i] for i, n in enumerate(schema_now.names) if n in ("result", "table")))
        if where != at:
            if schema is not None:
                _flush(stream, schema, pending, widths, style)
                stream.write("\n")
            at, schema, pending, widths = where, schema_now, [], None
        if widths is None:
            pending.append(cells)
            if len(pending) == SAMPLE:
                widths, pending = _flush(stream, schema_now, pending, None, style), []
        else:
            _flush(stream, schema_now, [cells], widths, style)
    if schema is not None:
        _flush(stream, schema, pending, widths, style)


def _flush(
    stream: TextIO, schema: Schema, rows: list[list[str]], widths: list[int] | None, style: Style
) -> list[int] | None:
    """Print rows; the heading too when the widths are not known yet. Returns the widths."""
    if widths is not None and not rows:
        return widths
    shown = [i for i, name in enumerate(schema.names) if name not in _HIDDEN and not schema.groups[i]]
    right = [schema.types[i] in ("long", "unsignedLong", "double") for i in shown]
    cells = [[_printable(row[i]) if i < len(row) else "" for i in shown] for row in rows]
    if widths is None:
        heads = [schema.names[i] for i in shown]
        widths = [max(len(h), *(len(line[k]) for line in cells)) for k, h in enumerate(heads)]
        if style.headers:
            bold, plain = ("\x1b[1m", "\x1b[0m") if style.color else ("", "")
            if heading := _heading(schema, rows[0]):
                stream.write(f"{bold}# {heading}{plain}\n")
            stream.write(_line(heads, widths, right, style) + "\n")
    for line in cells:
        stream.write(_line(line, widths, right, style) + "\n")
    return widths


def _heading(schema: Schema, row: list[str]) -> str:
    result = next((row[i] for i, name in enumerate(schema.names) if name == "result"), "")
    key = ", ".join(
        f"{name}={_printable(row[i])}"
        for i, name in enumerate(schema.names)
        if schema.groups[i] and name not in _HIDDEN
    )
    return ": ".join(part for part in ("" if result == "_result" else result, key) if part)


def _line(cells: list[str], widths: list[int], right: list[bool], style: Style) -> str:
    text = "  ".join(
        cell.rjust(width) if flush else cell.ljust(width)
        for cell, width, flush in zip(cells, widths, right, strict=True)
    ).rstrip()
    # A line that is wider than the terminal is cut there, so that columns stay under each other.
    return text[: style.width - 1] + "…" if style.width and len(text) > style.width else text


def _printable(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]
