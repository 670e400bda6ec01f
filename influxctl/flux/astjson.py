"""Syntax trees as JSON, both ways: what `POST /api/v2/query/ast` answers and what a query may be sent as."""

from __future__ import annotations

from typing import Any

from influxctl.core.errors import Invalid
from influxctl.flux import ast
from influxctl.flux.ast import (
    BadExpression,
    DictItem,
    Duration,
    Expression,
    File,
    FloatLiteral,
    ImportDeclaration,
    IntegerLiteral,
    Node,
    ObjectExpression,
    Package,
    ParameterType,
    Property,
    RecordType,
    Statement,
    TestCaseStatement,
    TypeNode,
    UnsignedIntegerLiteral,
    child_names,
)
from influxctl.flux.source import NOWHERE, Position, SourceLocation

_JSON_NAMES = {"with_": "with", "as_": "as"}
_OMIT_IF_EMPTY = frozenset({"with_", "as_", "tvar", "name", "extends", "arguments", "default"})
_NO_TYPE = (Duration,)
_NO_PLACE = (Duration, DictItem)


def to_json(node: Node, file: File | None = None) -> dict[str, Any]:
    """A node as the contract's JSON; comments and errors in it are taken from `file`."""
    answer: dict[str, Any] = {} if isinstance(node, _NO_TYPE) else {"type": type(node).__name__}
    if isinstance(node, ParameterType):
        answer["type"] = node.kind
    if not isinstance(node, _NO_PLACE) and node.location.start.line and node.location.end != (1, 1):
        answer["location"] = node.location.to_json()
    if file is not None:
        for name, comments in file.comments.get(node, {}).items():
            answer[name] = [{"text": c.text} for c in comments]
        if errors := file.node_errors.get(node):
            answer["errors"] = [{"msg": message} for message in errors]
    if isinstance(node, File):
        answer["metadata"] = "parser-type=rust"
    for name in child_names(type(node)):
        value = getattr(node, name)
        if isinstance(node, ParameterType) and name == "kind":
            continue
        if name in _OMIT_IF_EMPTY and not value:
            continue
        answer[_JSON_NAMES.get(name, name)] = _value_to_json(node, name, value, file)
    if isinstance(node, File) and node.eof:
        answer["eof"] = [{"text": c.text} for c in node.eof]
    return answer


def package_to_json(package: Package) -> dict[str, Any]:
    """A package as the contract's JSON."""
    answer: dict[str, Any] = {"type": "Package"}
    if package.path:
        answer["path"] = package.path
    answer["package"] = package.package
    answer["files"] = [to_json(file, file) for file in package.files]
    return answer


def _value_to_json(node: Node, name: str, value: object, file: File | None) -> Any:
    if isinstance(value, Node):
        return to_json(value, file)
    if isinstance(value, list):
        if not value and name in ("imports", "params"):
            return None
        return [to_json(item, file) for item in value]
    if isinstance(node, IntegerLiteral | UnsignedIntegerLiteral):
        return str(value)
    return value


# Fields whose nodes may lack the "type" tag, and the type that is meant.
_IMPLIED: dict[tuple[str, str], str] = {
    ("File", "package"): "PackageClause",
    ("File", "imports"): "ImportDeclaration",
    ("Package", "files"): "File",
    ("PackageClause", "name"): "Identifier",
    ("ImportDeclaration", "as_"): "Identifier",
    ("ImportDeclaration", "path"): "StringLiteral",
    ("VariableAssignment", "id"): "Identifier",
    ("MemberAssignment", "member"): "MemberExpression",
    ("BuiltinStatement", "id"): "Identifier",
    ("BuiltinStatement", "ty"): "TypeExpression",
    ("TestCaseStatement", "id"): "Identifier",
    ("TestCaseStatement", "extends"): "StringLiteral",
    ("TestCaseStatement", "block"): "Block",
    ("TestStatement", "assignment"): "VariableAssignment",
    ("DurationLiteral", "values"): "Duration",
    ("DictExpression", "elements"): "DictItem",
    ("ObjectExpression", "with_"): "Identifier",
    ("ObjectExpression", "properties"): "Property",
    ("FunctionExpression", "params"): "Property",
    ("PipeExpression", "call"): "CallExpression",
    ("NamedType", "name"): "Identifier",
    ("TvarType", "name"): "Identifier",
    ("RecordType", "tvar"): "Identifier",
    ("RecordType", "properties"): "PropertyType",
    ("FunctionType", "parameters"): "ParameterType",
    ("ParameterType", "name"): "Identifier",
    ("TypeExpression", "constraints"): "TypeConstraint",
    ("TypeConstraint", "tvar"): "Identifier",
    ("TypeConstraint", "kinds"): "Identifier",
}


_CLASSES = {n: c for n, c in vars(ast).items() if isinstance(c, type) and issubclass(c, Node)}
_LISTS = frozenset(
    {"files", "imports", "body", "values", "parts", "elements", "properties", "params", "arguments", "parameters",
     "constraints", "kinds"}
)  # fmt: skip
_SCALARS: dict[str, tuple[type, ...]] = {  # fields that hold no nodes
    "name": (str,), "value": (str, bool, int, float), "operator": (str,), "unit": (str,), "magnitude": (int,),
    "text": (str,), "path": (str,), "package": (str,),
}  # fmt: skip
_NODE_VALUES = (Property, ast.AttributeParam)  # here `value` is a node
_OPTIONAL = frozenset({"with_", "as_", "tvar", "extends", "default", "package", "value", "name", "path", "expression"})


def from_json(data: object, implied: str = "") -> Node:
    """A node from the contract's JSON; `Invalid` if it is no node. Missing `type` tags are taken from the place."""
    if not isinstance(data, dict):
        raise Invalid("invalid AST: a node must be an object")
    tag = data.get("type") or implied
    kind = ""
    if implied == "ParameterType":
        kind, tag = str(tag), implied
    cls = _CLASSES.get(str(tag))
    if cls is None or cls in (Expression, Statement, TypeNode):
        raise Invalid(f"invalid AST: unknown node type {tag!r}")
    values: dict[str, Any] = {"location": _location_from_json(data.get("location"))}
    for name in child_names(cls):
        if name == "kind":
            values[name] = kind
            continue
        values[name] = _value_from_json(cls, name, data.get(_JSON_NAMES.get(name, name)))
    return cls(**values)


def _value_from_json(cls: type[Node], name: str, value: object) -> Any:
    implied = _IMPLIED.get((cls.__name__, name), "")
    if (name in _LISTS and cls is not ast.FunctionExpression) or name == "params":
        if value is None:
            return []
        if not isinstance(value, list):
            raise Invalid(f"invalid AST: {name} of {cls.__name__} must be an array")
        return [from_json(item, implied) for item in value]
    if isinstance(value, dict):
        return from_json(value, implied)
    if cls in (IntegerLiteral, UnsignedIntegerLiteral) and name == "value":
        return _integer(value)
    if cls is FloatLiteral and isinstance(value, int | float):
        return float(value)
    if value is None:
        if cls in (Package, File) and name in ("path", "package", "name"):
            return None if cls is File and name == "package" else ""
        if name in _OPTIONAL and cls in (
            Property, ObjectExpression, ImportDeclaration, RecordType, ParameterType, TestCaseStatement, BadExpression
        ):  # fmt: skip
            return None
        raise Invalid(f"invalid AST: {cls.__name__} lacks {name}")
    if isinstance(value, _SCALARS.get(name, ())) and not implied and cls not in _NODE_VALUES:
        return value
    raise Invalid(f"invalid AST: {name} of {cls.__name__} is not what it should be")


def _integer(value: object) -> int:
    if isinstance(value, str | int) and not isinstance(value, bool):
        try:
            return int(value)
        except ValueError:
            pass
    raise Invalid("invalid AST: an integer literal needs an integer as text")


def _location_from_json(data: object) -> SourceLocation:
    if not isinstance(data, dict):
        return NOWHERE
    ends = [_position_from_json(data.get(side)) for side in ("start", "end")]
    source = data.get("source")
    return SourceLocation.of(ends[0], ends[1], source if isinstance(source, str) else "")


def _position_from_json(data: object) -> Position:
    line, column = (data.get("line"), data.get("column")) if isinstance(data, dict) else (0, 0)
    return Position(line if isinstance(line, int) else 0, column if isinstance(column, int) else 0)
