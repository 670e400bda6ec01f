"""csv: tables from annotated and from raw CSV, with the error texts of the reference (seen, 2.9.1)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

from influxctl.core.columns import Block, ColumnType
from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.times import parse_time
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._rows import Table
from influxctl.flux.tables import Stream
from influxctl.flux.values import wrap_int

_NUMBER = re.compile(r"[+-]?\d+\Z")
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z|[+-]?(?:inf|infinity)\Z|nan\Z", re.IGNORECASE)
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_TYPES: dict[str, ColumnType] = {
    "boolean": "bool",
    "long": "int",
    "unsignedLong": "uint",
    "double": "float",
    "string": "string",
    "tag": "string",
    "dateTime": "time",
    "dateTime:RFC3339": "time",
    "dateTime:RFC3339Nano": "time",
}


def _bool(text: str) -> bool:
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("not a boolean")


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text) if _NUMBER.match(text) else None
        if number is None or not low <= number <= high:
            raise ValueError("not an integer of 64 bits")
        return number

    return read


def _float(text: str) -> float:
    if not _FLOAT.match(text):
        raise ValueError("not a number")
    return float(text)


_READERS: dict[str, Callable[[str], Any]] = {
    "bool": _bool,
    "int": _whole(-(1 << 63), (1 << 63) - 1),
    "uint": _whole(0, (1 << 64) - 1),
    "float": _float,
    "string": str,
    "time": lambda text: wrap_int(parse_time(text)),
}


class _Section:
    """The columns that a run of annotations and a header describe. The first cell of every row is left out."""

    def __init__(self, annotations: dict[str, list[str]], header: list[str]) -> None:
        if "datatype" not in annotations:
            raise Invalid(
                "failed to read metadata: missing expected annotation datatype. "
                'consider using the mode: "raw" for csv that is not expected to have annotations.'
            )
        self.header = header
        width = len(header)
        for name, cells in annotations.items():
            if len(cells) != width:
                raise Invalid(
                    f"failed to read metadata: annotation {name} has {len(cells)} columns, the header {width}"
                )
        self.defaults = annotations.get("default", [""] * width)
        groups = annotations.get("group", ["false"] * width)
        self.columns: dict[str, ColumnType] = {}
        self.places: list[int] = []
        self.key: list[str] = []
        self.values: list[Any] = []
        for place, label in enumerate(header):
            if label in ("result", "table") and place < 2:
                continue
            kind = _TYPES.get(annotations["datatype"][place])
            if kind is None:
                raise Invalid(
                    f'failed to read metadata: column "{label}" has invalid datatype: '
                    f'unsupported data type "{annotations["datatype"][place]}"'
                )
            if label in self.columns:
                raise Invalid(f'failed to read metadata: column "{label}" is there twice')
            self.columns[label] = kind
            self.places.append(place)
            self.values.append(self._cell(self.defaults[place], kind, label) if self.defaults[place] else None)
            if groups[place] == "true":
                self.key.append(label)

    def _cell(self, text: str, kind: ColumnType, label: str) -> Any:
        try:
            return _READERS[kind](text)
        except (ValueError, InfluxctlError) as error:
            raise Invalid(f'failed to read column "{label}": {text!r} is no {kind}: {error}') from None

    def place(self, row: list[str], label: str) -> str:
        """The cell of `result` or `table`, or its default."""
        if label not in self.header[:2]:
            return ""
        at = self.header.index(label)
        return row[at] or self.defaults[at]

    def table(self, rows: list[list[str]]) -> Table:
        """A table of rows; of the defaults alone when there is none."""
        values: dict[str, list[Any]] = {}
        for (label, kind), place, default in zip(self.columns.items(), self.places, self.values, strict=True):
            read = _READERS[kind]
            try:
                values[label] = [read(row[place]) if row[place] else default for row in rows]
            except (ValueError, InfluxctlError):
                bad = next(row[place] for row in rows if row[place] and not _reads(read, row[place]))
                self._cell(bad, kind, label)
        defaults = dict(zip(self.columns, self.values, strict=True))
        key = {label: values[label][0] if rows else defaults[label] for label in self.key}
        return Table(self.columns, values, key)


def _reads(read: Callable[[str], Any], text: str) -> bool:
    try:
        read(text)
    except (ValueError, InfluxctlError):
        return False
    return True


def read_annotated(text: str) -> Iterator[Table]:
    """The tables of annotated CSV with one result; `Invalid` for what is not that."""
    annotations: dict[str, list[str]] = {}
    section: _Section | None = None
    rows: list[list[str]] = []
    current: tuple[str, str] | None = None
    result: str | None = None

    def finished() -> Iterator[Table]:
        if section is not None and (rows or (current is None and section.place([""] * len(section.header), "table"))):
            yield section.table(rows)

    for row in csv.reader(io.StringIO(text, newline="")):
        if not any(row):
            if row and section is not None:  # a row of empty cells is a row of defaults
                pass
            else:
                continue
        if row[0].startswith("#"):
            if section is not None:
                yield from finished()
                section, rows, current, annotations = None, [], None, {}
            annotations[row[0][1:]] = row[1:]
            continue
        if section is None:
            if row[1:3] == ["error", "reference"] or row[:2] == ["error", "reference"]:
                annotations = {"error": []}
                continue
            if "error" in annotations:
                raise Invalid(next((cell for cell in row if cell), "unknown error"))
            section = _Section(annotations, row[1:])
            continue
        if row[1:] == section.header and "datatype" not in annotations:
            continue
        cells = row[1:]
        if len(cells) != len(section.header):
            raise Invalid(f"failed to read record: it has {len(cells)} columns, the header {len(section.header)}")
        name, table = section.place(cells, "result"), section.place(cells, "table")
        if result is None:
            result = name
        if name != result:
            yield from finished()
            error = Invalid("csv.from() can only parse 1 result")
            error.late = True  # type: ignore[attr-defined]  # the reference has sent the first result by then
            raise error
        if current is not None and (name, table) != current:
            yield from finished()
            rows = []
        current = (name, table)
        rows.append(cells)
    if section is None and result is None and not annotations:
        raise Invalid("failed to read metadata: the CSV is empty")
    yield from finished()


def read_raw(text: str) -> Iterator[Table]:
    """One table of strings: the first row is the header."""
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    if not rows:
        return
    header, *body = rows
    for row in body:
        if len(row) != len(header):
            raise Invalid(f"failed to read record: it has {len(row)} columns, the header {len(header)}")
    labels = [label or f"column_{place}" for place, label in enumerate(header)]
    if len(set(labels)) != len(labels):
        labels = [label if labels.index(label) == place else f"{label}_{place}" for place, label in enumerate(labels)]
    columns: dict[str, ColumnType] = dict.fromkeys(labels, "string")
    yield Table(columns, {label: [row[place] for row in body] for place, label in enumerate(labels)})


@builtin("csv", "from")
def from_(csv: str | None = None, file: str | None = None, mode: str = "annotations") -> Stream:
    """Tables of the text; files are refused, as the reference's server does it."""
    if not csv and not file:
        raise Invalid("must provide csv raw text or filename")
    if csv and file:
        raise Invalid("must provide exactly one of the parameters csv or file")
    text = csv or ""

    def transform() -> Iterator[Block]:
        if file:
            raise Invalid("error in csv.from(): csv.from() failed to read file: filesystem service is uninitialized")
        try:
            for table in read_raw(text) if mode == "raw" else read_annotated(text):
                yield table.block()
        except Invalid as error:
            refused = Invalid(f"error in csv.from(): {error.message}")
            refused.late = getattr(error, "late", False)  # type: ignore[attr-defined]
            raise refused from None

    return Stream("csv", transform, (), {"plain_errors": True})
