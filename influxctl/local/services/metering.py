"""Counting: requests for /metrics (in memory) and what organizations use (in SQLite, by minute) for /orgs/{orgID}/usage and limits."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import NamedTuple

from influxctl.local.store.db import Database

_FLUSH_SECONDS = 60
# Endpoints whose use is counted by organization, with the measurements of the contract's usage answer.
_QUERIES = ("/api/v2/query", "/query")
METERED = ("/api/v2/write", "/write", *_QUERIES)


class Used(NamedTuple):
    """One figure: what was used in the minute that begins at `time` (seconds since 1970)."""

    time: int
    measurement: str
    endpoint: str
    status: str
    field: str
    value: int


class Metering:
    """Counts requests. Usage is gathered in memory and written at most once a minute, before it is read, and at the end."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._lock = threading.Lock()
        self._usage: dict[tuple[str, int, str, str, str, str], int] = defaultdict(int)
        self._flushed = time.monotonic()
        self.requests: dict[tuple[str, str, int], int] = defaultdict(int)
        self.seconds: dict[tuple[str, str], float] = defaultdict(float)
        self.started = time.time()

    def count(self, method: str, path: str, status: int, seconds: float) -> None:
        """One request; `path` is the operation's, with its parameters' names."""
        with self._lock:
            self.requests[method, path, status] += 1
            self.seconds[method, path] += seconds

    def use(self, org_id: str, endpoint: str, status: int, sent: int, received: int) -> None:
        """What one request of an organization used: bytes of its body as sent, bytes of the answer."""
        minute = int(time.time()) // 60 * 60
        figures = [("http_request", "req_bytes", sent), ("http_request", "resp_bytes", received)]
        if endpoint in _QUERIES:
            figures.append(("query_count", "req_bytes", sent))
        with self._lock:
            for measurement, field, value in figures:
                self._usage[org_id, minute, measurement, endpoint, str(status), field] += value
            due = time.monotonic() - self._flushed > _FLUSH_SECONDS
        if due:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        with self._lock:
            gathered, self._usage = self._usage, defaultdict(int)
            self._flushed = time.monotonic()
        if not gathered:
            return
        sql = (
            "INSERT INTO usage (org_id, time, measurement, endpoint, status, bucket_id, field, value) VALUES (?,?,?,?,?,'',?,?)"
            " ON CONFLICT DO UPDATE SET value = value + excluded.value"
        )
        with self.db.transaction() as tx:
            tx.executemany(sql, [(*key, value) for key, value in gathered.items()])

    def used(self, org_id: str, start: int, stop: int) -> list[Used]:
        """What an organization used between two times (seconds, stop exclusive), by time."""
        self.flush()
        sql = (
            "SELECT time, measurement, endpoint, status, field, value FROM usage"
            " WHERE org_id = ? AND time >= ? AND time < ? ORDER BY measurement, endpoint, status, field, time"
        )
        return [Used(*row) for row in self.db.rows(sql, (org_id, start, stop))]
