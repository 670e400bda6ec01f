"""join: what `on: (l, r) => …` may say, as pairs of columns."""

from __future__ import annotations

from influxctl.core.errors import Invalid
from influxctl.flux import ast
from influxctl.flux.interpreter import Closure, key_name
from influxctl.flux.values import Function

_PLAN = (
    "error in building plan while starting program: error in join function - "
    "some expressions are not yet supported in the `on` parameter: "
)


def column_pairs(on: Function) -> list[tuple[str, str]]:
    """The columns of the left and of the right side that must be equal; `Invalid` for any other condition."""
    if not isinstance(on, Closure):
        raise Invalid(f"{_PLAN}not a function of l and r")
    pairs: list[tuple[str, str]] = []
    _collect(_returned(on.node.body), pairs)
    return pairs


def _returned(body: ast.Node) -> ast.Node:
    if not isinstance(body, ast.Block):
        return body
    if len(body.body) == 1 and isinstance(body.body[0], ast.ReturnStatement):
        return body.body[0].argument
    raise Invalid(f"{_PLAN}a function body with several statements")


def _collect(node: ast.Node, pairs: list[tuple[str, str]]) -> None:
    if isinstance(node, ast.ParenExpression):
        _collect(node.expression, pairs)
    elif isinstance(node, ast.LogicalExpression):
        if node.operator != "and":
            raise Invalid(f"{_PLAN}unsupported operator in join predicate: {node.operator}")
        _collect(node.left, pairs)
        _collect(node.right, pairs)
    elif isinstance(node, ast.BinaryExpression):
        if node.operator != "==":
            raise Invalid(f"{_PLAN}unsupported operator in join predicate: {node.operator}")
        sides = {}
        for operand in (node.left, node.right):
            side, column = _member(operand)
            sides[side] = column
        if set(sides) != {"l", "r"}:
            raise Invalid(f"{_PLAN}a comparison that is not between l and r")
        pairs.append((sides["l"], sides["r"]))
    else:
        raise Invalid(f"{_PLAN}only comparisons joined by and")


def _member(node: ast.Node) -> tuple[str, str]:
    if isinstance(node, ast.MemberExpression) and isinstance(node.object, ast.Identifier):
        return node.object.name, key_name(node.property)
    raise Invalid(f"{_PLAN}a comparison of something else than columns")
