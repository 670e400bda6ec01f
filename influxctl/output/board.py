"""A dashboard drawn in a terminal: each cell in a frame at its place in the grid."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from influxctl.output.annotated import Schema
from influxctl.output.plot import Series, draw, series_of

COLUMNS = 12  # of the grid
LINES = 3  # of a terminal for a unit of height
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_KINDS = {"scatter": "scatter", "heatmap": "heat", "histogram": "bar", "mosaic": "heat"}
_HIDDEN = frozenset({"", "result", "table", "_start", "_stop"})


@dataclass(slots=True)
class Cell:
    """A cell: its place in a grid of 12 columns, the properties of its view, and the rows that its queries gave."""

    x: int
    y: int
    w: int
    h: int
    name: str
    properties: dict[str, Any]
    rows: list[tuple[Schema, list[str]]] = field(default_factory=list)
    error: str = ""

    @property
    def kind(self) -> str:
        """The type of its view, such as `xy` or `single-stat`."""
        return str(self.properties.get("type") or "")


def render_board(cells: Sequence[Cell], width: int, *, color: bool) -> str:
    """The cells as lines of at most `width` columns. Cells that overlap in height share its lines side by side."""
    rows = max((cell.y + cell.h for cell in cells), default=0)
    canvas: list[list[tuple[int, str]]] = [[] for _ in range(rows * LINES)]
    for cell in cells:
        left, right = cell.x * width // COLUMNS, min(width, (cell.x + cell.w) * width // COLUMNS)
        for number, line in enumerate(_framed(cell, right - left, cell.h * LINES, color)):
            canvas[cell.y * LINES + number].append((left, line))
    return "".join(_joined(parts) + "\n" for parts in canvas)


def _joined(parts: list[tuple[int, str]]) -> str:
    """Pieces of a line at their columns; what would lie over another one is left out."""
    line, at = "", 0
    for left, text in sorted(parts):
        if left >= at:
            line += " " * (left - at) + text
            at = left + visible(text)
    return line.rstrip()


def visible(text: str) -> int:
    """How many columns a text takes, colours aside."""
    return len(_ANSI.sub("", text))


def fitted(text: str, width: int) -> str:
    """The text at exactly this width; a text that is too long loses its colours with its end."""
    size = visible(text)
    if size <= width:
        return text + " " * (width - size)
    return _ANSI.sub("", text)[: max(0, width - 1)] + "…"


def _framed(cell: Cell, width: int, height: int, color: bool) -> Iterator[str]:
    inner = width - 2
    title = f" {cell.name} "[: max(0, inner - 2)] if cell.name else ""
    yield f"┌{title.center(inner, '─')}┐"
    lines = _content(cell, inner, height - 2, color)[: height - 2]
    for number in range(height - 2):
        yield f"│{fitted(lines[number] if number < len(lines) else '', inner)}│"
    yield f"└{'─' * inner}┘"


def _content(cell: Cell, width: int, height: int, color: bool) -> list[str]:
    """What stands in a cell, by the type of its view."""
    if cell.error:
        return textwrap.wrap(f"Error: {cell.error}", width)
    if cell.kind == "markdown":
        note = str(cell.properties.get("note") or "")
        return [piece for line in note.splitlines() for piece in (textwrap.wrap(line, width) or [""])]
    if not cell.rows:
        return _centered(["no results"], width, height)
    if cell.kind in ("table", "simple-table"):
        return _table(cell.rows, width, height)
    series = series_of(cell.rows)
    if not series:
        return _table(cell.rows, width, height)
    if cell.kind in ("single-stat", "gauge"):
        return _centered(
            [stat(cell.properties, one) + (f"  {one.label}" if len(series) > 1 else "") for one in series],
            width,
            height,
        )
    kind = "bar" if cell.properties.get("geom") == "bar" else _KINDS.get(cell.kind, "line")
    head = [stat(cell.properties, series[0]).center(width)] if cell.kind == "line-plus-single-stat" else []
    return head + draw(series, kind, width, height - len(head), color=color).splitlines()


def stat(properties: dict[str, Any], series: Series) -> str:
    """The last value with the prefix, suffix and decimal places of the view."""
    places = properties.get("decimalPlaces") or {}
    digits = places.get("digits") if places.get("isEnforced") else None
    value = series.ys[-1]
    text = f"{value:.{int(digits)}f}" if digits is not None else f"{value:g}"
    return f"{properties.get('prefix') or ''}{text}{properties.get('suffix') or ''}"


def _centered(lines: list[str], width: int, height: int) -> list[str]:
    above = max(0, (height - len(lines)) // 2)
    return [""] * above + [line.center(width) for line in lines]


def _table(rows: Sequence[tuple[Schema, list[str]]], width: int, height: int) -> list[str]:
    """Rows of the first header as columns that fit."""
    schema = rows[0][0]
    shown = [i for i, name in enumerate(schema.names) if name not in _HIDDEN]
    cells = [[schema.names[i] for i in shown], *([row[i] for i in shown] for s, row in rows if s.names == schema.names)]
    cells = cells[: height + 1]
    sizes = [max(len(row[i]) for row in cells) for i in range(len(shown))]
    lines = ["  ".join(cell.ljust(size) for cell, size in zip(row, sizes, strict=True)) for row in cells]
    left = len(rows) - (height - 1)
    return [*lines[: height - 1], f"… {left} more rows"] if left > 0 and len(lines) > height else lines
