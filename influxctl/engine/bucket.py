"""One bucket in memory: series index, field types, memtable; what is accepted, what is applied, what a reader sees.

All methods that change something are called under the engine's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from influxctl.core.columns import ColumnType
from influxctl.core.readspec import Predicate
from influxctl.core.times import format_time
from influxctl.engine.ingest import LinePoint
from influxctl.engine.memtable import Layout, Memtable
from influxctl.engine.model import BucketRules, Rejected
from influxctl.engine.predicate import SeriesTest
from influxctl.engine.read import View
from influxctl.engine.runs import Run
from influxctl.engine.series import BucketIndex, Measurement

_NAMES: dict[str, str] = {"int": "integer", "uint": "unsigned", "bool": "boolean", "float": "float", "string": "string"}


class Row(NamedTuple):
    """An accepted point, ready for the memtable."""

    measurement: Measurement
    sid: int
    time: int
    layout: Layout
    values: Sequence[Any]


class Bucket:
    """State of a bucket."""

    def __init__(self, rules: BucketRules) -> None:
        self.rules = rules
        self.index = BucketIndex()
        self.memtable = Memtable()
        self._layouts: dict[tuple[tuple[str, ColumnType], ...], tuple[Layout, list[int]]] = {}

    # --- writing ---

    def accept(
        self, points: Iterable[LinePoint], oldest: int | None
    ) -> tuple[list[Row], list[LinePoint], list[Rejected]]:
        """Check points against retention (`oldest`, None: no check), schema and field types: rows, their points, and refusals."""
        rows: list[Row] = []
        taken: list[LinePoint] = []
        rejected: list[Rejected] = []
        for point in points:
            fields = point.fields
            if oldest is not None and point.time < oldest:
                rejected.append(self._too_old(point, oldest))
                continue
            if "time" in fields:
                fields = {name: value for name, value in fields.items() if name != "time"}
                rejected.append(self._named_time(point, dropped=not fields))
                if not fields:
                    continue
            refusal = self._schema_refusal(point, fields) if self.rules.schema is not None else None
            if refusal is not None:
                rejected.append(refusal)
                continue
            row = self._row(point, fields, rejected)
            if row is not None:
                rows.append(row)
                taken.append(point)
        return rows, taken, rejected

    def _row(self, point: LinePoint, fields: dict[str, tuple[ColumnType, Any]], rejected: list[Rejected]) -> Row | None:
        """A point as a row, its types checked and its series numbered; None after noting a type conflict."""
        index = self.index
        series = point.series
        if series is not None and index.measurements.get(series[0].name) is not series[0]:
            series = None
        measurement = series[0] if series is not None else index.measurements.get(self._name_tags(point)[0])
        types = measurement.fields if measurement is not None else {}
        new: list[tuple[str, ColumnType]] = []
        for name, (kind, _) in fields.items():
            known = types.get(name)
            if known is None:
                new.append((name, kind))
            elif known != kind:
                rejected.append(self._conflict(point, name, kind, known))
                return None
        if series is None:
            name, tags = self._name_tags(point)
            measurement = index.measurement(name)
            series = measurement, measurement.sid(tags)
            if point.key is not None:
                index.remember(point.key, *series)
        series[0].fields.update(new)
        layout, order = self.layout(tuple((name, value[0]) for name, value in fields.items()))
        values = [value for _, value in fields.values()]
        return Row(series[0], series[1], point.time, layout, [values[i] for i in order])

    def layout(self, names: tuple[tuple[str, ColumnType], ...]) -> tuple[Layout, list[int]]:
        """The layout of these fields, and where each of its columns stands among them."""
        found = self._layouts.get(names)
        if found is None:
            order = sorted(range(len(names)), key=names.__getitem__)
            if len(self._layouts) > 10_000:
                self._layouts.clear()
            found = self._layouts[names] = tuple(names[i] for i in order), order
        return found

    def _name_tags(self, point: LinePoint) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Measurement and tags of a point."""
        if point.series is not None:
            return point.series[0].name, point.series[0].tags[point.series[1]]
        return point.measurement, point.tags

    def _too_old(self, point: LinePoint, oldest: int) -> Rejected:
        """The refusal of a point that lies before the retention period."""
        name = self._name_tags(point)[0]
        reason = f"point {name} at {format_time(point.time)} is older than the retention bound {format_time(oldest)}"
        return Rejected(point.number, reason, "retention", True, name, "", point.time)

    def _named_time(self, point: LinePoint, *, dropped: bool) -> Rejected:
        """The refusal of a field named `time`."""
        name = self._name_tags(point)[0]
        reason = f'invalid field name: input field "time" on measurement "{name}" is invalid'
        return Rejected(point.number, reason, "name", dropped, name, "time", point.time)

    def _conflict(self, point: LinePoint, field: str, kind: ColumnType, known: ColumnType) -> Rejected:
        """The refusal of a field whose type is another one in this measurement."""
        name = self._name_tags(point)[0]
        reason = (
            f'field type conflict: input field "{field}" on measurement "{name}" is type {_NAMES[kind]}, '
            f"already exists as type {_NAMES[known]}"
        )
        return Rejected(point.number, reason, "type", True, name, field, point.time)

    def _schema_refusal(self, point: LinePoint, fields: dict[str, tuple[ColumnType, Any]]) -> Rejected | None:
        """Why an explicit schema refuses a point, None if it does not."""
        assert self.rules.schema is not None
        name, tags = self._name_tags(point)
        columns = self.rules.schema.get(name)
        if columns is None:
            return Rejected(point.number, "measurement not allowed by schema", "schema", True, name, "", point.time)
        for key, _ in tags:
            if columns.get(key) != "tag":
                reason = f'tag "{key}" is not in the schema of measurement "{name}"'
                return Rejected(point.number, reason, "schema", True, name, key, point.time)
        for field, (kind, _) in fields.items():
            if columns.get(field) != kind:
                reason = f'field "{field}": field type mismatch with schema of measurement "{name}"'
                return Rejected(point.number, reason, "schema", True, name, field, point.time)
        return None

    def apply(self, rows: Iterable[Row]) -> None:
        """Put accepted rows into the memtable."""
        for measurement, sid, time, layout, values in rows:
            self.memtable.buffer(measurement.name, layout).append_one(sid, time, values)

    # --- deleting ---

    def delete(self, start: int, stop: int, predicate: Predicate | None) -> None:
        """Remove points with start <= time <= stop of the series that match; forget what has no points left."""
        for measurement in list(self.index.measurements.values()):
            matching = SeriesTest(measurement, len(measurement), predicate).series("")
            if matching.any() and self._delete_rows(measurement, matching, start, stop):
                self.release(measurement)

    def _delete_rows(self, measurement: Measurement, matching: Any, start: int, stop: int) -> bool:
        """Remove rows of a measurement; whether there were any."""
        hit = False
        for layout, buffer in list(self.memtable.buffers.get(measurement.name, {}).items()):
            times = buffer.times[: buffer.rows]
            gone = (times >= start) & (times <= stop) & matching[buffer.sids[: buffer.rows]]
            if gone.any():
                hit = True
                self.memtable.buffers[measurement.name][layout] = buffer.without(gone)
        return hit

    def release(self, measurement: Measurement) -> None:
        """Forget field types without a point, and the measurement when nothing is left of it."""
        buffers = self.memtable.buffers.get(measurement.name, {})
        used = {name for layout, buffer in buffers.items() if buffer.rows for name, _ in layout}
        for name in [n for n in measurement.fields if n not in used]:
            del measurement.fields[name]
        for layout in [layout for layout, buffer in buffers.items() if not buffer.rows]:
            del buffers[layout]
        if not used:
            self.memtable.buffers.pop(measurement.name, None)
            self.index.drop(measurement.name)

    # --- reading ---

    def view(self, measurement: Measurement) -> View:
        """A snapshot of a measurement."""
        return View(measurement, len(measurement), dict(measurement.fields), self.runs(measurement))

    def runs(self, measurement: Measurement) -> list[Run]:
        """All runs of a measurement, oldest first."""
        return [*self.memtable.runs(measurement.name)]

    def oldest(self, now: int) -> int | None:
        """The least time that the retention period lets live, None without one."""
        return now - self.rules.retention_ns if self.rules.retention_ns > 0 else None


def bounds(runs: Sequence[Run]) -> tuple[int | None, int | None]:
    """Least and greatest time of runs."""
    if not runs:
        return None, None
    return min(r.min_time for r in runs), max(r.max_time for r in runs)


__all__ = ["Bucket", "Row", "bounds", "np"]
