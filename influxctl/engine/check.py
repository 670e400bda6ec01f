"""Looking after a data directory: a snapshot of a running engine, and a check of every checksum and invariant of one at rest.

A snapshot is a directory that an engine can open: the flushed state, its files linked where the file system allows it (segments never
change), copied otherwise.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from influxctl.core.errors import InfluxctlError
from influxctl.engine.files import Files, io_errors
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
    """Read everything in a directory that no engine has open: checksums of all blocks, order of rows, series numbers, logs.

    Nothing is changed.
    """
    report = CheckReport()
    store = Store(path, _ReadOnly(), EngineOptions(sync=False), report.problems.append)
    for bucket_id, bucket in store.load().items():
        report.buckets += 1
        for name, segments in bucket.segments.items():
            known = len(bucket.index.measurement(name))
            for segment in segments:
                report.segments += 1
                report.rows += segment.file.rows
                for what in segment.file.verify():
                    if not any(
                        what.startswith(f"{loss.file}, {loss.place.replace('-', ' to ')}") for loss in report.problems
                    ):
                        report.problems.append(Loss(str(segment.file.path), "block", what))
                report.problems += _wrong_order(segment, known, bucket_id)
    for log in sorted((path / "wal").glob("*.wal")):
        reader = LogReader(log)
        try:
            report.log_records += sum(1 for _ in reader.records())
        except InfluxctlError as error:
            report.problems.append(Loss(str(log), "whole file", error.message))
        report.problems += reader.losses
    return report


def _wrong_order(segment: Segment, known: int, bucket_id: str) -> list[Loss]:
    """What is wrong with the order of a segment's rows or the numbers of its series."""
    path = str(segment.file.path)
    try:
        times = segment.file.column(TIME, 0, segment.file.rows).to_numpy()
    except InfluxctlError:
        return []  # reported by the check of its blocks
    sids = np.repeat(segment.sids, np.diff(segment.offsets))
    wrong = []
    if len(sids) != segment.file.rows or len(times) != segment.file.rows:
        wrong.append(Loss(path, "rows", "the counts of series do not add up to the rows", {"bucket": bucket_id}))
    elif bool(((np.diff(sids) < 0) | ((np.diff(sids) == 0) & (times[1:] <= times[:-1]))).any()):
        wrong.append(Loss(path, "rows", "rows are not in the order of series and times", {"bucket": bucket_id}))
    if len(segment.sids) and int(segment.sids.max()) >= known:
        wrong.append(Loss(path, "series", "a series is not in the catalog", {"bucket": bucket_id}))
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
