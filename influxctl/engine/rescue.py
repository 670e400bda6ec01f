"""What is left of a damaged segment, as a run: rows whose times are intact, with the values whose blocks are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from influxctl.core.columns import DTYPES
from influxctl.core.times import format_time
from influxctl.engine.model import Loss
from influxctl.engine.segment import TIME, Segment

Array = npt.NDArray[Any]
Spans = list[tuple[int, int]]


class Rescued:
    """A segment without its damaged blocks. Rows that have lost their time, or all their values, are hidden."""

    dead: Array | None

    def __init__(self, segment: Segment, bad: Sequence[Mapping[str, Any]]) -> None:
        self._segment = segment
        self.sids, self.offsets = segment.sids, segment.offsets
        self.min_time, self.max_time = segment.min_time, segment.max_time
        self.fields = segment.fields
        self._bad: dict[str, Spans] = {}
        for block in bad:
            for name in block["columns"]:
                self._bad.setdefault(name, []).append((block["low"], block["high"]))
        rows = segment.file.rows
        self._hidden = np.zeros(rows, bool) if segment.dead is None else segment.dead
        timed = ~self._hidden
        for low, high in self._bad.get(TIME, ()):
            timed[low:high] = False
        some = np.zeros(rows, bool)
        left = set()
        for name in self.fields:
            there = self.values(name, 0, rows).is_not_null().to_numpy() & timed
            if there.any():
                left.add(name)
                some |= there
        self.fields = frozenset(left)
        self.dead = ~some

    @property
    def empty(self) -> bool:
        """Whether nothing is left."""
        return not self.fields

    def full(self, names: frozenset[str]) -> bool:
        """Nothing is promised of a damaged segment."""
        return False

    def times(self, low: int, high: int) -> Array:
        """Times of a range of rows, the least one for rows that lost theirs (they are hidden)."""
        return self._read(TIME, low, high, self.min_time).to_numpy()

    def values(self, name: str, low: int, high: int) -> pl.Series:
        """Values of a field for a range of rows, null where they are lost."""
        return self._read(name, low, high, None)

    def _read(self, name: str, low: int, high: int, instead: int | None) -> pl.Series:
        file = self._segment.file
        kind = DTYPES["int"] if name == TIME else DTYPES[file.fields[name]]
        pieces = []
        for begin, end, lost in _cut(self._bad.get(name, []), low, high):
            if lost:
                pieces.append(pl.Series(name, [instead], dtype=kind).new_from_index(0, end - begin))
            else:
                pieces.append(file.column(name, begin, end).rename(name))
        return pl.concat(pieces) if pieces else pl.Series(name, [], dtype=kind)

    def losses(self) -> Iterator[Loss]:
        """What is gone: of each field how many points, and of what time as far as that is known."""
        file, about = self._segment.file, self._segment.file.footer
        hidden = self._hidden
        for name in sorted(self._segment.fields):
            gone = np.zeros(file.rows, bool)
            for low, high in [*self._bad.get(name, ()), *self._bad.get(TIME, ())]:
                gone[low:high] = True
            gone &= ~hidden
            if name not in about.get("sparse", ()):
                count = f"{int(gone.sum())}"
            else:
                count = f"up to {int(gone.sum())}"
            if gone.any():
                first, last = self._span(gone)
                yield Loss(str(file.path), f"measurement {about['measurement']}, field {name}",
                           f"{count} points between {format_time(first)} and {format_time(last)} are lost",
                           {"bucket": about["bucket"], "points": int(gone.sum()), "min": first, "max": last})  # fmt: skip

    def _span(self, gone: Array) -> tuple[int, int]:
        """The first and last time of rows, those of the segment when a time is lost."""
        if self._bad.get(TIME):
            return self.min_time, self.max_time
        times = self.times(0, len(gone))[gone]
        return int(times.min()), int(times.max())


def _cut(lost: Spans, low: int, high: int) -> Iterator[tuple[int, int, bool]]:
    """A range of rows in pieces: begin, end, whether it is lost."""
    at = low
    for begin, end in sorted(lost):
        begin, end = max(begin, at), min(end, high)
        if begin < end:
            if at < begin:
                yield at, begin, False
            yield begin, end, True
            at = end
    if at < high:
        yield at, high, False
