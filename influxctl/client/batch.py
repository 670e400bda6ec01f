"""Writes lines in batches, in constant memory, so that every good line arrives and every refused one is named.

Lines without a timestamp get one when they are read: a batch may then be sent any number of times with the same effect. On that
rest the tries after a lost answer and the search for refused lines:

* 413: the batch is halved, and later ones are made smaller;
* 429 and 503: the client waits and tries again; later batches are half as large, and grow again while the server keeps up;
* 400 (nothing of the batch was written): lines that the message quotes are taken out and the others sent again; if it quotes
  none of ours, the batch is halved until the bad lines stand alone;
* 422 (partial write: the others are written): lines that the message describes (type conflict, retention) are taken out, and
  what then still is refused is halved in the same way.

Batches are sent by threads (`lanes`), so that the next one is made while the server is at work. With one lane (the default) they
arrive in order, which matters where two lines are the same point; progress and refused lines are reported in order with any number.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock

from influxctl.client.blame import about_lines, blamed
from influxctl.client.client import Client
from influxctl.client.lanes import Lanes
from influxctl.client.lines import Line, Piece, Rejected, Run
from influxctl.core.errors import InfluxctlError, Invalid, TooLarge, Unprocessable, UsageError
from influxctl.core.stamps import lacks_timestamp

UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|MB)(?:\s*/?\s*(\d*)\s*(s|sec|m|min))?\Z")
MIN_LINES, MIN_BYTES = 100, 16 << 10  # batches of a busy server do not get smaller than this
_SIZES = {"B": 1, "kB": 1024, "MB": 1024 * 1024}


@dataclass
class Progress:
    """How far a write is. Bytes are those of line protocol, `sent` those on the wire."""

    lines: int = 0
    written: int = 0
    rejected: int = 0
    batches: int = 0
    bytes: int = 0
    sent: int = 0
    last_line: int = 0  # number of the last source line that was written or rejected
    next_line: int = 1  # number of the first one that was not


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """`lines` and `bytes` bound a batch, `max_line` is the longest line that is sent, `rate` is in bytes of lines a second.

    `parallel` is the number of connections.
    """

    precision: str = "ns"
    lines: int = 5000
    bytes: int = 4 << 20
    max_line: int = 16 << 20
    gzip: bool = True
    rate: float | None = None
    parallel: int = 1


@dataclass
class Batch:
    """Lines that go out together, and what became of them."""

    pieces: list[Piece] = field(default_factory=list)
    lines: int = 0
    size: int = 0
    written: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    last_line: int = 0  # number of the last line
    next_line: int = 1  # number of the line behind it, which may itself take several

    def add(self, piece: Piece) -> None:
        """One piece more."""
        self.pieces.append(piece)
        if isinstance(piece, Run):
            self.lines += piece.count
            self.size += len(piece.text) + 1
            self.next_line = piece.number + piece.count
            self.last_line = self.next_line - 1
        else:
            self.lines += 1
            self.size += len(piece[1]) + 1
            self._pass(*piece)

    def refuse(self, rejected: Rejected) -> None:
        """A line that is not even sent."""
        self.rejected.append(rejected)
        self._pass(rejected.line, rejected.text)

    def _pass(self, number: int, text: bytes) -> None:
        self.last_line, self.next_line = number, number + text.count(b"\n") + 1

    @property
    def text(self) -> bytes:
        """All lines."""
        return b"\n".join([piece.text if isinstance(piece, Run) else piece[1] for piece in self.pieces])

    def each(self) -> list[Line]:
        """The lines one by one."""
        return [line for piece in self.pieces for line in (piece.lines() if isinstance(piece, Run) else (piece,))]


def parse_rate(text: str) -> float:
    """`5MB/5min`, `100kB/s`, `1MB` (a second) as bytes a second; `UsageError` for anything else."""
    match = _RATE.match(text.strip())
    if match is None or float(match[1]) == 0:
        raise UsageError(f"{text!r} is not a rate", hint="write it like 500kB/s or 5MB/5min")
    seconds = int(match[3] or 1) * (60 if (match[4] or "s").startswith("m") else 1)
    if seconds == 0:
        raise UsageError(f"{text!r} is not a rate: the time is zero")
    return float(match[1]) * _SIZES[match[2]] / seconds


@dataclass
class Writer:
    """Writes to one bucket. `target` is the query of PostWrite: `bucket` and `org` or `orgID`.

    `reject` is called with each refused line, `progress` after each batch, both from the threads that send, one at a time and in
    the order of the lines. `base` makes the timestamps of lines that have none: `base` plus the number of the line, in nanoseconds,
    so that a second reading of the source gives the same. `sleep` and `clock` are replaced in tests.
    """

    client: Client
    target: Mapping[str, object]
    options: BatchOptions = field(default_factory=BatchOptions)
    reject: Callable[[Rejected], None] = lambda rejected: None
    progress: Callable[[Progress], None] = lambda progress: None
    headers: Mapping[str, str] | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], int] = time.time_ns
    base: int | None = None

    def __post_init__(self) -> None:
        if self.options.precision not in UNITS:
            raise UsageError(f"{self.options.precision!r} is not a precision", hint="use ns, us, ms or s")
        self.done = Progress()
        self._unit = UNITS[self.options.precision]
        self._most_lines, self._most_bytes = self.options.lines, self.options.bytes
        self._bytes_limit = self.options.bytes  # what a 413 leaves of it
        self._lock = Lock()
        self._free_at = 0.0  # when the rate allows the next batch

    def write(self, lines: Iterable[Piece]) -> Progress:
        """Writes all lines. An error that concerns no single line ends it; its `details` say how far it came."""
        lanes = Lanes(self._deliver, self._acknowledge, self.options.parallel)
        try:
            for batch in self._batches(lines):
                self._wait_for_rate(batch.size)
                lanes.put(batch)
            lanes.finish()
        except BaseException as error:
            lanes.stop()
            if isinstance(error, InfluxctlError):
                done = self.done
                error.details |= {"written": done.written, "rejected": done.rejected, "last_line": done.last_line}
            raise
        return self.done

    def _batches(self, pieces: Iterable[Piece]) -> Iterator[Batch]:
        """The lines in batches as large as the options and the server allow now."""
        batch = Batch()
        for piece in self._sendable(pieces):
            if isinstance(piece, Rejected):
                batch.refuse(piece)
                continue
            size = len(piece.text if isinstance(piece, Run) else piece[1])
            if batch.pieces and (batch.lines >= self._most_lines or batch.size + size >= self._most_bytes):
                yield batch
                batch = Batch()
            rest: Piece = piece
            while isinstance(rest, Run) and rest.count > (free := max(1, self._most_lines - batch.lines)):
                first, rest = rest.split(free)
                batch.add(first)
                yield batch
                batch = Batch()
            batch.add(rest)
        if batch.pieces or batch.rejected:
            yield batch

    def _sendable(self, pieces: Iterable[Piece]) -> Iterator[Piece | Rejected]:
        """Without blank lines and comments, each line with a timestamp, none too long."""
        for piece in pieces:
            if isinstance(piece, Run):
                if len(piece.text) <= min(self.options.max_line, self._most_bytes):
                    self.done.lines += piece.count
                    yield piece
                else:
                    yield from self._sendable(piece.lines())
                continue
            number, line = piece
            text = line.strip(b" \t\r\0")
            if not text or text[:1] == b"#":
                continue
            if lacks_timestamp(text):
                now = self.now() if self.base is None else self.base + number
                text = b"%s %d" % (text, now // self._unit)
            self.done.lines += 1
            if len(text) > self.options.max_line:
                yield Rejected(number, f"the line has more than {self.options.max_line} bytes", text)
            else:
                yield number, text

    def _acknowledge(self, batch: Batch) -> None:
        """Called for one batch after the other, in order."""
        with self._lock:
            self._count(batch)
            self.done.batches += bool(batch.pieces)
            self.done.bytes += batch.size
            self.done.last_line, self.done.next_line = batch.last_line, batch.next_line
            self.progress(self.done)

    def _count(self, batch: Batch) -> None:
        self.done.written += batch.written
        self.done.rejected += len(batch.rejected)
        for rejected in batch.rejected:
            self.reject(rejected)

    def _wait_for_rate(self, size: int) -> None:
        if self.options.rate:
            wait = self._free_at - self.clock()
            if wait > 0:
                self.sleep(wait)
            self._free_at = max(self._free_at, self.clock()) + size / self.options.rate

    def _deliver(self, batch: Batch) -> None:
        """Gets a batch written, in parts where it must be."""
        if not batch.pieces:
            return
        try:
            try:
                self._post(batch.text)
                batch.written = batch.lines
            except (TooLarge, Invalid, Unprocessable) as error:
                lines = batch.each()
                todo = self._after(error, lines, batch)
                while todo:
                    part = todo.pop()
                    try:
                        self._post(b"\n".join([text for _, text in part]))
                        batch.written += len(part)
                    except (TooLarge, Invalid, Unprocessable) as again:
                        todo += self._after(again, part, batch)
        except BaseException:
            with self._lock:
                self._count(batch)  # what is known of a batch that failed half-way
            raise

    def _after(self, error: InfluxctlError, part: list[Line], batch: Batch) -> list[list[Line]]:
        """What is to be sent, the last first, after a part was refused."""
        if isinstance(error, TooLarge):
            self._bytes_limit = self._most_bytes = max(1024, sum(len(text) + 1 for _, text in part) // 2)
            return _halves(part, error.message, batch)
        if not about_lines(error):
            raise error
        bad = blamed(error, part, self._unit)
        if not bad:
            return _halves(part, error.message, batch)
        batch.rejected += [Rejected(part[index][0], bad[index], part[index][1]) for index in sorted(bad)]
        good = [line for index, line in enumerate(part) if index not in bad]
        return [good] if good else []  # again also after a 422: it may hide a second reason

    def _post(self, body: bytes) -> None:
        headers = dict(self.headers or {})
        if self.options.gzip:
            packer = zlib.compressobj(1, zlib.DEFLATED, 31)  # level 1: the line is seldom the bottleneck; 31: gzip
            body = packer.compress(body) + packer.flush()
            headers["Content-Encoding"] = "gzip"
        self.done.sent += len(body)
        query = {**self.target, "precision": self.options.precision}
        answer = self.client.call("PostWrite", query=query, body=body, headers=headers)
        self._adapt(answer.busy)

    def _adapt(self, busy: int) -> None:
        """Smaller batches after a server had to be waited for, larger ones while it keeps up."""
        options = self.options
        if busy:
            self._most_lines = max(min(MIN_LINES, options.lines), self._most_lines // 2)
            self._most_bytes = max(min(MIN_BYTES, self._bytes_limit), self._most_bytes // 2)
        else:
            self._most_lines = min(options.lines, self._most_lines + max(1, options.lines // 20))
            self._most_bytes = min(self._bytes_limit, self._most_bytes + max(1, options.bytes // 20))


def _halves(part: list[Line], reason: str, batch: Batch) -> list[list[Line]]:
    """The two halves of a part, the first one last; a single line is rejected instead."""
    if len(part) == 1:
        batch.rejected.append(Rejected(part[0][0], reason, part[0][1]))
        return []
    middle = len(part) // 2
    return [part[middle:], part[:middle]]
