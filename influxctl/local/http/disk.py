"""The thread that waits for the disk for many connections at once, while the leader goes on."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue

from influxctl.local.http.connection import Connection

_Item = tuple[Connection, Callable[[], None]]


class Disk:
    """Calls what waits for the disk, all that has gathered meanwhile at once, and hands the connections back."""

    def __init__(self, synced: Callable[[list[Connection]], None]) -> None:
        """`synced` takes the connections whose part of the disk's work is done."""
        self._synced = synced
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="http-disk", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def add(self, connection: Connection, sync: Callable[[], None]) -> None:
        """Call `sync` soon, then hand the connection back."""
        self._queue.put((connection, sync))

    def stop(self) -> None:
        """End when all that was added is handed back."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, more = [first], True
            while not self._queue.empty():
                item = self._queue.get()
                if item is None:
                    more = False
                    break
                batch.append(item)
            for _, sync in reversed(batch):  # the last one is durable when all are
                try:
                    sync()
                except Exception:  # the answer tells it
                    sys.stderr.write(f"waiting for the disk failed:\n{traceback.format_exc()}")
            self._synced([connection for connection, _ in batch])
            if not more:
                return
