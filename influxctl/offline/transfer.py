"""Points from one server to another: in slices of time that grow and shrink with what is in them, each acknowledged before the next.

The journal learns of a slice when all its lines were acknowledged. A transfer that was cut off begins at the slice it was in; sending
points again changes nothing, because they carry their times. At the end both sides are counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from influxctl.client.batch import BatchOptions, Progress, Writer
from influxctl.client.client import Client
from influxctl.client.lines import Rejected
from influxctl.client.paging import pages
from influxctl.core.errors import NotFound
from influxctl.core.times import NS
from influxctl.offline.journal import Journal
from influxctl.offline.readers import EngineReader, FluxReader, Reader

SLICE_LINES = 200_000  # lines that a slice should have: seconds of work, so that little is done again after a kill
SLICE_SECONDS = 10.0
FIRST_SLICE = NS["h"]


@dataclass
class End:
    """One end of a transfer: a server, the organization there, and what people call it."""

    client: Client
    org_id: str
    name: str

    def bucket(self, name: str) -> dict[str, Any] | None:
        """The bucket with this name."""
        found = pages(self.client, "GetBuckets", {"orgID": self.org_id, "name": name})
        try:
            return next((bucket for bucket in found if bucket["name"] == name), None)
        except NotFound:  # the way some servers say that a filter matches nothing
            return None

    def buckets(self) -> list[dict[str, Any]]:
        """All buckets that users made."""
        found = pages(self.client, "GetBuckets", {"orgID": self.org_id})
        return [bucket for bucket in found if bucket.get("type") != "system"]

    def reader(self, bucket: Mapping[str, Any]) -> Reader:
        """The way to read a bucket: straight from the engine if this process has it."""
        adapter = self.client.session.get_adapter(self.client.base_url)
        app = getattr(adapter, "app", None)
        if app is not None:
            return EngineReader(app.services.points.engine, str(bucket["id"]))
        return FluxReader(self.client, self.org_id, str(bucket["name"]))


@dataclass
class Count:
    """How many field values a measurement has on both sides."""

    bucket: str
    measurement: str
    source: int
    target: int

    @property
    def status(self) -> str:
        """`same`, `missing` (the target has fewer) or `more`."""
        return "same" if self.source == self.target else "missing" if self.target < self.source else "more"

    def row(self) -> dict[str, object]:
        """As a row of output."""
        return {"bucket": self.bucket, "measurement": self.measurement, "source": self.source, "target": self.target,
                "status": self.status}  # fmt: skip


@dataclass
class Transfer:
    """Copies buckets from one end to the other. `progress` is called after each batch, `reject` with each refused line."""

    source: End
    target: End
    options: BatchOptions = field(default_factory=BatchOptions)
    reject: Callable[[str, Rejected], None] = lambda bucket, rejected: None
    progress: Callable[[str, Progress, int], None] = lambda bucket, progress, at: None
    clock: Callable[[], float] = time.monotonic

    def copy(
        self, bucket: str, start: int, stop: int, journal: Journal | None = None, measurements: Sequence[str] = ()
    ) -> Progress:
        """Copies the points of a range; with a journal only those that it does not know of."""
        reader = self._reader(bucket)
        writer = self._writer(bucket)
        span = reader.span(start, stop)
        if span is None:
            return writer.done
        at, end = max(start, span[0]), min(stop, span[1] + 1)
        known = journal.through(bucket) if journal is not None else None
        at = at if known is None else max(at, known)
        width = FIRST_SLICE
        while at < end:
            upto = min(at + width, end)
            writer.progress = self._progress_at(bucket, upto)
            lines, began = writer.done.lines, self.clock()
            writer.write(reader.lines(at, upto, measurements))
            if journal is not None:
                journal.reach(bucket, upto)
            width = _next_width(width, writer.done.lines - lines, self.clock() - began)
            at = upto
        return writer.done

    def compare(self, bucket: str, start: int, stop: int) -> list[Count]:
        """The measurements of the source and how many field values they have on both sides."""
        here = self._reader(bucket).counts(start, stop)
        there: dict[str, int] = {}
        found = self.target.bucket(bucket)
        if found is not None:
            there = self.target.reader(found).counts(start, stop)
        return [Count(bucket, name, count, there.get(name, 0)) for name, count in sorted(here.items())]

    def _reader(self, bucket: str) -> Reader:
        found = self.source.bucket(bucket)
        if found is None:
            raise NotFound(f"{self.source.name} has no bucket {bucket!r}")
        return self.source.reader(found)

    def _writer(self, bucket: str) -> Writer:
        if self.target.bucket(bucket) is None:
            raise NotFound(f"{self.target.name} has no bucket {bucket!r}", hint="create it, or use --resources")
        return Writer(
            self.target.client,
            {"bucket": bucket, "org": self.target.org_id},
            self.options,
            reject=lambda rejected: self.reject(bucket, rejected),
        )

    def _progress_at(self, bucket: str, upto: int) -> Callable[[Progress], None]:
        return lambda progress: self.progress(bucket, progress, upto)


def _next_width(width: int, lines: int, seconds: float) -> int:
    """How long the next slice is, given what this one held."""
    if lines > SLICE_LINES or seconds > SLICE_SECONDS:
        return max(1, width // 2)
    if lines == 0:
        return width * 8
    return width * 2 if lines < SLICE_LINES // 2 and seconds < SLICE_SECONDS / 2 else width
