"""Nodes of InfluxQL: expressions, sources and statements, as frozen dataclasses that compare by value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

FillKind = Literal["null", "none", "previous", "linear", "number"]


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`*`, `*::tag` or `*::field`."""

    type: str = ""


@dataclass(frozen=True, slots=True)
class VarRef:
    """A field, a tag or `time`, with the type after `::` if any."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; the name is in lower case."""

    name: str
    args: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Distinct:
    """`DISTINCT field` without parentheses."""

    name: str


@dataclass(frozen=True, slots=True)
class Binary:
    """`left op right`; op is one of + - * / % & | ^ = != < <= > >= =~ !~ AND OR."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Paren:
    """An expression in parentheses."""

    expr: Expr


@dataclass(frozen=True, slots=True)
class Number:
    """A literal with a decimal point."""

    value: float


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer literal; above 2^63-1 it is an unsigned one."""

    value: int


@dataclass(frozen=True, slots=True)
class String:
    """Text in single quotes; may be a time."""

    value: str


@dataclass(frozen=True, slots=True)
class Boolean:
    """true or false."""

    value: bool


@dataclass(frozen=True, slots=True)
class DurationLiteral:
    """A duration in nanoseconds."""

    ns: int


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression in the syntax of Go."""

    pattern: str


Expr = (
    Wildcard | VarRef | Call | Distinct | Binary | Paren | Number | Integer | String | Boolean | DurationLiteral | Regex
)
LITERALS = (Number, Integer, String, Boolean, DurationLiteral, Regex)


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a SELECT: an expression and its alias."""

    expr: Expr
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A source: `database.rp.name`, or a regular expression in place of the name."""

    name: str = ""
    database: str = ""
    rp: str = ""
    regex: str | None = None


@dataclass(frozen=True, slots=True)
class SubQuery:
    """A source: `(SELECT …)`."""

    select: Select


Source = Measurement | SubQuery


@dataclass(frozen=True, slots=True)
class Fill:
    """What stands in windows without points."""

    kind: FillKind = "null"
    value: float | int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """ORDER BY time, LIMIT, OFFSET, SLIMIT and SOFFSET; 0 limits nothing. `ordered`: ORDER BY was written."""

    limit: int = 0
    offset: int = 0
    slimit: int = 0
    soffset: int = 0
    descending: bool = False
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """SELECT fields INTO into FROM sources WHERE condition GROUP BY dimensions fill(…) ORDER BY … tz(…)."""

    fields: tuple[Field, ...]
    sources: tuple[Source, ...]
    condition: Expr | None = None
    dimensions: tuple[Expr, ...] = ()
    fill: Fill | None = None
    page: Page = field(default_factory=Page)
    into: Measurement | None = None
    tz: str = ""


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """`WITH KEY op value` or `WITH MEASUREMENT op value`; op is =, !=, =~, !~ or IN."""

    op: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Show:
    """A SHOW statement; `what` is its words, as in "TAG VALUES CARDINALITY"."""

    what: str
    database: str = ""
    exact: bool = False
    sources: tuple[Measurement, ...] = ()
    filter: KeyFilter | None = None
    condition: Expr | None = None
    dimensions: tuple[Expr, ...] = ()
    page: Page = field(default_factory=Page)


@dataclass(frozen=True, slots=True)
class Explain:
    """EXPLAIN [ANALYZE] SELECT …."""

    select: Select
    analyze: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """DELETE [FROM …] [WHERE …]."""

    sources: tuple[Measurement, ...] = ()
    condition: Expr | None = None


@dataclass(frozen=True, slots=True)
class DropMeasurement:
    """DROP MEASUREMENT name."""

    name: str


@dataclass(frozen=True, slots=True)
class Administration:
    """A statement about databases, users and the like: `name` is its words, `text` the whole of it in canonical form."""

    name: str
    text: str


Statement = Select | Show | Explain | Delete | DropMeasurement | Administration


def walk(expr: Expr) -> list[Expr]:
    """The expression and everything in it, parents first."""
    found: list[Expr] = []
    stack: list[Expr] = [expr]
    while stack:
        node = stack.pop()
        found.append(node)
        if isinstance(node, Binary):
            stack += (node.right, node.left)
        elif isinstance(node, Paren):
            stack.append(node.expr)
        elif isinstance(node, Call):
            stack += reversed(node.args)
    return found


def depth(expr: Expr) -> int:
    """How many nodes the longest way down passes."""
    deepest = 0
    stack: list[tuple[Expr, int]] = [(expr, 1)]
    while stack:
        node, level = stack.pop()
        deepest = max(deepest, level)
        if isinstance(node, Binary):
            stack += ((node.right, level + 1), (node.left, level + 1))
        elif isinstance(node, Paren):
            stack.append((node.expr, level + 1))
        elif isinstance(node, Call):
            stack += [(arg, level + 1) for arg in node.args]
    return deepest
