"""Chunks of bytes as a file that is read while they are made."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any


class ChunkFile(io.RawIOBase):
    """Reads an iterable of bytes; closing it closes the iterable, if that can be closed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._source = chunks
        self._chunks: Iterator[bytes] = iter(chunks)
        self._rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what the present chunk has; 0 at the end."""
        while not self._rest:
            try:
                self._rest = next(self._chunks)
            except StopIteration:
                return 0
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def close(self) -> None:
        """Close the source too."""
        close = getattr(self._source, "close", None)
        if close is not None and not self.closed:
            close()
        super().close()
