"""WHERE: the time range in it, what of it the engine can decide by tags, and the rest, decided over columns.

Comparisons with `time` are taken out wherever they stand and always intersected, also under OR (recorded on 2.9.1). A tag that a series
does not have is the empty text here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from influxctl.core.errors import Invalid
from influxctl.core.readspec import And, Compare, Match, Or, Predicate
from influxctl.core.regex import compile_regex
from influxctl.core.times import MAX_TIME, MIN_TIME, parse_time
from influxctl.influxql import ast, vector
from influxctl.influxql.errors import StatementError
from influxctl.influxql.scanner import MAX_INT
from influxctl.influxql.vector import Mask, Vector
from influxctl.influxql.zones import local_to_utc

_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Least and greatest time, both included; None where nothing limits."""

    least: int | None = None
    greatest: int | None = None

    def intersect(self, other: TimeRange) -> TimeRange:
        """The times in both."""
        least = [t for t in (self.least, other.least) if t is not None]
        greatest = [t for t in (self.greatest, other.greatest) if t is not None]
        return TimeRange(max(least) if least else None, min(greatest) if greatest else None)


def split_time(condition: ast.Expr | None, now: int, zone: ZoneInfo | None) -> tuple[ast.Expr | None, TimeRange]:
    """The condition without its comparisons of time, and the range that these leave; StatementError if one is not understood."""
    if condition is None:
        return None, TimeRange()
    if isinstance(condition, ast.Paren):
        inner, found = split_time(condition.expr, now, zone)
        return (None if inner is None else ast.Paren(inner)), found
    if isinstance(condition, ast.Binary):
        if condition.op in ("AND", "OR"):
            left, left_range = split_time(condition.left, now, zone)
            right, right_range = split_time(condition.right, now, zone)
            found = left_range.intersect(right_range)
            if left is None or right is None:
                return left or right, found
            return ast.Binary(condition.op, left, right), found
        if _is_time(condition.left):
            return None, _range(condition.op, condition.right, now, zone)
        if _is_time(condition.right):
            return None, _range(_SWAPPED.get(condition.op, condition.op), condition.left, now, zone)
        return condition, TimeRange()
    if isinstance(condition, (ast.Boolean, ast.VarRef)):
        return condition, TimeRange()
    raise StatementError("WHERE takes comparisons, joined by AND and OR")


def _is_time(expr: ast.Expr) -> bool:
    return isinstance(expr, ast.VarRef) and expr.name.lower() == "time"


def _range(op: str, expr: ast.Expr, now: int, zone: ZoneInfo | None) -> TimeRange:
    at = time_value(expr, now, zone)
    if not MIN_TIME <= at <= MAX_TIME:
        raise StatementError("a time in WHERE is outside the years 1677 to 2262")
    if op == "=":
        return TimeRange(at, at)
    if op == ">":
        return TimeRange(at + 1)
    if op == ">=":
        return TimeRange(at)
    if op == "<":
        return TimeRange(None, at - 1)
    if op == "<=":
        return TimeRange(None, at)
    raise StatementError(f"time cannot be compared with {op}")


def time_value(expr: ast.Expr, now: int, zone: ZoneInfo | None) -> int:
    """A constant expression beside `time`, in nanoseconds since 1970."""
    if isinstance(expr, ast.Paren):
        return time_value(expr.expr, now, zone)
    if isinstance(expr, ast.Integer):
        return expr.value
    if isinstance(expr, ast.DurationLiteral):
        return expr.ns
    if isinstance(expr, ast.Number):
        return int(expr.value)
    if isinstance(expr, ast.String):
        try:
            return parse_literal_time(expr.value, zone)
        except Invalid:
            raise StatementError(f"{expr.value!r} beside time is not a time") from None
    if isinstance(expr, ast.Call) and expr.name == "now" and not expr.args:
        return now
    if isinstance(expr, ast.Binary) and expr.op in ("+", "-", "*", "/"):
        left, right = time_value(expr.left, now, zone), time_value(expr.right, now, zone)
        if expr.op == "+":
            return left + right
        if expr.op == "-":
            return left - right
        return left * right if expr.op == "*" else (left // right if right else 0)
    raise StatementError("time is compared with something that is not a time")


def parse_literal_time(text: str, zone: ZoneInfo | None) -> int:
    """RFC 3339, `2021-03-01`, or `2021-03-01 12:00:00.5`; without a zone of its own, text is in `zone`."""
    if len(text) > 10 and text[10] == " ":
        text = text[:10] + "T" + text[11:]
    has_zone = len(text) > 10 and (text[-1] in "zZ" or "+" in text[10:] or "-" in text[10:])
    if has_zone:
        return parse_time(text)
    at = parse_time(text if len(text) <= 10 else text + "Z")
    return at if zone is None else local_to_utc(at, zone)


# -- tags ------------------------------------------------------------------------------------------------------------------


def split_tags(condition: ast.Expr | None, fields: Collection[str]) -> tuple[Predicate | None, ast.Expr | None]:
    """What the engine can decide by tags alone, and the rest. `fields` are the names that are not tags."""
    if condition is None:
        return None, None
    whole = tag_predicate(condition, fields)
    if whole is not None:
        return whole, None
    if isinstance(condition, ast.Paren):
        return split_tags(condition.expr, fields)
    if isinstance(condition, ast.Binary) and condition.op == "AND":
        left, left_rest = split_tags(condition.left, fields)
        right, right_rest = split_tags(condition.right, fields)
        rest = left_rest or right_rest
        if left_rest is not None and right_rest is not None:
            rest = ast.Binary("AND", left_rest, right_rest)
        return join_and(left, right), rest
    return None, condition


def join_and(left: Predicate | None, right: Predicate | None) -> Predicate | None:
    """Both predicates; None is no predicate."""
    if left is None or right is None:
        return left or right
    return And(left, right)


def tag_predicate(expr: ast.Expr, fields: Collection[str]) -> Predicate | None:
    """The expression as a predicate of the engine, if it is about tags and constants only."""
    if isinstance(expr, ast.Paren):
        return tag_predicate(expr.expr, fields)
    if not isinstance(expr, ast.Binary):
        return None
    if expr.op in ("AND", "OR"):
        left, right = tag_predicate(expr.left, fields), tag_predicate(expr.right, fields)
        if left is None or right is None:
            return None
        return And(left, right) if expr.op == "AND" else Or(left, right)
    name, value = expr.left, expr.right
    if isinstance(name, ast.String):
        name, value = value, name
    if not isinstance(name, ast.VarRef) or not _is_tag(name, fields):
        return None
    if isinstance(value, ast.String) and expr.op in ("=", "!="):
        missing = (value.value == "") == (expr.op == "=")
        return Compare(name.name, "==" if expr.op == "=" else "!=", value.value, missing)
    if isinstance(value, ast.Regex) and expr.op in ("=~", "!~"):
        negate = expr.op == "!~"
        missing = (compile_regex(value.pattern).search("") is not None) != negate
        return Match(name.name, value.pattern, negate, missing)
    return None


def _is_tag(ref: ast.VarRef, fields: Collection[str]) -> bool:
    return ref.type == "tag" or (ref.type == "" and ref.name not in fields)


# -- the rest --------------------------------------------------------------------------------------------------------------

Resolve = Callable[[ast.VarRef], Vector]


def literal(expr: ast.Expr, size: int) -> Vector | None:
    """A literal as a vector, or None if the expression is none."""
    if isinstance(expr, ast.Integer):
        return vector.constant("integer" if expr.value <= MAX_INT else "unsigned", expr.value, size)
    if isinstance(expr, ast.Number):
        return vector.constant("float", expr.value, size)
    if isinstance(expr, ast.String):
        return vector.constant("string", expr.value, size)
    if isinstance(expr, ast.Boolean):
        return vector.constant("boolean", expr.value, size)
    if isinstance(expr, ast.DurationLiteral):
        return vector.constant("integer", expr.ns, size)
    return None


def evaluate(expr: ast.Expr, resolve: Resolve, size: int, functions: Mapping[str, Callable[..., Vector]]) -> Mask:
    """Where the condition is true. `functions` are the mathematical ones."""
    if isinstance(expr, ast.Paren):
        return evaluate(expr.expr, resolve, size, functions)
    if isinstance(expr, ast.Binary):
        if expr.op == "AND":
            return evaluate(expr.left, resolve, size, functions) & evaluate(expr.right, resolve, size, functions)
        if expr.op == "OR":
            return evaluate(expr.left, resolve, size, functions) | evaluate(expr.right, resolve, size, functions)
        if expr.op in ("=~", "!~"):
            if not isinstance(expr.right, ast.Regex):
                return np.zeros(size, dtype=bool)
            return vector.match(operand(expr.left, resolve, size, functions), expr.right.pattern, expr.op == "!~")
        if expr.op in ("=", "!=", "<", "<=", ">", ">="):
            left = operand(expr.left, resolve, size, functions)
            return vector.compare(expr.op, left, operand(expr.right, resolve, size, functions))
    found = operand(expr, resolve, size, functions)
    return found.values & found.mask() if found.type == "boolean" else np.zeros(size, dtype=bool)


def operand(expr: ast.Expr, resolve: Resolve, size: int, functions: Mapping[str, Callable[..., Vector]]) -> Vector:
    """The value of one side of a comparison; null where types do not fit each other."""
    if isinstance(expr, ast.Paren):
        return operand(expr.expr, resolve, size, functions)
    if isinstance(expr, ast.VarRef):
        return resolve(expr)
    if isinstance(expr, ast.Call) and expr.name in functions:
        return functions[expr.name](*(operand(arg, resolve, size, functions) for arg in expr.args))
    if isinstance(expr, ast.Binary):
        left = operand(expr.left, resolve, size, functions)
        right = operand(expr.right, resolve, size, functions)
        try:
            kind = vector.operator_type(expr.op, left.type, right.type, (True, True))
        except StatementError:
            return vector.nulls("float", size)
        return vector.arithmetic(expr.op, left, right, kind)
    return literal(expr, size) or vector.nulls("float", size)
