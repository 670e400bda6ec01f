"""Streams of tables: the value that transformations take and give, and what is done to blocks of tables as such.

A `Stream` is one operation of a pipeline with its parents; nothing is read until `flux.plan.execute` runs it. The functions here cut,
order, merge and re-key the tables of blocks; they work on whole blocks and never table by table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from influxctl.core.columns import DTYPES, GID, Block, Column, ColumnType
from influxctl.core.errors import Invalid
from influxctl.core.frames import kept, nulls, pick, put, take, taken, without
from influxctl.flux.values import type_of

if TYPE_CHECKING:
    from influxctl.flux.interpreter import Run

Blocks = Iterator[Block]
Unite = Callable[[Sequence[Block]], tuple[Column, ...]]  # the columns of blocks whose tables become one
Transform = Callable[..., Iterable[Block]]
Bounds = tuple[int, int]
Index = np.ndarray[tuple[int], np.dtype[np.int64]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

TYPE_NAMES = {
    "bool": "boolean",
    "int": "integer",
    "uint": "unsigned",
    "float": "float",
    "string": "string",
    "time": "time",
}


class Stream:
    """An operation whose result is a stream of tables.

    `kind` and `args` say what the planner may know of it; `transform` takes an iterator of blocks for each parent and gives blocks.
    `bounds` is the time range that `range` set upstream; `window` needs it.
    """

    is_stream = True
    __slots__ = ("args", "bounds", "kind", "location", "name", "number", "parents", "run", "transform", "work")

    def __init__(
        self, kind: str, transform: Transform, parents: Sequence[Stream] = (), args: dict[str, Any] | None = None
    ) -> None:
        self.kind = kind
        self.transform = transform
        self.parents = tuple(parents)
        self.args = args or {}
        self.bounds: Bounds | None = _joined_bounds(self.parents)
        self.name = ""
        self.location: object = None
        self.number = 0
        self.run: Run | None = next((p.run for p in self.parents if p.run is not None), None)
        self.work: list[Block] | None = None  # the blocks, once gathered for several readers

    def then(self, kind: str, transform: Transform, **args: Any) -> Stream:
        """The stream of `transform` over this one."""
        return Stream(kind, transform, (self,), args)

    def each(self, kind: str, change: Callable[[Block], Block | None], **args: Any) -> Stream:
        """The stream of a change made to every block by itself; None leaves the block out."""

        def transform(blocks: Blocks) -> Blocks:
            for block in blocks:
                changed = change(block)
                if changed is not None and changed.tables:
                    yield changed

        return Stream(kind, transform, (self,), args)

    def made_at(self, name: str, location: object, run: Run) -> None:
        """Notes the call that made the stream: the innermost one of the script, not those inside the library."""
        if self.location is None:
            run.nodes += 1
            self.number = run.nodes
            self.run = run
        elif not getattr(self.location, "file", ""):
            return
        self.name, self.location = name, location

    def blocks(self) -> Blocks:
        """Runs the pipeline. For builtins that need the rows at once (`tableFind`, `findRecord` …)."""
        from influxctl.flux.plan import execute

        return execute(self)


def _joined_bounds(parents: Sequence[Stream]) -> Bounds | None:
    known = [p.bounds for p in parents if p.bounds is not None]
    return (min(b[0] for b in known), max(b[1] for b in known)) if known else None


def check_memory(stream: Stream, wanted: int) -> None:
    """`Invalid` if an operation would hold more bytes than its run may."""
    limit = stream.run.world.memory_limit if stream.run is not None else None
    if limit is not None and wanted > limit:
        raise Invalid(f"memory allocation limit reached: limit {limit} bytes, wanted {wanted}")


# ---------------------------------------------------------------- making blocks


def gid_series(numbers: Any) -> pl.Series:
    """Table numbers as the column `GID`."""
    return pl.Series(GID, np.asarray(numbers, dtype=np.uint32))


def block_of(
    columns: Iterable[Column], keys: Iterable[pl.Series], rows: Iterable[pl.Series], gids: Any, tables: int
) -> Block:
    """A block from its series; `gids` the table of each row, ascending, `tables` how many tables there are."""
    key_frame = pl.DataFrame([gid_series(np.arange(tables)), *keys])
    return Block(tuple(columns), key_frame, pl.DataFrame([gid_series(gids), *rows]))


def null_series(label: str, kind: ColumnType, count: int) -> pl.Series:
    """A column of nulls."""
    return nulls(label, DTYPES[kind], count)


def constant_series(label: str, value: object, kind: ColumnType, count: int) -> pl.Series:
    """A column that holds one value."""
    return pl.Series(label, [value], dtype=DTYPES[kind]).new_from_index(0, count)


def retyped(block: Block, columns: Iterable[Column]) -> Block:
    """The block with other columns of the same frames (order, or a subset whose key flags did not change)."""
    columns = tuple(columns)
    keys = [c.label for c in columns if c.key]
    rows = [c.label for c in columns if not c.key]
    return Block(columns, pick(block.keys, [GID, *keys]), pick(block.rows, [GID, *rows]))


def full_frame(block: Block) -> pl.DataFrame:
    """All rows with all columns in table order, and `GID`."""
    return pl.DataFrame([block.rows[GID], *(block.values(c.label) for c in block.columns)])


def narrowed(blocks: Iterable[Block], labels: set[str]) -> Iterator[Block]:
    """The blocks with these columns only; tables may then have equal keys, which `regroup` merges."""
    for block in blocks:
        yield retyped(block, [c for c in block.columns if c.label in labels])


def key_types(block: Block) -> tuple[tuple[str, str], ...]:
    """Labels and types of the group key, by label."""
    return tuple(sorted((c.label, c.type) for c in block.columns if c.key))


def row_counts(block: Block) -> Index:
    """Rows of each table."""
    return np.diff(block.offsets)


# ---------------------------------------------------------------- cutting


def select_rows(block: Block, wanted: pl.Series | Mask, keep_empty: bool = False) -> Block:
    """The rows where the mask is true; tables that lost all rows go, unless `keep_empty`."""
    mask = wanted if isinstance(wanted, pl.Series) else pl.Series(wanted)
    cut = Block(block.columns, block.keys, kept(block.rows, mask))
    return cut if keep_empty else drop_empty(cut)


def take_rows(block: Block, index: Index) -> Block:
    """The rows at these positions, which keep the order of tables; tables without any stay as empty tables."""
    return Block(block.columns, block.keys, taken(block.rows, index))


def drop_empty(block: Block) -> Block:
    """The block without its empty tables."""
    used = row_counts(block) > 0
    return block if used.all() else select_tables(block, used)


def select_tables(block: Block, wanted: Mask) -> Block:
    """The tables where the mask is true."""
    if wanted.all():
        return block
    numbers = np.cumsum(wanted) - 1
    marks = wanted[block.gids]
    rows = block.rows if marks.all() else kept(block.rows, marks)
    rows = put(rows, gid_series(numbers[rows[GID].to_numpy()]))
    keys = put(kept(block.keys, wanted), gid_series(np.arange(int(wanted.sum()))))
    return Block(block.columns, keys, rows)


def order_tables(block: Block, order: Index) -> Block:
    """The tables in another order."""
    if np.array_equal(order, np.arange(block.tables)):
        return block
    counts = row_counts(block)[order]
    starts = block.offsets[:-1][order]
    index = ranges(starts, counts)
    rows = put(taken(block.rows, index), gid_series(np.repeat(np.arange(len(order)), counts)))
    keys = put(taken(block.keys, order), gid_series(np.arange(len(order))))
    return Block(block.columns, keys, rows)


def ranges(starts: Index, counts: Index) -> Index:
    """The numbers starts[i] … starts[i] + counts[i] - 1 one after the other."""
    total = int(counts.sum())
    ends = np.cumsum(counts)
    return np.repeat(starts - (ends - counts), counts) + np.arange(total)


def key_order(block: Block) -> Index:
    """The positions of the tables in group-key order: by value, columns taken by label, nulls first."""
    labels = sorted(c.label for c in block.columns if c.key)
    if block.tables < 2 or not labels:
        return np.arange(block.tables)
    keys = pick(block.keys, labels)
    values = _comparable(keys)
    if values is not None:
        return np.array(sorted(range(len(values)), key=values.__getitem__), dtype=np.int64)
    return (
        keys.select(pl.arg_sort_by(labels, nulls_last=False, maintain_order=True))
        .to_series()
        .to_numpy()
        .astype(np.int64)
    )


_FEW = 2000  # keys up to which Python sorts and numbers them faster than polars plans to


def _comparable(keys: pl.DataFrame) -> list[Any] | None:
    """What sorts rows by their columns, nulls first, and is equal for equal rows. None for many rows, and for floats: NaN is not even
    equal to itself.
    """
    if keys.height > _FEW or pl.Float64 in keys.dtypes:
        return None
    columns: list[list[Any]] = []
    for column in keys.get_columns():
        values = column.to_list()
        if len(set(values)) > 1:
            columns.append([(value is not None, value) for value in values] if column.null_count() else values)
    return columns[0] if len(columns) == 1 else list(zip(*columns, strict=True)) if columns else [()] * keys.height


def sorted_tables(block: Block) -> Block:
    """The tables in group-key order."""
    return order_tables(block, key_order(block))


def gather(blocks: Iterable[Block]) -> list[Block]:
    """Blocks of the same columns put together, in the order of their first appearance."""
    groups: dict[tuple[Column, ...], list[Block]] = {}
    for block in blocks:
        groups.setdefault(block.columns, []).append(block)
    return [concat(same) for same in groups.values()]


def concat(blocks: Sequence[Block]) -> Block:
    """One block of the tables of several blocks with the same columns."""
    if len(blocks) == 1:
        return blocks[0]
    first = blocks[0]
    shift = 0
    keys, rows = [], []
    for block in blocks:  # the columns of a block have an order, those of its frames may stand in another
        keys.append(put(pick(block.keys, first.keys.columns), gid_series(np.arange(shift, shift + block.tables))))
        rows.append(put(pick(block.rows, first.rows.columns), gid_series(block.gids + np.uint32(shift))))
        shift += block.tables
    return Block(first.columns, pl.concat(keys), pl.concat(rows))


# ---------------------------------------------------------------- re-keying


def regroup(
    blocks: Iterable[Block],
    wanted: Callable[[Block], Iterable[str]],
    order_by_key: bool = True,
    together: Unite | None = None,
) -> list[Block]:
    """The rows in tables by other group keys.

    `wanted` names the key columns of a block (those that it has count). Tables of equal keys become one, their rows in the order in
    which they come. `together` gives the columns of tables that become one, as `union_columns` if it is left out: columns that one of
    them lacks are null, columns of different types under one label are a schema collision.
    """
    changed = [(_with_key(b, set(wanted(b)))) for b in blocks]
    by_key: dict[tuple[tuple[str, str], ...], list[Block]] = {}
    for block in changed:
        if block.tables:
            by_key.setdefault(key_types(block), []).append(block)
    out: list[Block] = []
    for same in by_key.values():
        out.extend(_merge(same, order_by_key, together or union_columns))
    return out


def merge_tables(blocks: Iterable[Block], order_by_key: bool = False, together: Unite | None = None) -> list[Block]:
    """Tables of equal group keys put together, their columns as in `regroup`; nothing else changes."""
    return regroup(blocks, lambda b: [c.label for c in b.columns if c.key], order_by_key, together)


def merging(change: Callable[[Block], Block], meets: Callable[[Block], bool]) -> Callable[[Blocks], Iterator[Block]]:
    """A change of tables, over all blocks. Where it `meets` a block, tables may get the group key of others: they wait and merge."""

    def transform(blocks: Blocks) -> Iterator[Block]:
        waiting: list[Block] = []
        for block in blocks:
            made = change(block)
            if not made.tables:
                continue
            if meets(block):
                waiting.append(made)
            else:
                yield made
        yield from merge_tables(waiting)

    return transform


def merged_bounds(change: Callable[[Block], Block], labels: tuple[str, str]) -> Callable[[Blocks], Iterator[Block]]:
    """A change that gives tables new bounds: those whose old bounds differ may have one group key then."""
    return merging(change, lambda block: any(x in block.keys.columns and block.keys[x].n_unique() > 1 for x in labels))


def keyed_by(block: Block, labels: Iterable[str]) -> bool:
    """Whether one of these columns is in the group key."""
    return any(column is not None and column.key for column in map(block.column, labels))


def _with_key(block: Block, labels: set[str]) -> Block:
    """The block's rows as tables whose key columns are `labels`: one table for each row run, merged later by `_merge`."""
    labels &= {c.label for c in block.columns}
    old = {c.label for c in block.columns if c.key}
    columns = tuple(Column(c.label, c.type, c.label in labels) for c in block.columns)
    if labels == old:
        return block
    if labels <= old:  # decided on the keys frame alone
        keys = pick(block.keys, [GID, *(c.label for c in columns if c.key)])
        index = block.rows[GID]
        lost = [c.label for c in columns if c.label in old and not c.key]
        rows = put(block.rows, *(take(block.keys[label], index) for label in lost))
        return Block(columns, keys, pick(rows, [GID, *(c.label for c in columns if not c.key)]))
    frame = full_frame(block)
    numbers, uniques = key_numbers(pick(frame, [c.label for c in columns if c.key]))
    order = np.argsort(numbers, kind="stable")
    rows = taken(pick(frame, [c.label for c in columns if not c.key]), order)
    return Block(
        columns,
        pl.DataFrame([gid_series(np.arange(uniques.height)), *uniques.get_columns()]),
        pl.DataFrame([gid_series(numbers[order]), *rows.get_columns()]),
    )


def key_numbers(keys: pl.DataFrame) -> tuple[Index, pl.DataFrame]:
    """A number for each row that is equal for equal keys, and the keys by number; numbers follow group-key order."""
    if keys.width == 0:
        height = keys.height
        return np.zeros(height, dtype=np.int64), pl.DataFrame(height=1)
    labels = sorted(keys.columns)
    values = _comparable(pick(keys, labels))
    if values is not None:
        ranks = {value: at for at, value in enumerate(sorted(set(values)))}
        numbers = np.array([ranks[value] for value in values], dtype=np.int64)
        first = np.empty(len(ranks), dtype=np.int64)
        first[numbers[::-1]] = np.arange(len(values))[::-1]
        return numbers, taken(keys, first)
    uniques = keys.unique(maintain_order=True)
    uniques = uniques.sort(labels, nulls_last=False, maintain_order=True)
    numbered = put(uniques, pl.Series("\0n", np.arange(uniques.height, dtype=np.int64)))
    joined = keys.join(numbered, on=labels, how="left", nulls_equal=True, maintain_order="left")
    return joined["\0n"].to_numpy(), uniques


def _merge(blocks: list[Block], order_by_key: bool, together: Unite) -> list[Block]:
    """Puts tables of equal keys together; the blocks have the same key labels and types."""
    labels = sorted(c.label for c in blocks[0].columns if c.key)
    keys = pl.concat([pick(b.keys, labels) for b in blocks]) if labels else None
    total = sum(b.tables for b in blocks)
    if keys is None:
        numbers, groups = np.zeros(total, dtype=np.int64), 1
    else:
        numbers, uniques = key_numbers(keys)
        groups = uniques.height
        if not order_by_key:  # numbers by first appearance instead
            _, first = np.unique(numbers, return_index=True)
            rank = np.empty(groups, dtype=np.int64)
            rank[np.argsort(first, kind="stable")] = np.arange(groups)
            numbers = rank[numbers]
    sources = np.repeat(np.arange(len(blocks)), [b.tables for b in blocks])
    if groups == total and len(blocks) == 1:
        return [order_tables(blocks[0], np.argsort(numbers, kind="stable"))]
    if len({b.columns for b in blocks}) == 1:
        return [_merge_same(blocks, numbers, groups)]
    return _merge_mixed(blocks, numbers, sources, groups, together)


def _merge_same(blocks: Sequence[Block], numbers: Index, groups: int) -> Block:
    """Merges tables of blocks with the same columns; `numbers` is the new table of each old one."""
    whole = concat(blocks)
    return _renumber(whole, numbers, groups)


def _renumber(block: Block, numbers: Index, groups: int) -> Block:
    gids = numbers.astype(np.uint32)[block.gids]
    rows = block.rows
    if (np.diff(numbers) < 0).any():
        order = np.argsort(gids, kind="stable")
        rows, gids = taken(rows, order), gids[order]
    rows = put(rows, gid_series(gids))
    first = np.full(groups, -1, dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]
    keys = put(taken(block.keys, first), gid_series(np.arange(groups)))
    return Block(block.columns, keys, rows)


def _merge_mixed(blocks: list[Block], numbers: Index, sources: Index, groups: int, unite: Unite) -> list[Block]:
    """Merges tables of blocks with different columns: a block for each set of sources that come together in a table."""
    members: dict[int, set[int]] = {}
    for number, source in zip(numbers.tolist(), sources.tolist(), strict=True):
        members.setdefault(number, set()).add(source)
    by_sources: dict[tuple[int, ...], list[int]] = {}
    for number in range(groups):
        by_sources.setdefault(tuple(sorted(members[number])), []).append(number)
    starts = np.cumsum([0, *(b.tables for b in blocks)])
    out: list[Block] = []
    for together, tables in by_sources.items():
        wanted = np.zeros(groups, dtype=bool)
        wanted[tables] = True
        rank = np.cumsum(wanted) - 1
        parts = [blocks[s] for s in together]
        columns = unite(parts)
        cut, new = [], []
        for source in together:
            mine = numbers[starts[source] : starts[source + 1]]
            cut.append(widen(select_tables(blocks[source], wanted[mine]), columns))
            new.append(rank[mine[wanted[mine]]])
        out.append(_merge_same(cut, np.concatenate(new), len(tables)))
    return out


def union_columns(blocks: Iterable[Block]) -> tuple[Column, ...]:
    """The columns of all blocks in order of first appearance; a label with two types is a schema collision."""
    found: dict[str, Column] = {}
    for block in blocks:
        for column in block.columns:
            known = found.setdefault(column.label, column)
            if known.type != column.type:
                raise Invalid(
                    "schema collision: cannot group "
                    f"{TYPE_NAMES[known.type]} and {TYPE_NAMES[column.type]} types together"
                )
    return tuple(found.values())


def equal_columns(blocks: Sequence[Block]) -> tuple[Column, ...]:
    """The columns of blocks that all have the same ones; `Invalid` if they do not."""
    columns = union_columns(blocks)
    for block in blocks:
        missing = sorted({c.label for c in columns} - {c.label for c in block.columns})
        if missing:
            raise Invalid(
                f"tables that get the same group key have different columns: one of them lacks {', '.join(missing)}"
            )
    return columns


def widen(block: Block, columns: tuple[Column, ...]) -> Block:
    """The block with these columns: those that it lacks are null."""
    if block.columns == columns:
        return block
    have = {c.label: c for c in block.columns}
    rows = [block.rows[GID]]
    keys = [block.keys[GID]]
    for column in columns:
        target = keys if column.key else rows
        height = block.tables if column.key else block.rows.height
        if column.label in have:
            target.append(block.keys[column.label] if column.key else block.values(column.label))
        else:
            target.append(null_series(column.label, column.type, height))
    return Block(columns, pl.DataFrame(keys), pl.DataFrame(rows))


def named(label: str) -> str:
    """The label of a new column; `Invalid` if it is empty, which no frame can hold."""
    if not isinstance(label, str):
        raise Invalid(f"the name of a column must be a string, got {type_of(label)}")
    if not label:
        raise Invalid("a column needs a name, and it is empty")
    return label


def replace_column(block: Block, label: str, values: pl.Series, kind: ColumnType) -> Block:
    """The block with a column of its rows replaced or, if it is new, put last. A key column becomes an ordinary one."""
    old = block.column(named(label))
    if old is not None and old.key:
        columns = tuple(Column(label, kind) if c.label == label else c for c in block.columns)
        keys = without(block.keys, label)
    elif old is not None:
        columns = tuple(Column(label, kind) if c.label == label else c for c in block.columns)
        keys = block.keys
    else:
        columns = (*block.columns, Column(label, kind))
        keys = block.keys
    rows = put(block.rows, values.alias(label))
    return Block(columns, keys, pick(rows, [GID, *(c.label for c in columns if not c.key)]))
