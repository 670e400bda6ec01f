"""What is on disk: loading it at start, flushing memory into segments, compacting segments, committing the manifest.

Every change is prepared in new files, synced, and becomes true by the replacement of the manifest; only then are old files removed. A
crash in between leaves files that no manifest names: the next start removes them. One thread at a time is in here (`Engine` sees to
it); readers go on with the segments they hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influxctl.core.columns import ColumnType
from influxctl.core.errors import InfluxctlError
from influxctl.core.lineprotocol import scan_key
from influxctl.engine.bucket import Bucket
from influxctl.engine.cache import BlockCache
from influxctl.engine.codec import predicate_from_json, predicate_to_json
from influxctl.engine.files import ASIDE, Files, io_errors
from influxctl.engine.manifest import BadFile, BucketEntry, Manifest, load_catalog, save_catalog
from influxctl.engine.memtable import Memtable, Unsorted
from influxctl.engine.model import BucketRules, EngineOptions, Loss
from influxctl.engine.predicate import SeriesTest
from influxctl.engine.read import Batch, Merged, View
from influxctl.engine.rescue import Rescued
from influxctl.engine.runs import Run, Selection
from influxctl.engine.segment import KEYS, Damaged, Segment, SegmentFile, Tombstone, write_segment
from influxctl.engine.series import Measurement

Array = npt.NDArray[Any]
MERGE = 4  # neighbouring segments of similar size that are merged into one
MAX_CELLS = 1 << 24  # a merge makes no segment with more values than this,
MAX_ROWS = 1 << 21  # and none with more rows: it orders all their keys in memory, which takes 80 bytes a row
SHARD_ROWS = 1 << 16  # neighbouring shards with fewer rows than this share a segment
DENSE = 0.3  # share of cells with a value below which each set of fields gets its own segment
_SEGMENT = re.compile(r"(\d+)\.seg\Z")


class Store:
    """The files of one data directory."""

    def __init__(self, path: Path, files: Files, options: EngineOptions, report: Callable[[Loss], None]) -> None:
        self.path = path
        self.files = files
        self.manifest = Manifest()
        self._report = report
        self.cache = BlockCache(options.cache_bytes)
        self.retired: list[SegmentFile] = []  # files of dropped buckets, removed after the next commit
        self._counts: dict[str, dict[str, int]] = {}  # bucket -> series a measurement had in the last catalog

    # --- start ---

    def load(self) -> dict[str, Bucket]:
        """The buckets that the manifest names; damaged files are reported and left out, files it does not name are removed."""
        buckets: dict[str, Bucket] = {}
        try:
            found = Manifest.load(self.path / "MANIFEST")
            if found is None and next(self.path.glob("buckets/*/*.seg"), None) is not None and self._had_commit():
                raise BadFile(f"{self.path / 'MANIFEST'} is missing")
        except BadFile as error:
            self._report(Loss(str(self.path / "MANIFEST"), "whole file", str(error), {"rebuilt": True}))
            found = self._rebuild()
        if found is None:
            self.manifest = Manifest()
            return buckets
        self.manifest = found
        for bucket_id, entry in found.buckets.items():
            buckets[bucket_id] = self._load_bucket(bucket_id, entry)
        self._remove_strays()
        return buckets

    def _had_commit(self) -> bool:
        """Whether there was a manifest once: the first commit comes after the first log is full, and its end removes that log."""
        return not (self.path / "wal" / f"{1:08d}.wal").exists()

    def _rebuild(self) -> Manifest:
        """A manifest from the segments that are there: what a damaged manifest said of deletes is lost."""
        manifest = Manifest(next=1)
        for path in sorted(self.path.glob("buckets/*/*.seg")):
            match = _SEGMENT.search(path.name)
            number = int(match[1]) if match else 0
            entry = manifest.buckets.setdefault(path.parent.name, BucketEntry())
            entry.segments.append({"file": path.name, "order": number, "tombstones": []})
            manifest.next = max(manifest.next, number + 1)
        for path in sorted(self.path.glob("buckets/*/*.cat")):
            manifest.buckets.setdefault(path.parent.name, BucketEntry()).catalog = path.name
            manifest.next = max(manifest.next, int(path.stem) + 1)
        return manifest

    def _load_bucket(self, bucket_id: str, entry: BucketEntry) -> Bucket:
        """A bucket with its series and segments."""
        rules = BucketRules(bucket_id, entry.retention_ns, entry.shard_ns or BucketRules("").shard_ns)
        bucket = Bucket(rules)
        folder = self.path / "buckets" / bucket_id
        whole = False
        try:
            if entry.catalog:
                load_catalog(folder / entry.catalog, bucket.index)
                whole = True
        except (BadFile, InfluxctlError) as error:
            self._report(Loss(str(folder / entry.catalog), "whole file", str(error), {"rebuilt": True}))
            bucket = Bucket(rules)
        found: dict[str, list[Segment]] = {}
        for item in entry.segments:
            try:
                file = SegmentFile(folder / item["file"], self.cache, self._report)
                if not whole:
                    self._learn_series(bucket, file)
                segment = self._with_tombstones(bucket, Segment(file, item["order"]), item["tombstones"])
                if segment is not None:
                    found.setdefault(file.footer["measurement"], []).append(segment)
            except Damaged:
                self.files.put_aside(folder / item["file"])  # reported where it was found; kept for a rescue by hand
            except InfluxctlError as error:
                self._report(Loss(str(folder / item["file"]), "whole file", error.message))
        for name, segments in found.items():
            bucket.segments[name] = tuple(sorted(segments, key=lambda s: s.order))
            fields = bucket.index.measurement(name).fields
            for segment in segments:
                fields.update(segment.file.fields)
        for measurement in list(bucket.index.measurements.values()):
            if measurement.name not in found:
                bucket.index.drop(measurement.name)
        if whole:
            self._counts[bucket_id] = {name: len(m) for name, m in bucket.index.measurements.items()}
        return bucket

    def _learn_series(self, bucket: Bucket, file: SegmentFile) -> None:
        """Put the series of a segment into the index under their old numbers, when the catalog is lost."""
        measurement = bucket.index.measurement(file.footer["measurement"])
        segment = Segment(file, 0)
        for sid, key in zip(segment.sids.tolist(), file.whole(KEYS).to_list(), strict=True):
            tags = scan_key(key.encode() + b" ")[2]
            while len(measurement) < sid:  # a number whose series stands in another segment, or in none
                measurement.sid((("\0unknown", str(len(measurement))),))
            if len(measurement) == sid:
                measurement.sid(tags)
            elif measurement.tags[sid] != tags:
                measurement.rename(sid, tags)

    def _with_tombstones(self, bucket: Bucket, segment: Segment | None, stones: list[Any]) -> Segment | None:
        """A segment after the deletes that the manifest keeps for it."""
        for start, stop, predicate in stones:
            if segment is None:
                return None
            stone = Tombstone(start, stop, predicate_from_json(predicate))
            measurement = bucket.index.measurement(segment.file.footer["measurement"])
            segment = segment.hide(stone, SeriesTest(measurement, len(measurement), stone.predicate).series(""))
        return segment

    def _remove_strays(self) -> None:
        """Remove files that the manifest does not name."""
        for path in self.path.glob("buckets/*/*"):
            entry = self.manifest.buckets.get(path.parent.name)
            named = {entry.catalog, *(s["file"] for s in entry.segments)} if entry else set()
            if path.name not in named and path.suffix != ASIDE:
                self.files.remove(path)
        for path in self.path.glob("buckets/*"):
            if path.name not in self.manifest.buckets:
                self.files.remove_dir(path)
        self.files.remove(self.path / "MANIFEST.tmp")

    # --- flush ---

    def flush(self, bucket: Bucket, memtable: Memtable, written: dict[str, list[Segment]]) -> None:
        """Write the rows of a memtable as segments into `written`, by measurement. Nothing refers to them before `commit`."""
        for name in list(memtable.buffers):
            measurement = bucket.index.measurements.get(name)
            sources = memtable.sources(name)
            if measurement is None or not sources:
                continue
            types = {field: kind for layout in memtable.buffers[name] for field, kind in layout}
            runs: list[Run] = [source.sorted() if isinstance(source, Unsorted) else source for source in sources]
            for group in groups_of(runs):
                for segment in self._write(bucket, measurement, types, group):
                    written.setdefault(name, []).append(segment)

    def _folder(self, bucket: Bucket) -> Path:
        """The directory of a bucket's files."""
        folder = self.path / "buckets" / bucket.rules.id
        with io_errors(folder):
            self.files.make_dir(folder)
        return folder

    def _number(self) -> int:
        """The next number for a file."""
        number = self.manifest.next
        self.manifest.next += 1
        return number

    def _write(
        self,
        bucket: Bucket,
        measurement: Measurement,
        types: dict[str, ColumnType],
        runs: Sequence[Run],
        order: int | None = None,
    ) -> Iterator[Segment]:
        """Merge runs, oldest first, into segments, cut by shards."""
        folder = self._folder(bucket)
        rows = _Rows(measurement, types, runs)
        keys = bucket.index.measurements[measurement.name]
        for low_time, high_time in _cuts(rows.times, bucket.rules.shard_ns):
            pick = None if low_time is None else np.flatnonzero((rows.times >= low_time) & (rows.times < high_time))
            sids, times = (rows.sids, rows.times) if pick is None else (rows.sids[pick], rows.times[pick])
            number = self._number()
            path = folder / f"{number:010d}.seg"
            place = number if order is None else order
            about = {"measurement": measurement.name, "bucket": bucket.rules.id, "order": place}
            index = None if pick is None else pl.Series(pick.astype(np.uint32))

            def column(name: str, index: pl.Series | None = index) -> pl.Series:
                values = rows.column(name)
                return values if index is None else values.gather(index)

            distinct = sids[np.flatnonzero(np.diff(sids, prepend=-1))].tolist()
            names = [keys.key_text(sid) for sid in distinct]
            write_segment(self.files, path, about, sids, times, {n: types[n] for n in rows.names}, column, names)
            yield Segment(SegmentFile(path, self.cache, self._report), place)

    def commit(
        self, buckets: dict[str, Bucket], added: dict[str, dict[str, tuple[Segment, ...]]], log: int | None
    ) -> None:
        """Make the present state durable: `added` are segments that are not among those of their buckets yet."""
        entries: dict[str, BucketEntry] = {}
        old_catalogs: list[Path] = []
        for bucket_id, bucket in buckets.items():
            segments = {**bucket.segments, **added.get(bucket_id, {})}
            if not segments:
                continue
            before = self.manifest.buckets.get(bucket_id)
            catalog = before.catalog if before else ""
            counts = {name: len(m) for name, m in list(bucket.index.measurements.items())}
            if not catalog or counts != self._counts.get(bucket_id):
                folder = self._folder(bucket)
                if catalog:
                    old_catalogs.append(folder / catalog)
                catalog = f"{self._number():010d}.cat"
                save_catalog(self.files, folder / catalog, bucket.index)
                self._counts[bucket_id] = counts
            items = [
                {
                    "file": segment.file.path.name,
                    "order": segment.order,
                    "tombstones": [[t.start, t.stop, predicate_to_json(t.predicate)] for t in segment.tombstones],
                }
                for of_measurement in segments.values()
                for segment in of_measurement
            ]
            entries[bucket_id] = BucketEntry(bucket.rules.retention_ns, bucket.rules.shard_ns, catalog, items)
        for bucket_id in entries:
            with io_errors(self.path / "buckets" / bucket_id):
                self.files.sync_dir(self.path / "buckets" / bucket_id)
        new = Manifest(self.manifest.log if log is None else log, self.manifest.next, entries)
        new.save(self.files, self.path / "MANIFEST")
        gone = set(self.manifest.buckets) - set(entries)
        old_catalogs += [self.path / "buckets" / name / self.manifest.buckets[name].catalog for name in gone]
        self.manifest = new
        for path in old_catalogs:
            self.files.remove(path)
        for bucket_id in gone:
            self._counts.pop(bucket_id, None)
        self.sweep(buckets)

    def sweep(self, buckets: dict[str, Bucket]) -> None:
        """Remove the files that the last commit left out, each when its last reader is done."""
        for bucket in buckets.values():
            self.retired += bucket.retired
            bucket.retired = []
        for file in self.retired:
            file.retire()
        self.retired = []

    # --- compaction ---

    def compact(self, bucket: Bucket) -> Iterator[tuple[str, list[Segment], list[Segment]]]:
        """Merges worth doing: measurement, the segments to be replaced (neighbours), their replacement, written but not committed."""
        for name, segments in list(bucket.segments.items()):
            measurement = bucket.index.measurements.get(name)
            chosen = _choose(segments, bucket.rules.shard_ns if bucket.rules.retention_ns else None)
            if measurement is None or not chosen:
                continue
            types = {field: kind for segment in chosen for field, kind in segment.file.fields.items()}
            merged: list[Segment] = []
            try:
                runs = [segment.once() for segment in chosen]
                for segment in self._write(bucket, measurement, types, runs, chosen[-1].order):
                    merged.append(segment)
            except Damaged:  # reported; the segments stay as they are, their good blocks go on being served
                for segment in merged:
                    segment.file.retire()
                continue
            yield name, chosen, merged

    def rescue(self, bucket: Bucket) -> Iterator[tuple[str, list[Segment], list[Segment]]]:
        """Damaged segments, each with what is left of it, written but not committed: measurement, the segment, its replacement."""
        for name, segments in list(bucket.segments.items()):
            measurement = bucket.index.measurements[name]
            for segment in segments:
                bad = [block for block, _ in segment.file.damaged_blocks()]
                if not bad:
                    continue
                left = Rescued(segment, bad)
                for loss in left.losses():
                    self._report(loss)
                types = {field: kind for field, kind in segment.file.fields.items() if field in left.fields}
                new = [] if left.empty else list(self._write(bucket, measurement, types, [left], segment.order))
                yield name, [segment], new
                self.files.put_aside(segment.file.path)


def _choose(segments: Sequence[Segment], shard: int | None) -> list[Segment]:
    """Neighbouring segments that should become one: with many hidden rows, or at least `MERGE` of similar size.

    `shard`: the length of shards when the merged segment must stay within one (so that retention can remove it), else None.
    """
    for segment in segments:
        if segment.dead is not None and int(segment.dead.sum()) * 4 > segment.file.rows:
            return [segment]
    sizes = [segment.file.rows * (len(segment.file.fields) + 2) for segment in segments]
    for begin in range(len(segments) - MERGE + 1):
        part = sizes[begin : begin + MERGE]
        if max(part) > 8 * max(min(part), 4096) or not _fit(segments[begin : begin + MERGE], shard):
            continue
        end = begin + MERGE
        while end < len(segments) and sizes[end] <= 2 * max(part) and _fit(segments[begin : end + 1], shard):
            end += 1
        return list(segments[begin:end])
    return []


def _fit(segments: Sequence[Segment], shard: int | None) -> bool:
    """Whether segments may become one: not too large, not too sparse, not over the edge of a shard that must be kept."""
    rows = sum(segment.file.rows for segment in segments)
    names = frozenset().union(*(segment.fields for segment in segments))
    cells = rows * len(names)
    filled = sum(segment.file.rows * len(segment.fields) for segment in segments)
    low, high = min(s.min_time for s in segments), max(s.max_time for s in segments)
    return (
        rows <= MAX_ROWS
        and cells <= MAX_CELLS
        and filled >= DENSE * cells
        and (shard is None or low // shard == high // shard)
    )


def groups_of(runs: list[Run]) -> list[list[Run]]:
    """Runs that share a segment: all of them, or, when most cells would be empty, those that have fields in common."""
    names = frozenset().union(*(run.fields for run in runs))
    rows = [int(run.offsets[-1]) for run in runs]
    cells = sum(count * len(run.fields) for count, run in zip(rows, runs, strict=True))
    whole = len(names) * sum(rows)
    if cells >= DENSE * whole or whole < 1 << 20:
        return [runs]
    groups: list[tuple[set[str], list[Run]]] = []
    for run in runs:
        touching = [group for group in groups if group[0] & run.fields]
        joined = set(run.fields).union(*(group[0] for group in touching))
        members = [r for group in touching for r in group[1]] + [run]
        groups = [group for group in groups if group not in touching] + [(joined, members)]
    return [members for _, members in groups]


class _Rows:
    """The rows of runs merged by (sid, time), newest value of each field; columns are made one at a time."""

    def __init__(self, measurement: Measurement, types: dict[str, ColumnType], runs: Sequence[Run]) -> None:
        some = set().union(*(run.fields for run in runs))
        self.names = sorted(name for name in types if name in some)
        view = View(measurement, len(measurement), types, runs)
        batch = Batch(view, np.zeros(0, np.int32), [(run, _all(run)) for run in runs])
        merged: Merged = batch.merged(self.names)
        self._batch, self._merged = batch, merged
        self.sids, self.times = batch.keys(merged)

    def column(self, name: str) -> pl.Series:
        """Values of a field for every row."""
        return self._batch.column(self._merged, name)


def _all(run: Run) -> Selection:
    """All rows of a run; the table numbers are the series numbers."""
    offsets = run.offsets.astype(np.int64)
    return Selection(run.sids.astype(np.int64), offsets[:-1], offsets[1:])


def _cuts(times: Array, shard: int) -> list[tuple[int | None, int]]:
    """Time ranges [low, high) of segments: whole shards, small neighbours together; [(None, 0)] when one segment holds all."""
    low, high = int(times.min()), int(times.max())
    if low // shard == high // shard or len(times) <= SHARD_ROWS:
        return [(None, 0)]
    shards, counts = np.unique(times // shard, return_counts=True)
    cuts: list[tuple[int | None, int]] = []
    begin, rows = int(shards[0]), 0
    for number, count in zip(shards.tolist(), counts.tolist(), strict=True):
        if rows and rows + count > SHARD_ROWS:
            cuts.append((begin * shard, number * shard))
            begin, rows = number, 0
        rows += count
    cuts.append((begin * shard, high + 1))
    return cuts
