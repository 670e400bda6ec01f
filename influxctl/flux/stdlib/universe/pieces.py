"""Pieces: which of the tables below group() each row of a table came from.

The reference hands a grouped table on piece by piece, and some operations work on each piece by itself (seen, 2.9.1: `sort` merges
sorted pieces, `mode` answers for each). `in_pieces` makes such an operation one with its group().
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from influxctl.core.columns import Block, Column
from influxctl.core.frames import put
from influxctl.flux.reading import Read, blocks_of, grouped_blocks
from influxctl.flux.tables import Stream, regroup, retyped

PIECE = "\0piece"  # the column of rows that holds the number of the piece
Numbers = np.ndarray[Any, np.dtype[np.int64]]
Change = Callable[[Block, Numbers], Block]
Cut = Callable[[Block], Block]


def in_pieces(stream: Stream) -> Stream | None:
    """group |> an operation that knows the pieces (argument `pieces`: what it does with a block and the piece of each row).

    If its argument `head` tells how to cut pieces when only so many rows of the outcome are wanted, the new operation has the argument
    `first`: the operation that makes no more than these.
    """
    change, head = stream.args.get("pieces"), stream.args.get("head")
    if change is None:
        return None
    below = stream.parents[0]
    args = {k: v for k, v in stream.args.items() if k not in ("pieces", "head", "needs")}

    def made(cut: Cut | None, args: dict[str, Any]) -> Stream | None:
        group = _group_with_pieces(below, cut)
        return (
            Stream(stream.kind, lambda blocks: _changed(blocks, change), (group,), args) if group is not None else None
        )

    return made(None, args if head is None else {**args, "first": lambda count: made(head(count), args)})


def _group_with_pieces(group: Stream, cut: Cut | None) -> Stream | None:
    """The group operation with the column of pieces, which were cut before; None for another operation."""
    if group.kind == "read":
        read: Read = group.args["read"]
        if read.group is None or read.limit is not None or read.aggregate is not None or read.only is not None:
            return None
        plain, labels = replace(read, group=None), read.group
        args = {"prepare": read.prepare, "plain_errors": True}

        def grouped() -> Iterable[Block]:
            return grouped_blocks(read, _numbered(_cut(blocks_of(plain), cut, lambda b: labels)))

        made = Stream("groupedRead", grouped, (), args)
    elif group.kind == "group":
        key_of = group.args["key_of"]

        def transform(below: Iterable[Block]) -> Iterable[Block]:
            return regroup(_numbered(_cut(below, cut, key_of)), lambda b: [k for k in key_of(b) if k != PIECE])

        made = Stream("group", transform, group.parents, group.args | {"narrow": True})
    else:
        return None
    made.name, made.location, made.number = group.name, group.location, group.number
    made.run, made.bounds = group.run, group.bounds
    return made


def _cut(blocks: Iterable[Block], cut: Cut | None, key_of: Callable[[Block], Iterable[str]]) -> Iterator[Block]:
    """The blocks cut; one whose tables group() takes apart stays whole."""
    for block in blocks:
        whole = {c.label for c in block.columns if not c.key}
        yield block if cut is None or whole.intersection(key_of(block)) else cut(block)


def _numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with the number of its table in each row."""
    seen = 0
    for block in blocks:
        numbers = pl.Series(PIECE, block.gids.astype(np.int64) + seen)
        yield Block((*block.columns, Column(PIECE, "int")), block.keys, put(block.rows, numbers))
        seen += block.tables


def _changed(blocks: Iterable[Block], change: Change) -> Iterator[Block]:
    for block in blocks:
        plain = retyped(block, [c for c in block.columns if c.label != PIECE])
        yield change(plain, block.rows[PIECE].to_numpy())
