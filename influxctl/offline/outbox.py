"""Writes that wait: batches of lines in a durable queue a profile, delivered later, in order, at least once.

Lines get their timestamp when they are read, so that delivering a batch twice changes nothing. A line that the server refuses is kept in
`refused.lp` beside the queue before its batch is acknowledged: nothing is dropped silently.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from influxctl.client.batch import BatchOptions, Progress, Writer
from influxctl.client.client import Client
from influxctl.client.lines import Rejected, numbered_pieces
from influxctl.core.errors import Exit, InfluxctlError, UsageError
from influxctl.engine.files import FILE_MODE, io_errors
from influxctl.spool.queue import Queue, Record

MAX_BYTES = 1 << 30
REFUSED = "refused.lp"
_SIZE = re.compile(r"(\d+)\s*(B|kB|MB|GB)?\Z")
_UNITS = {"": 1, "B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


def parse_size(text: str) -> int:
    """`500MB` as bytes; `UsageError` for anything else."""
    match = _SIZE.match(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a size", hint="write it like 500MB or 2GB")
    return int(match[1]) * _UNITS[match[2] or ""]


@dataclass
class Outbox:
    """The queue of one profile."""

    folder: Path
    max_bytes: int = MAX_BYTES
    queue: Queue = field(init=False)

    def __post_init__(self) -> None:
        self.queue = Queue(self.folder, max_bytes=self.max_bytes)

    @classmethod
    def of(cls, state: Path, profile: str, max_bytes: int = MAX_BYTES) -> Outbox:
        """The queue of a profile in the state folder."""
        return cls(state / "queues" / quote(profile, safe=""), max_bytes)

    @property
    def waits(self) -> bool:
        """Whether anything waits."""
        return self.queue.peek() is not None

    def deliver(
        self,
        client: Client,
        org: Callable[[], str],
        options: BatchOptions,
        reject: Callable[[Rejected], None] = lambda rejected: None,
        progress: Callable[[Progress], None] = lambda progress: None,
    ) -> Progress:
        """Send all that waits, oldest first; each batch is acknowledged when the server has it. `org` names the organization of
        batches that were queued without one."""
        total = Progress()
        with self.queue.delivering():
            while (record := self.queue.peek()) is not None:
                refused: list[Rejected] = []
                meta = record.meta
                target: dict[str, object] = {"bucket": meta["bucket"], "org": meta.get("org") or org()}
                made = BatchOptions(
                    precision=meta["precision"], lines=options.lines, gzip=options.gzip, rate=options.rate
                )
                done = Writer(client, target, made, reject=refused.append).write(numbered_pieces([record.body]))
                self._keep(refused, meta)
                self.queue.acknowledge(record)
                for line in refused:
                    reject(line)
                total.written += done.written
                total.rejected += done.rejected
                total.batches += 1
                total.bytes += len(record.body)
                progress(total)
        return total

    def _keep(self, refused: list[Rejected], meta: Mapping[str, str]) -> None:
        """Lines that the server will never take, with the reason, durable."""
        if not refused:
            return
        path = self.folder / REFUSED
        text = b"".join(
            f"# bucket {meta['bucket']}, precision {meta['precision']}: {' '.join(line.reason.split())}\n".encode()
            + line.text
            + b"\n"
            for line in refused
        )
        with io_errors(path):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE)
            with os.fdopen(handle, "ab") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())

    def figures(self, profile: str) -> Iterator[dict[str, object]]:
        """What waits, by bucket."""
        found: dict[str, dict[str, object]] = {}
        for record in self.queue.records():
            bucket = record.meta["bucket"]
            row = found.setdefault(bucket, {"profile": profile, "bucket": bucket, "batches": 0, "lines": 0, "bytes": 0,
                                            "oldest": record.arrived})  # fmt: skip
            row["batches"] = _add(row["batches"], 1)
            row["lines"] = _add(row["lines"], _lines(record))
            row["bytes"] = _add(row["bytes"], len(record.body))
        yield from found.values()


def outboxes(state: Path) -> Iterator[tuple[str, Outbox]]:
    """Every profile that has a queue."""
    folder = state / "queues"
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_dir():
                yield unquote(path.name), Outbox(path)


@dataclass
class Spool:
    """Where the batches of a write go: all of them into the queue, or from the first on that the server could not be given."""

    outbox: Outbox
    open: bool
    queued: int = 0

    def put(self, writer: Writer, body: bytes) -> None:
        """Queue a batch."""
        target = writer.target
        meta = {
            "bucket": str(target["bucket"]),
            "org": str(target.get("org") or ""),
            "precision": writer.options.precision,
        }
        self.outbox.queue.append(meta, body)
        self.open = True
        self.queued += sum(1 for _ in _each(body))


class QueueWriter(Writer):
    """A writer that queues what it cannot send; batches behind a queued one are queued too, as they must not overtake it."""

    spool: Spool

    def _post(self, body: bytes) -> None:
        if not self.spool.open:
            try:
                super()._post(body)
                return
            except InfluxctlError as error:
                if error.exit not in (Exit.UNREACHABLE, Exit.RATE_LIMITED):
                    raise
        self.spool.put(self, body)


def _each(body: bytes) -> Iterator[int]:
    for piece in numbered_pieces([body]):
        yield from range(1) if isinstance(piece, tuple) else range(piece.count)


def _lines(record: Record) -> int:
    return sum(1 for _ in _each(record.body))


def _add(value: object, more: int) -> int:
    return int(str(value)) + more
