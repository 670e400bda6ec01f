"""The manifest: one small JSON file that names all that belongs to a data directory; what it does not name is removed at start.

It is replaced as a whole (temporary file, sync, rename, sync of the directory), so every flush and compaction happens at once or not at
all. First line: magic, version and crc32 of the rest. Beside it: catalogs, the series keys of a bucket in the order of their numbers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

from influxctl.core.errors import Unavailable
from influxctl.engine.files import Files, io_errors
from influxctl.engine.series import BucketIndex, Measurement

VERSION = 1


class BadFile(ValueError):
    """A file with a wrong head or checksum."""


def seal(kind: str, data: Any) -> bytes:
    """JSON with a head that names its kind, version and checksum."""
    text = json.dumps(data, separators=(",", ":")).encode()
    return f"influxctl-{kind} {VERSION} {crc32(text):08x}\n".encode() + text


def unseal(kind: str, data: bytes, path: Path) -> Any:
    """What `seal` wrote; BadFile when it is damaged, Unavailable when its version is another one."""
    head, _, text = data.partition(b"\n")
    parts = head.split(b" ")
    if len(parts) != 3 or parts[0] != f"influxctl-{kind}".encode() or not parts[1].isdigit():
        raise BadFile(f"{path} is no {kind}")
    if int(parts[1]) != VERSION:
        raise Unavailable(f"{path} has version {int(parts[1])}, this program reads version {VERSION}",
                          hint="open it with the program that wrote it and export the data")  # fmt: skip
    if f"{crc32(text):08x}".encode() != parts[2]:
        raise BadFile(f"{path} has a wrong checksum")
    return json.loads(text)


@dataclass
class BucketEntry:
    """What the manifest says of a bucket. A segment: file name, order, tombstones as JSON."""

    retention_ns: int = 0
    shard_ns: int = 0
    catalog: str = ""
    segments: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Manifest:
    """`log`: the number of the first log file that is still needed. `next`: the next number for files and for the order of segments."""

    log: int = 0
    next: int = 1
    buckets: dict[str, BucketEntry] = field(default_factory=dict)

    def save(self, files: Files, path: Path) -> None:
        """Write it durably."""
        buckets = {name: vars(entry) for name, entry in self.buckets.items()}
        files.replace(path, seal("manifest", {"log": self.log, "next": self.next, "buckets": buckets}))

    @classmethod
    def load(cls, path: Path) -> Manifest | None:
        """Read it; None when there is none, BadFile when it is damaged."""
        if not path.exists():
            return None
        with io_errors(path):
            data = path.read_bytes()
        content = unseal("manifest", data, path)
        buckets = {name: BucketEntry(**entry) for name, entry in content["buckets"].items()}
        return cls(content["log"], content["next"], buckets)


def save_catalog(files: Files, path: Path, index: BucketIndex) -> None:
    """Write the series of a bucket, by measurement, in the order of their numbers."""
    content = {name: m.dump() for name, m in list(index.measurements.items())}
    files.replace(path, seal("catalog", content))


def load_catalog(path: Path, index: BucketIndex) -> None:
    """Read the series of a bucket; BadFile when it is damaged."""
    with io_errors(path):
        data = path.read_bytes()
    try:
        index.measurements.update(
            (name, Measurement.load(name, dump)) for name, dump in unseal("catalog", data, path).items()
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadFile(f"{path} is no catalog that this program understands: {error}") from None
