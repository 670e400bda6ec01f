"""Annotated CSV in: every row of a query's answer with the header that it stands under, and cells as typed values."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from influxctl.core.errors import InfluxctlError
from influxctl.core.streams import ChunkFile


@dataclass(frozen=True, slots=True)
class Schema:
    """The header of one annotated CSV section: names, types (`dateTime:RFC3339`, `long` …), group flags, defaults."""

    names: list[str]
    types: list[str]
    groups: list[bool]
    defaults: list[str]


def rows_of(chunks: Iterable[bytes]) -> Iterator[tuple[Schema, list[str]]]:
    """Every data row with the header it stands under, defaults filled in. An error in the stream is raised as
    `InfluxctlError`.
    """
    text = io.TextIOWrapper(io.BufferedReader(ChunkFile(chunks), 1 << 16), "utf-8", errors="replace", newline="")
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


def typed(kind: str, cell: str) -> object:
    """A cell as a JSON value: numbers and booleans by their type, null for an empty cell that is not a string.

    Infinities and NaN have no JSON number and stay text.
    """
    if cell == "" and kind != "string":
        return None
    if kind in ("long", "unsignedLong"):
        return int(cell)
    if (
        kind == "number" and cell.lstrip("-").isdigit()
    ):  # of InfluxQL, which does not tell its whole numbers from others
        return int(cell)
    if kind in ("double", "number"):
        number = float(cell)
        return number if math.isfinite(number) else cell
    if kind == "boolean":
        return cell == "true"
    return cell
