"""Looking after a data directory: a snapshot of a running engine, and a check of every checksum and invariant of one at rest.

A snapshot is a directory that an engine can open: the flushed state, its files linked where the file system allows it (segments never
change), copied otherwise.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from influxctl.core.errors import InfluxctlError
from influxctl.engine.files import DirectoryLock, Files, io_errors
from influxctl.engine.manifest import Manifest
from influxctl.engine.model import EngineOptions, Loss
from influxctl.engine.segment import TIME, Segment
from influxctl.engine.store import Store
from influxctl.engine.wal import LogReader


def copy_state(files: Files, source: Path, target: Path, manifest: Manifest) -> None:
    """Copy what a manifest names into a new directory. The caller sees to it that the files stay while this runs."""
    with io_errors(target):
        files.make_dir(target)
        for bucket_id, entry in manifest.buckets.items():
            folder = target / "buckets" / bucket_id
            files.make_dir(folder)
            for name in [entry.catalog, *(segment["file"] for segment in entry.segments)]:
                _link(source / "buckets" / bucket_id / name, folder / name)
            files.sync_dir(folder)
    Manifest(1, manifest.next, manifest.buckets).save(files, target / "MANIFEST")


def _link(old: Path, new: Path) -> None:
    """The same file under another name, or a synced copy of it."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)
        new.chmod(0o600)
        with new.open("rb") as file:
            os.fsync(file.fileno())


@dataclass
class CheckReport:
    """What a check found: counts of what was looked at, and everything that is wrong."""

    buckets: int = 0
    segments: int = 0
    rows: int = 0
    log_records: int = 0
    problems: list[Loss] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check_directory(path: Path) -> CheckReport:
    """Read everything in a directory: checksums of all blocks, order of rows, series numbers, footers, logs.

    Nothing is changed. `Conflict` naming the pid while an engine has the directory open.
    """
    lock = DirectoryLock(path / "lock")
    with io_errors(path):
        lock.take()
    try:
        return _checked(path)
    finally:
        lock.release()


def _checked(path: Path) -> CheckReport:
    report = CheckReport()
    store = Store(path, _ReadOnly(), EngineOptions(sync=False), report.problems.append)
    for bucket_id, bucket in store.load().items():
        report.buckets += 1
        for name, segments in bucket.segments.items():
            known = len(bucket.index.measurement(name))
            for segment in segments:
                report.segments += 1
                report.rows += segment.file.rows
                before = len(report.problems)
                bad = segment.file.damaged_blocks()  # those with a wrong checksum have reported themselves
                if len(report.problems) == before:
                    report.problems += [Loss(str(segment.file.path), "block", what) for _, what in bad]
                    report.problems += [] if bad else _wrong_rows(segment, known, bucket_id)
            report.problems += _wrong_types(segments)
    for log in sorted((path / "wal").glob("*.wal")):
        reader = LogReader(log)
        try:
            report.log_records += sum(1 for _ in reader.records())
        except InfluxctlError as error:
            report.problems.append(Loss(str(log), "whole file", error.message))
        report.problems += reader.losses
    return report


def _wrong_rows(segment: Segment, known: int, bucket_id: str) -> list[Loss]:
    """What is wrong with a segment whose blocks are whole: order of rows, numbers of series, what its footer says of the rows."""
    file, rows = segment.file, segment.file.rows
    times = file.column(TIME, 0, rows).to_numpy()
    sids = np.repeat(segment.sids, np.diff(segment.offsets))
    wrong: list[tuple[str, str]] = []
    if len(sids) != rows or len(times) != rows:
        wrong.append(("rows", "the counts of series do not add up to the rows"))
    elif bool(((np.diff(sids) < 0) | ((np.diff(sids) == 0) & (times[1:] <= times[:-1]))).any()):
        wrong.append(("rows", "rows are not in the order of series and times"))
    if len(segment.sids) and int(segment.sids.max()) >= known:
        wrong.append(("series", "a series is not in the catalog"))
    if len(times) and (int(times.min()), int(times.max())) != (segment.min_time, segment.max_time):
        wrong.append(("footer", "the first and last time are not those of the rows"))
    for name in file.fields:
        values = file.column(name, 0, rows)
        if len(values) != rows:
            wrong.append((f"field {name}", "there are not as many values as rows"))
        elif values.null_count() and name not in file.footer.get("sparse", file.fields):
            wrong.append((f"field {name}", "it has gaps that the footer does not tell"))
    return [Loss(str(file.path), place, what, {"bucket": bucket_id}) for place, what in wrong]


def _wrong_types(segments: Sequence[Segment]) -> list[Loss]:
    """Fields that have another type than in an older segment of their measurement."""
    types: dict[str, str] = {}
    wrong = []
    for segment in segments:
        for name, kind in segment.file.fields.items():
            if types.setdefault(name, kind) != kind:
                wrong.append(
                    Loss(str(segment.file.path), f"field {name}", f"it is {kind} here and {types[name]} before")
                )
    return wrong


class _ReadOnly(Files):
    """File operations of a check: what would change the directory is left out."""

    def __init__(self) -> None:
        super().__init__(sync=False)

    def remove(self, path: Path) -> None:
        """Leave the file."""

    def put_aside(self, path: Path) -> None:
        """Leave the file."""

    def remove_dir(self, path: Path) -> None:
        """Leave the directory."""
