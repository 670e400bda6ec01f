"""A growing column of texts for rows in memory: what has come in is kept as Polars strings, only the last few as Python's.

A text of up to 12 bytes takes 16 bytes so, where a Python string and its place in a list take 60 to 70; and what Python's allocator hands
out for small objects, it hardly ever gives back: a server kept 70 MB for the rest of its life after one full memtable.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_LOOSE = 1024  # texts that are kept as Python strings before they become a piece
_PIECE = 256  # texts from which a series becomes a piece as it is


class Texts:
    """Texts in the order of arrival. Pieces only ever join into new ones: a slice that a reader holds is never disturbed."""

    __slots__ = ("_loose", "_pieces", "_settled")

    def __init__(self) -> None:
        self._pieces: list[pl.Series] = []
        self._settled = 0  # texts in pieces
        self._loose: list[str] = []

    def __len__(self) -> int:
        return self._settled + len(self._loose)

    def append(self, text: str) -> None:
        """Add one text."""
        self._loose.append(text)
        if len(self._loose) >= _LOOSE:
            self._settle()

    def extend(self, texts: Sequence[str] | pl.Series) -> None:
        """Add texts."""
        if isinstance(texts, pl.Series) and len(texts) >= _PIECE:
            self._settle()
            self._put(texts)
            return
        self._loose.extend(texts.to_list() if isinstance(texts, pl.Series) else texts)
        if len(self._loose) >= _LOOSE:
            self._settle()

    def between(self, begin: int, end: int) -> pl.Series:
        """A range of texts."""
        loose = [pl.Series(self._loose, dtype=pl.String)] if end > self._settled else []
        pieces = [*self._pieces, *loose] or [pl.Series([], dtype=pl.String)]
        whole = pieces[0] if len(pieces) == 1 else pl.concat(pieces, rechunk=False)
        return whole.slice(begin, end - begin)

    def _settle(self) -> None:
        """Make a piece of the loose texts."""
        if self._loose:
            self._put(pl.Series(self._loose, dtype=pl.String))
            self._loose = []

    def _put(self, piece: pl.Series) -> None:
        """Add a piece; the last ones are joined so that there are few, each at least twice as long as the next."""
        self._settled += len(piece)
        pieces = self._pieces
        while pieces and len(pieces[-1]) < 2 * len(piece):
            piece = pl.concat([pieces.pop(), piece], rechunk=True)
        pieces.append(piece)
