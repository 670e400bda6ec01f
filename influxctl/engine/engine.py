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
from contextlib import suppress
from pathlib import Path

import numpy as np

from influxctl.core.columns import Block, ColumnType
from influxctl.core.errors import InfluxctlError, Unavailable
from influxctl.core.lineprotocol import MAX_STRING, precision_factor
from influxctl.core.readspec import Predicate, ReadSpec
from influxctl.core.times import MAX_TIME, MIN_TIME, now_ns
from influxctl.engine.bucket import Bucket, Row
from influxctl.engine.bulk import SMALL_BODY, BodyParser, Group, Parsed
from influxctl.engine.check import copy_state
from influxctl.engine.codec import predicate_from_json, predicate_to_json
from influxctl.engine.fewlines import FEW_LINES, FewLinesParser
from influxctl.engine.files import DirectoryLock, Files, NotDurable, io_errors
from influxctl.engine.ingest import parse_points
from influxctl.engine.memtable import Memtable, Unsorted
from influxctl.engine.model import BucketRules, BucketStats, EngineOptions, Loss, WriteResult
from influxctl.engine.predicate import SeriesTest, measurement_names
from influxctl.engine.read import Scan, View, live_series, live_spans, scans
from influxctl.engine.record import decode_groups, encode_groups, record_head
from influxctl.engine.runs import MemoryRun
from influxctl.engine.segment import Segment
from influxctl.engine.shape import shaped, shown_measurement
from influxctl.engine.store import Store
from influxctl.engine.upkeep import Upkeep
from influxctl.engine.wal import HEAD_SIZE, LogReader, Wal

_LINES = struct.Struct("<c16sqQ")  # kind L, bucket, time of lines without one, factor of the precision
_JSON = b"J"
_FLUSH_AT_CLOSE = 1 << 18  # bytes of log that the next start may replay


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
        self._stamp = 0  # place of the next row in the order of arrival
        self._closed = False
        self._flush_error = ""
        self.activity = 0  # counts writes and reads: upkeep waits for a pause
        self._upkeep_lock = threading.RLock()  # one flush, merge, delete or expiry at a time; taken before _lock
        self._store = Store(path, files, options, self.losses.append)
        self._wal: Wal
        self._start()
        self._upkeep = Upkeep(self, options) if options.background else None

    @classmethod
    def open(cls, path: Path, *, options: EngineOptions = EngineOptions(), files: Files | None = None) -> Engine:  # noqa: B008
        """Open a directory, made if it is not there, and replay its log. `Conflict` naming the pid when another process has it."""
        files = files or Files(sync=options.sync)
        lock = DirectoryLock(path / "lock")
        with io_errors(path):
            files.make_dir(path)
            path.chmod(0o700)
            lock.take()
        try:
            return cls(path, options, files, lock)
        except BaseException:
            lock.release()
            raise

    # --- start and end ---

    def _start(self) -> None:
        """Load what is on disk, replay the logs that are still needed, oldest first, and begin a new one."""
        self._buckets = self._store.load()
        folder = self.path / "wal"
        with io_errors(folder):
            self._files.make_dir(folder)
        number = self._store.manifest.log
        self._replayed = 0
        for log in sorted(folder.glob("*.wal")):
            if int(log.stem) < self._store.manifest.log:
                self._files.remove(log)
                continue
            reader = LogReader(log)
            for payload in reader.records():
                self._replay(payload, log)
                self._replayed += len(payload)
            self.losses += reader.losses
            number = max(number, int(log.stem))
        self._wal = Wal(self._files, folder / f"{number + 1:08d}.wal", 0)

    def _replay(self, payload: bytes, log: Path) -> None:
        """Apply a record of the log; one that cannot be understood is reported."""
        try:
            self._replay_record(payload)
        except (InfluxctlError, ValueError, KeyError, TypeError, struct.error) as error:
            self.losses.append(Loss(str(log), f"record of {len(payload)} bytes", f"not understood: {error}"))

    def _replay_record(self, payload: bytes) -> None:
        """Apply a record of the log."""
        if payload[:1] == b"L":
            _, raw, default, factor = _LINES.unpack_from(payload)
            bucket = self._bucket(BucketRules(raw.decode()), keep=True)
            points = parse_points(payload[_LINES.size :], factor, default, bucket.index)
            rows, _, _ = bucket.accept(points, None)
            self._apply_rows(bucket, rows)
            return
        if payload[:1] == b"C":
            bucket = self._bucket(BucketRules(record_head(payload)[0]["b"]), keep=True)
            groups = list(decode_groups(payload, bucket.index))
            for group in groups:
                assert group.measurement is not None
                group.measurement.fields.update(group.layout)
            self._apply_groups(bucket, groups)
            return
        record = json.loads(payload[1:])
        if "drop" in record:
            self._forget(record["drop"])
        elif record["delete"] in self._buckets:
            predicate = predicate_from_json(record["predicate"])
            self._buckets[record["delete"]].delete(record["start"], record["stop"], predicate)

    def close(self) -> None:
        """Give the directory back. What was acknowledged is durable; a long log is flushed so that the next start need not replay it."""
        if self._upkeep is not None:
            self._upkeep.stop()
        with self._upkeep_lock:
            with self._lock:
                if self._closed:
                    return
            try:
                if self.log_bytes > _FLUSH_AT_CLOSE:
                    self.flush()
            except InfluxctlError as error:
                self.losses.append(Loss(str(self.path), "flush at close", error.message, {"lost": False}))
            with self._lock:
                self._closed = True
                self._wal.drained()
                self._wal.close()
                self._directory_lock.release()

    # --- upkeep ---

    def flush(self) -> bool:
        """Write the rows in memory into segments and drop the log they came from; whether there was anything to do.

        When it fails, the rows stay in memory, their log stays, and the next flush tries again.
        """
        with self._upkeep_lock:
            with self._lock:
                self._check_open()
                if not any(bucket.frozen for bucket in self._buckets.values()):
                    if self._wal.size == HEAD_SIZE and not self._replayed:
                        return False
                    self._freeze()
                buckets = dict(self._buckets)
            written: dict[str, dict[str, list[Segment]]] = {}
            try:
                for bucket_id, bucket in buckets.items():
                    if bucket.frozen is not None:
                        written[bucket_id] = {}
                        self._store.flush(bucket, bucket.frozen, written[bucket_id])
                added = {
                    bucket_id: {name: (*buckets[bucket_id].segments.get(name, ()), *new) for name, new in found.items()}
                    for bucket_id, found in written.items()
                }
                self._store.commit(buckets, added, self._log_number)
            except BaseException as error:
                _discard([s for found in written.values() for segments in found.values() for s in segments], error)
                raise
            with self._lock:
                for bucket_id, of_bucket in added.items():
                    for name, every in of_bucket.items():
                        buckets[bucket_id].replace(name, every)
                    buckets[bucket_id].frozen = None
                self._replayed = 0
            for log in (self.path / "wal").glob("*.wal"):
                if int(log.stem) < self._log_number:
                    self._files.remove(log)
            return True

    def _freeze(self) -> None:
        """Begin a new log and new memtables; the rows so far are to be flushed. Called under the lock."""
        old = self._wal
        old.drained()
        self._apply_ready()
        number = int(old.path.stem) + 1
        self._wal = Wal(self._files, old.path.with_name(f"{number:08d}.wal"), old.appended)
        old.close()
        self._log_number = number
        for bucket in self._buckets.values():
            bucket.frozen, bucket.memtable = bucket.memtable, Memtable()

    def compact(self) -> int:
        """Merge neighbouring small segments and drop hidden rows; how many merges were made."""
        return self._rewrite(self._store.compact)

    def rescue(self) -> int:
        """Replace damaged segments by what is left of them, the damaged files put aside; `losses` tells what is gone. How many."""
        return self._rewrite(self._store.rescue)

    def _rewrite(self, changes: Callable[[Bucket], Iterator[tuple[str, list[Segment], list[Segment]]]]) -> int:
        """Commit replacements of neighbouring segments one after the other; how many there were."""
        count = 0
        with self._upkeep_lock:
            for bucket_id, bucket in list(self._buckets.items()):
                for name, chosen, merged in changes(bucket):
                    segments = list(bucket.segments[name])
                    at = next(i for i, segment in enumerate(segments) if segment is chosen[0])
                    segments[at : at + len(chosen)] = merged
                    try:
                        self._store.commit(self._buckets, {bucket_id: {name: tuple(segments)}}, None)
                    except BaseException as error:
                        _discard(merged, error)
                        raise
                    with self._lock:
                        bucket.replace(name, tuple(segments))
                        if not merged:
                            bucket.release(bucket.index.measurements[name])
                    self._store.sweep(self._buckets)
                    count += 1
        return count

    def snapshot(self, target: Path) -> None:
        """Write a directory that an engine can open, with all that was acknowledged before the call. Writes go on meanwhile."""
        with self._upkeep_lock:
            self.flush()
            if not self._store.manifest.buckets:
                self._store.commit(self._buckets, {}, None)
            copy_state(self._files, self.path, target, self._store.manifest)

    def expire(self, now: int | None = None) -> bool:
        """Remove segments whose points are all older than their bucket's retention; whether there were any."""
        moment = now_ns() if now is None else now
        with self._upkeep_lock:
            with self._lock:
                self._check_open()
                found = False
                for bucket in self._buckets.values():
                    oldest = bucket.oldest(moment)
                    if oldest is not None:
                        found = bucket.retire(oldest) or found
            if found:
                self._store.commit(self._buckets, {}, None)
            return found

    def forget_unused(self) -> int:
        """Drop decoded blocks that nobody has asked for in a while; how many bytes they took."""
        return self._store.cache.forget_unused(self.options.cache_seconds)

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
        return self.begin_write(bucket, body, precision, now).finish()

    def begin_write(
        self, bucket: BucketRules, body: bytes, precision: str = "ns", now: int | None = None
    ) -> UnfinishedWrite:
        """`write` up to the wait for the disk: many writes that were begun can share one."""
        factor = precision_factor(precision)
        moment = now_ns() if now is None else now
        default = moment - moment % factor
        with self._lock:
            self._check_open()
            self.activity += 1
            state = self._bucket(bucket)
        if len(body) >= SMALL_BODY:
            parser = FewLinesParser if body.count(b"\n") < FEW_LINES else BodyParser
            parsed = parser(factor, default, state.index, state.known).parse(body)
            begun = None if parsed is None else self._write_groups(bucket, parsed, moment)
            if begun is not None:
                return begun
        points = parse_points(body, factor, default, state.index)
        if not points:
            return UnfinishedWrite(self, WriteResult(0), None)
        with self._lock:
            self._check_open()
            state = self._bucket(bucket)
            rows, taken, rejected = state.accept(points, state.oldest(moment), MAX_STRING)
            result = WriteResult(len(rows), tuple(rejected))
            if not rows:
                return UnfinishedWrite(self, result, None)
            kept = body if not rejected else b"\n".join(point.line for point in taken)
            head = _LINES.pack(b"L", bucket.id.encode(), default, factor)
            return UnfinishedWrite(self, result, self._log([head, kept], lambda: self._apply_rows(state, rows)))

    def _write_groups(self, rules: BucketRules, parsed: Parsed, moment: int) -> UnfinishedWrite | None:
        """Begin to write a body that came the fast way; None when it must go the careful way."""
        with self._lock:
            self._check_open()
            state = self._bucket(rules)
            groups = state.accept_groups(parsed, state.oldest(moment))
            if groups is None:
                return None
            result = WriteResult(sum(len(group.sids) for group in groups))
            if not groups:
                return UnfinishedWrite(self, result, None)
            logged = self._log(encode_groups(rules.id, groups), lambda: self._apply_groups(state, groups))
            return UnfinishedWrite(self, result, logged)

    def _apply_groups(self, bucket: Bucket, groups: list[Group]) -> None:
        """Put groups of rows into memory."""
        self._stamp = self._bucket(bucket.rules, keep=True).apply_groups(groups, self._stamp)

    def _apply_rows(self, bucket: Bucket, rows: list[Row]) -> None:
        """Put rows into memory: of the bucket as it is now, if it was dropped since they were accepted."""
        self._bucket(bucket.rules, keep=True).apply(rows, self._stamp)
        self._stamp += len(rows)

    def _log(self, parts: list[bytes], apply: Callable[[], None]) -> tuple[Wal, int]:
        """Append a record; `apply` runs when it is durable, in the order of the log."""
        number = self._wal.append(parts)
        self._pending[number] = apply
        return self._wal, number

    def finish_write(self, wal: Wal, number: int) -> None:
        """The rest of a write that was begun."""
        self._commit(wal, number)
        self._make_room()

    def _commit(self, wal: Wal, number: int) -> None:
        """Wait until a record is durable, then apply all that are."""
        try:
            wal.wait(number)
        finally:
            with self._lock:
                self._apply_ready()

    def _apply_ready(self) -> None:
        """Apply the records that are durable, in their order. Called under the lock."""
        for ready in [n for n in self._pending if n <= self._wal.synced]:
            apply = self._pending.pop(ready)
            if not self._wal.failed(ready):
                apply()

    def _make_room(self) -> None:
        """Have a long log flushed; do it here and now when it is twice as long as it should be.

        The write is acknowledged already: what goes wrong here is told by `trouble` and tried again.
        """
        size, limit = self.log_bytes, self.options.flush_bytes
        if size < limit:
            return
        if self._upkeep is not None and size < 2 * limit:
            self._upkeep.wake()
            return
        try:
            self.flush()
            if self._upkeep is None:
                self.compact()
        except InfluxctlError as error:
            self._flush_error = error.message
        else:
            self._flush_error = ""

    @property
    def log_bytes(self) -> int:
        """Bytes of log that a start would replay."""
        return self._wal.size + self._replayed

    @property
    def trouble(self) -> str:
        """Why the last flush or merge failed, "" when all is well. Nothing is lost meanwhile: the log keeps the rows."""
        upkeep = self._upkeep.error if self._upkeep is not None else ""
        return self._flush_error or upkeep

    def _check_open(self) -> None:
        """`Unavailable` after close."""
        if self._closed:
            raise Unavailable("the engine is closed")

    def delete(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None) -> None:
        """Delete points with start <= time <= stop (ns, both inclusive) of series that match a predicate over measurement and tags."""
        with self._upkeep_lock:
            with self._lock:
                self._check_open()
                state = self._buckets.get(bucket_id)
                if state is None or stop < start:
                    return
                record = {"delete": bucket_id, "start": start, "stop": stop, "predicate": predicate_to_json(predicate)}
                text = json.dumps(record).encode()
                wal, number = self._log([_JSON, text], lambda: state.delete(start, stop, predicate))
            self._commit(wal, number)

    def drop_bucket(self, bucket_id: str) -> None:
        """Remove a bucket and all its points."""
        with self._upkeep_lock:
            with self._lock:
                self._check_open()
                if bucket_id not in self._buckets:
                    return
                record = json.dumps({"drop": bucket_id}).encode()
                wal, number = self._log([_JSON, record], lambda: self._forget(bucket_id))
            self._commit(wal, number)

    def _forget(self, bucket_id: str) -> None:
        """Drop the state of a bucket; its files go with the next commit."""
        gone = self._buckets.pop(bucket_id, None)
        if gone is not None:
            self._store.retired += [s.file for segments in gone.segments.values() for s in segments] + gone.retired

    # --- reading ---

    def _snapshot(self, bucket_id: str, predicate: Predicate | None = None) -> tuple[list[View], int | None]:
        """The measurements of a bucket as they are now, by name, and the least time that retention lets be seen."""
        with self._lock:
            self._check_open()
            self.activity += 1
            state = self._buckets.get(bucket_id)
            if state is None:
                return [], None
            names = measurement_names(predicate)
            return [state.view(m) for m in state.index.named(names)], state.oldest(now_ns())

    def _scans(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> Iterator[Scan]:
        """The scans of a read; `stop` exclusive."""
        views, oldest = self._snapshot(bucket_id, predicate)
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
            if len(live_series(scan)):
                found.add(shown_measurement(scan.view.measurement.name))
        return sorted(found)

    def tag_keys(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None) -> list[str]:
        """Tag keys of series with matching points in the range, sorted."""
        found: set[str] = set()
        for scan in self._scans(bucket_id, start, stop, predicate):
            sets = scan.view.measurement
            for number in np.unique(sets.key_set_of(scan.view.count)[live_series(scan)]).tolist():
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
            if tag == "_field":
                found.update(name for name, _ in live_spans(scan))
            elif column is not None:
                sids = live_series(scan)
                numbers = np.unique(scan.view.measurement.codes(tag, scan.view.count)[sids]).tolist()
                found.update([column.values[n] for n in numbers if n >= 0])
        return sorted(found)

    def cardinality(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None) -> int:
        """How many series (a tag set and a field) have matching points in the range."""
        spans = (span for scan in self._scans(bucket_id, start, stop, predicate) for span in live_spans(scan))
        return sum(len(sids) for _, sids in spans)

    def series(
        self, bucket_id: str, start: int, stop: int, predicate: Predicate | None = None
    ) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
        """Measurement and tags of each series with matching points in the range, sorted."""
        found: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        for scan in self._scans(bucket_id, start, stop, predicate):
            measurement = scan.view.measurement
            name = shown_measurement(measurement.name)
            found.update((name, measurement.tags[sid]) for sid in live_series(scan).tolist())
        return sorted(found)

    def field_types(self, bucket_id: str, measurement: str) -> dict[str, ColumnType]:
        """The type of each field of a measurement, by name; empty if it is unknown."""
        with self._lock:
            state = self._buckets.get(bucket_id)
            found = state.index.measurements.get(measurement) if state else None
            return dict(sorted(found.fields.items())) if found else {}

    def stats(self, bucket_id: str) -> BucketStats:
        """Figures of a bucket."""
        views, _ = self._snapshot(bucket_id)
        sources = [source for view in views for source in view.sources]
        segments = [source for source in sources if isinstance(source, Segment)]
        memory = [source for source in sources if isinstance(source, Unsorted | MemoryRun)]
        return BucketStats(
            measurements=len(views),
            series=sum(view.count for view in views),
            rows=sum(s.file.rows for s in segments) + sum(m.rows_held for m in memory),
            values=sum(s.file.rows * len(s.fields) for s in segments)
            + sum(m.rows_held * len(m.fields) for m in memory),
            bytes=sum(s.file.bytes for s in segments),
            memory_rows=sum(m.rows_held for m in memory),
            segments=len(segments),
            first=min((source.min_time for source in [*segments, *memory]), default=None),
            last=max((source.max_time for source in [*segments, *memory]), default=None),
        )


class UnfinishedWrite:
    """A write that has only to wait for the disk."""

    __slots__ = ("_engine", "_logged", "_result")

    def __init__(self, engine: Engine, result: WriteResult, logged: tuple[Wal, int] | None) -> None:
        self._engine = engine
        self._result = result
        self._logged = logged

    def sync(self) -> None:
        """Have all that was logged so far made durable, so that `finish` need not wait; it is `finish` that tells what went wrong."""
        if self._logged is not None:
            wal, number = self._logged
            with suppress(InfluxctlError):
                wal.wait(number)

    def finish(self) -> WriteResult:
        """What became of the points, when they are durable and visible."""
        if self._logged is not None:
            self._engine.finish_write(*self._logged)
        return self._result


def _discard(segments: list[Segment], error: BaseException) -> None:
    """Remove segments whose commit failed; they stay when the manifest that names them may be the one on disk."""
    if not isinstance(error, NotDurable):
        for segment in segments:
            segment.file.retire()
