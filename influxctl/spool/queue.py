"""A durable first-in-first-out queue in a directory, shared by processes: records are synced before `append` returns, and given again
until they are acknowledged.

Files: segments `00000001.seg` (a magic, then records: length, time of arrival, checksum of both and of the payload, payload), `position`
(segment and offset of the first record that is not acknowledged, replaced as a whole) and two locks. Appenders take turns under
`append.lock` and write to the last segment; one process at a time takes records out, under `deliver.lock`. A segment whose records are
all acknowledged is removed once there is a later one. Nothing is ever written behind bytes that are no whole record (an append that did
not end, or damage): the next append begins a new segment. Reading goes on behind such bytes; `losses` names them, and the segment
keeps a second name, `.damaged`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from influxctl.core.errors import Conflict, InfluxctlError
from influxctl.engine.files import FILE_MODE, Files, io_errors, storage_error

MAGIC = b"influxctl-queue 1\n"
SEGMENT_BYTES = 4 << 20
MAX_RECORD = 256 << 20  # bytes; a length above it is damage
_HEAD = struct.Struct("<IqI")  # bytes of the payload, time of arrival (ns), CRC32 of the two and of the payload
_LEAD = struct.Struct("<Iq")


class QueueFull(InfluxctlError):
    """The queue has no room for a record; nothing of it was kept."""

    code = "no space"


class Record(NamedTuple):
    """What waits: small texts about it, bytes, when it came (ns), and where the next record begins."""

    meta: Mapping[str, str]
    body: bytes
    arrived: int
    end: Place


class Place(NamedTuple):
    """A place in the queue: number of a segment, offset in it."""

    segment: int
    offset: int


class Queue:
    """One queue. `max_bytes` bounds what waits on disk (None: no bound). Threads of a process may share an object."""

    def __init__(
        self,
        directory: Path,
        *,
        max_bytes: int | None = None,
        segment_bytes: int = SEGMENT_BYTES,
        files: Files | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.directory = directory
        self.max_bytes = max_bytes
        self.losses: list[str] = []
        self._segment_bytes = segment_bytes
        self._files = files or Files()
        self._clock = clock
        self._lock = threading.Lock()
        self._end = Place(0, 0)  # where our last append ended: nothing before it need be looked at again
        self._start = 0  # and where it began
        self._avoid = 0  # a segment that must not be written to any more
        self._written = self._synced = 0  # records that we wrote; those whose sync is done
        self._failed: list[range] = []  # those whose sync failed
        self._sync_lock = threading.Lock()

    # --- in ---

    def append(self, meta: Mapping[str, str], body: bytes) -> None:
        """Add a record; it is durable when this returns. `QueueFull` when there is no room."""
        text = json.dumps(dict(meta), ensure_ascii=False).encode()
        payload = b"%d %s%s" % (len(text), text, body)
        lead = _LEAD.pack(len(payload), self._clock())
        record = b"".join([lead, _crc(lead, payload), payload])
        with self._lock, io_errors(self.directory):
            self._files.make_dir(self.directory)
            with self._turn("append.lock"):
                waiting = self.waiting_bytes()
                if self.max_bytes is not None and waiting + len(record) > self.max_bytes:
                    raise QueueFull(
                        f"the queue in {self.directory} is full: {waiting} of {self.max_bytes} bytes wait",
                        hint="deliver what waits first, or give it more room",
                    )
                self._append(record)
                self._written += 1
                mine = self._written
        self._sync(mine)

    def _append(self, record: bytes) -> None:
        """Write to the end of the last segment, or to a new one. Called under the append lock."""
        numbers = self._numbers()
        number, handle, end = self._last(numbers)
        try:
            if handle is not None and end >= self._segment_bytes:
                try:  # of records that wait for their sync: they will look at the next file
                    self._files.sync(handle, self._path(number))
                except OSError:
                    self._lose(number)
                    raise
                os.close(handle)
                handle = None
            if handle is None:
                number, end = number + 1, len(MAGIC)
                handle = self._begin(number)
            os.lseek(handle, end, os.SEEK_SET)
            try:
                self._files.write(handle, record, self._path(number))
            except BaseException:  # half a record must not stay in front of the next one
                with contextlib.suppress(OSError):
                    os.ftruncate(handle, end)
                raise
            self._start, self._end = end, Place(number, end + len(record))
        finally:
            if handle is not None:
                os.close(handle)

    def _sync(self, mine: int) -> None:
        """Wait until our record is durable. One sync does for all records that were written before it began (a group commit)."""
        with self._sync_lock:
            with self._lock:
                upto, end = self._written, self._end
            path = self._path(end.segment)
            if any(mine in lost for lost in self._failed):
                raise storage_error(OSError(errno.EIO, "the sync of this record failed"), self.directory)
            if mine <= self._synced:
                return
            try:
                handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                try:
                    self._files.sync(handle, path)
                finally:
                    os.close(handle)
                self._synced = upto
            except OSError as error:
                self._give_up(end)
                raise storage_error(error, path) from error

    def _give_up(self, end: Place) -> None:
        """After a sync that failed nothing is known about the records it was for. The next one goes into another file: a second sync of
        this one might succeed and mean nothing. A record that is alone is taken back; of several, some may be delivered all the same."""
        with self._lock:
            alone = self._written - self._synced == 1
            self._lose(end.segment)
            path = self._path(end.segment)
            with contextlib.suppress(OSError), self._turn("append.lock"):
                if alone and path.stat().st_size == end.offset:
                    os.truncate(path, self._start)

    def _lose(self, segment: int) -> None:
        """All records that wait for a sync fail; their file is not written to any more."""
        self._failed.append(range(self._synced + 1, self._written + 1))
        self._synced = self._written  # nobody waits for these any more
        self._avoid, self._end = segment, Place(0, 0)

    def _last(self, numbers: list[int]) -> tuple[int, int | None, int]:
        """The last segment: its number, opened, and its end; no handle when another must be begun."""
        floor = self.position().segment
        if not numbers or numbers[-1] < floor:
            return max(floor, 0), None, 0
        number = numbers[-1]
        handle = os.open(self._path(number), os.O_RDWR | os.O_CLOEXEC)
        try:
            size = os.fstat(handle).st_size
            end = self._end.offset if self._end.segment == number else len(MAGIC)
            known = self.position()  # what was acknowledged and then lost with the power must not hide new records
            lost = known.segment == number and known.offset > size
            if number != self._avoid and not lost and os.pread(handle, len(MAGIC), 0) == MAGIC:
                for found in _whole(handle, end, size):
                    end = found.end
                if end == size:
                    return number, handle, end
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        return number, None, 0

    def _begin(self, number: int) -> int:
        path = self._path(number)
        handle = self._files.create(path)
        try:
            self._files.write(handle, MAGIC, path)
            self._files.sync(handle, path)
            self._files.sync_dir(self.directory)
        except BaseException:
            os.close(handle)
            path.unlink(missing_ok=True)
            raise
        return handle

    # --- out ---

    @contextlib.contextmanager
    def delivering(self) -> Iterator[None]:
        """Take the right to take records out; `Conflict` when another process (or thread) has it."""
        with io_errors(self.directory):
            self._files.make_dir(self.directory)
            handle = os.open(self.directory / "deliver.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Conflict(f"another process delivers from {self.directory} already") from None
            yield
        finally:
            os.close(handle)

    def peek(self, after: Place | None = None) -> Record | None:
        """The first record that is not acknowledged, or the one at `after` (the `end` of another record); None: nothing waits."""
        place = self.position() if after is None else after
        with io_errors(self.directory):
            while True:
                numbers = self._numbers()
                found = self._read(place, final=bool(numbers) and numbers[-1] > place.segment)
                if found is not None:
                    return found
                # Looked up before the segment was read: when a later one was there, nothing more came into this one.
                later = next((n for n in numbers if n > place.segment), None)
                if later is None:
                    return None
                place = Place(later, len(MAGIC))

    def acknowledge(self, record: Record) -> None:
        """The record, and all before it, need not be given again."""
        self._move(record.end)

    def _move(self, place: Place) -> None:
        with io_errors(self.directory):
            self._files.replace(self.directory / "position", json.dumps(list(place)).encode())
            numbers = self._numbers()
            for number in numbers[:-1]:
                if number < place.segment:
                    self._files.remove(self._path(number))

    def drop(self) -> int:
        """Give up all that waits; how many records that were."""
        count = 0
        with self._lock, self._turn("append.lock"):
            record = self.peek()
            last = None
            while record is not None:
                count, last = count + 1, record
                record = self.peek(record.end)
            if last is not None:
                self._move(last.end)
        return count

    def _read(self, place: Place, *, final: bool) -> Record | None:
        """The record at a place; None at the end of its segment."""
        path = self._path(place.segment)
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            size = os.fstat(handle).st_size
            start = max(place.offset, len(MAGIC))
            at = next(_whole(handle, start, size), None)
            if at is None and start < size and (final or not _unfinished(handle, start, size)):
                at = next((found for begin in range(start + 1, size) for found in _whole(handle, begin, size)), None)
                upto = size if at is None else at.end - at.length
                self._lost(path, f"{path}: bytes {start} to {upto} are no whole record")
            if at is None:
                return None
            meta, body = _split(at.payload)
            return Record(meta, body, at.arrived, Place(place.segment, at.end))
        finally:
            os.close(handle)

    def _lost(self, path: Path, what: str) -> None:
        """Say once that bytes are damaged, and give their segment a second name: its own goes when the queue has moved on."""
        if what not in self.losses:
            self.losses.append(what)
            with contextlib.suppress(OSError):
                os.link(path, path.with_name(path.name + ".damaged"))

    # --- figures ---

    def position(self) -> Place:
        """The first record that is not acknowledged."""
        try:
            segment, offset = json.loads((self.directory / "position").read_bytes())
            return Place(int(segment), int(offset))
        except (OSError, ValueError, TypeError):
            return Place(0, 0)  # nothing was acknowledged yet; giving records again does no harm

    def waiting_bytes(self) -> int:
        """Bytes of records that are not acknowledged."""
        place = self.position()
        total = 0
        for number in self._numbers():
            if number >= place.segment:
                size = self._size(number)
                total += max(0, size - max(place.offset if number == place.segment else 0, len(MAGIC)))
        return total

    def disk_bytes(self) -> int:
        """Bytes of all segments."""
        return sum(self._size(number) for number in self._numbers())

    def _size(self, number: int) -> int:
        try:
            return self._path(number).stat().st_size
        except OSError:
            return 0

    def records(self) -> Iterator[Record]:
        """All that waits, in order."""
        record = self.peek()
        while record is not None:
            yield record
            record = self.peek(record.end)

    # --- files ---

    def _numbers(self) -> list[int]:
        """Numbers of the segments, ascending."""
        try:
            return sorted(int(p.stem) for p in self.directory.glob("*.seg") if p.stem.isdigit())
        except OSError:
            return []

    def _path(self, number: int) -> Path:
        return self.directory / f"{number:08d}.seg"

    @contextlib.contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        handle = os.open(self.directory / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _crc(lead: bytes, payload: bytes) -> bytes:
    return struct.pack("<I", zlib.crc32(payload, zlib.crc32(lead)))


class _Whole(NamedTuple):
    """A whole record: its payload, when it came, its length with the head, where the next one begins."""

    payload: bytes
    arrived: int
    length: int
    end: int


def _whole(handle: int, start: int, size: int) -> Iterator[_Whole]:
    """Whole records from an offset on; ends at the first that is not whole."""
    at = start
    while at + _HEAD.size <= size:
        head = os.pread(handle, _HEAD.size, at)
        if len(head) < _HEAD.size:
            return
        length, arrived, crc = _HEAD.unpack(head)
        if not 0 < length <= MAX_RECORD or at + _HEAD.size + length > size:
            return
        payload = os.pread(handle, length, at + _HEAD.size)
        if len(payload) < length or zlib.crc32(payload, zlib.crc32(head[: _LEAD.size])) != crc:
            return
        at += _HEAD.size + length
        yield _Whole(payload, arrived, _HEAD.size + length, at)


def _unfinished(handle: int, at: int, size: int) -> bool:
    """Whether what is no whole record may be an append that goes on just now: it reaches the end of the file."""
    head = os.pread(handle, _HEAD.size, at)
    return len(head) < _HEAD.size or at + _HEAD.size + int(_HEAD.unpack(head)[0]) >= size


def _split(payload: bytes) -> tuple[dict[str, str], bytes]:
    length, _, rest = payload.partition(b" ")
    size = int(length)
    return json.loads(rest[:size]), rest[size:]
