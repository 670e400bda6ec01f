"""One bucket in memory: series index, field types, memtable; what is accepted, what is applied, what a reader sees.

All methods that change something are called under the engine's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from influxctl.core.columns import ColumnType
from influxctl.core.readspec import Predicate
from influxctl.core.times import format_time
from influxctl.engine.bulk import Group, Known, Parsed
from influxctl.engine.ingest import LinePoint
from influxctl.engine.memtable import Layout, Memtable, Unsorted
from influxctl.engine.model import BucketRules, Rejected
from influxctl.engine.predicate import SeriesTest, leaves
from influxctl.engine.read import View
from influxctl.engine.runs import Run
from influxctl.engine.segment import Damaged, Segment, SegmentFile, Tombstone
from influxctl.engine.series import BucketIndex, Measurement

Array = npt.NDArray[Any]

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
        self.known = Known()
        self.memtable = Memtable()
        self.frozen: Memtable | None = None  # rows that a flush is writing
        self.segments: dict[str, tuple[Segment, ...]] = {}  # by measurement, oldest first
        self.retired: list[SegmentFile] = []  # to be removed once the manifest names them no more
        self._layouts: dict[tuple[tuple[str, ColumnType], ...], tuple[Layout, list[int]]] = {}

    # --- writing ---

    def accept(
        self, points: Iterable[LinePoint], oldest: int | None, longest: int | None = None
    ) -> tuple[list[Row], list[LinePoint], list[Rejected]]:
        """Check points against retention (`oldest`, None: no check), schema, length of strings (`longest`, None: no check) and field
        types: rows, their points, and refusals."""
        rows: list[Row] = []
        taken: list[LinePoint] = []
        rejected: list[Rejected] = []
        fitting: dict[
            Layout, Measurement
        ] = {}  # field names and types as they stand in a line, checked against a measurement
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
            row = self._row(point, fields, fitting, rejected, longest)
            if row is not None:
                rows.append(row)
                taken.append(point)
        return rows, taken, rejected

    def accept_groups(self, parsed: Parsed, oldest: int | None) -> list[Group] | None:
        """Check a body that came the fast way as a whole: its groups with all series numbered, or None when some point would be
        refused or the index has changed: the careful way then finds out which and why."""
        if self.rules.schema is not None or not self._whole_body_fits(parsed, oldest):
            return None
        for group in parsed.groups:
            keyed = group.keyed
            if keyed is not None and bool((group.sids >= 0).any()):
                now = self.index.measurements.get(group.name)
                if now is None or keyed.measurement is not now:
                    return None
        for group in parsed.groups:
            self._number_series(group)
        rows, taken, _ = self.accept(parsed.points, None)
        return parsed.groups + _groups_of(rows, [point.number for point in taken])

    def _whole_body_fits(self, parsed: Parsed, oldest: int | None) -> bool:
        """Whether no point of a body is too old, has a field named `time` or a field of another type than the rest."""
        types: dict[tuple[str, str], ColumnType] = {}
        layouts = {(group.name, group.layout) for group in parsed.groups}
        times = [int(group.times.min()) for group in parsed.groups]
        for point in parsed.points:
            names = tuple([(field, value[0]) for field, value in point.fields.items()])
            layouts.add((self._name_tags(point)[0], names))
            times.append(point.time)
        if oldest is not None and times and min(times) < oldest:
            return False
        for name, layout in layouts:
            measurement = self.index.measurements.get(name)
            for field, kind in layout:
                known = measurement.fields.get(field) if measurement is not None else None
                if field == "time" or types.setdefault((name, field), known or kind) != kind:
                    return False
        return True

    def _number_series(self, group: Group) -> None:
        """Give the new series of a group their numbers and enter its fields."""
        measurement = group.measurement = self.index.measurement(group.name)
        measurement.fields.update(group.layout)
        for slot in self.known.slots.get(group.name, ()):
            if slot.measurement is None:
                slot.measurement = measurement
        new = np.flatnonzero(group.sids < 0)
        if not len(new):
            return
        numbers = {}
        for number in np.unique(group.sids[new]).tolist():
            key, tags = group.fresh[-1 - number]
            numbers[number] = measurement.sid(tags, key)
            if group.keyed is not None and group.keyed.measurement in (None, measurement):
                group.keyed.measurement = measurement
                self.known.remember(key, group.keyed, numbers[number])
        group.sids[new] = [numbers[number] for number in group.sids[new].tolist()]

    def apply_groups(self, groups: Iterable[Group], stamp: int) -> int:
        """Put groups into the memtable; `stamp` is the place of the body's first line in the order of arrival. The next place."""
        last = stamp
        for group in groups:
            stamps = group.lines + stamp
            last = max(last, int(stamps.max()))
            sids, now = group.sids, self.index.measurements.get(group.name)
            if group.measurement is not None and now is not group.measurement:
                sids = self._moved(group.measurement, sids)
            buffer = self.memtable.buffer(group.name, group.layout)
            if not buffer.rows:
                self.index.measurements[group.name].fields.update(group.layout)
            buffer.append(sids, group.times, stamps, group.columns)
        return last + 1

    def _row(
        self,
        point: LinePoint,
        fields: dict[str, tuple[ColumnType, Any]],
        fitting: dict[Layout, Measurement],
        rejected: list[Rejected],
        longest: int | None,
    ) -> Row | None:
        """A point as a row, its fields checked and its series numbered; None after noting what is wrong with a field."""
        index = self.index
        series = point.series
        if series is not None and index.measurements.get(series[0].name) is not series[0]:
            series = None
        measurement = series[0] if series is not None else index.measurements.get(self._name_tags(point)[0])
        names = tuple([(name, value[0]) for name, value in fields.items()])
        long = longest if longest is not None and len(point.line) > longest else None
        if long is not None or measurement is None or fitting.get(names) is not measurement:
            types = measurement.fields if measurement is not None else {}
            for name, (kind, value) in fields.items():
                if long is not None and kind == "string":
                    size = len(value) if value.isascii() else len(value.encode())
                    if size > long:
                        rejected.append(self._too_long(point, name, size, long))
                        return None
                if types.get(name, kind) != kind:
                    rejected.append(self._conflict(point, name, kind, types[name]))
                    return None
        if series is None:
            name, tags = self._name_tags(point)
            measurement = index.measurement(name)
            series = measurement, measurement.sid(tags)
            if point.key is not None:
                index.remember(point.key, *series)
        if fitting.get(names) is not series[0]:
            series[0].fields.update(names)
            fitting[names] = series[0]
        layout, order = self.layout(names)
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
        bound = f"a Retention Policy Lower Bound at {format_time(oldest)}"
        reason = f"point {name} at {format_time(point.time)} dropped because it violates {bound}"
        return Rejected(point.number, reason, "retention", True, name, "", point.time)

    def _named_time(self, point: LinePoint, *, dropped: bool) -> Rejected:
        """The refusal of a field named `time`."""
        name = self._name_tags(point)[0]
        reason = f'invalid field name: input field "time" on measurement "{name}" is invalid'
        return Rejected(point.number, reason, "name", dropped, name, "time", point.time)

    def _too_long(self, point: LinePoint, field: str, size: int, longest: int) -> Rejected:
        """The refusal of a point with a string that is too long."""
        name = self._name_tags(point)[0]
        reason = f'input field "{field}" on measurement "{name}" is too long, {size} > {longest}'
        return Rejected(point.number, reason, "length", True, name, field, point.time)

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

    def apply(self, rows: Iterable[Row], stamp: int) -> None:
        """Put accepted rows into the memtable; `stamp` is the place of the first in the order of arrival."""
        for measurement, sid, time, layout, values in rows:
            now = self.index.measurements.get(measurement.name)
            if now is not measurement:
                sid = int(self._moved(measurement, np.array([sid]))[0])
            buffer = self.memtable.buffer(measurement.name, layout)
            if not buffer.rows:
                self.index.measurements[measurement.name].fields.update(layout)
            buffer.append_one(sid, time, stamp, values)
            stamp += 1

    def _moved(self, old: Measurement, sids: Array) -> Array:
        """Series numbers of a measurement that a delete has dropped between the acceptance of a write and its application, given anew."""
        new = self.index.measurement(old.name)
        numbers = {sid: new.sid(old.tags[sid]) for sid in np.unique(sids).tolist()}
        return np.array([numbers[sid] for sid in sids.tolist()], np.int64)

    # --- deleting ---

    def delete(self, start: int, stop: int, predicate: Predicate | None) -> None:
        """Remove points with start <= time <= stop of the series that match; forget what has no points left. A predicate that
        looks at fields, values or times matches nothing (2.9.1: 204 and nothing deleted)."""
        if any(leaf.column in ("_field", "_value", "_time") for leaf in leaves(predicate)):
            return
        for measurement in list(self.index.measurements.values()):
            matching = SeriesTest(measurement, len(measurement), predicate).series("")
            if matching.any() and self._delete_rows(measurement, matching, Tombstone(start, stop, predicate)):
                self.release(measurement)

    def _delete_rows(self, measurement: Measurement, matching: Array, tombstone: Tombstone) -> bool:
        """Remove rows of a measurement; whether there were any."""
        hits = [m.delete(measurement.name, matching, tombstone.start, tombstone.stop) for m in self.memtables()]
        old = self.segments.get(measurement.name, ())
        new = tuple(s for segment in old if (s := _hidden(segment, tombstone, matching)) is not None)
        self.replace(measurement.name, new)
        return any(hits) or any(a is not b for a, b in zip(old, new, strict=False)) or len(old) != len(new)

    def replace(self, measurement: str, segments: tuple[Segment, ...]) -> None:
        """Set the segments of a measurement, oldest first; files no longer among them are removed when their readers are done."""
        kept = {segment.file.number for segment in segments}
        for segment in self.segments.get(measurement, ()):
            if segment.file.number not in kept:
                self.retired.append(segment.file)
        if segments:
            self.segments[measurement] = segments
        else:
            self.segments.pop(measurement, None)

    def release(self, measurement: Measurement) -> None:
        """Forget field types without a point, and the measurement when nothing is left of it."""
        unused = set(measurement.fields)
        for memtable in self.memtables():
            unused -= memtable.fields(measurement.name)
        for segment in self.segments.get(measurement.name, ()):
            unused -= segment.live_fields(unused)
        for name in unused:
            del measurement.fields[name]
        if not measurement.fields:
            self.replace(measurement.name, ())
            self.index.drop(measurement.name)
            self.known.forget(measurement.name)

    def retire(self, oldest: int) -> bool:
        """Take out segments whose points are all older than `oldest`; whether there were any."""
        found = False
        for name, segments in list(self.segments.items()):
            kept = tuple(segment for segment in segments if segment.max_time >= oldest)
            if len(kept) < len(segments):
                found = True
                self.replace(name, kept)
                self.release(self.index.measurements[name])
        return found

    # --- reading ---

    def memtables(self) -> list[Memtable]:
        """Rows in memory, oldest first: those being flushed, those of now."""
        return [self.memtable] if self.frozen is None else [self.frozen, self.memtable]

    def view(self, measurement: Measurement) -> View:
        """A snapshot of a measurement."""
        sources: list[Run | Unsorted] = [*self.segments.get(measurement.name, ())]
        for memtable in self.memtables():
            sources += memtable.sources(measurement.name)
        return View(measurement, len(measurement), dict(measurement.fields), sources)

    def oldest(self, now: int) -> int | None:
        """The least time that the retention period lets live, None without one."""
        return now - self.rules.retention_ns if self.rules.retention_ns > 0 else None


def _groups_of(rows: Sequence[Row], lines: Sequence[int]) -> list[Group]:
    """Rows that came the careful way as groups."""
    by_layout: dict[tuple[str, Layout], list[int]] = {}
    for place, row in enumerate(rows):
        by_layout.setdefault((row.measurement.name, row.layout), []).append(place)
    groups = []
    for (name, layout), places in by_layout.items():
        chosen = [rows[i] for i in places]
        columns = [list(column) for column in zip(*(row.values for row in chosen), strict=True)]
        sids = np.array([row.sid for row in chosen], np.int64)
        times = np.array([row.time for row in chosen], np.int64)
        numbers = np.array([lines[i] for i in places], np.int64)
        groups.append(Group(name, chosen[0].measurement, layout, sids, times, numbers, columns))
    return groups


def _hidden(segment: Segment, tombstone: Tombstone, matching: Array) -> Segment | None:
    """A segment after a delete. One whose times cannot be read is left alone: no read can serve a row of it either."""
    try:
        return segment.hide(tombstone, matching)
    except Damaged:
        return segment
