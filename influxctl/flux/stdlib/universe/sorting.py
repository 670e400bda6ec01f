"""sort: the rows of each table ordered by columns.

The order is stable within what came to a table in one piece. A table that group() put together of several tables has several pieces:
the reference sorts each of them and merges them with a heap, which shows in the order of rows that compare equal (seen, 2.9.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl

from influxctl.core.columns import GID, Block, Column
from influxctl.flux.reading import Read, blocks_of, grouped_blocks
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Stream, regroup, retyped, take_rows

_PIECE = "\0piece"  # a column of rows: which of the tables below group() a row came from
Ints = np.ndarray[Any, np.dtype[np.int64]]


@builtin("universe", "sort")
def sort(tables: Stream, columns: list[str] | None = None, desc: bool = False) -> Stream:
    """The rows of each table ordered by columns."""
    labels = ["_value"] if columns is None else list(columns)
    return tables.each("sort", lambda b: sorted_rows(b, labels, desc), columns=tuple(labels), desc=desc)


def sorted_rows(block: Block, labels: list[str], desc: bool) -> Block:
    """The block with the rows of each table in order; stable, nulls first, also when descending."""
    used = _used(block, labels)
    if not used or block.rows.height < 2:
        return block
    return take_rows(block, _order(block, used, desc))


def _used(block: Block, labels: list[str]) -> list[str]:
    return [label for label in dict.fromkeys(labels) if (c := block.column(label)) is not None and not c.key]


def _order(block: Block, used: list[str], desc: bool) -> Ints:
    frame = block.rows.select(GID, *(pl.col(label).alias(f"s{i}") for i, label in enumerate(used)))
    order = frame.select(
        pl.arg_sort_by(frame.columns, descending=[False, *[desc] * len(used)], nulls_last=False, maintain_order=True)
    )
    return order.to_series().to_numpy().astype(np.int64)


# ---------------------------------------------------------------- after group()


def sorted_groups(sort: Stream) -> Stream | None:
    """group |> sort as one operation that knows the pieces of its tables; None when the parent is no group."""
    parent = sort.parents[0]
    labels, desc = list(sort.args["columns"]), sort.args["desc"]
    if parent.kind == "read":
        read: Read = parent.args["read"]
        if read.group is None or read.limit is not None or read.aggregate is not None or read.only is not None:
            return None

        def blocks() -> Iterator[Block]:
            return _sorted(grouped_blocks(read, _pieces(blocks_of(replace(read, group=None)))), labels, desc)

        return Stream("sortedGroups", blocks, (), {"prepare": read.prepare, "plain_errors": True})
    if parent.kind != "group":
        return None
    key_of = parent.args["key_of"]

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        return _sorted(regroup(_pieces(blocks), lambda b: [k for k in key_of(b) if k != _PIECE]), labels, desc)

    return Stream("sortedGroups", transform, parent.parents)


def _pieces(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with the number of its table in each row."""
    seen = 0
    for block in blocks:
        numbers = pl.Series(_PIECE, block.gids.astype(np.int64) + seen)
        yield Block((*block.columns, Column(_PIECE, "int")), block.keys, block.rows.with_columns(numbers))
        seen += block.tables


def _sorted(blocks: Iterable[Block], labels: list[str], desc: bool) -> Iterator[Block]:
    for block in blocks:
        plain = retyped(block, [c for c in block.columns if c.label != _PIECE])
        used = _used(block, labels)
        if not used or block.rows.height < 2:
            yield plain
            continue
        order = _order(block, used, desc)
        yield take_rows(plain, _merged(block, used, order))


def _merged(block: Block, used: list[str], order: Ints) -> Ints:
    """The order of rows with those that compare equal put as a merge of the pieces puts them."""
    rows = block.rows.select(GID, *used)[order]
    ranks = _ranks(rows)
    pieces = block.rows[_PIECE].to_numpy()[order]
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
    changed = np.zeros(rows.height, dtype=np.int64)
    for series in rows.get_columns():
        changed[1:] |= series.ne_missing(series.shift(1)).to_numpy()[1:]
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
