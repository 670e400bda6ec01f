"""ReadSpec: what a language may ask of the engine, and nothing more.

A predicate is a small tree over the names `_measurement`, `_field`, `_value`, `_time` and tag keys (every other name). A tag that a
series does not have is null; a comparison with null is not true, so the series is left out, unless `Compare.missing` or
`Match.missing` says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scalar = bool | int | float | str
CompareOp = Literal["==", "!=", "<", "<=", ">", ">="]
Aggregate = Literal["count", "sum", "mean", "min", "max", "first", "last"]


@dataclass(frozen=True, slots=True)
class Compare:
    """`column op value`. `missing` is the truth value for a series without that tag."""

    column: str
    op: CompareOp
    value: Scalar
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """`column =~ /pattern/`, or `!~` when `negate`. `missing` is the truth value for a series without that tag."""

    column: str
    pattern: str
    negate: bool = False
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Exists:
    """The series has this tag."""

    column: str


@dataclass(frozen=True, slots=True)
class And:
    """Both sides are true."""

    left: Predicate
    right: Predicate


@dataclass(frozen=True, slots=True)
class Or:
    """Either side is true."""

    left: Predicate
    right: Predicate


@dataclass(frozen=True, slots=True)
class Not:
    """The operand is not true."""

    operand: Predicate


Predicate = Compare | Match | Exists | And | Or | Not


@dataclass(frozen=True, slots=True)
class Window:
    """Windows [k·every + offset, k·every + offset + every) in nanoseconds since 1970, clipped to the range of the read.

    `create_empty`: a row for windows without points too (null, or 0 for count), from the range's start to its stop.
    """

    every: int
    offset: int = 0
    create_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSpec:
    """One read. `start` is inclusive, `stop` exclusive, nanoseconds.

    Result of `engine.read(spec)`, an iterator of blocks (`core.columns`), tables in series order within a block, a block for each
    schema:

    * shape "long", no aggregate: a table a series and field. Key: `_field`, `_measurement`, tags by name. Rows: `_time`, `_value`,
      ascending by time (`descending` turns that). A block has one set of tag keys and one type of `_value`.
    * shape "wide", no aggregate: a table a series (key `_measurement`, tags by name), rows `_time` and a column for each field of the
      measurement that the predicate lets through, null where the point lacks it; rows without any field are left out.
    * `aggregate` without `window`: one row a table, tables without points left out. Selectors (min max first last) give `_time`, `_value`
      of the row chosen (ties: the first); the others `_value` only. int, uint, float keep their type in sum; mean is float; count int.
    * `aggregate` with `window`: a row a window: `_start`, `_stop` (both clipped to the range), `_time` for selectors, `_value`.
    * `group`: tables by these columns only (key in that order) instead of by series; rows of one table are ordered by series, then time
      (without aggregate) and merged (with aggregate). Tables whose `_value` types differ stay apart: the language decides what that means.
    * `weighed`, with the aggregate mean: a column `_weight` behind `_value` says how many values each mean is made of.
    * `limit`, `offset`: rows of each table, after all the rest.
    * `fields`, for shape "wide": only these fields; the same as asking for them in the predicate, but quicker. None gives all.
    * `tags`, for shape "wide": only these tags become key columns (of the series that have them); None gives all.
    """

    bucket_id: str
    start: int
    stop: int
    predicate: Predicate | None = None
    shape: Literal["long", "wide"] = "long"
    group: tuple[str, ...] | None = None
    aggregate: Aggregate | None = None
    window: Window | None = None
    weighed: bool = False
    limit: int | None = None
    offset: int = 0
    descending: bool = False
    tags: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None
