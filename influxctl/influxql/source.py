"""Source: all that InfluxQL can touch. The server implements it over the engine with the caller's permissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from influxctl.core.columns import Block, ColumnType
from influxctl.core.readspec import Predicate, ReadSpec
from influxctl.core.times import now_ns


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """A database and a retention policy of it, mapped to a bucket. Times in nanoseconds, 0 is for ever."""

    database: str
    name: str
    bucket_id: str
    default: bool
    duration: int = 0
    shard_duration: int = 604_800_000_000_000


Series = tuple[str, tuple[tuple[str, str], ...]]  # measurement, and tags sorted by key


class Source(Protocol):
    """Databases and their points, with the caller's permissions."""

    def policies(self, database: str | None = None) -> Sequence[RetentionPolicy]:
        """The retention policies of a database, or of all, that the caller may read, in the order in which SHOW lists them."""

    def read(self, spec: ReadSpec) -> Iterator[Block]:
        """Points, shaped as `ReadSpec` says."""

    def measurements(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Names of measurements with points in the range, sorted."""

    def field_types(self, bucket_id: str, measurement: str) -> Mapping[str, ColumnType]:
        """The fields of a measurement and their types."""

    def tag_keys(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Tag keys of the matching series, sorted."""

    def tag_values(self, bucket_id: str, tag: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Values of a tag among the matching series, sorted."""

    def series(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[Series]:
        """The matching series, sorted by measurement and tags."""

    def delete(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> None:
        """Delete points from start to stop, both included; checks the permission to write."""


@dataclass(frozen=True)
class Session:
    """One request: where data comes from, the database and policy it named, and the present time in nanoseconds."""

    source: Source
    database: str = ""
    policy: str = ""
    now: int = field(default_factory=now_ns)
    check: Callable[[], None] = field(default=lambda: None)  # raises when the run was cancelled
