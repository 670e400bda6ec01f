"""The condition of a data directory: what is damaged, what can be rescued, and how much is in each bucket."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from influxctl.core.errors import Conflict, NotFound
from influxctl.local.daemon import running
from influxctl.local.options import Options
from influxctl.local.store.db import FILE as METADATA

Call = Callable[..., Any]  # `Client.call` of the server that may hold the directory
_FIGURES = {  # names in /metrics
    "storage_bucket_measurement_num": "measurements",
    "storage_bucket_series_num": "series",
    "storage_bucket_rows_num": "points",
    "storage_bucket_values_num": "values",
    "storage_bucket_bytes": "bytes",
}
_METRIC = re.compile(r'(\w+)\{bucket="(\w+)"\} (\S+)')


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong: where, and what."""

    file: str
    place: str
    what: str


@dataclass
class Condition:
    """What was looked at, and what is wrong."""

    buckets: int = 0
    segments: int = 0
    rows: int = 0
    log_records: int = 0
    problems: list[Problem] = field(default_factory=list)
    rescued: int = 0  # segments and logs that a repair has replaced


def examine(directory: Path) -> Condition:
    """Check everything in a data directory that no server holds; nothing is changed."""
    from influxctl.engine.check import check_directory
    from influxctl.offline.snapshots import metadata_problem

    _must_be_at_rest(directory)
    found = Condition()
    wrong = metadata_problem(directory / METADATA)
    if wrong:
        found.problems.append(Problem(str(directory / METADATA), "metadata", wrong))
    engine = directory / "engine"
    if not engine.exists():
        return found
    report = check_directory(engine)
    found.buckets, found.segments, found.rows, found.log_records = (
        report.buckets, report.segments, report.rows, report.log_records,
    )  # fmt: skip
    found.problems += [Problem(loss.file, loss.place, loss.what) for loss in report.problems]
    return found


def repair(directory: Path) -> Condition:
    """Keep what is intact of damaged files: lost catalogs and manifests are rebuilt, logs replayed as far as they go, blocks that are
    whole written anew. `problems` tells what is lost or cannot be repaired; the damaged files stay, with `.damaged` at their names."""
    from influxctl.engine.engine import Engine
    from influxctl.engine.model import EngineOptions
    from influxctl.offline.snapshots import metadata_problem

    _must_be_at_rest(directory)
    found = Condition()
    if (directory / "engine").exists():
        with closing(Engine.open(directory / "engine", options=EngineOptions(background=False))) as engine:
            found.rescued = int(bool(engine.losses)) and engine.flush()
            found.rescued += engine.rescue()
            losses = dict.fromkeys((loss.file, loss.place, loss.what) for loss in engine.losses)
        found.problems = [Problem(*loss) for loss in losses]
    wrong = metadata_problem(directory / METADATA)
    if wrong:
        found.problems.append(
            Problem(str(directory / METADATA), "metadata", f"{wrong} (not repaired: restore the file from a snapshot)")
        )
    return found


def _must_be_at_rest(directory: Path) -> None:
    if not (directory / METADATA).exists():
        raise NotFound(f"there is no data in {directory}")
    found = running(directory)
    if found is not None:
        raise Conflict(
            f"{directory} is served by process {found.pid}",
            hint="stop it first (influxctl local stop), or check a snapshot of it (influxctl local snapshot)",
        )


def figures(directory: Path, call: Call, lock_timeout: float = 10.0) -> list[dict[str, Any]]:
    """How much each bucket holds. Points are counted as stored: one written again counts twice until a merge."""
    if not (directory / METADATA).exists():
        raise NotFound(f"there is no data in {directory}")
    rows = _of_server(call) if running(directory) is not None else _of_folder(directory, lock_timeout)
    return sorted(rows, key=lambda row: (row["org"], row["bucket"]))


def _of_folder(directory: Path, lock_timeout: float) -> Iterator[dict[str, Any]]:
    from influxctl.core.times import format_time
    from influxctl.local.services import Services

    with closing(Services(directory, Options(lock_timeout=lock_timeout))) as services:
        for bucket in services.resources.find("buckets"):
            stats = services.points.engine.stats(bucket["id"])
            org = services.resources.peek("orgs", bucket["orgID"])
            yield {
                "id": bucket["id"], "bucket": bucket["name"], "org": org["name"] if org else "",
                "measurements": stats.measurements, "series": stats.series, "points": stats.rows, "values": stats.values,
                "bytes": stats.bytes,
                "first": None if stats.first is None else format_time(stats.first),
                "last": None if stats.last is None else format_time(stats.last),
            }  # fmt: skip


def _of_server(call: Call) -> Iterator[dict[str, Any]]:
    from influxctl.core.times import format_time, parse_time
    from influxctl.offline.snapshots import metadata_and_manifests

    manifests = metadata_and_manifests(call)[1]  # opens the engine, which /metrics does not
    numbers: dict[str, dict[str, int]] = {}
    for name, bucket, value in _METRIC.findall(call("GetMetrics").text):
        if name in _FIGURES:
            numbers.setdefault(bucket, {})[_FIGURES[name]] = int(float(value))
    for one in manifests:
        groups = one["retentionPolicies"][0]["shardGroups"]
        known = numbers.get(one["bucketID"], {})
        yield {
            "id": one["bucketID"], "bucket": one["bucketName"], "org": one["organizationName"],
            **{name: known.get(name, 0) for name in _FIGURES.values()},
            "first": groups[0]["startTime"] if groups else None,
            "last": format_time(parse_time(groups[0]["endTime"]) - 1) if groups else None,
        }  # fmt: skip
