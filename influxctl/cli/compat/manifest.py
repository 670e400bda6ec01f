"""Back-ups on disk: a folder with a manifest (`TIME.manifest`) for each back-up and the files that it names."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from influxctl.cli.compat.call import Failed

LEVELS = {"default": 6, "full": 9, "speedy": 1}
SUFFIX = ".manifest"
_PACKED = ("gzip", 1)  # how manifests say that a file is packed: by name; by number in those of early versions
_CHUNK = 1 << 20


class Folder:
    """The folder of a back-up that is being made: files named after its time, packed or not."""

    def __init__(self, path: Path, stamp: str, *, packed: bool, level: str) -> None:
        self.path = path
        self.stamp = stamp
        self.packed = packed
        self.level = LEVELS[level]
        path.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, chunks: Iterable[bytes]) -> dict[str, object]:
        """Write a file; what the manifest says of it."""
        file = self.path / f"{self.stamp}.{name}{'.gz' if self.packed else ''}"
        with open(file, "wb") as raw:
            stream = gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=self.level) if self.packed else raw
            for chunk in chunks:
                stream.write(chunk)
            if stream is not raw:
                stream.close()
        return {"fileName": file.name, "size": file.stat().st_size, "compression": "gzip" if self.packed else "none"}

    def finish(self, manifest: Mapping[str, object]) -> None:
        """Write the manifest, last: without it there is no back-up."""
        (self.path / f"{self.stamp}{SUFFIX}").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """The manifest of the newest back-up of a folder; buckets that only older ones have are taken from those."""
    found = sorted(path.glob(f"*{SUFFIX}"), reverse=True)
    if not found:
        raise Failed(f'no backup manifests found at "{path}"')
    merged: dict[str, Any] = {}
    for file in found:
        try:
            one = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise Failed(f'failed to read backup manifest at "{file}": {error}') from None
        known = {bucket["bucketID"] for bucket in merged.get("buckets", ())}
        new = [bucket for bucket in one.get("buckets") or () if bucket["bucketID"] not in known]
        merged = {**one, **merged, "buckets": [*merged.get("buckets", ()), *new]}
    return merged


def chunks(path: Path, entry: Mapping[str, Any]) -> Iterator[bytes]:
    """The content of a file of a back-up, unpacked."""
    file = path / str(entry["fileName"])
    if not file.is_file():
        raise Failed(f'the backup lacks its file "{file}"')
    with open(file, "rb") as raw:
        packed = entry.get("compression") in _PACKED
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw, mode="rb")) if packed else raw
        while chunk := stream.read(_CHUNK):
            yield chunk


def check(path: Path, manifest: Mapping[str, Any]) -> None:
    """Refuses a back-up whose files are not all there, before anything on the server is changed."""
    entries = [manifest.get("kv"), manifest.get("sql")]
    entries += [shard for bucket in manifest["buckets"] for shard in shards(bucket)]
    for entry in entries:
        if entry and not (path / str(entry["fileName"])).is_file():
            raise Failed(f'the backup lacks its file "{path / str(entry["fileName"])}"')


def shards(bucket: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The shards of a bucket of a manifest that have a file, those of deleted groups left out."""
    for policy in bucket.get("retentionPolicies") or ():
        for group in policy.get("shardGroups") or ():
            if not group.get("deletedAt"):
                yield from (shard for shard in group.get("shards") or () if shard.get("fileName"))
