"""Runs of tasks: scheduled, running and finished ones with their logs."""

from __future__ import annotations

import json
from typing import Any

from influxctl.core.errors import NotFound
from influxctl.core.ids import ordered_id
from influxctl.core.times import parse_time
from influxctl.local.store.db import Database

Doc = dict[str, Any]
KEPT = 1000  # finished runs that are kept of one task
UNFINISHED = ("scheduled", "started")


class TaskRuns:
    """The table of runs. A run's document has the wire names of the contract's schema Run."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(self, task_id: str, scheduled_for: str, **fields: str) -> Doc:
        """A new run that waits to be done; the oldest ones beyond `KEPT` go."""
        doc: Doc = {
            "id": ordered_id(),
            "taskID": task_id,
            "status": "scheduled",
            "scheduledFor": scheduled_for,
            **fields,
        }
        with self.db.transaction() as tx:
            row = (task_id, doc["id"], doc["status"], parse_time(scheduled_for), json.dumps(doc))
            tx.execute("INSERT INTO task_run VALUES (?, ?, ?, ?, ?)", row)
            tx.execute(
                "DELETE FROM task_run WHERE task_id = ? AND id < (SELECT id FROM task_run WHERE task_id = ?"
                " ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (task_id, task_id, KEPT - 1),
            )
        return doc

    def get(self, task_id: str, id: str) -> Doc:
        """One run, or `NotFound`."""
        row = self.db.row("SELECT doc FROM task_run WHERE task_id = ? AND id = ?", (task_id, id))
        if row is None:
            raise NotFound("run not found")
        doc: Doc = json.loads(row[0])
        return doc

    def find(
        self,
        task_id: str,
        *,
        after: str | None = None,
        after_time: int | None = None,
        before_time: int | None = None,
        limit: int | None = None,
    ) -> list[Doc]:
        """The runs of a task in the order in which they were made; times are those they were scheduled for."""
        where, values = ["task_id = ?"], [task_id]
        for condition, value in (
            ("id > ?", after),
            ("scheduled_for > ?", after_time),
            ("scheduled_for < ?", before_time),
        ):
            if value is not None:
                where.append(condition)
                values.append(value)  # type: ignore[arg-type]
        sql = f"SELECT doc FROM task_run WHERE {' AND '.join(where)} ORDER BY id"
        if limit is not None:
            sql += f" LIMIT {int(limit)}"
        return [json.loads(row[0]) for row in self.db.rows(sql, values)]

    def unfinished(self) -> list[Doc]:
        """The runs that wait or were being done, of all tasks, oldest first."""
        sql = "SELECT doc FROM task_run WHERE status IN ('scheduled', 'started') ORDER BY id"
        return [json.loads(row[0]) for row in self.db.rows(sql)]

    def update(self, doc: Doc) -> None:
        """Store a changed run; nothing happens if its task is gone."""
        with self.db.transaction() as tx:
            tx.execute(
                "UPDATE task_run SET status = ?, doc = ? WHERE task_id = ? AND id = ?",
                (doc["status"], json.dumps(doc), doc["taskID"], doc["id"]),
            )
