"""`influx write` and `influx write dryrun`: line protocol or CSV to a bucket, or to stdout.

Unlike influx, `write` exits with 1 when rows of CSV were dropped that nobody asked to skip: without `--skipRowOnError` and without an
errors file that has them. The other rows are written as before.
"""

from __future__ import annotations

import gzip
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import closing

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command
from influxctl.cli.compat.inputs import Inputs, open_inputs
from influxctl.cli.compat.table.checks import rate_limit

BATCH = 500_000  # bytes after which a batch is sent
INTERVAL = 10.0  # seconds after which a smaller one is


@command("write dryrun")
def dryrun(call: Call) -> None:
    """Print the lines that would be written, below the name of the organization."""
    call.org(required=False)
    call.print(call.flags.text("org") + "\n")
    with closing(open_inputs(call)) as inputs:
        for piece in inputs.lines():
            call.streams.out.write(piece)


@command("write")
def write(call: Call) -> None:
    """Write in batches; the first one that the server refuses ends it."""
    org = call.org()
    (bucket,) = call.bucket().values()
    query = {"bucket": bucket, "precision": call.flags.text("precision"), "org": org.get("orgID") or org.get("org", "")}
    with closing(open_inputs(call)) as inputs:
        _send(call, query, inputs)


def _send(call: Call, query: dict[str, str], inputs: Inputs) -> None:
    flags = call.flags
    rate, began, sent = rate_limit(flags.text("rate-limit")), time.monotonic(), 0
    try:
        for batch in batches(inputs.lines(), flags.number("max-line-length")):
            if rate:
                time.sleep(max(0.0, began + sent / rate - time.monotonic()))
            call.api("", "PostWrite", query=query, body=gzip.compress(batch, 1), headers={"Content-Encoding": "gzip"})
            sent += len(batch)
    except Failed as error:
        raise Failed(f"failed to write data: {error}") from error
    if inputs.rejected and not inputs.kept and not flags.switch("skipRowOnError"):
        count = inputs.rejected
        raise Failed(
            f"{count} row{'s were' if count > 1 else ' was'} not written; --skipRowOnError accepts that, "
            "--errors-file FILE keeps such rows"
        )


def batches(pieces: Iterator[bytes], longest: int, size: int = BATCH, interval: float = INTERVAL) -> Iterator[bytes]:
    """Whole lines in batches of `size` bytes or a line more, or what came within `interval` seconds; blank batches are left out.

    A line of more than `longest` bytes fails, after the lines before it.
    """
    waiting = _background(pieces)
    held, deadline = b"", time.monotonic() + interval
    ended = False
    while not ended:
        try:
            piece = waiting.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            piece = b""
        if isinstance(piece, BaseException):
            yield from _whole(held, longest)
            raise piece
        ended = piece is None
        held += piece or b""
        while len(held) >= size and (end := held.find(b"\n", size - 1) + 1):
            yield from _whole(held[:end], longest)
            held, deadline = held[end:], time.monotonic() + interval
        if longest < len(held) and b"\n" not in held[: longest + 1]:
            raise Failed("batcher: line too long")
        if time.monotonic() >= deadline:
            end = held.rfind(b"\n") + 1
            yield from _whole(held[:end], longest)
            held, deadline = held[end:], time.monotonic() + interval
    yield from _whole(held, longest)


def _background(pieces: Iterator[bytes]) -> queue.Queue[bytes | BaseException | None]:
    """Reads on while batches are sent; the end is None, an error comes as itself."""
    waiting: queue.Queue[bytes | BaseException | None] = queue.Queue(8)

    def read() -> None:
        try:
            for piece in pieces:
                waiting.put(piece)
        except BaseException as error:
            waiting.put(error)
        else:
            waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    return waiting


def _whole(batch: bytes, longest: int) -> Iterator[bytes]:
    """A batch, unless it is blank, up to a line that is too long."""
    if len(batch) > longest:
        at = 0
        for line in batch.split(b"\n"):
            if len(line) >= longest:
                if batch[:at].strip():
                    yield batch[:at]
                raise Failed("batcher: line too long")
            at += len(line) + 1
    if batch.strip(b"\n"):
        yield batch
