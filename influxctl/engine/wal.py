"""Write-ahead log: what was accepted, in order, durable before it is applied.

A file is `MAGIC`, the version, then records: length and crc32 of the payload (little-endian uint32 each), payload. The first byte of a
payload is its kind. Writers append under a lock and wait for a group commit: one of them syncs for all that have appended by then.
Reading stops at the first record that is short or does not match its checksum; what follows is reported, never applied.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

from influxctl.core.errors import InfluxctlError, Unavailable
from influxctl.engine.files import Files, io_errors, storage_error
from influxctl.engine.model import Loss

MAGIC = b"INFLXWAL"
VERSION = 1
_HEAD = struct.Struct("<8sI")
_RECORD = struct.Struct("<II")
HEAD_SIZE = _HEAD.size
_SEARCH = 1 << 20  # bytes after a damaged record in which the next good one is looked for


class Wal:
    """The log file that takes appends. Numbers of records go on from one file to the next."""

    def __init__(self, files: Files, path: Path, first: int) -> None:
        self._files = files
        self.path = path
        self._lock = threading.Condition()
        self.appended = first  # number of the last record appended, and of the last one durable
        self.synced = first
        self._failed: list[tuple[int, int, InfluxctlError]] = []
        self._busy = False
        try:
            self._handle = files.create(path)
            files.write(self._handle, _HEAD.pack(MAGIC, VERSION), path)
            files.sync(self._handle, path)
            files.sync_dir(path.parent)
        except OSError as error:
            raise storage_error(error, path) from error
        self.size = self._synced_size = _HEAD.size

    def append(self, parts: list[bytes]) -> int:
        """Append a record of these parts; its number. On an error the file is cut back and nothing was appended."""
        check = 0
        for part in parts:
            check = crc32(part, check)
        length = sum(map(len, parts))
        with self._lock:
            try:
                self._files.write(self._handle, b"".join([_RECORD.pack(length, check), *parts]), self.path)
            except OSError as error:
                self._cut(self.size)
                raise storage_error(error, self.path) from error
            self.size += _RECORD.size + length
            self.appended += 1
            return self.appended

    def wait(self, number: int) -> None:
        """Return when record `number` is durable; raise when it was lost in a failed sync."""
        with self._lock:
            while self.synced < number and self._busy:
                self._lock.wait()
            self._raise_if_failed(number)
            if self.synced >= number:
                return
            self._busy = True
            upto, size = self.appended, self.size
        error: OSError | None = None
        try:
            self._files.sync(self._handle, self.path)
        except OSError as caught:
            error = caught
        with self._lock:
            self._busy = False
            if error is None:
                self.synced, self._synced_size = upto, size
            else:
                self._failed.append((self.synced + 1, self.appended, storage_error(error, self.path)))
                self.synced = self.appended
                self._cut(self._synced_size)
            self._lock.notify_all()
            self._raise_if_failed(number)

    def failed(self, number: int) -> bool:
        """Whether record `number` was lost in a failed sync."""
        return any(low <= number <= high for low, high, _ in self._failed)

    def _raise_if_failed(self, number: int) -> None:
        """Raise what made record `number` be lost, if it was."""
        for low, high, error in self._failed:
            if low <= number <= high:
                raise type(error)(error.message, hint=error.hint)

    def _cut(self, size: int) -> None:
        """Cut the file back to its good part, so that a refused write never comes back."""
        try:
            os.ftruncate(self._handle, size)
            os.lseek(self._handle, size, os.SEEK_SET)
            self.size = size
        except OSError as error:
            raise Unavailable(f"cannot cut {self.path} back after a failed write: {error.strerror}") from error

    def drained(self) -> None:
        """Make all that was appended durable and wait for a sync under way."""
        self.wait(self.appended)

    def close(self) -> None:
        """Close the file; what was appended is durable."""
        with self._lock:
            while self._busy:
                self._lock.wait()
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1


@dataclass
class LogReader:
    """The records of a log file. `losses`: what was found that is no record. `torn`: bytes at the end of a record that a crash cut off
    while it was written: it was never acknowledged, so that nothing is lost."""

    path: Path
    torn: int = 0
    losses: list[Loss] = field(default_factory=list)

    def records(self) -> Iterator[bytes]:
        """Payloads in order; damaged stretches are skipped and reported."""
        with io_errors(self.path):
            data = self.path.read_bytes()
        if len(data) <= _HEAD.size:  # no record is in it; the head may be torn by a crash before its first sync
            return
        magic, version = _HEAD.unpack_from(data)
        if magic != MAGIC:
            self._lose(0, len(data), "not a log file")
            return
        if version != VERSION:
            raise Unavailable(f"{self.path} has version {version}, this program reads version {VERSION}",
                              hint="open it with the program that wrote it and export the data")  # fmt: skip
        at = _HEAD.size
        view = memoryview(data)
        while at < len(data):
            end = _record_end(view, at)
            if end:
                yield bytes(view[at + _RECORD.size : end])
                at = end
                continue
            found = next((i for i in range(at + 1, min(len(data), at + _SEARCH)) if _record_end(view, i)), None)
            if found is None:
                yield from self._last(view, at)
                return
            self._lose(at, found, "record with a wrong checksum")
            at = found

    def _last(self, view: memoryview, at: int) -> Iterator[bytes]:
        """What stands after the last good record: what a crash tore off while it was written, or a damaged record."""
        rest = view[at + _RECORD.size :]
        length, check = _RECORD.unpack_from(view, at) if len(view) - at >= _RECORD.size else (0, 0)
        if length > len(rest) and crc32(rest) == check:
            yield bytes(rest)  # all there, only the length is damaged
            self._lose(at, at + _RECORD.size, "record with a damaged length, recovered")
        elif len(view) - at < _RECORD.size or length > len(rest) or not bytes(view[at:]).strip(b"\0"):
            self.torn = len(view) - at
        else:
            self._lose(at, len(view), "record with a wrong checksum")

    def _lose(self, at: int, end: int, what: str) -> None:
        """Note what is lost from `at` to `end`."""
        self.losses.append(Loss(str(self.path), f"bytes {at}-{end}", what, {"bytes": end - at}))


def _record_end(view: memoryview, at: int) -> int:
    """Where the record that begins at `at` ends, 0 when there is no whole one."""
    start = at + _RECORD.size
    if start > len(view):
        return 0
    length, check = _RECORD.unpack_from(view, at)
    end = start + int(length)
    return end if length and end <= len(view) and crc32(view[start:end]) == check else 0
