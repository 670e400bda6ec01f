"""Points of a bucket as line protocol, in constant memory: from the engine of this process, or from any server by Flux.

Both give whole lines with times in nanoseconds and every type as it is. Flux answers with a table a series and field; tables of one series
that follow one another, as servers send them, become lines with all their fields (a fifth of the time of a line a field). What does not
follow is merged by the receiving side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from influxctl.client.client import Client
from influxctl.client.csvtypes import quoted
from influxctl.client.lines import Piece, Run
from influxctl.core.errors import InfluxctlError
from influxctl.core.fluxtext import flux_text
from influxctl.core.lineprotocol import escape, format_key
from influxctl.core.readspec import Compare, Or, Predicate, ReadSpec
from influxctl.core.times import MAX_TIME, NS, format_time, parse_time
from influxctl.output.annotated import Schema, rows_of

if TYPE_CHECKING:
    from influxctl.engine.engine import Engine

DIALECT = {"annotations": ["group", "datatype", "default"], "delimiter": ",", "header": True}
RUN = 5000  # lines of the engine that go on together
HELD = 100_000  # points of a series that are held to merge their fields
_OWN = frozenset({"", "result", "table", "_start", "_stop", "_time", "_value", "_field", "_measurement"})
_SUFFIX = {"long": "i", "unsignedLong": "u", "double": "", "boolean": ""}


class Reader(Protocol):
    """A bucket that is read. Ranges are in nanoseconds, `start` in them, `stop` not."""

    def span(self, start: int, stop: int) -> tuple[int, int] | None:
        """The times of the first and the last point in a range; None if there is none."""

    def lines(self, start: int, stop: int, measurements: Sequence[str] = ()) -> Iterator[Piece]:
        """The points of a range, of some measurements or of all."""

    def counts(self, start: int, stop: int) -> dict[str, int]:
        """How many field values each measurement has in a range."""


class EngineReader:
    """Reads a bucket of the engine in this process."""

    def __init__(self, engine: Engine, bucket_id: str) -> None:
        self._engine = engine
        self._bucket_id = bucket_id

    def span(self, start: int, stop: int) -> tuple[int, int] | None:
        """From the figures of the engine: no point lies outside, but the ends may lie a little outside the points."""
        stats = self._engine.stats(self._bucket_id)
        if stats.first is None or stats.last is None:
            return None
        first, last = max(start, stats.first), min(stop - 1, stats.last)
        return (first, last) if first <= last else None

    def lines(self, start: int, stop: int, measurements: Sequence[str] = ()) -> Iterator[Piece]:
        """A line a point."""
        from influxctl.core.blocklines import block_lines

        spec = ReadSpec(
            bucket_id=self._bucket_id, start=start, stop=stop, shape="wide", predicate=_one_of(measurements)
        )
        number = 1
        for block in self._engine.read(spec):
            for texts in block_lines(block, RUN):
                text = "\n".join(texts.to_list()).encode()
                if text.count(b"\n") == len(texts) - 1:
                    yield Run(number, text, len(texts))
                else:  # a value holds a line feed
                    yield from enumerate((line.encode() for line in texts.to_list()), number)
                number += len(texts)

    def counts(self, start: int, stop: int) -> dict[str, int]:
        """Counted where the points lie."""
        found: Counter[str] = Counter()
        spec = ReadSpec(bucket_id=self._bucket_id, start=start, stop=stop, aggregate="count")
        for block in self._engine.read(spec):
            for name, count in zip(
                block.values("_measurement").to_list(), block.values("_value").to_list(), strict=True
            ):
                found[name] += count
        return dict(found)


def _one_of(measurements: Sequence[str]) -> Predicate | None:
    found: Predicate | None = None
    for name in measurements:
        test = Compare("_measurement", "==", name)
        found = test if found is None else Or(found, test)
    return found


class FluxReader:
    """Reads a bucket of any InfluxDB v2 by queries whose answers are streamed."""

    def __init__(self, client: Client, org_id: str, bucket: str) -> None:
        self._client = client
        self._org_id = org_id
        self._bucket = bucket

    def span(self, start: int, stop: int) -> tuple[int, int] | None:
        """First and last point of every series, and of these the first and the last."""
        data = self._from(start, stop)
        sorted_by = 'keep(columns: ["_time"]) |> group() |> sort(columns: ["_time"]'
        script = (
            f'{data} |> first() |> {sorted_by}) |> limit(n: 1) |> yield(name: "first")\n'
            f'{data} |> last() |> {sorted_by}, desc: true) |> limit(n: 1) |> yield(name: "last")'
        )
        found = {row["result"]: parse_time(row["_time"]) for row in self._rows(script)}
        return (found["first"], found["last"]) if len(found) == 2 else None

    def lines(self, start: int, stop: int, measurements: Sequence[str] = ()) -> Iterator[Piece]:
        """Lines of all fields of a series, as far as its tables follow one another."""
        tests = " or ".join(f"r._measurement == {flux_text(name)}" for name in measurements)
        script = self._from(start, stop) + (f" |> filter(fn: (r) => {tests})" if tests else "")
        yield from enumerate(_merged(rows_of(self._ask(script))), 1)

    def counts(self, start: int, stop: int) -> dict[str, int]:
        """Counted by the server: a number a series, then summed."""
        script = f'{self._from(start, stop)} |> count() |> group(columns: ["_measurement"]) |> sum()'
        return {row["_measurement"]: int(row["_value"]) for row in self._rows(script)}

    def _from(self, start: int, stop: int) -> str:
        times = f"start: {format_time(start)}, stop: {format_time(min(stop, MAX_TIME))}"
        return f"from(bucket: {flux_text(self._bucket)}) |> range({times})"

    def _ask(self, script: str) -> Iterator[bytes]:
        body = {"query": script, "type": "flux", "dialect": DIALECT}
        with self._client.call("PostQuery", query={"orgID": self._org_id}, json=body, stream=True) as answer:
            yield from answer.iter_bytes()

    def _rows(self, script: str) -> Iterator[Mapping[str, str]]:
        for schema, cells in rows_of(self._ask(script)):
            yield dict(zip(schema.names, cells, strict=False))


def _merged(rows: Iterable[tuple[Schema, list[str]]]) -> Iterator[bytes]:
    """Lines of the rows of an answer. Held in memory: the points of one series, at most `HELD`."""
    schema: Schema | None = None
    layout = _Layout([], [], [])
    series = ""
    points: dict[str, str] = {}  # the time as text, which is turned into a number once a point
    clock = _Clock()
    for found, cells in rows:
        if found is not schema:
            schema, layout = found, _Layout(found.names, found.types, found.groups)
        if cells[2] != layout.table or not layout.series:
            layout.begin(cells)
        if layout.series != series or len(points) >= HELD:
            yield from (f"{series} {fields} {clock.nanoseconds(at)}".encode() for at, fields in points.items())
            series, points = layout.series, {}
        at, field = cells[layout.time], layout.field_of(cells[layout.value])
        before = points.get(at)
        points[at] = field if before is None else f"{before},{field}"
    yield from (f"{series} {fields} {clock.nanoseconds(at)}".encode() for at, fields in points.items())


class _Layout:
    """Where the parts of a point stand in the rows of a table, and what they are in the present table."""

    def __init__(self, names: Sequence[str], types: Sequence[str], groups: Sequence[bool]) -> None:
        places = {name: place for place, name in enumerate(names)}
        self.time, self.value = places.get("_time", -1), places.get("_value", -1)
        self._measurement, self._field = places.get("_measurement", -1), places.get("_field", -1)
        # Behind the answer's own three columns, `result` and `table` are tags.
        self._tags = sorted(
            (name, place)
            for place, name in enumerate(names)
            if groups[place] and (name not in _OWN or (place > 2 and name in ("result", "table")))
        )
        self._text = bool(types) and types[self.value] == "string"
        self._suffix = _SUFFIX.get(types[self.value], "") if types else ""
        self._name = ""
        self.table = ""
        self.series = ""
        if names and (min(self.time, self.value, self._measurement, self._field) < 0):
            raise InfluxctlError(f"the server's answer has no points: its columns are {', '.join(names)}")

    def begin(self, cells: Sequence[str]) -> None:
        """A table begins with this row."""
        self.table = cells[2]
        tags = ((name, cells[place]) for name, place in self._tags if cells[place])
        self.series = format_key(cells[self._measurement], tags)
        self._name = f"{escape(cells[self._field])}="

    def field_of(self, value: str) -> str:
        """A field with its value."""
        if self._text:
            # Line feeds come with a carriage return inside quotes too: Go's CSV writer does that (seen with 2.9.1).
            return self._name + quoted(value.replace("\r\n", "\n"))
        return f"{self._name}{value}{self._suffix}"


class _Clock:
    """RFC 3339 times in UTC to nanoseconds; times of the same minute share most of the work."""

    def __init__(self) -> None:
        self._minute, self._at = "", 0

    def nanoseconds(self, text: str) -> int:
        """One time."""
        minute = text[:17]
        if minute != self._minute:
            self._minute, self._at = minute, parse_time(f"{minute}00Z")
        fraction = text[20:-1]
        return self._at + int(text[17:19]) * NS["s"] + (int(fraction.ljust(9, "0")) if fraction else 0)
