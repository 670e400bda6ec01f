"""The protocols through which Flux touches anything outside itself: data, secrets, network, clock.

`World` bundles them for one run. The server's bridge (`local.query.bridge`) implements them with the caller's permissions; tests and
file queries bring their own. A method that is not allowed raises an `InfluxctlError` with the right code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from influxctl.core.columns import Block
from influxctl.core.readspec import Predicate, ReadSpec
from influxctl.core.times import now_ns


@dataclass(frozen=True, slots=True)
class BucketInfo:
    """What `buckets()` and `from()` know of a bucket. `retention_ns` 0 means for ever."""

    id: str
    name: str
    org_id: str
    retention_ns: int = 0


class Source(Protocol):
    """Data to read. Buckets are looked up with the caller's permissions: NotFound (404) if it may not know of one."""

    def find_bucket(
        self, *, name: str | None = None, id: str | None = None, org: str | None = None, org_id: str | None = None
    ) -> BucketInfo:
        """The bucket that `from(bucket:)` names; checks the permission to read it."""

    def list_buckets(self) -> Sequence[BucketInfo]:
        """The buckets of the organization that the caller may read, sorted by name."""

    def read(self, spec: ReadSpec) -> Iterator[Block]:
        """Points, shaped as `ReadSpec` says."""

    def measurements(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Names of measurements with points in the range, sorted."""

    def tag_keys(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Tag keys of the matching series, sorted, without `_measurement` and `_field`."""

    def tag_values(self, bucket_id: str, tag: str, start: int, stop: int, predicate: Predicate | None) -> list[str]:
        """Values of a tag (or `_measurement`, `_field`) among the matching series, sorted."""

    def cardinality(self, bucket_id: str, start: int, stop: int, predicate: Predicate | None) -> int:
        """How many series (a measurement and a tag set; fields do not count) match."""


class Sink(Protocol):
    """Where `to()` writes."""

    def find_bucket(
        self, *, name: str | None = None, id: str | None = None, org: str | None = None, org_id: str | None = None
    ) -> BucketInfo:
        """The bucket that `to(bucket:)` names; checks the permission to write it."""

    def write(self, bucket_id: str, lines: bytes) -> None:
        """Line protocol with nanosecond times."""


class Secrets(Protocol):
    """The secrets of the organization."""

    def get(self, key: str) -> str:
        """The value, or NotFound (404)."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer from the network: status, headers by lower-case name, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http(Protocol):
    """The network, for http, requests, slack and the like."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> HttpAnswer:
        """One request; `Unavailable` when it cannot be made."""


@dataclass(frozen=True)
class World:
    """All that one run of a script can touch. None: the script may not use it."""

    source: Source | None = None
    sink: Sink | None = None
    secrets: Secrets | None = None
    http: Http | None = None
    clock: Callable[[], int] = now_ns
    org_id: str = ""
    check: Callable[[], None] = field(
        default=lambda: None
    )  # raises when the run was cancelled or is over a limit; called between blocks
    memory_limit: int = 512 << 20  # bytes that one run may hold in blocks it must gather
