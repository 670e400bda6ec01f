"""Syntax tree of Flux: nodes named and shaped as in the contract.

A node's fields are its children in source order, after `location`. What hardly any node has (comments before it,
attributes, errors in it) stands beside the tree in the `File`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from influxctl.flux.source import NOWHERE as NOWHERE
from influxctl.flux.source import Position as Position
from influxctl.flux.source import SourceLocation as SourceLocation

if TYPE_CHECKING:
    from influxctl.flux.errors import FluxError

MAX_DEPTH = 400  # nesting of brackets, blocks and operators that bind to the right
MAX_PIPES = 1000  # links of one pipeline: each adds to the type of its rows
MAX_CHAIN = 4000  # operands of one chain of operators or calls, which nest to the left
_RECURSION = 16_000  # frames that a tree of these depths can need; pure Python calls use no C stack in 3.11

if sys.getrecursionlimit() < _RECURSION:
    sys.setrecursionlimit(_RECURSION)


class Comment(NamedTuple):
    """A `//` comment with its line feed, and the offset at which it begins."""

    text: str
    offset: int


@dataclass(slots=True, eq=False)
class Node:
    """Any node of the tree. Nodes are compared by identity; `same` compares by shape."""

    location: SourceLocation


@dataclass(slots=True, eq=False)
class Expression(Node):
    """A node with a value."""


@dataclass(slots=True, eq=False)
class Statement(Node):
    """A node that stands in a file or block."""


@dataclass(slots=True, eq=False)
class TypeNode(Node):
    """A type as written after `builtin name :`."""


# ---------------------------------------------------------------- literals and names


@dataclass(slots=True, eq=False)
class Identifier(Expression):
    """A name."""

    name: str


@dataclass(slots=True, eq=False)
class IntegerLiteral(Expression):
    """An integer; 64 bits, signed."""

    value: int


@dataclass(slots=True, eq=False)
class UnsignedIntegerLiteral(Expression):
    """An unsigned integer: no text makes one, a tree sent as JSON may hold it."""

    value: int


@dataclass(slots=True, eq=False)
class FloatLiteral(Expression):
    """A floating point number."""

    value: float


@dataclass(slots=True, eq=False)
class BooleanLiteral(Expression):
    """true or false in a tree sent as JSON; in text they are identifiers of the prelude."""

    value: bool


@dataclass(slots=True, eq=False)
class StringLiteral(Expression):
    """A string without interpolation, escapes resolved."""

    value: str


@dataclass(slots=True, eq=False)
class RegexpLiteral(Expression):
    """A regular expression between slashes, `\\/` resolved."""

    value: str


@dataclass(slots=True, eq=False)
class DateTimeLiteral(Expression):
    """A time; `value` is RFC 3339 text."""

    value: str


@dataclass(slots=True, eq=False)
class Duration(Node):
    """One part of a duration, such as `30m`."""

    magnitude: int
    unit: str


@dataclass(slots=True, eq=False)
class DurationLiteral(Expression):
    """A duration: its parts as written."""

    values: list[Duration]


@dataclass(slots=True, eq=False)
class PipeLiteral(Expression):
    """`<-` as the default of a parameter."""


@dataclass(slots=True, eq=False)
class LabelLiteral(Expression):
    """`.name`, a column label (experimental in the reference, switched off)."""

    value: str


@dataclass(slots=True, eq=False)
class TextPart(Node):
    """Text in an interpolated string."""

    value: str


@dataclass(slots=True, eq=False)
class InterpolatedPart(Node):
    """`${expression}` in an interpolated string."""

    expression: Expression


@dataclass(slots=True, eq=False)
class StringExpression(Expression):
    """A string with interpolation."""

    parts: list[TextPart | InterpolatedPart]


# ---------------------------------------------------------------- composite expressions


@dataclass(slots=True, eq=False)
class ArrayExpression(Expression):
    """`[a, b]`."""

    elements: list[Expression]


@dataclass(slots=True, eq=False)
class DictItem(Node):
    """`key: val` in a dictionary."""

    key: Expression
    val: Expression


@dataclass(slots=True, eq=False)
class DictExpression(Expression):
    """`["a": 1]` or `[:]`."""

    elements: list[DictItem]


@dataclass(slots=True, eq=False)
class Property(Node):
    """`key: value` of a record or call, `key=value` of a parameter; no value: `{a}` or a parameter without default."""

    key: Identifier | StringLiteral
    value: Expression | None = None


@dataclass(slots=True, eq=False)
class ObjectExpression(Expression):
    """A record, or the arguments of a call."""

    properties: list[Property]
    with_: Identifier | None = None


@dataclass(slots=True, eq=False)
class FunctionExpression(Expression):
    """`(params) => body`; the body is an expression or a block."""

    params: list[Property]
    body: Expression | Block


@dataclass(slots=True, eq=False)
class CallExpression(Expression):
    """`callee(arguments)`: no argument, or one `ObjectExpression`."""

    callee: Expression
    arguments: list[ObjectExpression]


@dataclass(slots=True, eq=False)
class PipeExpression(Expression):
    """`argument |> call`."""

    argument: Expression
    call: CallExpression


@dataclass(slots=True, eq=False)
class MemberExpression(Expression):
    """`object.property` or `object["property"]`."""

    object: Expression
    property: Identifier | StringLiteral


@dataclass(slots=True, eq=False)
class IndexExpression(Expression):
    """`array[index]`."""

    array: Expression
    index: Expression


@dataclass(slots=True, eq=False)
class UnaryExpression(Expression):
    """`-x`, `+x`, `not x`, `exists x`."""

    operator: str
    argument: Expression


@dataclass(slots=True, eq=False)
class BinaryExpression(Expression):
    """Arithmetic, comparison or regexp match."""

    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, eq=False)
class LogicalExpression(Expression):
    """`and`, `or`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, eq=False)
class ConditionalExpression(Expression):
    """`if test then consequent else alternate`."""

    test: Expression
    consequent: Expression
    alternate: Expression


@dataclass(slots=True, eq=False)
class ParenExpression(Expression):
    """`(expression)`."""

    expression: Expression


@dataclass(slots=True, eq=False)
class BadExpression(Expression):
    """What could not be read as an expression."""

    text: str
    expression: Expression | None = None


# ---------------------------------------------------------------- statements


@dataclass(slots=True, eq=False)
class Block(Node):
    """The body of a function or testcase."""

    body: list[Statement]


@dataclass(slots=True, eq=False)
class ExpressionStatement(Statement):
    """An expression on its own: its stream is a result."""

    expression: Expression


@dataclass(slots=True, eq=False)
class VariableAssignment(Statement):
    """`id = init`."""

    id: Identifier
    init: Expression


@dataclass(slots=True, eq=False)
class MemberAssignment(Statement):
    """`member = init`, after `option` only."""

    member: MemberExpression
    init: Expression


@dataclass(slots=True, eq=False)
class OptionStatement(Statement):
    """`option assignment`."""

    assignment: VariableAssignment | MemberAssignment


@dataclass(slots=True, eq=False)
class ReturnStatement(Statement):
    """`return argument`."""

    argument: Expression


@dataclass(slots=True, eq=False)
class BuiltinStatement(Statement):
    """`builtin id : ty`."""

    id: Identifier
    ty: TypeExpression


@dataclass(slots=True, eq=False)
class TestStatement(Statement):
    """`test name = …`: only in trees sent as JSON."""

    assignment: VariableAssignment


@dataclass(slots=True, eq=False)
class TestCaseStatement(Statement):
    """`testcase id extends "name" { … }`."""

    id: Identifier
    extends: StringLiteral | None
    block: Block


@dataclass(slots=True, eq=False)
class BadStatement(Statement):
    """What could not be read as a statement."""

    text: str


# ---------------------------------------------------------------- types


@dataclass(slots=True, eq=False)
class NamedType(TypeNode):
    """`int`, `string` …"""

    name: Identifier


@dataclass(slots=True, eq=False)
class TvarType(TypeNode):
    """A type variable, one capital letter."""

    name: Identifier


@dataclass(slots=True, eq=False)
class ArrayType(TypeNode):
    """`[T]`."""

    element: TypeNode


@dataclass(slots=True, eq=False)
class StreamType(TypeNode):
    """`stream[T]`."""

    element: TypeNode


@dataclass(slots=True, eq=False)
class VectorType(TypeNode):
    """`vector[T]`, internal."""

    element: TypeNode


@dataclass(slots=True, eq=False)
class DictType(TypeNode):
    """`[K: V]`."""

    key: TypeNode
    val: TypeNode


@dataclass(slots=True, eq=False)
class DynamicType(TypeNode):
    """`dynamic`."""


@dataclass(slots=True, eq=False)
class LabelType(TypeNode):
    """`.name` as a type."""

    value: str


@dataclass(slots=True, eq=False)
class PropertyType(Node):
    """`name: monotype` in a record type."""

    name: Identifier | StringLiteral
    monotype: TypeNode


@dataclass(slots=True, eq=False)
class RecordType(TypeNode):
    """`{tvar with properties}`."""

    tvar: Identifier | None
    properties: list[PropertyType]


@dataclass(slots=True, eq=False)
class ParameterType(Node):
    """A parameter in a function type: kind is "Required", "Optional" or "Pipe"; a pipe parameter may lack a name."""

    kind: str
    name: Identifier | None
    monotype: TypeNode
    default: LabelLiteral | None = None


@dataclass(slots=True, eq=False)
class FunctionType(TypeNode):
    """`(parameters) => monotype`."""

    parameters: list[ParameterType]
    monotype: TypeNode


@dataclass(slots=True, eq=False)
class TypeConstraint(Node):
    """`tvar: Kind + Kind`."""

    tvar: Identifier
    kinds: list[Identifier]


@dataclass(slots=True, eq=False)
class TypeExpression(Node):
    """A type with its constraints."""

    monotype: TypeNode
    constraints: list[TypeConstraint]


# ---------------------------------------------------------------- files


@dataclass(slots=True, eq=False)
class AttributeParam(Node):
    """A parameter of an attribute."""

    value: Expression


@dataclass(slots=True, eq=False)
class Attribute(Node):
    """`@name(params)` before a statement, import or package clause."""

    name: str
    params: list[AttributeParam]


@dataclass(slots=True, eq=False)
class PackageClause(Node):
    """`package name`."""

    name: Identifier


@dataclass(slots=True, eq=False)
class ImportDeclaration(Node):
    """`import as "path"`."""

    as_: Identifier | None
    path: StringLiteral


@dataclass(slots=True, eq=False)
class File(Node):
    """One source text. `errors` are those of the parser, in the order in which the reference reports them."""

    package: PackageClause | None
    imports: list[ImportDeclaration]
    body: list[Statement]
    name: str = ""
    eof: list[Comment] = field(default_factory=list)
    errors: list[FluxError] = field(default_factory=list)
    comments: dict[Node, dict[str, list[Comment]]] = field(default_factory=dict)
    attributes: dict[Node, list[Attribute]] = field(default_factory=dict)
    node_errors: dict[Node, list[str]] = field(default_factory=dict)
    all_comments: list[Comment] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The contract's `File`, as `POST /api/v2/query/ast` shows it."""
        from influxctl.flux.astjson import to_json  # JSON is wanted by a few callers only

        return to_json(self, self)


@dataclass(slots=True, eq=False)
class Package(Node):
    """Files of one package."""

    path: str
    package: str
    files: list[File]

    def to_json(self) -> dict[str, Any]:
        """The contract's `Package`."""
        from influxctl.flux.astjson import package_to_json

        return package_to_json(self)


def package_of(*files: File) -> Package:
    """A package of these files, named by the first package clause, else main."""
    name = next((f.package.name.name for f in files if f.package is not None), "main")
    return Package(files[0].location if files else NOWHERE, "", name, list(files))


# ---------------------------------------------------------------- walking and comparing

_FILE_EXTRAS = frozenset({"eof", "errors", "comments", "attributes", "node_errors", "all_comments"})
_NAMES: dict[type[Node], tuple[str, ...]] = {}


def child_names(cls: type[Node]) -> tuple[str, ...]:
    """The names of a node class's fields without `location`."""
    names = _NAMES.get(cls)
    if names is None:
        names = tuple(f.name for f in fields(cls) if f.name != "location" and f.name not in _FILE_EXTRAS)
        _NAMES[cls] = names
    return names


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in source order of the fields."""
    for name in child_names(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, list):
            yield from value


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first, in source order; no recursion."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(children(node))))


def same(left: object, right: object) -> bool:
    """Whether two trees have the same shape and values, wherever they stand."""
    stack: list[tuple[object, object]] = [(left, right)]
    while stack:
        left, right = stack.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, Node):
            stack.extend((getattr(left, n), getattr(right, n)) for n in child_names(type(left)) if n != "text")
        elif isinstance(left, list):
            if len(left) != len(cast(list[object], right)):
                return False
            stack.extend(zip(left, cast(list[object], right), strict=True))
        elif left != right and left == left:  # NaN never equals itself
            return False
    return True
