"""sort: the rows of each table ordered by columns.

The order is stable within a piece of a table (`pieces`). The reference sorts the pieces that group() put together one by one and merges
them with a heap, which shows in the order of rows that compare equal (seen, 2.9.1).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import polars as pl

from influxctl.core.columns import GID, Block
from influxctl.core.frames import pick, taken
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Stream, ranges, take_rows

Ints = np.ndarray[Any, np.dtype[np.int64]]
_NUMBERS = (pl.Float64, pl.Int64, pl.UInt64)
_MANY_TABLES = 64  # from here on one sort of all rows beats one a table


@builtin("universe", "sort")
def sort(tables: Stream, columns: list[str] | None = None, desc: bool = False) -> Stream:
    """The rows of each table ordered by columns."""
    labels = ["_value"] if columns is None else list(columns)

    def pieces(block: Block, numbers: Ints) -> Block:
        used = _used(block, labels)
        if not used or block.rows.height < 2:
            return block
        return take_rows(block, _merged(block, used, _order(block, used, desc), numbers))

    def head(count: int) -> Callable[[Block], Block]:
        return lambda block: first_rows(block, labels, desc, count)

    return tables.each("sort", lambda b: sorted_rows(b, labels, desc), pieces=pieces, head=head)


def sorted_rows(block: Block, labels: list[str], desc: bool) -> Block:
    """The block with the rows of each table in order; stable, nulls first, also when descending."""
    used = _used(block, labels)
    if not used or block.rows.height < 2:
        return block
    return take_rows(block, _order(block, used, desc))


def first_rows(block: Block, labels: list[str], desc: bool, count: int) -> Block:
    """What comes first in order: so many rows of each table, or fewer."""
    used = _used(block, labels)
    order = _order(block, used, desc) if used else np.arange(block.rows.height)
    return take_rows(block, order[ranges(block.offsets[:-1], np.minimum(np.diff(block.offsets), count))])


def _used(block: Block, labels: list[str]) -> list[str]:
    return [label for label in dict.fromkeys(labels) if (c := block.column(label)) is not None and not c.key]


def _order(block: Block, used: list[str], desc: bool) -> Ints:
    if len(used) == 1 and block.tables <= _MANY_TABLES:
        quick = _by_number(block, block.rows[used[0]], desc)
        if quick is not None:
            return quick
    frame = block.rows.select(GID, *(pl.col(label).alias(f"s{i}") for i, label in enumerate(used)))
    order = frame.select(
        pl.arg_sort_by(frame.columns, descending=[False, *[desc] * len(used)], nulls_last=False, maintain_order=True)
    )
    return order.to_series().to_numpy().astype(np.int64)


def _by_number(block: Block, series: pl.Series, desc: bool) -> Ints | None:
    """The order by a column of numbers, all of them there and none of them NaN, table by table; else None."""
    if series.null_count() or series.dtype not in _NUMBERS:
        return None
    values = series.to_numpy()
    if values.dtype.kind == "f" and np.isnan(values).any():
        return None
    if desc:
        values = -values if values.dtype.kind == "f" else ~values
    edges = block.offsets.tolist()
    parts = [np.argsort(values[low:high], kind="stable") + low for low, high in pairwise(edges)]
    return np.concatenate(parts)


# ---------------------------------------------------------------- after group()


def _merged(block: Block, used: list[str], order: Ints, numbers: Ints) -> Ints:
    """The order of rows with those that compare equal put as a merge of the pieces puts them."""
    ranks = _ranks(taken(pick(block.rows, [GID, *used]), order))
    pieces = numbers[order]
    tied = (ranks[1:] == ranks[:-1]) & (pieces[1:] != pieces[:-1])
    if not tied.any():
        return order
    gids = block.gids[order]
    out = order.copy()
    for table in np.unique(gids[1:][tied]).tolist():
        low, high = int(block.offsets[table]), int(block.offsets[table + 1])
        out[low:high] = order[low:high][_heap_order(ranks[low:high].tolist(), pieces[low:high].tolist())]
    return out


def _ranks(rows: pl.DataFrame) -> Ints:
    """A number for each row that grows where a row differs from the one before."""
    changed = np.zeros(rows.height, dtype=bool)
    for series in rows.get_columns():
        values = series.to_numpy() if series.dtype in (pl.UInt32, *_NUMBERS) and not series.null_count() else None
        if values is None or (values.dtype.kind == "f" and np.isnan(values).any()):
            changed[1:] |= series.ne_missing(series.shift(1)).to_numpy()[1:]
        else:
            changed[1:] |= values[1:] != values[:-1]
    return np.cumsum(changed)


def _heap_order(ranks: list[int], pieces: list[int]) -> list[int]:
    """Positions of sorted rows in the order in which a binary heap of pieces gives them; the piece on top stays there on a tie."""
    runs: dict[int, list[tuple[int, list[int]]]] = {}
    by_piece: dict[int, list[int]] = {}
    for place, piece in enumerate(pieces):
        by_piece.setdefault(piece, []).append(place)
    for piece in sorted(by_piece):
        runs[piece] = [(rank, list(group)) for rank, group in groupby(by_piece[piece], key=ranks.__getitem__)]
        runs[piece].reverse()
    heap = list(runs.values())
    for place in range(len(heap) // 2 - 1, -1, -1):
        _down(heap, place)
    out: list[int] = []
    while heap:
        out.extend(heap[0].pop()[1])
        if not heap[0]:
            heap[0] = heap[-1]
            heap.pop()
        _down(heap, 0)
    return out


def _down(heap: list[list[tuple[int, list[int]]]], place: int) -> None:
    """Lets the piece at a place sink below those whose next row comes before its own."""
    while (child := 2 * place + 1) < len(heap):
        if child + 1 < len(heap) and heap[child + 1][-1][0] < heap[child][-1][0]:
            child += 1
        if not heap[child][-1][0] < heap[place][-1][0]:
            return
        heap[place], heap[child] = heap[child], heap[place]
        place = child
