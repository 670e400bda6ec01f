"""Decoded blocks of segments that are kept for the next read: bounded by the bytes they really take, and by how long nobody has asked."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import NamedTuple

import polars as pl

_VIEW, _INLINE = 16, 12  # bytes of the head of each text in a column; texts up to this length stand in it


class _Kept(NamedTuple):
    """A block, what it takes, and when it was last asked for."""

    block: pl.DataFrame
    size: int
    used: float


class BlockCache:
    """Decoded blocks, the least recently used dropped when they exceed `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._kept: OrderedDict[tuple[int, int], _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: tuple[int, int]) -> pl.DataFrame | None:
        """A block, if it is kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept[key] = found._replace(used=time.monotonic())
            self._kept.move_to_end(key)
            return found.block

    def put(self, key: tuple[int, int], block: pl.DataFrame) -> None:
        """Keep a block; one that is larger than all that may be kept is not."""
        size = bytes_of(block)
        with self._lock:
            if size > self.limit or key in self._kept:
                return
            self._kept[key] = _Kept(block, size, time.monotonic())
            self.size += size
            while self.size > self.limit:
                self._drop_oldest()

    def forget(self, number: int) -> None:
        """Drop the blocks of a file."""
        with self._lock:
            for key in [k for k in self._kept if k[0] == number]:
                self.size -= self._kept.pop(key).size

    def forget_unused(self, seconds: float) -> int:
        """Drop the blocks that nobody has asked for in so many seconds, so that a rare look at everything does not stay in memory for
        ever; how many bytes they took."""
        oldest = time.monotonic() - seconds
        with self._lock:
            before = self.size
            while self._kept and next(iter(self._kept.values())).used < oldest:
                self._drop_oldest()
            return before - self.size

    def _drop_oldest(self) -> None:
        self.size -= self._kept.popitem(last=False)[1].size


def bytes_of(block: pl.DataFrame) -> int:
    """The bytes of a block's columns. (For texts Polars' own estimate counts their letters only.)"""
    size = 0
    for column in block.get_columns():
        bytes_there = int(column.estimated_size())
        if column.dtype == pl.String:
            letters = bytes_there if bytes_there > _INLINE * len(column) else 0
            bytes_there = _VIEW * len(column) + letters
        size += bytes_there
    return size
