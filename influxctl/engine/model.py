"""What callers of the engine hand in and get back: bucket rules, write results, figures, options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from influxctl.core.columns import ColumnType

WEEK_NS = 604_800_000_000_000
Schema = Mapping[str, Mapping[str, ColumnType | Literal["tag"]]]  # measurement -> column -> "tag" or the field's type


@dataclass(frozen=True, slots=True)
class BucketRules:
    """What the engine must know of a bucket: its ID, how long points live (0: for ever), the length of a shard, an explicit schema."""

    id: str
    retention_ns: int = 0
    shard_ns: int = WEEK_NS
    schema: Schema | None = None


class Rejected(NamedTuple):
    """A point that was refused while the rest of its body was written. `kind`: type, retention, schema, length (of a string), or name
    (a field `time`).

    `dropped` is False when only the field `time` was stripped and the rest of the point written. `time` is the point's, in ns.
    """

    line: int
    reason: str
    kind: Literal["type", "retention", "schema", "length", "name"]
    dropped: bool = True
    measurement: str = ""
    field: str = ""
    time: int = 0


@dataclass(frozen=True, slots=True)
class WriteResult:
    """How many points were written, and which were refused."""

    points: int
    rejected: tuple[Rejected, ...] = ()

    @property
    def dropped(self) -> int:
        """How many points were refused as a whole."""
        return sum(r.dropped for r in self.rejected)


@dataclass(frozen=True, slots=True)
class BucketStats:
    """Figures of a bucket. Rows are counted as stored: a row overwritten but not yet merged counts twice. Times in ns, None if empty."""

    measurements: int
    series: int
    rows: int
    values: int
    bytes: int
    memory_rows: int
    segments: int
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Sizes and habits of an engine.

    `sync` False gives up power-loss safety (tests). `flush_bytes` caps the write-ahead log; from `flush_early` on it is flushed when
    the last flush was `flush_seconds` ago, so that few writes do not stay in memory for an hour. `cache_bytes` bounds the decoded blocks;
    they are dropped when nobody asked for them for `cache_seconds`. After `idle_seconds` without a write or read, memory is tidied.
    """

    sync: bool = True
    flush_bytes: int = 32 << 20
    flush_early: int = 8 << 20
    flush_seconds: float = 60.0
    cache_bytes: int = 128 << 20
    cache_seconds: float = 120.0
    background: bool = True
    retention_seconds: float = 60.0
    idle_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Loss:
    """Data that a checksum found damaged: file, place, and what it held as far as that is known."""

    file: str
    place: str
    what: str
    details: Mapping[str, object] = field(default_factory=dict)
