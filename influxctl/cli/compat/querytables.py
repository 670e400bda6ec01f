"""Query results as the tables of `influx query`: annotated CSV in, padded columns with their types and the group key out.

Widths are those of the heading, a least width by type, and the first row of each table; longer cells in later rows are cut. All
widths count bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from influxctl.cli.compat.gocsv import CsvError, CsvReader
from influxctl.cli.compat.gotext import quoted

TYPES = {
    "string": "string", "double": "float", "boolean": "boolean", "long": "int", "unsignedLong": "uint",
    "duration": "duration", "base64Binary": "base64Binary", "dateTime:RFC3339": "time", "dateTime:RFC3339Nano": "time",
}  # fmt: skip
WIDTHS = {"boolean": 12, "int": 26, "uint": 27, "float": 28, "string": 22, "time": 30}
HIDDEN = ("result", "table")


class ResultError(ValueError):
    """The answer is no result, or the query failed on its way; the message says why."""


@dataclass
class _Column:
    name: str
    kind: str
    default: str
    grouped: bool
    index: int
    width: int = 0

    @property
    def title(self) -> bytes:
        return f"{self.name}:{self.kind}".encode("utf-8", "surrogateescape")


class TablePrinter:
    """Prints the rows of one answer."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._marks: dict[str, list[str]] = {}
        self._names: list[str] | None = None
        self._columns: list[_Column] = []
        self._result = self._table = ""
        self._changed = False
        self._broken = False

    def print(self, lines: Iterable[str]) -> None:
        """Print everything; `ResultError` where the answer ends with an error."""
        reader = CsvReader(lines)
        try:
            for row in reader:
                self._row(row)
        except CsvError as error:
            raise ResultError(str(error)) from None

    def _row(self, row: list[str]) -> None:
        if len(row) <= 1:
            return
        first, cells = row[0], row[1:]
        if first.startswith("#"):
            if self._names is not None or not self._marks:
                self._marks, self._names = {}, None
            self._marks[first] = cells
        elif self._names is None and "#datatype" not in self._marks:
            raise ResultError(
                "parsing error, datatype annotation not found"
                if self._marks
                else "parsing error, annotations not found"
            )
        elif self._names is None:
            self._head(cells)
        elif self._broken:
            reference = f",{cells[1]}" if len(cells) > 1 and cells[1] else ""
            raise ResultError((cells[0] or "unknown query error") + reference)
        else:
            if len(cells) != len(self._names):
                raise ResultError(
                    "parsing error, row has different number of columns than the table: "
                    f"{len(cells)} vs {len(self._names)}"
                )
            self._data(cells)

    def _head(self, names: list[str]) -> None:
        self._names, self._broken, self._changed = names, names[:1] == ["error"], True
        kinds = self._marks["#datatype"]
        groups, defaults = self._marks.get("#group", []), self._marks.get("#default", [])
        columns = []
        for index, name in enumerate(names):
            kind = kinds[index] if index < len(kinds) else ""
            if kind not in TYPES:
                raise ResultError(f"unknown data type {kind}")
            default = defaults[index] if index < len(defaults) else ""
            grouped = index < len(groups) and groups[index] == "true"
            columns.append(_Column(name, TYPES[kind], default, grouped, index))
        self._all = columns
        self._columns = sorted((c for c in columns if c.name not in HIDDEN), key=lambda c: not c.grouped)
        for column in self._columns:
            column.width = max(len(column.title), WIDTHS.get(column.kind, 0))

    def _data(self, cells: list[str]) -> None:
        hidden = {c.name: cells[c.index] or c.default for c in self._all if c.name in HIDDEN}
        result, table = hidden.get("result", ""), hidden.get("table", "")
        values = [_shown(cells[c.index] or c.default, c.kind) for c in self._columns]
        if result != self._result:
            self._write(f"Result: {result}\n".encode("utf-8", "surrogateescape"))
        if self._changed or table != self._table:
            self._open(values)
        self._result, self._table, self._changed = result, table, False
        line = []
        for column, value in zip(self._columns, values, strict=True):
            if len(value) > column.width:
                value = value[: column.width - 3] + b"..."
            line.append(value.rjust(column.width))
        self._write(b"  ".join(line) + b"\n")

    def _open(self, values: list[bytes]) -> None:
        """The head of a table whose first row is `values`."""
        keys = ", ".join(c.name for c in self._all if c.grouped)
        self._write(f"Table: keys: [{keys}]\n".encode("utf-8", "surrogateescape"))
        for column, value in zip(self._columns, values, strict=True):
            column.width = max(column.width, len(value))
        self._write(b"  ".join(c.title.rjust(c.width) for c in self._columns) + b"\n")
        self._write(b"  ".join(b"-" * c.width for c in self._columns) + b"\n")


def _shown(text: str, kind: str) -> bytes:
    if not text:
        return b""
    try:
        if kind == "float":
            text = shortest(text)
        elif kind == "boolean":
            text = "false" if text.lower() == "false" else "true"
        elif kind == "time":
            text = _time(text)
    except ValueError:
        raise ResultError(f"parsing error, {quoted(text)} is no {kind}") from None
    return text.encode("utf-8", "surrogateescape")


def shortest(text: str) -> str:
    """A float in the fewest digits that keep its value, never with an exponent."""
    number = float(text)
    if number != number or number in (float("inf"), float("-inf")):
        return "NaN" if number != number else f"{'+' if number > 0 else '-'}Inf"
    shown = format(Decimal(repr(number)), "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _time(text: str) -> str:
    """A time with nine digits behind the point, as every time of a result is shown."""
    head, point, tail = text.removesuffix("Z").partition(".")
    if not text.endswith("Z"):
        from datetime import datetime

        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    return f"{head}.{(tail if point else '').ljust(9, '0')}Z"
