"""The journal of a transfer: how far each bucket has come, so that a transfer that was killed goes on where it was.

A file in the state folder, named after what is transferred from where to where, replaced as a whole (synced, then renamed) when the other
side has acknowledged all points before a time. It never holds more than names and times.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from influxctl.engine.files import Files, io_errors


class Journal:
    """How far a transfer has come. `key` says which transfer it is."""

    def __init__(self, folder: Path, key: Mapping[str, object], *, files: Files | None = None) -> None:
        text = json.dumps(dict(key), sort_keys=True)
        self.path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"
        self._files = files or Files()
        self._state: dict[str, Any] = {"transfer": dict(key), "facts": {}, "buckets": {}}
        try:
            found = json.loads(self.path.read_bytes())
            if found["transfer"] == json.loads(text):
                self._state = found
        except (OSError, ValueError, KeyError, TypeError):
            pass  # a new transfer; an unreadable journal only means that points are sent again

    @property
    def resumed(self) -> bool:
        """Whether an earlier call got anywhere."""
        return bool(self._state["buckets"])

    def fact(self, name: str, value: int) -> int:
        """A figure that must stay what it was when the transfer began, such as the end of its range."""
        return int(self._state["facts"].setdefault(name, value))

    def through(self, bucket: str) -> int | None:
        """All points before this time are on the other side."""
        found = self._state["buckets"].get(bucket)
        return None if found is None else int(found)

    def reach(self, bucket: str, time: int) -> None:
        """All points before `time` are on the other side now."""
        self._state["buckets"][bucket] = time
        with io_errors(self.path):
            self._files.make_dir(self.path.parent)
            self._files.replace(self.path, json.dumps(self._state).encode())

    def forget(self) -> None:
        """The transfer is complete."""
        self._state["facts"], self._state["buckets"] = {}, {}
        self._files.remove(self.path)
