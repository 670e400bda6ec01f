"""The part of a filter function that storage can decide: `(r) => …` to a `core.readspec` predicate and what is left."""

from __future__ import annotations

from dataclasses import dataclass

from influxctl.core.readspec import And, Compare, CompareOp, Exists, Match, Not, Or, Predicate
from influxctl.flux import ast
from influxctl.flux.interpreter import Closure, evaluate, free_names, key_name, property_name
from influxctl.flux.values import Function, Regexp, Value, type_of

_NEVER = "\0"  # a tag key that no point can have
_FLIP: dict[str, CompareOp] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class Pushed:
    """A predicate for storage, and the function of what remains to be tested on rows (None: nothing)."""

    predicate: Predicate | None
    rest: Closure | None


def push_filter(function: Function) -> Pushed | None:
    """Splits the condition at its `and`s; None if nothing can be pushed."""
    if not isinstance(function, Closure) or len(function.node.params) != 1 or isinstance(function.node.body, ast.Block):
        return None
    row = property_name(function.node.params[0])
    if isinstance(function.node.body, ast.Identifier) and function.node.body.name == "true":
        return Pushed(None, None)
    predicate: Predicate | None = None
    rest: list[ast.Expression] = []
    for part in _conjuncts(function.node.body):
        found = _predicate(part, row, function)
        if found is None:
            rest.append(part)
        else:
            predicate = found if predicate is None else And(predicate, found)
    if predicate is None:
        return None
    if not rest:
        return Pushed(predicate, None)
    body = rest[0]
    for part in rest[1:]:
        body = ast.LogicalExpression(part.location, "and", body, part)
    left = Closure(
        ast.FunctionExpression(function.node.location, function.node.params, body), function.scope, function.run
    )
    return Pushed(predicate, left)


def names_column(predicate: Predicate, column: str) -> bool:
    """Whether a predicate tests a column."""
    if isinstance(predicate, And | Or):
        return names_column(predicate.left, column) or names_column(predicate.right, column)
    if isinstance(predicate, Not):
        return names_column(predicate.operand, column)
    return predicate.column == column


def _conjuncts(node: ast.Expression) -> list[ast.Expression]:
    if isinstance(node, ast.ParenExpression):
        return _conjuncts(node.expression)
    if isinstance(node, ast.LogicalExpression) and node.operator == "and":
        return _conjuncts(node.left) + _conjuncts(node.right)
    return [node]


def _predicate(node: ast.Expression, row: str, function: Closure) -> Predicate | None:
    """The predicate of an expression that storage can decide in whole, or None."""
    if isinstance(node, ast.ParenExpression):
        return _predicate(node.expression, row, function)
    if isinstance(node, ast.LogicalExpression):
        left = _predicate(node.left, row, function)
        right = _predicate(node.right, row, function) if left is not None else None
        if left is None or right is None:
            return None
        return And(left, right) if node.operator == "and" else Or(left, right)
    if isinstance(node, ast.UnaryExpression) and node.operator == "exists":
        column = _column(node.argument, row)
        return Exists(column) if column is not None and column not in ("_value", "_time", "_start", "_stop") else None
    if isinstance(node, ast.UnaryExpression) and node.operator == "not":
        inner = _predicate(node.argument, row, function)
        return Not(inner) if isinstance(inner, Exists) else None
    if isinstance(node, ast.BinaryExpression):
        return _comparison(node, row, function)
    return None


def _comparison(node: ast.BinaryExpression, row: str, function: Closure) -> Predicate | None:
    column, other, operator = _column(node.left, row), node.right, node.operator
    if column is None:
        column, other = _column(node.right, row), node.left
        operator = _FLIP.get(operator, "")
    if column is None or column in ("_time", "_start", "_stop") or row in free_names(other):
        return None
    try:
        value: Value = evaluate(other, function.scope, function.run)
    except Exception:
        return None  # let the evaluation on rows report it
    if operator in ("=~", "!~"):
        if not isinstance(value, Regexp) or column == "_value":
            return None
        found = value.compiled.search("") is not None  # storage takes a tag that a series lacks as "" (seen, 2.9.1)
        return Match(column, value.pattern, negate=operator == "!~", missing=found == (operator == "=~"))
    if operator not in _FLIP:
        return None
    kind = type_of(value)
    if column == "_value":
        if kind == "string" and operator not in ("==", "!="):
            return Exists(_NEVER)  # storage has no order of strings: nothing passes (seen, 2.9.1)
        return Compare(column, _op(operator), value) if kind in ("int", "float", "string", "bool") else None
    if kind != "string" or operator not in ("==", "!="):
        return None
    return Compare(column, _op(operator), value, missing=(value == "") == (operator == "=="))


def _op(operator: str) -> CompareOp:
    return _FLIP[_FLIP[operator]]


def _column(node: ast.Expression, row: str) -> str | None:
    """The label of `r.label`, or None."""
    if isinstance(node, ast.ParenExpression):
        return _column(node.expression, row)
    if isinstance(node, ast.MemberExpression) and isinstance(node.object, ast.Identifier) and node.object.name == row:
        return key_name(node.property)
    return None
