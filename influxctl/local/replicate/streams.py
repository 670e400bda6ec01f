"""Streams: for each replication a durable queue in the data directory and, in a daemon, a thread that empties it.

A write into a replicated bucket is answered when its lines are in the bucket and in the queue, both durable. Lines leave the queue when the
remote has acknowledged them, in order and at least once; they carry their times, so twice is once. What the remote will never take
(400, 413, 422) is dropped if the replication says so, else it is tried until `maxAgeSeconds` have passed.
"""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from influxctl.core.errors import InfluxctlError
from influxctl.core.stamps import stamped
from influxctl.local.replicate.sender import Outcome, Sender
from influxctl.local.store.resources import Doc, Resources
from influxctl.spool.queue import Place, Queue, QueueFull, Record

IDLE_SECONDS = 30.0  # after which an empty queue is looked at again without a wake-up
FIRST_PAUSE, LONGEST_PAUSE, PATIENCE = 0.5, 300.0, 900.0
BODY_BYTES = 2 << 20  # of records that go out together
NS = 1_000_000_000
LATEST = "latest.json"


@dataclass
class Stream:
    """The queue of one replication, what its remote said last, and how its thread is woken."""

    doc: Doc
    queue: Queue
    latest: dict[str, Any] = field(default_factory=dict)
    wake: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    gone: bool = False

    def figures(self) -> Doc:
        """What the API shows of it."""
        size, waiting = self.queue.disk_bytes(), self.queue.waiting_bytes()
        return {"currentQueueSizeBytes": size, "remainingBytesToBeSynced": waiting, **self.latest}

    def say(self, outcome: Outcome) -> None:
        """Remember what the remote said, also over a restart."""
        if self.gone:
            return
        told = {
            "latestResponseCode": outcome.status,
            **({"latestErrorMessage": outcome.message} if outcome.message else {}),
        }
        if told != self.latest:
            self.latest = told
            with contextlib.suppress(OSError):  # a figure to look at: the queue does not depend on it
                path = self.queue.directory / LATEST
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                temporary = path.with_suffix(".tmp")
                temporary.write_text(json.dumps(told))
                temporary.replace(path)


class Streams:
    """All replications of a server."""

    def __init__(self, folder: Path, resources: Resources, clock: Callable[[], int] = time.time_ns) -> None:
        self.folder = folder
        self.resources = resources
        self._clock = clock
        self._lock = threading.RLock()
        self._streams: dict[str, Stream] | None = None
        self._by_bucket: dict[str, list[Stream]] = {}
        self._running = False
        self._stopped = threading.Event()

    # --- which there are ---

    def changed(self) -> None:
        """Replications or remotes were made, changed or removed: look at them again, and try at once."""
        with self._lock:
            known = self._streams or {}
            found = {doc["id"]: doc for doc in self.resources.find("replications")}
            for id in known.keys() - found.keys():
                self._remove(known[id])
            self._streams = {id: self._stream(doc, known.get(id)) for id, doc in found.items()}
            self._by_bucket = {}
            for stream in self._streams.values():
                self._by_bucket.setdefault(stream.doc["localBucketID"], []).append(stream)
                if self._running:
                    self._start(stream)
                stream.wake.set()

    def _stream(self, doc: Doc, known: Stream | None) -> Stream:
        if known is None:
            directory = self.folder / doc["id"]
            known = Stream(doc, Queue(directory))
            with contextlib.suppress(OSError, ValueError):
                known.latest = json.loads((directory / LATEST).read_text())
        known.doc = doc
        known.queue.max_bytes = doc["maxQueueSizeBytes"]
        return known

    def _remove(self, stream: Stream) -> None:
        stream.gone = True
        stream.wake.set()
        if stream.thread is not None and stream.thread is not threading.current_thread():
            stream.thread.join(1.0)
        shutil.rmtree(stream.queue.directory, ignore_errors=True)

    def _all(self) -> dict[str, Stream]:
        if self._streams is None:
            with self._lock:
                if self._streams is None:
                    self.changed()
        assert self._streams is not None
        return self._streams

    def figures(self, id: str) -> Doc:
        """The figures of a replication."""
        stream = self._all().get(id)
        return stream.figures() if stream is not None else {"currentQueueSizeBytes": 0, "remainingBytesToBeSynced": 0}

    def bucket_gone(self, bucket_id: str) -> None:
        """The bucket was deleted: its replications go too."""
        gone = [stream.doc["id"] for stream in self._all().values() if stream.doc["localBucketID"] == bucket_id]
        for id in gone:
            self.resources.delete("replications", id)
        if gone:
            self.changed()

    # --- in ---

    def replicates(self, bucket_id: str) -> bool:
        """Whether writes of a bucket are forwarded."""
        self._all()
        return bucket_id in self._by_bucket

    def forward(self, bucket_id: str, body: bytes, precision: str, now: int, refused: set[int]) -> None:
        """Queue the lines of a write, those without a time given `now`. A full queue does not refuse the write: it is told by
        `latestErrorMessage` and the log."""
        lines = stamped(body, precision, now, refused or ())
        if not lines.strip():
            return
        for stream in self._by_bucket.get(bucket_id, ()):
            try:
                stream.queue.append({"precision": precision}, lines)
            except QueueFull as error:
                text = f"{len(lines)} bytes were written here and not queued: {error.message}"
                if stream.latest.get("latestErrorMessage") != text:
                    sys.stderr.write(f"replication {stream.doc['id']}: {text}\n")
                stream.say(Outcome(int(stream.latest.get("latestResponseCode", 0)), text))
            stream.wake.set()

    # --- out ---

    def start(self) -> None:
        """Deliver in the background until `close`."""
        with self._lock:
            self._running = True
            for folder in self.folder.glob("*"):
                if folder.name not in self._all():  # of a replication that went while no server ran
                    shutil.rmtree(folder, ignore_errors=True)
            for stream in self._all().values():
                self._start(stream)

    def _start(self, stream: Stream) -> None:
        if stream.thread is None and not self._stopped.is_set():
            name = f"replication-{stream.doc['id']}"
            stream.thread = threading.Thread(target=self._loop, args=(stream,), name=name, daemon=True)
            stream.thread.start()

    def close(self) -> None:
        """Stop delivering; what waits stays on disk."""
        self._stopped.set()
        streams = list((self._streams or {}).values())
        for stream in streams:
            stream.wake.set()
        for stream in streams:
            if stream.thread is not None:
                stream.thread.join(2.0)

    def _loop(self, stream: Stream) -> None:
        sender = Sender()
        failures = 0
        try:
            while not (self._stopped.is_set() or stream.gone):
                pause: float | None
                try:
                    pause = self.deliver(stream, sender, failures)
                except InfluxctlError as error:
                    stream.say(Outcome(0, error.message))
                    pause = LONGEST_PAUSE / 10
                except Exception:
                    sys.stderr.write(f"replication {stream.doc['id']} failed:\n{traceback.format_exc()}")
                    pause = LONGEST_PAUSE / 10
                failures = failures + 1 if pause is not None else 0
                self._rest(stream, pause)
        finally:
            sender.close()

    def _rest(self, stream: Stream, pause: float | None) -> None:
        """Until there is something to do. New lines do not shorten the pause after a failure; a changed replication does."""
        if pause is None:
            if stream.queue.peek() is None and stream.wake.wait(IDLE_SECONDS):
                stream.wake.clear()
            return
        doc, until = stream.doc, time.monotonic() + pause
        while (
            (left := until - time.monotonic()) > 0
            and stream.doc is doc
            and not self._stopped.is_set()
            and not stream.gone
        ):
            stream.wake.wait(min(left, 1.0))
            stream.wake.clear()

    def deliver(self, stream: Stream, sender: Sender, failures: int = 0) -> float | None:
        """Send what comes next of a stream. None when that is done (or nothing waits), else the seconds to wait before another try."""
        records = self._next(stream)
        if not records:
            return None
        doc = stream.doc
        age = int(doc.get("maxAgeSeconds") or 0)
        if age and self._clock() - records[0].arrived > age * NS:
            stream.queue.acknowledge(records[0])
            sys.stderr.write(f"replication {doc['id']}: dropped lines that waited for more than {age} s\n")
            return None
        remote = self.resources.peek("remotes", doc["remoteID"])
        if remote is None:
            stream.say(Outcome(0, f"the remote connection {doc['remoteID']} is gone"))
            return LONGEST_PAUSE
        outcome = sender.send(remote, doc, _body(records), records[0].meta["precision"])
        if outcome.final and len(records) > 1:  # one of them: the others must not share its fate
            records = records[:1]
            outcome = sender.send(remote, doc, _body(records), records[0].meta["precision"])
        stream.say(outcome)
        if outcome.good or (outcome.final and doc.get("dropNonRetryableData")):
            if not outcome.good:
                sys.stderr.write(f"replication {doc['id']}: dropped lines that the remote refuses: {outcome.message}\n")
            stream.queue.acknowledge(records[-1])
            return None
        if outcome.wait is not None:
            return min(outcome.wait, PATIENCE)
        return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 20)) * random.uniform(0.5, 1.0))

    def _next(self, stream: Stream) -> list[Record]:
        """Records that can go out in one request."""
        found: list[Record] = []
        size = 0
        after: Place | None = None
        while (record := stream.queue.peek(after)) is not None:
            if found and (
                size + len(record.body) > BODY_BYTES or record.meta["precision"] != found[0].meta["precision"]
            ):
                break
            found.append(record)
            size += len(record.body)
            after = record.end
        return found


def _body(records: list[Record]) -> bytes:
    return b"\n".join(record.body for record in records)
