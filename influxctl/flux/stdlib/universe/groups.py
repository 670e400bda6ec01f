"""group and union: tables put together and split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.tables import Blocks, Stream, merge_tables, regroup


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

    return tables.then("group", lambda blocks: regroup(blocks, key_of), columns=wanted, mode=mode, key_of=key_of)


@builtin("universe", "union")
def union(tables: list[Stream]) -> Stream:
    """The tables of several streams; tables of equal keys become one."""
    streams = list(dict.fromkeys(tables))
    if len(tables) < 2:
        raise Invalid("union must have at least two streams as input")

    def transform(*inputs: Blocks) -> Iterator[Block]:
        yield from merge_tables(block for blocks in inputs for block in blocks)

    return Stream("union", transform, streams)
