"""Query results as plain CSV, without taking rows apart where that is not needed.

Almost every answer is plain: no quotes, and one default, that of `result`. Then a block of rows becomes plain CSV by replacing the
beginnings of its lines (850,000 rows: 1.1 s of CPU, 3.9 s row by row). From the first quote on, rows are read one by one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TextIO

from influxctl.output.annotated import Schema, rows_of
from influxctl.output.style import Style


@dataclass
class _State:
    """Where the stream is: the lines of the section's head as they came, its names, and the names that were printed last."""

    head: list[bytes] = field(default_factory=list)
    names: list[str] | None = None
    printed: list[str] | None = None
    result: bytes = b""  # the default of `result`


def write_csv(stream: TextIO, chunks: Iterable[bytes], style: Style) -> None:
    """Write an answer in annotated CSV as plain CSV; a new heading where the columns change."""
    state = _State()
    pieces = iter(chunks)
    rest = b""
    for chunk in pieces:
        block = rest + chunk
        cut = block.rfind(b"\n") + 1
        block, rest = block[:cut], block[cut:]
        if b'"' in block or not _pass(stream, block, state, style):
            slow = chain([b"".join(state.head) + block + rest], pieces)
            write_rows(stream, rows_of(slow), style, state.printed)
            return
    if rest:
        write_rows(stream, rows_of([b"".join(state.head) + rest]), style, state.printed)


def write_rows(
    stream: TextIO, rows: Iterator[tuple[Schema, list[str]]], style: Style, names: list[str] | None = None
) -> None:
    """Write rows with their headers; `names` are those under which rows stand already."""
    out = csv.writer(stream, lineterminator="\n")
    for schema, cells in rows:
        if schema.names != names:
            _heading(stream, schema.names, names, style)
            names = schema.names
        out.writerow(cells[1:] if schema.names[0] == "" else cells)


def _heading(stream: TextIO, names: list[str], before: list[str] | None, style: Style) -> None:
    if style.headers:
        if before is not None:
            stream.write("\n")
        csv.writer(stream, lineterminator="\n").writerow(names[1:] if names[0] == "" else names)


def _pass(stream: TextIO, block: bytes, state: _State, style: Style) -> bool:
    """Writes a block of whole lines without quotes; False, with the state before it, if a section in it is not plain."""
    out = io.StringIO()
    now = _State(list(state.head), state.names, state.printed, state.result)
    at = 0
    while at < len(block):
        if now.names is None or block[at : at + 1] in (b"#", b"\r", b"\n"):
            end = block.index(b"\n", at) + 1
            if not _take_head(block[at:end], now):
                return False
        else:
            ends = [place + 1 for mark in (b"\n#", b"\n\r\n", b"\n\n") if (place := block.find(mark, at)) >= 0]
            end = min(ends, default=len(block))
            if now.names != now.printed:
                _heading(out, now.names, now.printed, style)
                now.printed = now.names
            out.write(_rows(block[at:end], now.result).decode("utf-8", "replace"))
        at = end
    stream.write(out.getvalue())
    state.head, state.names, state.printed, state.result = now.head, now.names, now.printed, now.result
    return True


def _take_head(line: bytes, state: _State) -> bool:
    """A blank line, an annotation or a heading; False for a section whose rows cannot be passed on in blocks."""
    text = line.rstrip(b"\r\n")
    if state.names is not None:  # a section begins
        state.head, state.names, state.result = [], None, b""
    if not text:
        state.head = []
        return True
    state.head.append(line)
    cells = text.split(b",")
    if cells[0] == b"#default":
        state.result = cells[1] if len(cells) > 1 else b""
        return not any(cells[2:])
    if text[:1] != b"#":
        state.names = [cell.decode("utf-8", "replace") for cell in cells]
        return state.names[:2] == ["", "result"]
    return True


def _rows(rows: bytes, result: bytes) -> bytes:
    """Rows without their empty first cell, the default of `result` filled in."""
    text = b"\n" + rows
    if result:
        text = text.replace(b"\n,,", b"\n\0,").replace(b"\n,", b"\n").replace(b"\n\0,", b"\n" + result + b",")
    else:
        text = text.replace(b"\n,", b"\n")
    return text[1:].replace(b"\r\n", b"\n")
