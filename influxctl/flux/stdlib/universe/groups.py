"""group, sort, union: tables put together, split and ordered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from influxctl.core.columns import GID, Block
from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Blocks, Stream, merge_tables, null_series, regroup, take_rows


@builtin("universe", "group")
def group(tables: Stream, columns: list[str] | None = None, mode: str = "by") -> Stream:
    """The rows by the values of other columns."""
    wanted = tuple(columns or ())
    if mode not in ("by", "except"):
        raise Invalid('invalid group mode: must be "by" or "except"')

    def key_of(block: Block) -> Iterable[str]:
        if mode == "by":
            return wanted
        return [c.label for c in block.columns if c.label not in wanted]

    return tables.then("group", lambda blocks: regroup(blocks, key_of), columns=wanted, mode=mode)


@builtin("universe", "sort")
def sort(tables: Stream, columns: list[str] | None = None, desc: bool = False) -> Stream:
    """The rows of each table ordered by columns."""
    labels = ["_value"] if columns is None else list(columns)
    return tables.each("sort", lambda b: sorted_rows(b, labels, desc), columns=tuple(labels), desc=desc)


def sorted_rows(block: Block, labels: list[str], desc: bool) -> Block:
    """The block with the rows of each table in order; stable, nulls first, also when descending."""
    used = [label for label in dict.fromkeys(labels) if (c := block.column(label)) is not None and not c.key]
    if not used or block.rows.height < 2:
        return block
    by = [block.rows[GID], *(_comparable(block.rows[label]).alias(f"s{i}") for i, label in enumerate(used))]
    frame = pl.DataFrame(by)
    order = frame.select(
        pl.arg_sort_by(frame.columns, descending=[False, *[desc] * len(used)], nulls_last=False, maintain_order=True)
    ).to_series()
    return take_rows(block, order.to_numpy().astype(np.int64))


def _comparable(series: pl.Series) -> pl.Series:
    return series


@builtin("universe", "union")
def union(tables: list[Stream]) -> Stream:
    """The tables of several streams; tables of equal keys become one."""
    streams = list(dict.fromkeys(tables))
    if len(tables) < 2:
        raise Invalid("union must have at least two streams as input")

    def transform(*inputs: Blocks) -> Iterator[Block]:
        found = [block for blocks in inputs for block in blocks]
        yield from merge_tables(found)

    return Stream("union", transform, streams)


__all__ = ["group", "null_series", "sort", "sorted_rows", "union"]
