"""Query results: a stream of annotated CSV to tables, CSV, JSON, JSON lines, YAML, Markdown, line protocol, Parquet, or untouched.

Nothing is gathered (but by Parquet, on disk): rows go out as they come in. Tables measure their columns on the first `SAMPLE` rows
of each and let later, longer cells stick out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, TextIO

from influxctl.core.errors import UsageError
from influxctl.output.annotated import Schema, rows_of, typed
from influxctl.output.as_markdown import escaped, heading_lines, table_line
from influxctl.output.query_csv import write_csv, write_rows
from influxctl.output.style import Style

QUERY_FORMATS = ("table", "csv", "json", "jsonl", "yaml", "markdown", "lp", "parquet", "raw")
SAMPLE = 500
NUMBERS = frozenset({"long", "unsignedLong", "double", "number"})
_HIDDEN = frozenset({"", "result", "table"})


def render_query(
    stream: TextIO, chunks: Iterable[bytes], *, format: str, style: Style | None = None, binary: BinaryIO | None = None
) -> None:
    """Write a query's answer to `stream`; `raw` goes to `binary` byte for byte when that is given."""
    if format == "raw":
        for chunk in chunks:
            if binary is not None:
                binary.write(chunk)
            else:
                stream.write(chunk.decode("utf-8", "replace"))
        return
    if format == "csv":
        write_csv(stream, chunks, style or Style())
        return
    render_rows(stream, rows_of(chunks), format=format, style=style, binary=binary)


def render_rows(
    stream: TextIO,
    rows: Iterator[tuple[Schema, list[str]]],
    *,
    format: str,
    style: Style | None = None,
    binary: BinaryIO | None = None,
) -> None:
    """Write rows with their headers to `stream`, in any format but `raw`."""
    style = style or Style()
    if format == "csv":
        write_rows(stream, rows, style)
    elif format == "table":
        _tables(stream, rows, style)
    elif format == "markdown":
        _markdown(stream, rows, style)
    elif format == "lp":
        from influxctl.output.query_lp import lines_of

        stream.writelines(line + "\n" for line in lines_of(rows))
    elif format == "parquet":
        from influxctl.output.query_parquet import write_parquet

        if binary is None or stream.isatty():
            raise UsageError("Parquet is not for a terminal", hint="send it to a file: > result.parquet")
        write_parquet(binary, rows)
    elif format in ("json", "jsonl", "yaml"):
        from influxctl.output import render

        render(stream, (_record(schema, cells) for schema, cells in rows), (), format=format, style=style)
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


def _markdown(stream: TextIO, rows: Iterator[tuple[Schema, list[str]]], style: Style) -> None:
    """A Markdown table for each table, its group key above it."""
    at: tuple[object, ...] | None = None
    shown: list[int] = []
    for schema, cells in rows:
        where = (id(schema), *(cells[i] for i, n in enumerate(schema.names) if n in ("result", "table")))
        if where != at:
            if at is not None:
                stream.write("\n")
            at, shown = where, _shown(schema)
            if style.headers:
                if heading := _heading(schema, cells):
                    stream.write(f"**{escaped(heading)}**\n\n")
                right = [schema.types[i] in NUMBERS for i in shown]
                stream.writelines(heading_lines([schema.names[i] for i in shown], right))
        stream.write(table_line([cells[i] if i < len(cells) else "" for i in shown]))


def _shown(schema: Schema) -> list[int]:
    """The columns that differ from row to row: the group key stands in the heading."""
    return [i for i, name in enumerate(schema.names) if name not in _HIDDEN and not schema.groups[i]]


def _flush(
    stream: TextIO, schema: Schema, rows: list[list[str]], widths: list[int] | None, style: Style
) -> list[int] | None:
    """Print rows; the heading too when the widths are not known yet. Returns the widths."""
    if widths is not None and not rows:
        return widths
    shown = _shown(schema)
    right = [schema.types[i] in NUMBERS for i in shown]
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


# What a heading tells first: what it is about; and last: the range, which is the same for all tables.
_RANKS = {"_measurement": 0, "_field": 1, "_start": 3, "_stop": 4}


def _heading(schema: Schema, row: list[str]) -> str:
    result = next((row[i] for i, name in enumerate(schema.names) if name == "result"), "")
    keys = [(i, name) for i, name in enumerate(schema.names) if schema.groups[i] and name not in _HIDDEN]
    keys.sort(key=lambda pair: _RANKS.get(pair[1], 2))
    key = ", ".join(f"{name}={_printable(row[i])}" for i, name in keys)
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
