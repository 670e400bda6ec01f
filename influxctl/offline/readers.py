"""Points of a bucket as line protocol, in constant memory: from the engine of this process, or from any server by Flux.

Both give whole lines with times in nanoseconds and every type as it is. What comes from the engine is a line a point; Flux gives a line a
field, which the receiving side merges.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from influxctl.client.client import Client
from influxctl.client.csvtypes import quoted
from influxctl.client.lines import Line
from influxctl.core.errors import InfluxctlError
from influxctl.core.lineprotocol import escape, format_key
from influxctl.core.readspec import Compare, Or, Predicate, ReadSpec
from influxctl.core.times import MAX_TIME, format_time, parse_time
from influxctl.output.query import Schema, rows_of

if TYPE_CHECKING:
    from influxctl.engine.engine import Engine

DIALECT = {"annotations": ["group", "datatype", "default"], "delimiter": ",", "header": True}
_OWN = frozenset({"", "result", "table", "_start", "_stop", "_time", "_value", "_field", "_measurement"})
_SUFFIX = {"long": "i", "unsignedLong": "u", "double": "", "boolean": ""}


class Reader(Protocol):
    """A bucket that is read. Ranges are in nanoseconds, `start` in them, `stop` not."""

    def span(self, start: int, stop: int) -> tuple[int, int] | None:
        """The times of the first and the last point in a range; None if there is none."""

    def lines(self, start: int, stop: int, measurements: Sequence[str] = ()) -> Iterator[Line]:
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

    def lines(self, start: int, stop: int, measurements: Sequence[str] = ()) -> Iterator[Line]:
        """A line a point."""
        from influxctl.core.blocklines import block_lines

        spec = ReadSpec(
            bucket_id=self._bucket_id, start=start, stop=stop, shape="wide", predicate=_one_of(measurements)
        )
        number = 0
        for block in self._engine.read(spec):
            for texts in block_lines(block):
                for text in texts.to_list():
                    number += 1
                    yield number, text.encode()

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

    def lines(self, start: int, stop: int, measurements: Sequence[str] = ()) -> Iterator[Line]:
        """A line a field value."""
        tests = " or ".join(f"r._measurement == {flux_text(name)}" for name in measurements)
        script = self._from(start, stop) + (f" |> filter(fn: (r) => {tests})" if tests else "")
        schema: Schema | None = None
        layout = _Layout([], [], [])
        for number, (found, cells) in enumerate(rows_of(self._ask(script)), 1):
            if found is not schema:
                schema, layout = found, _Layout(found.names, found.types, found.groups)
            yield number, layout.line(cells)

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


class _Layout:
    """Where the parts of a point stand in the rows of a table."""

    def __init__(self, names: Sequence[str], types: Sequence[str], groups: Sequence[bool]) -> None:
        places = {name: place for place, name in enumerate(names)}
        self._time, self._value = places.get("_time", -1), places.get("_value", -1)
        self._measurement, self._field = places.get("_measurement", -1), places.get("_field", -1)
        # Tables, then columns: names that the answer has for itself may be tags behind its own three columns.
        self._tags = sorted(
            (name, place) for place, name in enumerate(names)
            if groups[place] and (name not in _OWN or (place > 2 and name in ("result", "table")))
        )  # fmt: skip
        self._type = types[self._value] if types else ""
        self._table = ""
        self._head = ""
        self._second, self._seconds_at = "", 0
        if names and (min(self._time, self._value, self._measurement, self._field) < 0):
            raise InfluxctlError(f"the server's answer has no points: its columns are {', '.join(names)}")

    def line(self, cells: Sequence[str]) -> bytes:
        """A row as a line."""
        if cells[2] != self._table or not self._head:
            self._table = cells[2]
            tags = ((name, cells[place]) for name, place in self._tags if cells[place])
            self._head = f"{format_key(cells[self._measurement], tags)} {escape(cells[self._field])}="
        value = cells[self._value]
        # Line feeds come with a carriage return inside quotes too: encoding/csv of Go writes them so (seen with 2.9.1).
        text = quoted(value.replace("\r\n", "\n")) if self._type == "string" else value + _SUFFIX[self._type]
        return f"{self._head}{text} {self._nanoseconds(cells[self._time])}".encode()

    def _nanoseconds(self, text: str) -> int:
        """An RFC 3339 time in UTC; rows of the same second share the work."""
        second, _, fraction = text.rstrip("Z").partition(".")
        if second != self._second:
            self._second, self._seconds_at = second, parse_time(f"{second}Z")
        return self._seconds_at + (int(fraction.ljust(9, "0")) if fraction else 0)


def flux_text(text: str) -> str:
    """A string literal of Flux."""
    return json.dumps(text, ensure_ascii=False).replace("${", "\\${")
