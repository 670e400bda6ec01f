"""The engine of this process: opened on first use, closed with the server."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from influxctl.core.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from influxctl.engine.engine import Engine
    from influxctl.engine.model import BucketRules
    from influxctl.local.store.resources import Doc, Resources

_NS = 1_000_000_000
_RETRY_SECONDS = 0.05


class Points:
    """Holds the engine. Requests that need no points never open it, so they import neither numpy nor polars and take no lock."""

    def __init__(self, directory: Path, lock_timeout: float, resources: Resources) -> None:
        self.directory = directory
        self.lock_timeout = lock_timeout
        self.resources = resources
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        self._closed = False

    @property
    def engine(self) -> Engine:
        """The open engine; waits up to `lock_timeout` seconds while another process has it, then `Conflict` naming that one."""
        engine = self._engine
        if engine is not None:
            return engine
        with self._lock:
            if self._closed:
                raise Unavailable("the server is shutting down")
            if self._engine is None:
                engine = self._open()
                for bucket in self.resources.find("buckets"):
                    engine.configure(self.rules(bucket))
                for bucket_id in self.resources.dropped_buckets():
                    engine.drop_bucket(bucket_id)
                    self.resources.bucket_dropped(bucket_id)
                self._engine = engine
            return self._engine

    def _open(self) -> Engine:
        from influxctl.engine.engine import Engine

        deadline = time.monotonic() + self.lock_timeout
        while True:
            try:
                return Engine.open(self.directory)
            except Conflict:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_RETRY_SECONDS)

    def rules(self, bucket: Doc) -> BucketRules:
        """What the engine must know of a bucket."""
        from influxctl.engine.model import BucketRules

        rule = bucket["retentionRules"][0]
        schema = None
        if bucket.get("schemaType") == "explicit":
            schemas = self.resources.find("measurementSchemas", parent_id=bucket["id"])
            schema = {one["name"]: _columns(one["columns"]) for one in schemas}
        return BucketRules(
            id=bucket["id"],
            retention_ns=rule["everySeconds"] * _NS,
            shard_ns=rule["shardGroupDurationSeconds"] * _NS,
            schema=schema,
        )

    def changed(self, bucket: Doc) -> None:
        """Tell the engine of a bucket's new rules, if it is open; if not, it is told when it is opened."""
        if self._engine is not None:
            self._engine.configure(self.rules(bucket))

    @property
    def losses(self) -> list[str]:
        """What the open engine found damaged, in words."""
        return [] if self._engine is None else [f"{one.file}: {one.place}: {one.what}" for one in self._engine.losses]

    @property
    def is_open(self) -> bool:
        """Whether the engine is open in this process."""
        return self._engine is not None

    def drop(self, bucket_id: str) -> bool:
        """Drop a bucket's points if the engine is open; whether that was done."""
        engine = self._engine
        if engine is None:
            return False
        engine.drop_bucket(bucket_id)
        return True

    def close(self) -> None:
        """Close the engine, if it was opened."""
        with self._lock:
            self._closed = True
            engine, self._engine = self._engine, None
            if engine is not None:
                engine.close()


def _columns(columns: list[Doc]) -> Doc:
    """Columns of a measurement schema as the engine wants them: name to `tag` or the type of the field."""
    types = {"integer": "int", "unsigned": "uint", "float": "float", "boolean": "bool", "string": "string"}
    out = {}
    for column in columns:
        if column["type"] == "tag":
            out[column["name"]] = "tag"
        elif column["type"] == "field":
            out[column["name"]] = types[column.get("dataType", "string")]
    return out
