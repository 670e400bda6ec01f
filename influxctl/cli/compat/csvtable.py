"""CSV to line protocol by the rules of `influx write`: annotations, what each column becomes, the line of a row.

A table is what its annotations and its heading say. `#group`, `#datatype` and `#default` behind data begin a new one, without the
constants of the last. What a column becomes is said by its type, else by Flux's own names, else it is a field (unless the table
has a column `_field`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from influxctl.cli.compat.csvvalues import TYPES, Convert, converter
from influxctl.cli.compat.gocsv import CsvReader
from influxctl.client.csvtypes import time_zone

Part = Literal["", "ignored", "measurement", "tag", "field", "time"]
Reject = Callable[[str, list[str], str], None]  # reason, cells, separator
Note = Callable[[str], None]

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
_COLUMN_MARKS = ("#group", "#datatype", "#default")
_TABLE_MARKS = ("#constant", "#timezone", "#concat")
_PARTS: dict[str, Part] = {
    "tag": "tag",
    "measurement": "measurement",
    "field": "field",
    "dateTime": "time",
    "time": "time",
}


class RowError(ValueError):
    """A row makes no line."""


@dataclass
class Column:
    """A column: `index` is its place in the row, -1 for those that annotations add."""

    index: int
    label: str = ""
    kind: str = ""
    form: str = ""
    part: Part = ""
    default: str = ""
    template: str | None = None
    zone: tzinfo | None = None
    convert: Convert | None = None

    def set_type(self, text: str) -> None:
        """`long:strict|7` and the like: type, format, default."""
        text = uncommented(text)
        if text.find("|") > 1 and not self.default:
            text, _, self.default = text.partition("|")
        if text.find(":") > 1:
            text, _, self.form = text.partition(":")
        if text.startswith("ignore"):
            self.part = "ignored"
        else:
            self.part = _PARTS.get(text, self.part)
        self.kind = {"field": "", "time": "dateTime"}.get(text, text)


def uncommented(text: str) -> str:
    """A cell without the annotation that stands before it."""
    return text.partition(" ")[2].lstrip(" ") if text.startswith("#") else text


class CsvLines:
    """The lines of line protocol of a CSV. `reject` takes rows that make none, `note` remarks."""

    def __init__(
        self, reader: CsvReader, *, reject: Reject, note: Note, types_in_names: bool = True, debug: bool = False
    ) -> None:
        self._reader = reader
        self._reject = reject
        self._note = note
        self._types_in_names = types_in_names
        self._debug = debug
        self._zone: tzinfo | None = None
        self._begin()

    def __iter__(self) -> Iterator[str]:
        first = True
        for row in self._reader:
            line = self._reader.line
            if first and line == 1 and len(row) == 1 and row[0].startswith("sep=") and len(row[0]) > 4:
                self._reader.separator = row[0][4]
                continue
            first = False
            if row[0].startswith("#"):
                self._annotate(row)
            elif not self._reading:
                self._head(row)
            else:
                try:
                    yield self._line(row, line)
                except RowError as error:
                    self._reject(f"line {line}: {error}", row, self._reader.separator)

    # -- annotations and headings ----------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._columns: list[Column] = []
        self._extra: list[Column] = []
        self._marked: set[str] = set()
        self._reading = False
        self._ready = False

    def _annotate(self, row: list[str]) -> None:
        mark = row[0].partition(" ")[0].lower()
        if mark not in (*_COLUMN_MARKS, *_TABLE_MARKS):
            if not row[0].startswith("# "):
                self._note(f"WARNING: unsupported annotation:  {row[0]}")
            return
        self._ready = False
        if mark == "#timezone":
            self._set_zone(uncommented(row[0]) or (row[1] if len(row) > 1 else ""))
            return
        if mark in _TABLE_MARKS:
            self._extra.append(_added(row, mark))
            return
        if self._reading:
            self._begin()
        if not self._marked or (mark == "#group" and mark in self._marked):
            self._marked = set()
            self._columns = [Column(index) for index in range(len(row))]
        self._marked.add(mark)
        for column, cell in zip(self._columns, row, strict=False):
            if mark == "#datatype":
                column.set_type(cell)
            elif mark == "#default":
                column.default = uncommented(cell)
            elif cell.endswith("true") and not column.part:
                column.part = "tag"

    def _set_zone(self, text: str) -> None:
        try:
            self._zone = time_zone("Local" if text.lower() == "local" else text)
        except ValueError:
            reason = f"timezone '{text}' is not  +hhmm or -hhmm" if text[0] in "+-" else f"unknown time zone {text}"
            self._note(f"WARNING:  #timezone annotation: {reason}")

    def _head(self, row: list[str]) -> None:
        if not self._marked:
            self._columns = [Column(index) for index in range(len(row))]
        for column, cell in zip(self._columns, row, strict=False):
            column.label = cell
            if self._types_in_names and not column.kind and "|" in cell:
                column.label, _, kind = cell.partition("|")
                column.set_type(kind)
        self._reading, self._ready = True, False

    # -- what columns become -----------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Says of each column what it becomes."""
        self._measurement = self._time = self._name = self._value = None
        self._fields: list[Column] = []
        tags: dict[str, Column] = {}
        others_are_fields = all(column.label != "_field" for column in self._columns)
        for column in (*self._columns, *self._extra):
            label, part = column.label, column.part
            if label == "_measurement" or part == "measurement":
                self._measurement = column
            elif label == "_time" or part == "time":
                if self._time is not None and self._time.label not in ("_start", "_stop"):
                    self._note(
                        f"WARNING: at most one dateTime column is expected, '{self._time.label}' column is ignored"
                    )
                self._time = column
            elif not label.strip() or part == "ignored":
                continue
            elif label == "_field":
                self._name = column
            elif label == "_value":
                self._value = column
            elif part == "tag":
                if label in tags:
                    self._note(
                        f"WARNING: ignoring duplicate tag '{label}' at column index {tags[label].index}, "
                        f"using column at index {column.index}"
                    )
                tags[label] = column
            elif part == "field" or others_are_fields:
                self._fields.append(column)
        self._tags = [
            (escaped(label), tags[label])
            for label in sorted(tags, key=lambda label: label.encode("utf-8", "surrogateescape"))
        ]
        if self._time is not None and not self._time.kind:
            self._time.kind, self._time.form = "dateTime", ""
        for column in filter(None, (self._time, self._value, *self._fields)):
            column.zone = column.zone or self._zone
            column.convert = converter(column.kind, column.form, column.zone)
        self._ready = True

    def _check(self) -> None:
        """What is said of a table at its first row only."""
        for column in filter(None, (self._value, *self._fields)):
            if column.kind not in TYPES:
                raise RowError(f"column '{column.label}': data type '{column.kind}' is not supported")
        known = [column.label for column in self._columns]
        for column in self._extra:
            for name in _PLACEHOLDER.findall(column.template or ""):
                if name not in known:
                    raise RowError(
                        f"column '{column.label}': '{column.template}' references an unknown column '{name}', "
                        f"available columns are: {','.join(known)}"
                    )

    # -- rows --------------------------------------------------------------------------------------------------------

    def _line(self, row: Sequence[str], number: int) -> str:
        if not self._ready:
            self._settle()
            if self._debug:
                self._describe()
            self._check()
        if self._measurement is None:
            raise RowError("no measurement column found")
        measurement = self._cell(self._measurement, row)
        if not measurement:
            raise RowError(f"column '{self._measurement.label}': no measurement supplied")
        head = measurement.replace(",", "\\,").replace(" ", "\\ ")
        for label, column in self._tags:
            text = self._cell(column, row) if column.index < len(row) else ""
            if text:
                head += f",{label}={escaped(text)}"
        fields = list(self._values(row, number))
        if not fields:
            raise RowError("no field data found")
        line = f"{head} {','.join(fields)}"
        if self._time is not None and self._time.index < len(row):
            text = self._cell(self._time, row)
            if text:
                line += f" {self._converted(self._time, text, number, self._time.label)}"
        return line

    def _values(self, row: Sequence[str], number: int) -> Iterator[str]:
        if self._name is not None and self._value is not None:
            name, text = self._cell(self._name, row), self._cell(self._value, row)
            if name and text:
                yield f"{escaped(name)}={self._converted(self._value, text, number, self._name.label)}"
        for column in self._fields:
            text = self._cell(column, row)
            if text:
                yield f"{escaped(column.label)}={self._converted(column, text, number, column.label)}"

    def _converted(self, column: Column, text: str, number: int, label: str) -> str:
        def warn(what: str) -> None:
            self._note(f"WARNING: line {number}: column '{column.label}': {what}")

        assert column.convert is not None
        try:
            return column.convert(text, warn)
        except ValueError as error:
            raise RowError(f"column '{label}': {error}") from None

    def _cell(self, column: Column, row: Sequence[str]) -> str:
        """The text of a column in a row, else its default; a concatenation put together."""
        if column.template is not None:
            return _PLACEHOLDER.sub(lambda match: self._named(match[1], column, row), column.template)
        return (row[column.index] if 0 <= column.index < len(row) else "") or column.default

    def _named(self, name: str, column: Column, row: Sequence[str]) -> str:
        for other in self._columns:
            if other.label == name:
                return self._cell(other, row)
        self._note(f"WARNING: column {column.label}: column '{name}' cannot be replaced, no such column available")
        return ""

    def _describe(self) -> None:
        """The columns on stderr (`--debug`)."""
        roles = [("measurement", self._measurement), *(("tag", column) for _, column in self._tags)]
        roles += [*(("field", column) for column in self._fields), ("time", self._time)]
        lines = [f"CsvTable{{ dataColumns: {len(self._columns)} constantColumns: {len(self._extra)}"]
        for role, column in roles:
            what = (
                "<nil>" if column is None else f"{column.label} {column.kind}:{column.form} default={column.default!r}"
            )
            lines.append(f" {role + ':':<13}{what}")
        self._note("\n".join([*lines, "}"]))


def _added(row: list[str], mark: str) -> Column:
    """The column of `#constant TYPE,LABEL,VALUE` or `#concat TYPE,LABEL,TEMPLATE`; measurement and time need no label."""
    column = Column(-1)
    column.set_type(row[0])
    at = 0
    if not column.kind and not column.part:
        at = 1
        if len(row) > 1:
            column.set_type(row[1])
    rest = [*row[at + 1 :], "", ""]
    column.label = rest[0]
    column.default = rest[1] or column.default
    if column.part in ("measurement", "time"):
        if not column.default and column.label:
            column.default, column.label = column.label, f"{mark} {column.kind}"
        elif not column.label:
            column.label = f"{mark} {column.kind}"
    if mark == "#concat":
        column.template = column.default
    return column


def escaped(text: str) -> str:
    """A tag, or the name of a field, as line protocol has it."""
    return text.replace(",", "\\,").replace(" ", "\\ ").replace("=", "\\=")
