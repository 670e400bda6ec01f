"""The inbox: notifications that were caught instead of sent (`local serve --catch-notifications`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from influxctl.core.times import format_time, now_ns
from influxctl.local.store.db import Database

KEPT = 1000  # the oldest ones beyond go
_SECRET = ("authorization", "proxy-authorization", "cookie")


class Inbox:
    """The table of caught requests. Credentials in headers are not kept."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Keep one request."""
        shown = {key: "…" if key.lower() in _SECRET else value for key, value in headers.items()}
        row = (now_ns(), method, url, json.dumps(shown), body.decode("utf-8", "replace"))
        with self.db.transaction() as tx:
            tx.execute("INSERT INTO caught (time, method, url, headers, body) VALUES (?, ?, ?, ?, ?)", row)
            tx.execute("DELETE FROM caught WHERE id <= (SELECT max(id) FROM caught) - ?", (KEPT,))

    def find(self) -> list[dict[str, Any]]:
        """The requests, oldest first."""
        rows = self.db.rows("SELECT id, time, method, url, headers, body FROM caught ORDER BY id")
        return [
            {
                "id": id,
                "time": format_time(time),
                "method": method,
                "url": url,
                "headers": json.loads(headers),
                "body": body,
            }
            for id, time, method, url, headers, body in rows
        ]

    def clear(self) -> None:
        """Forget all of them."""
        with self.db.transaction() as tx:
            tx.execute("DELETE FROM caught")
