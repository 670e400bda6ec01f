"""What `from` becomes: a read of a bucket with everything that the rules pushed into it, and its answer as blocks of Flux tables.

Column order follows the reference's storage reads (seen, 2.9.1): `_start _stop _time _value _field _measurement` and the tags by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from influxctl.core.columns import GID, Block, Column
from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.frames import pick, put
from influxctl.core.ids import check_id
from influxctl.core.readspec import Aggregate, And, Predicate, ReadSpec
from influxctl.flux.tables import Stream, constant_series, narrowed, null_series, regroup, select_tables

if TYPE_CHECKING:
    from influxctl.flux.interpreter import Run
    from influxctl.flux.world import Source


@dataclass
class Bucket:
    """The bucket that a script names; looked up once, when the program starts."""

    run: Run
    name: str | None = None
    id: str | None = None
    org: str | None = None
    org_id: str | None = None
    found: str = field(default="", init=False)

    @property
    def label(self) -> str:
        """The bucket as messages name it."""
        return self.name or self.id or ""

    @property
    def source(self) -> Source:
        """Where data comes from; `Invalid` in a run without data."""
        if self.run.world.source is None:
            raise Invalid("this run has no data source")
        return self.run.world.source

    def find(self) -> None:
        """Looks the bucket up; `NotFound` if the caller may not know of it."""
        if self.found:
            return
        if not self.name and not self.id:
            raise Invalid("failed to initialize execute state: no bucket name or id have been specified")
        if self.id is not None:
            try:
                check_id(self.id)
            except Invalid as error:
                text = f"failed to initialize execute state: invalid bucket id: {error.message}"
                raise Invalid(text) from error
        try:
            self.found = self.source.find_bucket(name=self.name, id=self.id, org=self.org, org_id=self.org_id).id
        except InfluxctlError as error:
            prefix = "failed to initialize execute state: "
            text = error.message if error.message.startswith(prefix) else prefix + error.message
            raise type(error)(text, code=error.code, status=error.status) from error


@dataclass(frozen=True)
class Read:
    """A read under construction: what the rules have pushed so far."""

    bucket: Bucket
    start: int
    stop: int
    predicate: Predicate | None = None
    group: tuple[str, ...] | None = None
    aggregate: Aggregate | None = None
    weighed: bool = False  # a mean with the number of its values
    limit: int | None = None
    offset: int = 0
    only: frozenset[str] | None = None  # after group: the columns that anybody reads, besides the key

    def prepare(self) -> None:
        """What is checked before anything runs: the range is not empty, the bucket is there."""
        if self.start >= self.stop:
            raise Invalid("error in building plan while starting program: cannot query an empty range")
        self.bucket.find()

    def with_predicate(self, predicate: Predicate) -> Read:
        """This read with one more condition."""
        return replace(self, predicate=predicate if self.predicate is None else And(self.predicate, predicate))

    def spec(self) -> ReadSpec:
        """The request to the engine. Grouping happens here, on the keys frame."""
        plain = self.group is None
        return ReadSpec(
            bucket_id=self.bucket.found,
            start=self.start,
            stop=self.stop,
            predicate=self.predicate,
            aggregate=self.aggregate,
            weighed=self.weighed,
            limit=self.limit if plain and self.aggregate is None else None,
            offset=self.offset if plain and self.aggregate is None else 0,
        )


def from_stream(bucket: Bucket) -> Stream:
    """The stream of `from`; it cannot run until a rule gives it a range."""

    def unbounded() -> Iterable[Block]:
        raise Invalid("cannot submit unbounded read")

    stream = Stream("from", unbounded, (), {"bucket": bucket})
    stream.run = bucket.run
    return stream


def read_stream(read: Read) -> Stream:
    """The stream that performs a read."""
    return Stream("read", lambda: blocks_of(read), (), {"read": read, "prepare": read.prepare, "plain_errors": True})


def blocks_of(read: Read) -> Iterable[Block]:
    """The blocks of a read, as Flux tables."""
    plain = interleaved(with_range(b, read.start, read.stop) for b in read.bucket.source.read(read.spec()))
    return plain if read.group is None else grouped_blocks(read, plain)


def grouped_blocks(read: Read, plain: Iterable[Block]) -> Iterable[Block]:
    """The tables of a read, by series, by the columns that the read groups by."""
    group = read.group or ()
    wanted = {"_start", "_stop", *group}
    blocks = with_group_columns(plain, group)
    if read.only is not None:
        blocks = narrowed(blocks, wanted | read.only)
    return _grouped(list(blocks), wanted)


def _grouped(blocks: list[Block], wanted: set[str]) -> Iterable[Block]:
    """The blocks by other columns. Types that cannot be put together are found, as in the reference, after the first series went out."""
    try:
        yield from regroup(blocks, lambda b: wanted)
    except Invalid as error:
        first = select_tables(blocks[0], np.arange(blocks[0].tables) == 0)
        yield from regroup([first], lambda b: wanted)
        error.late = True  # type: ignore[attr-defined]
        raise


def with_group_columns(blocks: Iterable[Block], group: tuple[str, ...]) -> Iterable[Block]:
    """The blocks with a null column for each column to group by that they lack."""
    for block in blocks:
        missing = [label for label in group if block.column(label) is None]
        if missing:
            columns = (*block.columns, *(Column(label, "string", True) for label in missing))
            nulls = [null_series(label, "string", block.tables) for label in missing]
            block = Block(columns, put(block.keys, *nulls), block.rows)
        yield block


_FEW_TABLES = 64  # answers of this size come in exact series order although their schemas differ


def interleaved(blocks: Iterable[Block]) -> Iterable[Block]:
    """Small answers in series order across schemas: by measurement, tags, then field; large ones as the engine gives them."""
    held: list[Block] = []
    tables = 0
    source = iter(blocks)
    for block in source:
        held.append(block)
        tables += block.tables
        if tables > _FEW_TABLES or block.rows.height > 100_000:
            yield from held
            yield from source
            return
    if len(held) < 2:
        yield from held
        return
    order = []
    for number, block in enumerate(held):
        tags = sorted(c.label for c in block.columns if c.key and c.label not in _FIRST_KEYS)
        for table, key in enumerate(block.keys.iter_rows(named=True)):
            rank = (key["_measurement"], [(t, key[t]) for t in tags], key["_field"])
            order.append((rank, number, table))
    order.sort()
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or order[end][1] != order[start][1]:
            block = held[order[start][1]]
            wanted = np.zeros(block.tables, dtype=bool)
            wanted[[table for _, _, table in order[start:end]]] = True
            yield select_tables(block, wanted)
            start = end


_FIRST_KEYS = frozenset({"_start", "_stop", "_measurement", "_field"})


def wide_blocks(read: Read) -> Iterable[Block]:
    """The points of a read as rows with a column for each field, as pivot shows them; fields that a block lacks left out."""
    for block in read.bucket.source.read(replace(read.spec(), shape="wide")):
        made = with_range(block, read.start, read.stop)
        fields = [c for c in made.columns if not c.key and c.label != "_time"]
        rest = [c for c in made.columns if c.key or c.label == "_time"]
        yield Block((*rest, *sorted(fields, key=lambda c: c.label)), made.keys, made.rows)


def with_range(block: Block, start: int, stop: int) -> Block:
    """A block of the engine with the bounds of the read in front, columns in the order of storage reads."""
    rows = [c.label for c in block.columns if not c.key]
    order: list[str] = [label for label in ("_time", "_value") if label in rows]
    order += [label for label in rows if label not in order]
    keys = [
        block.keys[GID],
        constant_series("_start", start, "time", block.tables),
        constant_series("_stop", stop, "time", block.tables),
    ]
    by_label = {c.label: c for c in block.columns}
    columns = [Column("_start", "time", True), Column("_stop", "time", True)]
    columns += [by_label[label] for label in order]
    labels = [c.label for c in block.columns if c.key]
    labels.sort(key=lambda label: (label not in ("_field", "_measurement"), label))
    columns += [by_label[label] for label in labels]
    frame = pl.DataFrame([*keys, *(block.keys[label] for label in labels)])
    return Block(tuple(columns), frame, pick(block.rows, [GID, *order]))
