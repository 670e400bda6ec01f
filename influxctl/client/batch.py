"""Writes lines in batches, in constant memory, so that every good line arrives and every refused one is named.

Lines without a timestamp get one when they are read: a batch may then be sent any number of times with the same effect. On that
rest the tries after a lost answer and the search for refused lines:

* 413: the batch is halved, and later ones are made smaller;
* 400 (nothing of the batch was written): lines that the message quotes are taken out and the others sent again; if it quotes
  none of ours, the batch is halved until the bad lines stand alone;
* 422 (partial write: the others are written): lines that the message describes (type conflict, retention) are taken out, and
  what then still is refused is halved in the same way.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from influxctl.client.blame import about_lines, blamed
from influxctl.client.client import Client
from influxctl.client.lines import Line, Rejected, lacks_timestamp
from influxctl.core.errors import InfluxctlError, Invalid, TooLarge, Unprocessable, UsageError

UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|MB)(?:\s*/?\s*(\d*)\s*(s|sec|m|min))?\Z")
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


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """`lines` and `bytes` bound a batch, `max_line` is the longest line that is sent, `rate` is in bytes of lines a second."""

    precision: str = "ns"
    lines: int = 5000
    bytes: int = 4 << 20
    max_line: int = 16 << 20
    gzip: bool = True
    rate: float | None = None


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

    `reject` is called with each refused line, `progress` after each batch. `sleep` and `clock` are replaced in tests.
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

    def __post_init__(self) -> None:
        if self.options.precision not in UNITS:
            raise UsageError(f"{self.options.precision!r} is not a precision", hint="use ns, us, ms or s")
        self.done = Progress()
        self._unit = UNITS[self.options.precision]
        self._most_bytes = self.options.bytes
        self._free_at = 0.0  # when the rate allows the next batch

    def write(self, lines: Iterable[Line]) -> Progress:
        """Writes all lines. An error that concerns no single line ends it; its `details` say how far it came."""
        batch: list[Line] = []
        size = 0
        try:
            for number, line in lines:
                text = line.strip(b" \t\r\0")
                if not text or text[:1] == b"#":
                    continue
                if lacks_timestamp(text):
                    text = b"%s %d" % (text, self.now() // self._unit)
                self.done.lines += 1
                if len(text) > self.options.max_line:
                    self._refuse((number, text), f"the line has more than {self.options.max_line} bytes")
                    continue
                if batch and (len(batch) >= self.options.lines or size + len(text) >= self._most_bytes):
                    self._flush(batch, size)
                    batch, size = [], 0
                batch.append((number, text))
                size += len(text) + 1
            if batch:
                self._flush(batch, size)
        except InfluxctlError as error:
            done = self.done
            error.details |= {"written": done.written, "rejected": done.rejected, "last_line": done.last_line}
            raise
        return self.done

    def _flush(self, batch: list[Line], size: int) -> None:
        self._wait_for_rate(size)
        self._deliver(batch)
        self.done.batches += 1
        self.done.bytes += size
        self.done.last_line = batch[-1][0]
        self.progress(self.done)

    def _wait_for_rate(self, size: int) -> None:
        if self.options.rate:
            wait = self._free_at - self.clock()
            if wait > 0:
                self.sleep(wait)
            self._free_at = max(self._free_at, self.clock()) + size / self.options.rate

    def _deliver(self, batch: list[Line]) -> None:
        """Gets a batch written, in parts where it must be."""
        todo = [batch]
        while todo:
            part = todo.pop()
            try:
                self._post(part)
                self.done.written += len(part)
            except TooLarge as error:
                self._most_bytes = max(1024, sum(len(text) + 1 for _, text in part) // 2)
                todo += self._halves(part, error.message)
            except (Invalid, Unprocessable) as error:
                if not about_lines(error):
                    raise
                bad = blamed(error, part, self._unit)
                if bad:
                    for index in sorted(bad):
                        self._refuse(part[index], bad[index])
                    good = [line for index, line in enumerate(part) if index not in bad]
                    if good:
                        todo.append(good)  # again also after a 422: it may hide a second reason
                else:
                    todo += self._halves(part, error.message)

    def _halves(self, part: list[Line], reason: str) -> list[list[Line]]:
        """The two halves of a part, the first one last; a single line is rejected instead."""
        if len(part) == 1:
            self._refuse(part[0], reason)
            return []
        middle = len(part) // 2
        return [part[middle:], part[:middle]]

    def _refuse(self, line: Line, reason: str) -> None:
        self.done.rejected += 1
        self.reject(Rejected(line[0], reason, line[1]))

    def _post(self, part: list[Line]) -> None:
        body = b"\n".join([text for _, text in part])
        headers = dict(self.headers or {})
        if self.options.gzip:
            packer = zlib.compressobj(1, zlib.DEFLATED, 31)  # level 1: the line is seldom the bottleneck; 31: gzip
            body = packer.compress(body) + packer.flush()
            headers["Content-Encoding"] = "gzip"
        self.done.sent += len(body)
        query = {**self.target, "precision": self.options.precision}
        self.client.call("PostWrite", query=query, body=body, headers=headers)
