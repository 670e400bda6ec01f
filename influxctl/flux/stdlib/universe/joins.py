"""join: the rows of two streams with equal values in some columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from influxctl.core.columns import Block, Column
from influxctl.core.errors import Invalid
from influxctl.core.frames import present, take
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Blocks, Index, Stream, block_of, check_memory, gather, key_numbers, ranges
from influxctl.flux.values import Record, type_of

_FEW = 20_000  # texts up to which Python ranks them as fast as polars


@builtin("universe", "join")
def join(tables: Record, on: list[str] | None = None, method: str = "inner") -> Stream:
    """The rows of two streams with equal values in the columns `on`."""
    if method != "inner":
        raise Invalid(f"{method} is not a valid join type")
    if not on:
        raise Invalid("must specify a list of columns to join on")
    names = sorted(tables)
    if len(names) != 2:
        raise Invalid("failed to initialize execute state: joins currently must only have two parents")
    for name in names:
        if not isinstance(tables[name], Stream):
            raise Invalid(f"join: {name} must be a stream of tables, got {type_of(tables[name])}")

    def transform(left: Blocks, right: Blocks) -> Iterator[Block]:
        first, second = gather(left), gather(right)
        for a in first:
            for b in second:
                yield from joined(made, a, b, names, list(on))

    made = Stream("join", transform, (tables[names[0]], tables[names[1]]))
    return made


class Matches(NamedTuple):
    """Row numbers of both sides that belong together, ordered by what they are joined on."""

    left: Index
    right: Index


def joined(stream: Stream, left: Block, right: Block, names: list[str], on: list[str]) -> list[Block]:
    """The inner join of two blocks: columns by name, those of both sides with the stream's name behind."""
    for label in on:
        a, b = left.column(label), right.column(label)
        if a is None or b is None:
            return []
        if a.type != b.type:
            raise Invalid(f"cannot join on column {label} of types {a.type} and {b.type}")
    found = _matches(stream, left, right, on)
    return [_put_together(left, right, found, names, on)] if len(found.left) else []


def _put_together(left: Block, right: Block, found: Matches, names: list[str], on: list[str]) -> Block:
    """The rows of a join as tables. Its key is made of columns that are constant in a table of one side, so it is found for each pair of
    tables, not for each row.
    """
    blocks = (left, right)
    origins = _origins(blocks, names, on)
    columns = tuple(Column(label, c.type, c.key) for label, (_, c) in sorted(origins.items()))
    tables = [block.gids[rows].astype(np.int64) for block, rows in zip(blocks, found, strict=True)]
    pairs, back = np.unique(tables[0] * right.tables + tables[1], return_inverse=True)
    tables_of = divmod(pairs, right.tables)

    def cells(column: Column, rows: Sequence[Index]) -> pl.Series:
        side, origin = origins[column.label]
        frame = blocks[side].keys if origin.key else blocks[side].rows
        return take(frame[origin.label], rows[side]).alias(column.label)

    keys = [cells(c, tables_of) for c in columns if c.key]
    numbers, uniques = key_numbers(pl.DataFrame(keys)) if keys else (np.zeros(len(pairs), np.int64), pl.DataFrame())
    gids = numbers[back]
    order = np.argsort(gids, kind="stable")
    rows = [cells(c, (found.left[order], found.right[order])) for c in columns if not c.key]
    return block_of(columns, uniques.get_columns(), rows, gids[order], int(numbers.max()) + 1)


def _origins(blocks: tuple[Block, Block], names: list[str], on: list[str]) -> dict[str, tuple[int, Column]]:
    """Where each column of a join comes from: side and column. What is joined on comes from a side that has it in its key."""
    shared = set.intersection(*({c.label for c in block.columns} for block in blocks)) - set(on)
    first, second = ({c.label for c in block.key_columns} for block in blocks)
    found: dict[str, tuple[int, Column]] = {}
    for side, block in enumerate(blocks):
        for column in block.columns:
            label = column.label
            if label not in on:
                found[f"{label}_{names[side]}" if label in shared else label] = side, column
            elif side == int(label in second and label not in first):
                found[label] = side, column
    return found


def _matches(stream: Stream, left: Block, right: Block, on: list[str]) -> Matches:
    """The pairs of rows with equal values in the columns `on`, in the order of these values, then of the rows. A null matches nothing."""
    split = left.rows.height
    codes = np.zeros(split + right.rows.height, np.int64)
    missing = np.zeros(len(codes), bool)
    for label in on:
        ranks = _ranks(left, right, label)
        missing |= ranks < 0
        codes = codes * (int(ranks.max(initial=0)) + 1) + np.maximum(ranks, 0)
        if len(on) > 1:
            _, codes = np.unique(codes, return_inverse=True)
    sides = []
    for part, absent in ((codes[:split], missing[:split]), (codes[split:], missing[split:])):
        there = np.flatnonzero(~absent)
        order = there[np.argsort(part[there], kind="stable")]
        sides.append((order, part[order]))
    (a, mine), (b, theirs) = sides
    starts = np.searchsorted(theirs, mine, side="left")
    counts = np.searchsorted(theirs, mine, side="right") - starts
    check_memory(stream, int(counts.sum()) * 8 * (len(left.columns) + len(right.columns)))
    return Matches(np.repeat(a, counts), b[ranges(starts, counts)])


def _ranks(left: Block, right: Block, label: str) -> Index:
    """The rank of each row's value among those of both sides, -1 for null. What is in the key is looked at once a table."""
    in_key = [label in {c.label for c in block.key_columns} for block in (left, right)]
    parts = [block.keys[label] if key else block.rows[label] for block, key in zip((left, right), in_key, strict=True)]
    values = pl.concat(parts)
    there = present(values)
    ranks = np.full(len(values), -1, np.int64)
    ranks[there] = dense_ranks(values if there.all() else values.filter(pl.Series(there)))
    sides = np.split(ranks, [len(parts[0])])
    return np.concatenate(
        [side[block.gids] if key else side for side, block, key in zip(sides, (left, right), in_key, strict=True)]
    )


def dense_ranks(values: pl.Series) -> Index:
    """The rank of each value among the distinct ones; there are no nulls."""
    if values.dtype != pl.String:
        return np.unique(values.to_numpy(), return_inverse=True)[1]
    if len(values) <= _FEW:
        texts = values.to_list()
        ranks = {text: rank for rank, text in enumerate(sorted(set(texts)))}
        return np.array([ranks[text] for text in texts], dtype=np.int64)
    return values.cast(pl.Enum(values.unique().sort())).to_physical().to_numpy().astype(np.int64)


__all__ = ["join"]
