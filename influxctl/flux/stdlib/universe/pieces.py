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
from influxctl.flux.reading import Read, blocks_of, grouped_blocks
from influxctl.flux.tables import Stream, regroup, retyped

PIECE = "\0piece"  # the column of rows that holds the number of the piece
Numbers = np.ndarray[Any, np.dtype[np.int64]]
Change = Callable[[Block, Numbers], Block]


def in_pieces(stream: Stream) -> Stream | None:
    """group |> an operation that knows the pieces (argument `pieces`: what it does with a block and the piece of each row)."""
    change = stream.args.get("pieces")
    if change is None:
        return None
    below = _group_with_pieces(stream.parents[0])
    if below is None:
        return None
    return Stream(stream.kind, lambda blocks: _changed(blocks, change), (below,), _without(stream.args))


def _without(args: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in args.items() if k not in ("pieces", "needs")}


def _group_with_pieces(group: Stream) -> Stream | None:
    """The group operation with the column of pieces; None for another operation."""
    if group.kind == "read":
        read: Read = group.args["read"]
        if read.group is None or read.limit is not None or read.aggregate is not None or read.only is not None:
            return None
        plain = replace(read, group=None)
        args = {"prepare": read.prepare, "plain_errors": True}
        made = Stream("groupedRead", lambda: grouped_blocks(read, _numbered(blocks_of(plain))), (), args)
    elif group.kind == "group":
        key_of = group.args["key_of"]

        def transform(below: Iterable[Block]) -> Iterable[Block]:
            return regroup(_numbered(below), lambda b: [k for k in key_of(b) if k != PIECE])

        made = Stream("group", transform, group.parents, group.args | {"narrow": True})
    else:
        return None
    made.name, made.location, made.number = group.name, group.location, group.number
    made.run, made.bounds = group.run, group.bounds
    return made


def _numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with the number of its table in each row."""
    seen = 0
    for block in blocks:
        numbers = pl.Series(PIECE, block.gids.astype(np.int64) + seen)
        yield Block((*block.columns, Column(PIECE, "int")), block.keys, block.rows.with_columns(numbers))
        seen += block.tables


def _changed(blocks: Iterable[Block], change: Change) -> Iterator[Block]:
    for block in blocks:
        plain = retyped(block, [c for c in block.columns if c.label != PIECE])
        yield change(plain, block.rows[PIECE].to_numpy())
