"""Segments: immutable files of one measurement, sorted by series and time, each (series, time) once.

    MAGIC, version | blocks | footer (JSON) | length and crc32 of the footer, end MAGIC

A block is an Arrow IPC frame (zstd) of some columns for a range of rows; the footer lists its place, length, crc32 and how its columns
are packed. Blocks are read when first needed, checked then, and kept in a cache bounded by bytes. Besides the fields there are `\\0sid`
and `\\0count` (the distinct series and their rows), `\\0time` and `\\0keys` (series keys, read for repair only).
Version 1 packed nothing and kept the differences of neighbouring times; it is read.
A file is removed when nothing refers to it any more: readers of an old snapshot go on undisturbed.
"""

from __future__ import annotations

import io
import json
import os
import struct
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl

from influxctl.core.columns import ColumnType
from influxctl.core.errors import InfluxctlError, Unavailable
from influxctl.core.readspec import Predicate
from influxctl.engine.cache import BlockCache
from influxctl.engine.files import Files, io_errors, storage_error
from influxctl.engine.model import Loss
from influxctl.engine.packing import encode, packed_frame, unpacked_frame

Array = npt.NDArray[Any]
MAGIC, END, VERSION = b"INFLXSEG", b"GESXLFNI", 2
READABLE = (1, VERSION)
_HEAD = struct.Struct("<8sI")
_TAIL = struct.Struct("<II8s")
BLOCK = 1 << 17  # rows of a block, and cells of a block of several columns
_WORTH = 32  # a joined column is kept when the cache has room for four like it: bytes of cache a row
SID, COUNT, TIME, KEYS = "\0sid", "\0count", "\0time", "\0keys"


class Damaged(InfluxctlError):
    """A checksum does not match: the file and the place are named, nothing of the block is served."""

    code = "internal error"


def write_segment(
    files: Files,
    path: Path,
    about: Mapping[str, Any],
    sids: Array,
    times: Array,
    fields: Mapping[str, ColumnType],
    column: Callable[[str], pl.Series],
    keys: Sequence[str],
) -> None:
    """Write a segment durably: rows sorted by (sid, time); `column` gives the values of a field, asked for one at a time;
    `keys` are the series keys of the distinct sids. On an error nothing is left behind."""
    starts = np.flatnonzero(np.diff(sids, prepend=-1))
    counts = np.diff(starts, append=len(sids))
    blocks: list[dict[str, Any]] = []
    temporary = path.with_name(path.name + ".tmp")
    try:
        handle = files.create(temporary)
        try:
            at = _HEAD.size
            files.write(handle, _HEAD.pack(MAGIC, VERSION), temporary)

            def put(columns: list[pl.Series], low: int, high: int) -> None:
                nonlocal at
                frame, ways = packed_frame(columns)
                data = encode(frame)
                files.write(handle, data, temporary)
                block = {"columns": [column.name for column in columns], "low": low, "high": high,
                         "at": at, "size": len(data), "crc": crc32(data)}  # fmt: skip
                blocks.append({**block, "packed": ways} if any(ways) else block)
                at += len(data)

            put([pl.Series(SID, sids[starts].astype(np.int32)), pl.Series(COUNT, counts.astype(np.int64))], 0, 0)
            put([pl.Series(KEYS, keys, dtype=pl.String)], 0, 0)
            sparse: set[str] = set()  # fields that some row lacks

            def noted(name: str) -> pl.Series:
                values = column(name)
                if values.null_count():
                    sparse.add(name)
                return values

            _put_columns(put, times, list(fields), noted)
            footer = {**about, "rows": len(sids), "series": len(starts), "min": int(times.min()), "max": int(times.max()),
                      "fields": dict(fields), "sparse": sorted(sparse), "blocks": blocks}  # fmt: skip
            text = json.dumps(footer).encode()
            files.write(handle, text + _TAIL.pack(len(text), crc32(text), END), temporary)
            files.sync(handle, temporary)
        finally:
            os.close(handle)
        files.fault("rename", path)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise storage_error(error, path) from error


def _put_columns(
    put: Callable[[list[pl.Series], int, int], None], times: Array, names: list[str], column: Callable[[str], pl.Series]
) -> None:
    """Write times and fields: small segments many columns a block, large ones a column a block."""
    rows = len(times)
    stamps = pl.Series(TIME, times.astype(np.int64))
    if rows * 2 > BLOCK:
        for name in [TIME, *names]:
            values = stamps if name == TIME else column(name).alias(name)
            for low in range(0, rows, BLOCK):
                put([values.slice(low, BLOCK)], low, min(rows, low + BLOCK))
        return
    width = max(1, BLOCK // rows)
    every = [TIME, *names]
    for first in range(0, len(every), width):
        chosen = every[first : first + width]
        put([stamps if name == TIME else column(name).alias(name) for name in chosen], 0, rows)


def _unlink(path: str, retired: list[bool]) -> None:
    """Remove the file of a segment that nobody uses any more."""
    if retired[0]:
        Path(path).unlink(missing_ok=True)


class SegmentFile:
    """An open segment: its footer, and blocks on demand."""

    _numbers = iter(range(1 << 62))

    def __init__(self, path: Path, cache: BlockCache, report: Callable[[Loss], None]) -> None:
        self.path = path
        self.number = next(SegmentFile._numbers)
        self._cache = cache
        self._report = report
        with io_errors(path):
            self.footer = self._read_footer()
        self.fields: dict[str, ColumnType] = self.footer["fields"]
        self.rows: int = self.footer["rows"]
        self.bytes: int = path.stat().st_size
        self._where: dict[str, list[dict[str, Any]]] = {}
        for number, block in enumerate(self.footer["blocks"]):
            block["number"] = number
            for name in block["columns"]:
                self._where.setdefault(name, []).append(block)
        self._retired = [False]
        weakref.finalize(self, _unlink, str(path), self._retired)
        weakref.finalize(self, cache.forget, self.number)

    def _read_footer(self) -> dict[str, Any]:
        """The footer, checked; Damaged if it is not whole, Unavailable for another version."""
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            if size < _HEAD.size + _TAIL.size:
                raise self._damaged(0, size, "too short for a segment")
            file.seek(0)
            magic, version = _HEAD.unpack(file.read(_HEAD.size))
            file.seek(size - _TAIL.size)
            length, check, end = _TAIL.unpack(file.read(_TAIL.size))
            if magic != MAGIC or end != END:
                raise self._damaged(0, size, "not a segment, or cut short")
            if version not in READABLE:
                raise Unavailable(f"{self.path} has version {version}, this program reads versions up to {VERSION}",
                                  hint="open it with the program that wrote it and export the data")  # fmt: skip
            self.version = version
            if length > size - _HEAD.size - _TAIL.size:
                raise self._damaged(size - _TAIL.size, size, "wrong length of the footer")
            file.seek(size - _TAIL.size - length)
            text = file.read(length)
        if crc32(text) != check:
            raise self._damaged(size - _TAIL.size - length, size, "footer with a wrong checksum")
        footer: dict[str, Any] = json.loads(text)
        return footer

    def _damaged(self, low: int, high: int, what: str) -> Damaged:
        """An error that names file and place; reported as a loss too."""
        known = getattr(self, "footer", {})
        details = {k: known[k] for k in ("measurement", "rows", "min", "max") if k in known}
        self._report(Loss(str(self.path), f"bytes {low}-{high}", what, details))
        return Damaged(f"{self.path}, bytes {low} to {high}: {what}", hint="run `influxctl local check`")

    def _block(self, block: dict[str, Any], keep: bool = True) -> pl.DataFrame:
        """A block, from the cache or read and checked."""
        key = (self.number, block["number"])
        frame = self._cache.get(key)
        if frame is None:
            frame = self._read(block)
            if keep:
                self._cache.put(key, frame)
        return frame

    def _read(self, block: dict[str, Any]) -> pl.DataFrame:
        """A block from the file, checked."""
        with io_errors(self.path), self.path.open("rb") as file:
            file.seek(block["at"])
            data = file.read(block["size"])
        if len(data) != block["size"] or crc32(data) != block["crc"]:
            raise self._damaged(block["at"], block["at"] + block["size"], "block with a wrong checksum")
        frame = pl.read_ipc(io.BytesIO(data))
        if "packed" in block:
            frame = unpacked_frame(frame, block["columns"], block["packed"])
        if self.version == 1 and TIME in frame.columns:
            whole = np.cumsum(frame[TIME].to_numpy(), dtype=np.int64)
            frame = frame.with_columns(pl.Series(TIME, whole))
        return frame

    def column(self, name: str, low: int, high: int, keep: bool = True) -> pl.Series:
        """Values of a column for a range of rows. `keep`: somebody may ask for them again soon."""
        blocks = self._where[name]
        if keep and len(blocks) > 1 and (high - low) * 2 > self.rows and self.rows * _WORTH <= self._cache.limit:
            with suppress(Damaged):  # perhaps in a block that is not asked for
                return self._joined(name, blocks).slice(low, high - low)
        pieces = []
        for block in blocks:
            begin, end = max(low, block["low"]), min(high, block["high"])
            if begin < end:
                pieces.append(self._block(block, keep)[name].slice(begin - block["low"], end - begin))
        if not pieces:
            return self._block(blocks[0])[name].slice(0, 0)
        return pieces[0] if len(pieces) == 1 else pl.concat(pieces)

    def _joined(self, name: str, blocks: list[dict[str, Any]]) -> pl.Series:
        """A whole column in one piece, kept as such: joining blocks anew for each read costs as much as a reduction."""
        key = (self.number, -1 - blocks[0]["number"])
        frame = self._cache.get(key)
        if frame is None:
            frame = pl.concat([self._read(block) for block in blocks], rechunk=True)
            self._cache.put(key, frame)
        return frame[name]

    def whole(self, name: str) -> pl.Series:
        """A column that is not by rows: distinct series, their counts, their keys."""
        return self._block(self._where[name][0])[name]

    def damaged_blocks(self) -> list[tuple[dict[str, Any], str]]:
        """Every block read and checked: those that are damaged, and what is wrong with each."""
        wrong = []
        for block in self.footer["blocks"]:
            try:
                self._read(block)
            except InfluxctlError as error:
                wrong.append((block, error.message))
        return wrong

    def retire(self) -> None:
        """Remove the file as soon as no reader holds it."""
        self._retired[0] = True


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Rows of a segment that a delete hides: start <= time <= stop, of series that match."""

    start: int
    stop: int
    predicate: Predicate | None = None


@dataclass
class Segment:
    """A segment as a run, with the deletes that came after it. `order`: younger segments have greater numbers.

    `keep`: what is read stays in the cache; see `once`.
    """

    file: SegmentFile
    order: int
    tombstones: tuple[Tombstone, ...] = ()
    dead: Array | None = None
    sids: Array = field(default_factory=lambda: np.zeros(0, np.int32))
    offsets: Array = field(default_factory=lambda: np.zeros(1, np.int64))
    keep: bool = True

    def __post_init__(self) -> None:
        if not len(self.sids):
            self.sids = self.file.whole(SID).to_numpy()
            self.offsets = np.concatenate(([0], np.cumsum(self.file.whole(COUNT).to_numpy())))

    @property
    def min_time(self) -> int:
        """The least time of a row."""
        return int(self.file.footer["min"])

    @property
    def max_time(self) -> int:
        """The greatest time of a row."""
        return int(self.file.footer["max"])

    @property
    def fields(self) -> frozenset[str]:
        """The fields that some row has."""
        return frozenset(self.file.fields)

    def full(self, names: frozenset[str]) -> bool:
        """Whether every row has a value of each of these fields that the segment has, and no delete has hidden it."""
        sparse = self.file.footer.get("sparse", self.file.fields)
        return self.dead is None and not any(name in sparse for name in names)

    def times(self, low: int, high: int) -> Array:
        """Times of a range of rows."""
        return self.file.column(TIME, low, high, self.keep).to_numpy()

    def values(self, name: str, low: int, high: int) -> pl.Series:
        """Values of a field for a range of rows, null where the row lacks it."""
        return self.file.column(name, low, high, self.keep)

    def once(self) -> Segment:
        """The segment for one read of all of it, a merge, that must not push out of the cache what queries use."""
        return replace(self, keep=False)

    def hide(self, tombstone: Tombstone, matching: Array) -> Segment | None:
        """The segment after a delete: itself if no row is hit, None if no row is left. `matching`: truth for each series."""
        if tombstone.start > self.max_time or tombstone.stop < self.min_time or not matching[self.sids].any():
            return self
        rows = self.file.rows
        times = self.times(0, rows)
        hit = (times >= tombstone.start) & (times <= tombstone.stop)
        hit &= np.repeat(matching[self.sids], np.diff(self.offsets))
        if self.dead is not None:
            hit &= ~self.dead
        if not hit.any():
            return self
        dead = hit if self.dead is None else hit | self.dead
        if dead.all():
            return None
        return Segment(self.file, self.order, (*self.tombstones, tombstone), dead, self.sids, self.offsets)

    def live_fields(self, wanted: set[str]) -> set[str]:
        """Which of these fields have a value that no delete has hidden."""
        present = wanted & self.fields
        if self.dead is None:
            return present
        live = pl.Series(~self.dead)
        return {name for name in present if self._lives(name, live)}

    def _lives(self, name: str, live: pl.Series) -> bool:
        """Whether a field has a value in a row that is not hidden; assumed where that cannot be read."""
        try:
            return bool((self.values(name, 0, self.file.rows).is_not_null() & live).any())
        except Damaged:
            return True
