"""Copies of a whole data directory: taken while it is used, put back, and opened to read points from.

A snapshot is a data directory itself: `influxctl local serve --data-dir SNAPSHOT` serves it. When no server holds the source, segments
are linked, which takes no time and no space; from a running server metadata and points come through its backup API.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influxctl.core.errors import Conflict, InfluxctlError, NotFound, Unavailable
from influxctl.local.daemon import running
from influxctl.local.onboard import FILE as ACCOUNT
from influxctl.local.options import Options
from influxctl.local.store.db import FILE as METADATA

if TYPE_CHECKING:
    from influxctl.engine.engine import Engine

ENGINE = "engine"
Doc = dict[str, Any]
Call = Callable[..., Any]  # `Client.call` of the server that may hold the directory


def take(source: Path, target: Path, call: Call, lock_timeout: float = 10.0) -> None:
    """Write a snapshot of `source` into a new folder; it is there as a whole or not at all."""
    _must_exist(source)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(f"{target} is there already", hint="name a folder that does not exist")
    draft = _draft(target)
    try:
        if running(source) is None:
            _copy_here(source, draft, lock_timeout)
        else:
            _copy_from_server(draft, call)
        if (source / ACCOUNT).exists():
            _copy_file(source / ACCOUNT, draft / ACCOUNT)
        if target.exists():
            target.rmdir()
        draft.rename(target)
        _sync_dir(target.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy_here(source: Path, draft: Path, lock_timeout: float) -> None:
    from influxctl.local.services import Services

    with closing(Services(source, Options(lock_timeout=lock_timeout))) as services:
        services.db.backup(draft / METADATA)
        services.points.engine.snapshot(draft / ENGINE)


def _copy_from_server(draft: Path, call: Call, wanted: Callable[[Doc], bool] = lambda manifest: True) -> list[Doc]:
    """Metadata, then the points of each bucket of it, through the API: the manifests of the buckets."""
    from influxctl.engine.engine import Engine
    from influxctl.engine.model import BucketRules, EngineOptions
    from influxctl.local.services.backup import read_frames

    metadata, manifests = metadata_and_manifests(call)
    write_file(draft / METADATA, metadata)
    manifests = [one for one in manifests if wanted(one)]
    with closing(Engine.open(draft / ENGINE, options=EngineOptions(sync=False, background=False))) as engine:
        for manifest in manifests:
            policy = manifest["retentionPolicies"][0]
            rules = BucketRules(manifest["bucketID"], shard_ns=policy["shardGroupDuration"])
            for shard in (shard["id"] for group in policy["shardGroups"] for shard in group["shards"]):
                try:
                    chunks = call("GetBackupShardId", path={"shardID": str(shard)}, stream=True).iter_bytes()
                    for lines in read_frames(chunks):
                        engine.write(rules, lines)
                except NotFound:
                    continue  # the bucket was deleted meanwhile
        engine.flush()
    return manifests


def metadata_and_manifests(call: Call) -> tuple[bytes, list[Doc]]:
    """The metadata of a running server, and what it says of its buckets."""
    parts = _parts(call("GetBackupMetadata"))
    manifests: list[Doc] = json.loads(parts["buckets"])
    return parts["kv"], manifests


def _parts(answer: Any) -> dict[str, bytes]:
    """The parts of a multipart answer by their names. (The standard library's parser is one of mail: it is for text.)"""
    mark = answer.headers["Content-Type"].partition("boundary=")[2].strip('"').encode()
    found = {}
    for part in answer.content.split(b"--" + mark)[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        name = re.search(rb'filename="([^"]*)"', head)
        found[name[1].decode() if name else ""] = data.removesuffix(b"\r\n")
    return found


@contextmanager
def opened(
    source: Path, call: Call, buckets: Sequence[str], lock_timeout: float = 10.0
) -> Iterator[tuple[Engine, list[Doc]]]:
    """The engine of a directory to read from, and the buckets of these names or IDs; of a running server, a copy of their points."""
    _must_exist(source)
    if running(source) is None:
        from influxctl.local.services import Services

        with closing(Services(source, Options(lock_timeout=lock_timeout))) as services:
            every = [
                {"id": b["id"], "name": b["name"], "orgID": b["orgID"]} for b in services.resources.find("buckets")
            ]
            yield services.points.engine, [_named(every, name) for name in buckets]
        return
    from influxctl.engine.engine import Engine
    from influxctl.engine.model import EngineOptions

    with tempfile.TemporaryDirectory(prefix="influxctl-") as folder:
        draft = Path(folder)
        found = _copy_from_server(draft, call, lambda m: bool({m["bucketID"], m["bucketName"]} & set(buckets)))
        every = [{"id": m["bucketID"], "name": m["bucketName"], "orgID": m["organizationID"]} for m in found]
        chosen = [_named(every, name) for name in buckets]
        with closing(Engine.open(draft / ENGINE, options=EngineOptions(sync=False, background=False))) as engine:
            yield engine, chosen


def _named(buckets: Sequence[Doc], name: str) -> Doc:
    """A bucket by ID or name; of several organizations' buckets of one name none is the right one."""
    found = [b for b in buckets if b["id"] == name] or [b for b in buckets if b["name"] == name]
    if not found:
        raise NotFound(f"there is no bucket {name!r}", hint="'influxctl local stats' shows what there is")
    if len(found) > 1:
        ids = ", ".join(b["id"] for b in found)
        raise Conflict(f"there are {len(found)} buckets {name!r}", hint=f"name one by its ID: {ids}")
    return found[0]


def restore(snapshot: Path, target: Path) -> None:
    """Put a snapshot in the place of a data directory, after everything in it was checked. The snapshot stays."""
    from influxctl.offline.condition import examine

    if not (snapshot / METADATA).exists():
        raise NotFound(f"{snapshot} is no snapshot: it has no {METADATA}")
    problems = examine(snapshot).problems
    if problems:
        raise InfluxctlError(
            f"{snapshot} is damaged: {problems[0].file}: {problems[0].what}",
            hint=f"'influxctl local check --repair --data-dir {snapshot}' keeps what is intact",
        )
    _must_be_free(target)
    draft = _draft(target)
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    try:
        shutil.copytree(snapshot, draft, dirs_exist_ok=True, ignore=shutil.ignore_patterns("server.*", "lock"))
        for path in [draft, *draft.rglob("*")]:
            _sync(path)
        _must_be_free(target)
        if target.exists():
            target.rename(old)
        draft.rename(target)
        _sync_dir(target.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if old.exists() and not target.exists():
            old.rename(target)
        shutil.rmtree(old, ignore_errors=True)


def metadata_problem(path: Path) -> str:
    """What SQLite's own check says of the metadata, "" when all is well."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            rows = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        return str(error)
    if rows != ["ok"]:
        return "; ".join(rows)
    return f"{len(broken)} rows refer to nothing" if broken else ""


def write_file(path: Path, data: bytes) -> None:
    """A new file that only its owner may read, synced."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def _copy_file(source: Path, target: Path) -> None:
    write_file(target, source.read_bytes())


def _must_exist(source: Path) -> None:
    if not (source / METADATA).exists():
        raise NotFound(f"there is no data in {source}")


def _must_be_free(target: Path) -> None:
    found = running(target)
    if found is not None:
        raise Conflict(f"{target} is served by process {found.pid}", hint="stop it first: influxctl local stop")


def _draft(target: Path) -> Path:
    """A folder beside the target, which becomes it at the end."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))  # mode 0700
    except OSError as error:
        raise Unavailable(f"cannot make a folder beside {target}: {error.strerror or error}") from None


def _sync(path: Path) -> None:
    if path.is_dir():
        _sync_dir(path)
    else:
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _sync_dir(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
