"""Types of expressions, known before they are evaluated."""

from __future__ import annotations

from collections.abc import Mapping

from influxctl.influxql import ast
from influxctl.influxql.mathfunctions import FUNCTIONS as MATH
from influxctl.influxql.mathfunctions import KEEP_TYPE
from influxctl.influxql.scanner import MAX_INT
from influxctl.influxql.vector import operator_type

_OF_ARGUMENT = ("min", "max", "first", "last", "mode", "spread", "sum", "percentile", "sample", "top", "bottom", "difference",
                "non_negative_difference", "cumulative_sum", "distinct")  # fmt: skip


def reference_type(ref: ast.VarRef, types: Mapping[str, str]) -> str:
    """The type of a field, or "tag" for every other name."""
    if ref.type in ("", "field", "anyfield"):
        return types.get(ref.name, "tag")
    return ref.type


def column_type(expr: ast.Expr, types: Mapping[str, str]) -> str:
    """The type of an expression over fields of these types; StatementError where an operator does not take its operands."""
    if isinstance(expr, ast.VarRef):
        return reference_type(expr, types)
    if isinstance(expr, ast.Paren):
        return column_type(expr.expr, types)
    if isinstance(expr, ast.Distinct):
        return types.get(expr.name, "tag")
    if isinstance(expr, ast.Call):
        if expr.name in _OF_ARGUMENT or (expr.name in MATH and expr.name in KEEP_TYPE):
            return column_type(expr.args[0], types)
        return "integer" if expr.name in ("count", "elapsed") else "float"
    if isinstance(expr, ast.Binary):
        left, right = column_type(expr.left, types), column_type(expr.right, types)
        if "tag" in (left, right):
            return "float"
        return operator_type(expr.op, left, right, literal_sides(expr))
    if isinstance(expr, (ast.Integer, ast.DurationLiteral)):
        return "unsigned" if isinstance(expr, ast.Integer) and expr.value > MAX_INT else "integer"
    if isinstance(expr, ast.String):
        return "string"
    return "boolean" if isinstance(expr, ast.Boolean) else "float"


def literal_sides(expr: ast.Binary) -> tuple[bool, bool]:
    """Which operands are literals."""
    return isinstance(expr.left, ast.LITERALS), isinstance(expr.right, ast.LITERALS)
