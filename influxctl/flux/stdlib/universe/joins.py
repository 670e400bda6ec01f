"""join: the rows of two streams with equal values in some columns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from influxctl.core.columns import Block, Column
from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Blocks, Stream, block_of, check_memory, full_frame, gather, regroup
from influxctl.flux.values import Record, type_of


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
                check_memory(made, joined_size(a, b, list(on)))
                yield from joined(a, b, names[0], names[1], list(on))

    made = Stream("join", transform, (tables[names[0]], tables[names[1]]))
    return made


def joined_size(left: Block, right: Block, on: list[str]) -> int:
    """How many bytes the join of two blocks will take, from how often each key occurs on both sides."""
    if any(b.column(label) is None for b in (left, right) for label in on):
        return 0
    counts = []
    for block in (left, right):
        keys = pl.DataFrame([block.values(label) for label in on])
        counts.append(keys.group_by(on).len())
    if any(a.dtype != b.dtype for a, b in zip(counts[0][on].get_columns(), counts[1][on].get_columns(), strict=True)):
        return 0
    both = counts[0].join(counts[1], on=on, how="inner")
    rows = int((both["len"].cast(pl.UInt64) * both["len_right"].cast(pl.UInt64)).sum())
    return rows * 8 * (len(left.columns) + len(right.columns))


def joined(left: Block, right: Block, left_name: str, right_name: str, on: list[str]) -> list[Block]:
    """The inner join of two blocks: columns by name, those of both sides with the stream's name behind."""
    for label in on:
        a, b = left.column(label), right.column(label)
        if a is None or b is None:
            return []
        if a.type != b.type:
            raise Invalid(f"cannot join on column {label} of types {a.type} and {b.type}")
    shared = ({c.label for c in left.columns} & {c.label for c in right.columns}) - set(on)
    columns: list[Column] = []
    frames = []
    for block, name in ((left, left_name), (right, right_name)):
        frame = full_frame(block).drop("\0gid")
        new = {c.label: f"{c.label}_{name}" for c in block.columns if c.label in shared}
        frames.append(frame.rename(new))
        for column in block.columns:
            label = new.get(column.label, column.label)
            if label in on and block is right:
                if column.key:
                    columns = [Column(c.label, c.type, True) if c.label == label else c for c in columns]
                continue
            columns.append(Column(label, column.type, column.key))
    columns.sort(key=lambda c: c.label)
    made = frames[0].join(frames[1], on=on, how="inner", maintain_order="left_right")
    if not made.height:
        return []
    made = made.sort(on, maintain_order=True).select(c.label for c in columns)
    keys = {c.label for c in columns if c.key}
    flat = [Column(c.label, c.type) for c in columns]
    block = block_of(flat, [], made.get_columns(), np.zeros(made.height), 1)
    return regroup([block], lambda b: keys)


__all__ = ["join", "joined", "pl"]
