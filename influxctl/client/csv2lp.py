"""CSV to line protocol: annotated CSV as queries give it, the extended annotations of `influx write`, and plain CSV with a header.

What a column becomes: measurement, tag, time, field or nothing. That is said by `#datatype` (and `#group`, `#default`), by the
heading itself (`temp|double|0`), or by Flux's own names (`_measurement`, `_field`, `_value`, `_time`). `#constant` and `#concat` add
columns, `#timezone` says where the clock of times without a zone stands, `sep=;` in the first line changes the separator.
A row that cannot be converted is rejected with its line and reason; the others go on.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Literal

from influxctl.client.batch import UNITS
from influxctl.client.csvtypes import Converter, converter, time_converter, time_zone
from influxctl.client.lines import Line, Rejected
from influxctl.core.errors import Invalid

Part = Literal["measurement", "tag", "time", "field", "name", "value", "ignored"]

FIELD_LIMIT = 16 << 20  # characters of one cell
_ANNOTATION = re.compile(r"#(datatype|group|default|constant|timezone|concat)\b[ ]*(.*)\Z", re.DOTALL | re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_KINDS: dict[str, Part] = {
    "measurement": "measurement", "tag": "tag", "dateTime": "time", "time": "time", "ignore": "ignored", "ignored": "ignored",
}  # fmt: skip
_FLUX: dict[str, Part] = {
    "_measurement": "measurement", "_field": "name", "_value": "value", "_time": "time", "_start": "ignored", "_stop": "ignored",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """`headers` are lines put before the source, `skip` lines of it are left out, `precision` is the unit of timestamps.

    `types_in_names` false takes headings as they are, without `|type|default`.
    """

    headers: tuple[str, ...] = ()
    skip: int = 0
    precision: str = "ns"
    types_in_names: bool = True


@dataclass
class _Column:
    label: str = ""
    index: int = -1  # place in the row; -1 for a constant or a concatenation
    kind: str = ""
    form: str = ""
    default: str = ""
    grouped: bool = False
    template: str | None = None
    part: Part = "field"
    convert: Converter | None = None
    broken: str = ""  # why no cell of it can be converted

    def set_type(self, text: str) -> None:
        """`long:strict` and the like."""
        self.kind, _, self.form = text.strip().partition(":")


@dataclass
class _Table:
    """One table of the source: its annotations, then its columns once the heading was read."""

    zone: tzinfo = UTC
    extra: list[_Column] = field(default_factory=list)
    marks: dict[str, list[str]] = field(default_factory=dict)
    columns: list[_Column] | None = None
    measurement: _Column | None = None
    time: _Column | None = None
    name: _Column | None = None
    value: _Column | None = None
    tags: list[_Column] = field(default_factory=list)
    fields: list[_Column] = field(default_factory=list)


@dataclass
class _Row:
    """A row that is being converted."""

    cells: list[str]
    line: int


class CsvReader:
    """Turns rows into lines. `reject` gets rows that cannot be converted, `warn` (line, text) what is lost without being wrong."""

    def __init__(
        self,
        options: CsvOptions | None = None,
        *,
        reject: Callable[[Rejected], None] = lambda rejected: None,
        warn: Callable[[int, str], None] = lambda line, text: None,
    ) -> None:
        self.options = options or CsvOptions()
        self.reject = reject
        self.warn = warn
        self._unit = UNITS[self.options.precision]
        self._table = _Table()

    def lines(self, source: Iterable[str]) -> Iterator[Line]:
        """Lines of line protocol, with the line of the source on which their row begins. `source` gives lines with their ends."""
        for number, cells, text in self._records(source):
            if cells[0].startswith("#"):
                self._annotate(number, cells)
            elif self._table.columns is None:
                self._head(number, cells)
            else:
                try:
                    line = self._line(_Row(cells, number)).encode()
                except ValueError as error:
                    self.reject(Rejected(number, str(error), text.rstrip("\r\n").encode(errors="replace")))
                else:
                    yield number, line

    def _records(self, source: Iterable[str]) -> Iterator[tuple[int, list[str], str]]:
        """(line, cells, text) of each row that is not blank; the given header lines first, as lines 0."""
        if csv.field_size_limit() < FIELD_LIMIT:
            csv.field_size_limit(FIELD_LIMIT)
        physical = iter(source)
        for _ in range(self.options.skip):
            next(physical, None)
        separator = ","
        for number, line in self._numbered(physical):
            if self._table.columns is None and line[:4] == "sep=" and len(line.rstrip("\r\n")) == 5:
                separator = line[4]
                if separator in '"#':
                    raise Invalid(f"line {number}: {separator!r} cannot separate columns")
                continue
            held = [line]
            # the reader asks for more physical lines while a quoted cell is open
            more = self._continued(line, held, physical)
            try:
                cells = next(csv.reader(more, delimiter=separator, strict=True), [])
            except csv.Error as error:
                raise Invalid(f"line {number}: {error}: the quotes of this row do not match") from None
            text = "".join(held)
            if any('"' in cell for cell in cells) and not _well_quoted(text, separator):
                raise Invalid(f'line {number}: a cell with a " in it must stand in quotes itself')
            if cells:
                yield number, cells, text

    def _numbered(self, physical: Iterator[str]) -> Iterator[tuple[int, str]]:
        self._at = self.options.skip
        for line in self.options.headers:
            yield 0, line
        for line in physical:
            self._at += 1
            yield self._at, line.removeprefix("\ufeff") if self._at == 1 else line

    def _continued(self, line: str, held: list[str], physical: Iterator[str]) -> Iterator[str]:
        yield line
        for more in physical:
            self._at += 1
            held.append(more)
            yield more

    # -- headings ----------------------------------------------------------------------------------------------------

    def _annotate(self, number: int, cells: list[str]) -> None:
        """A row that begins with `#`. Annotations of columns behind data begin a new table."""
        match = _ANNOTATION.match(cells[0])
        if match is None:
            if self._table.columns is None:
                self.warn(number, f"{cells[0][:40]!r} is not an annotation that is known; the row is left out")
            return
        name, first = match[1].lower(), match[2]
        if self._table.columns is not None:
            self._table = _Table(zone=self._table.zone, extra=self._table.extra)
        values = [first, *cells[1:]]
        if name in ("datatype", "group", "default"):
            self._table.marks[name] = values
            return
        values = values[0 if first else 1 :]
        if name == "timezone":
            try:
                self._table.zone = time_zone(values[0].strip() if values else "")
            except ValueError as error:
                self.warn(number, f"#timezone: {error}")
        elif values:
            self._table.extra.append(_extra(name, values))

    def _head(self, number: int, cells: list[str]) -> None:
        """The row of headings: every column gets its part in a line."""
        table = self._table
        table.columns = [self._column(index, cell) for index, cell in enumerate(cells)]
        for column in [*table.columns, *table.extra]:
            column.part = self._part(column)
            column.convert, column.broken = None, ""
            try:
                if column.part == "time":
                    column.convert = time_converter(column.form, table.zone, self._unit)
                elif column.part in ("field", "value"):
                    column.convert = converter(column.kind, column.form)
            except ValueError as error:
                column.broken = str(error)
            match column.part:
                case "measurement":
                    table.measurement = column
                case "time":
                    if table.time is not None:
                        self.warn(number, f"there is more than one time: column {table.time.label!r} is left out")
                    table.time = column
                case "name":
                    table.name = column
                case "value":
                    table.value = column
                case "tag":
                    table.tags.append(column)
                case "field":
                    table.fields.append(column)
        table.tags.sort(key=lambda column: column.label)

    def _column(self, index: int, cell: str) -> _Column:
        marks = self._table.marks

        def mark(name: str) -> str:
            values = marks.get(name, [])
            return values[index].strip() if index < len(values) else ""

        column = _Column(cell, index, grouped=mark("group").lower() == "true", default=mark("default"))
        column.set_type(mark("datatype"))
        if self.options.types_in_names and "|" in cell:
            column.label, _, rest = cell.partition("|")
            kind, _, default = rest.partition("|")
            column.set_type(kind)
            column.default = default or column.default
        return column

    def _part(self, column: _Column) -> Part:
        if column.label in ("_start", "_stop") and _KINDS.get(column.kind) == "time":
            return "ignored"  # the bounds of a query's range are of type dateTime too
        if column.kind in _KINDS:
            return _KINDS[column.kind]
        if column.index >= 0 and not column.label.strip():
            return "ignored"
        if column.label in _FLUX:
            return _FLUX[column.label]
        if "group" in self._table.marks and column.label in ("result", "table"):
            return "ignored"
        return "tag" if column.grouped else "field"

    # -- rows --------------------------------------------------------------------------------------------------------

    def _line(self, row: _Row) -> str:
        table = self._table
        if table.measurement is None:
            raise ValueError("no column is the measurement")
        measurement = self._text(table.measurement, row)
        if not measurement:
            raise ValueError(f"column {table.measurement.label!r}: the measurement is empty")
        if measurement.startswith("#"):
            raise ValueError(f"column {table.measurement.label!r}: a line that begins with # would be a comment")
        head = _escape(measurement, ", ")
        for column in table.tags:
            text = self._text(column, row)
            if text:
                head += f",{_escape(column.label, ',= ')}={_escape(text, ',= ')}"
        fields = [f"{_escape(name, ',= ')}={value}" for name, value in self._fields(row) if value]
        if not fields:
            raise ValueError("no field has a value")
        stamp = self._converted(table.time, row) if table.time is not None else ""
        return f"{head} {','.join(fields)} {stamp}" if stamp else f"{head} {','.join(fields)}"

    def _fields(self, row: _Row) -> Iterator[tuple[str, str]]:
        """(name, value) of each field; of the pair `_field` and `_value` alone if the table has both."""
        table = self._table
        if table.name is not None and table.value is not None:
            name = self._text(table.name, row)
            if not name:
                raise ValueError("the name of the field is empty")
            yield name, self._converted(table.value, row)
            yield from ((column.label, self._converted(column, row)) for column in table.fields if column.index < 0)
            return
        for column in [*filter(None, (table.name, table.value)), *table.fields]:
            yield column.label, self._converted(column, row)

    def _text(self, column: _Column, row: _Row) -> str:
        """The cell of a column, else its default; a concatenation put together."""
        if column.template is not None:
            return _VARIABLE.sub(lambda match: self._variable(match, column, row), column.template)
        text = row.cells[column.index] if 0 <= column.index < len(row.cells) else ""
        return text or column.default

    def _variable(self, match: re.Match[str], column: _Column, row: _Row) -> str:
        columns = self._table.columns or []
        for other in columns:
            if other.label == match[1]:
                return self._text(other, row)
        known = ", ".join(other.label for other in columns)
        raise ValueError(f"column {column.label!r}: there is no column {match[1]!r} for {match[0]}, only {known}")

    def _converted(self, column: _Column, row: _Row) -> str:
        text = self._text(column, row)
        if not text:
            return ""
        if column.broken:
            raise ValueError(f"column {column.label!r}: {column.broken}")
        if column.convert is None:  # `_field` without `_value`: an ordinary column
            column.convert = converter(column.kind, column.form)
        try:
            return column.convert(text, lambda what: self.warn(row.line, f"column {column.label!r}: {what}"))
        except ValueError as error:
            raise ValueError(f"column {column.label!r}: {error}") from None


def _extra(name: str, values: list[str]) -> _Column:
    """The column of `#constant TYPE,LABEL,VALUE` or `#concat TYPE,LABEL,TEMPLATE`; measurement and time need no label."""
    column = _Column()
    column.set_type(values[0])
    rest = values[1:]
    unnamed = _KINDS.get(column.kind) in ("measurement", "time")
    if unnamed and not (len(rest) > 1 and rest[1]):
        column.label, text = column.kind, rest[0] if rest else ""
    else:
        column.label, text = rest[0] if rest else "", rest[1] if len(rest) > 1 else ""
    if name == "concat":
        column.template = text
    else:
        column.default = text
    return column


def _well_quoted(text: str, separator: str) -> bool:
    """Whether every quote in a row opens, closes or is doubled inside a quoted cell."""
    sep = re.escape(separator)
    return re.fullmatch(rf'(?:(?:"(?:[^"]|"")*+"|[^"{sep}]*+)(?:{sep}|[\r\n]*\Z))*+', text) is not None


def _escape(text: str, special: str) -> str:
    for character in special:
        text = text.replace(character, "\\" + character)
    return text.replace("\n", "\\n") if "\n" in text else text
