"""Engine: the face of the storage. It opens a data directory, writes, reads, deletes and closes.

A write is parsed, checked and appended to the log under one lock, made durable by a group commit, and only then applied, in the order of
the log: a reader never sees what a crash could take back, and always sees whole bodies. Reads take a snapshot under the lock and stream
without it.
"""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from influxctl.core.columns import Block, ColumnType
from influxctl.core.errors import Unavailable
from influxctl.core.lineprotocol import precision_factor
from influxctl.core.readspec import Predicate, ReadSpec
from influxctl.core.times import MAX_TIME, MIN_TIME, now_ns
from influxctl.engine.bucket import Bucket, bounds
from influxctl.engine.codec import predicate_from_json, predicate_to_json
from influxctl.engine.files import DirectoryLock, Files
from influxctl.engine.ingest import parse_points
from influxctl.engine.model import BucketRules, BucketStats, EngineOptions, Loss, WriteResult
from influxctl.engine.predicate import SeriesTest
from influxctl.engine.read import Scan, View, live_spans, scans
from influxctl.engine.shape import shaped, shown_measurement
from influxctl.engine.wal import LogReader, Wal

_LINES = struct.Struct("<c16sqQ")  # kind L, bucket, time of lines without one, factor of the precision
_JSON = b"J"


class Engine:
    """Points of many buckets in one directory, owned by one process."""

    def __init__(self, path: Path, options: EngineOptions, files: Files, lock: DirectoryLock) -> None:
        """Use `Engine.open`."""
        self.path = path
        self.options = options
        self.losses: list[Loss] = []
        self._files = files
        self._directory_lock = lock
        self._lock = threading.RLock()
        self._buckets: dict[str, Bucket] = {}
        self._pending: dict[int, Callable[[], None]] = {}
        self._closed = False
        self._wal: Wal
        self._start()

    @classmethod
    def open(cls, path: Path, *, options: EngineOptions = EngineOptions(), files: Files | None = None) -> Engine:  # noqa: B008
        """Open a directory, made if it is not there, and replay its log. `Conflict` naming the pid when another process has it."""
        files = files or Files(sync=options.sync)
        files.make_dir(path)
        path.chmod(0o700)
        lock = DirectoryLock(path / "lock")
        lock.take()
        try:
            return cls(path, options, files, lock)
        except BaseException:
            lock.release()
            raise

    # --- start and end ---

    def _start(self) -> None:
        """Replay the logs, oldest first, and begin a new one."""
        folder = self.path / "wal"
        self._files.make_dir(folder)
        logs = sorted(folder.glob("*.wal"))
        number = 0
        for log in logs:
            reader = LogReader(log)
            for payload in reader.records():
                self._replay(payload)
            if reader.loss is not None:
                self.losses.append(reader.loss)
            number = int(log.stem)
        self._wal = Wal(self._files, folder / f"{number + 1:08d}.wal", 0)

    def _replay(self, payload: bytes) -> None:
        """Apply a record of the log."""
        if payload[:1] == b"L":
            _, raw, default, factor = _LINES.unpack_from(payload)
            bucket = self._bucket(BucketRules(raw.decode()), keep=True)
            points = parse_points(payload[_LINES.size :], factor, default, bucket.index)
            rows, _, _ = bucket.accept(points, None)
            bucket.apply(rows)
            return
        record = json.loads(payload[1:])
        if "drop" in record:
            self._buckets.pop(record["drop"], None)
        elif record["delete"] in self._buckets:
            predicate = predicate_from_json(record["predicate"])
            self._buckets[record["delete"]].delete(record["start"], record["stop"], predicate)

    def close(self) -> None:
        """Give the directory back. What was acknowledged is durable already."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._wal.drained()
        self._wal.close()
        self._directory_lock.release()

    # --- writing ---

    def configure(self, rules: BucketRules) -> None:
        """Tell the engine a bucket's rules (retention above all); a write does so too."""
        with self._lock:
            if rules.id in self._buckets:
                self._buckets[rules.id].rules = rules

    def _bucket(self, rules: BucketRules, *, keep: bool = False) -> Bucket:
        """The state of a bucket, made now if it is new; its rules are those of the last write unless `keep`."""
        found = self._buckets.get(rules.id)
        if found is None:
            found = self._buckets[rules.id] = Bucket(rules)
        elif not keep and found.rules != rules:
            found.rules = rules
        return found

    def write(self, bucket: BucketRules, body: bytes, precision: str = "ns", now: int | None = None) -> WriteResult:
        """Write line protocol. Nothing is written when a line is malformed (LineProtocolError); points that break a rule of the
        bucket are rejected one by one and the rest is written. Returns when the points are durable and visible."""
        factor = precision_factor(precision)
        moment = now_ns() if now is None else now
        default = moment - moment % factor
        with self._lock:
            self._check_open()
            state = self._bucket(bucket)
        points = parse_points(body, factor, default, state.index)
        if not points:
            return WriteResult(0)
        with self._lock:
            self._check_open()
            state = self._bucket(bucket)
            rows, taken, rejected = state.accept(points, state.oldest(moment))
            if not rows:
                return WriteResult(0, tuple(rejected))
            kept = body if not rejected else b"\n".join(point.line for point in taken)
            head = _LINES.pack(b"L", bucket.id.encode(), default, factor)
            number = self._log([head, kept], lambda: state.apply(rows))
        self._commit(number)
        return WriteResult(len(rows), tuple(rejected))

    def _log(self, parts: list[bytes], apply: Callable[[], None]) -> int:
        """Append a record; `apply` runs when it is durable, in the order of the log."""
        number = self._wal.append(parts)
        self._pending[number] = apply
        return number

    def _commit(self, number: int) -> None:
        """Wait until a record is durable, then apply all that are."""
        try:
            self._wal.wait(number)
        finally:
            with self._lock:
                for ready in [n for n in self._pending if n <= self._wal.synced]:
                    apply = self._pending.pop(ready)
                    if not self._wal.failed(ready):
                        apply()

    def _check_open(self) -> None:
        """`Unavailable` after close."""
        if self._closed:
            raise Unavailable("the engine is closed")

    def delete(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None) -> None:
        """Delete points with start <= time <= stop (ns, both inclusive) of series that match a predicate over measurement and tags."""
        with self._lock:
            self._check_open()
            state = self._buckets.get(bucket_id)
            if state is None or stop < start:
                return
            record = {"delete": bucket_id, "start": start, "stop": stop, "predicate": predicate_to_json(predicate)}
            number = self._log([_JSON, json.dumps(record).encode()], lambda: state.delete(start, stop, predicate))
        self._commit(number)

    def drop_bucket(self, bucket_id: str) -> None:
        """Remove a bucket and all its points."""
        with self._lock:
            self._check_open()
            if bucket_id not in self._buckets:
                return
            record = json.dumps({"drop": bucket_id}).encode()
            number = self._log([_JSON, record], lambda: self._forget(bucket_id))
        self._commit(number)

    def _forget(self, bucket_id: str) -> None:
        """Drop the state of a bucket."""
        self._buckets.pop(bucket_id, None)

    # --- reading ---

    def _snapshot(self, bucket_id: str, predicate: Predicate | None = None) -> tuple[list[View], int | None]:
        """The measurements of a bucket as they are now, by name, and the least time that retention lets be seen."""
        with self._lock:
            self._check_open()
            state = self._buckets.get(bucket_id)
            if state is None:
                return [], None
            return [state.view(m) for m in state.index.named()], state.oldest(now_ns())

    def _scans(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> Iterator[Scan]:
        """The scans of a read; `stop` exclusive."""
        views, oldest = self._snapshot(bucket_id)
        start = max(start, MIN_TIME if oldest is None else oldest)
        stop = min(stop, MAX_TIME + 1)
        if start >= stop:
            return iter(())
        return scans(views, lambda view: SeriesTest(view.measurement, view.count, predicate), start, stop)

    def read(self, spec: ReadSpec) -> Iterator[Block]:
        """Points, shaped as `ReadSpec` says. The snapshot is taken now, the blocks are made as they are asked for."""
        return shaped(self._scans(spec.bucket_id, spec.start, spec.stop, spec.predicate), spec)

    def measurements(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None) -> list[str]:
        """Names of measurements with matching points in the range, sorted."""
        found = set()
        for scan in self._scans(bucket_id, start, stop, predicate):
            if next(live_spans(scan), None) is not None:
                found.add(shown_measurement(scan.view.measurement.name))
        return sorted(found)

    def tag_keys(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None) -> list[str]:
        """Tag keys of series with matching points in the range, sorted."""
        found: set[str] = set()
        for scan in self._scans(bucket_id, start, stop, predicate):
            sets = scan.view.measurement
            for _, sids in live_spans(scan):
                for number in set(sets.key_set_of(scan.view.count)[sids].tolist()):
                    found.update(sets.key_sets[number])
        return sorted(found)

    def tag_values(
        self, bucket_id: str, tag: str, start: int, stop: int, predicate: Predicate | None = None
    ) -> list[str]:
        """Values of a tag, of `_measurement` or of `_field` among series with matching points in the range, sorted."""
        if tag == "_measurement":
            return self.measurements(bucket_id, start, stop, predicate)
        found: set[str] = set()
        for scan in self._scans(bucket_id, start, stop, predicate):
            column = scan.view.measurement.columns.get(tag)
            for name, sids in live_spans(scan):
                if tag == "_field":
                    found.add(name)
                elif column is not None:
                    numbers = set(scan.view.measurement.codes(tag, scan.view.count)[sids].tolist()) - {-1}
                    found.update(column.values[n] for n in numbers)
        return sorted(found)

    def cardinality(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None) -> int:
        """How many series (a tag set and a field) have matching points in the range."""
        spans = (span for scan in self._scans(bucket_id, start, stop, predicate) for span in live_spans(scan))
        return sum(len(sids) for _, sids in spans)

    def field_types(self, bucket_id: str, measurement: str) -> dict[str, ColumnType]:
        """The type of each field of a measurement, by name; empty if it is unknown."""
        with self._lock:
            state = self._buckets.get(bucket_id)
            found = state.index.measurements.get(measurement) if state else None
            return dict(sorted(found.fields.items())) if found else {}

    def stats(self, bucket_id: str) -> BucketStats:
        """Figures of a bucket."""
        views, _ = self._snapshot(bucket_id)
        runs = [run for view in views for run in view.runs]
        rows = sum(int(run.offsets[-1]) for run in runs)
        values = sum(int(run.offsets[-1]) * len(run.fields) for run in runs)
        first, last = bounds(runs)
        return BucketStats(len(views), sum(v.count for v in views), rows, values, 0, rows, 0, first, last)
