"""What Flux's operators do with two values: types, nulls, overflow, division, comparison, matching."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux.values import Dynamic, Regexp, Time, UInt, Value, same, type_of, wrap_int

_NUMBERS = frozenset({"int", "uint", "float"})
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ORDERED = frozenset({"string", "time"})


def divide_int(a: int, b: int) -> int:
    """`a / b` cut toward zero; `Invalid` for division by zero."""
    if b == 0:
        raise Invalid("cannot divide by zero")
    return wrap_int(abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1))


def modulo_int(a: int, b: int) -> int:
    """`a % b` with the sign of `a`."""
    if b == 0:
        raise Invalid("cannot mod zero")
    return abs(a) % abs(b) * (-1 if a < 0 else 1)


def divide_float(a: float, b: float) -> float:
    """IEEE division: infinities and NaN instead of errors."""
    if b != 0:
        return a / b
    if a == 0 or a != a:
        return math.nan
    return math.inf if (a > 0) == (math.copysign(1, b) > 0) else -math.inf


def modulo_float(a: float, b: float) -> float:
    """IEEE remainder with the sign of `a`."""
    return math.nan if b == 0 or math.isinf(a) else math.fmod(a, b)


def power(a: float, b: float) -> float:
    """`a ^ b` in floats: infinities and NaN instead of errors."""
    try:
        value = math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    except ValueError:
        return math.inf if a == 0 else math.nan
    return value


_INT: dict[str, Callable[[int, int], Value]] = {
    "+": lambda a, b: wrap_int(a + b),
    "-": lambda a, b: wrap_int(a - b),
    "*": lambda a, b: wrap_int(a * b),
    "/": divide_int,
    "%": modulo_int,
    "^": lambda a, b: power(float(a), float(b)),
}
_UINT: dict[str, Callable[[int, int], Value]] = {
    "+": lambda a, b: UInt(int(a) + int(b)),
    "-": lambda a, b: UInt(int(a) - int(b)),
    "*": lambda a, b: UInt(int(a) * int(b)),
    "/": lambda a, b: UInt(divide_uint(int(a), int(b))),
    "%": lambda a, b: UInt(modulo_int(int(a), int(b))),
    "^": lambda a, b: power(float(a), float(b)),
}


def divide_uint(a: int, b: int) -> int:
    """`a / b` of unsigned integers; `Invalid` for division by zero."""
    if b == 0:
        raise Invalid("cannot divide by zero")
    return a // b


_FLOAT: dict[str, Callable[[float, float], Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide_float,
    "%": modulo_float,
    "^": power,
}


def unsupported(op: str, left: str, right: str) -> Invalid:
    """The error for operands of types that an operator does not take."""
    return Invalid(f"unsupported binary expression {left} {op} {right}")


def binary(op: str, a: Value, b: Value) -> Value:
    """`a op b`; null when either side is null."""
    if a is None or b is None:
        return None
    left, right = type_of(a), type_of(b)
    if left == "dynamic" or right == "dynamic":
        return _with_dynamic(op, a, b)
    if op in _COMPARE:
        return _compare(op, a, b, left, right)
    if op in ("=~", "!~"):
        return _match(op, a, b)
    if left != right:
        raise unsupported(op, left, right)
    if left == "float":
        return _FLOAT[op](a, b)
    if left == "int":
        return _INT[op](a, b)
    if left == "uint":
        return _UINT[op](a, b)
    if left == "string" and op == "+":
        return a + b
    raise unsupported(op, left, right)


def _with_dynamic(op: str, a: Value, b: Value) -> Value:
    x = a.value if isinstance(a, Dynamic) else a
    y = b.value if isinstance(b, Dynamic) else b
    if x is None or y is None:
        return None
    if op in ("==", "!=") and type_of(x) != type_of(y) and not {type_of(x), type_of(y)} <= _NUMBERS:
        raise unsupported(op, type_of(a), type_of(b))
    return binary(op, x, y)


def _compare(op: str, a: Value, b: Value, left: str, right: str) -> bool:
    if left in _NUMBERS and right in _NUMBERS:
        if "float" in (left, right):
            return _COMPARE[op](float(a), float(b))
        return _COMPARE[op](int(a), int(b))
    if left != right:
        raise unsupported(op, left, right)
    if left in _ORDERED:
        return _COMPARE[op](a, b)
    if op in ("==", "!="):
        if left in ("bool", "bytes"):
            return _COMPARE[op](a, b)
        if left in ("array", "record", "dictionary"):
            return same(a, b) == (op == "==")
    raise unsupported(op, left, right)


def _match(op: str, a: Value, b: Value) -> bool:
    if not isinstance(a, str) or not isinstance(b, Regexp):
        raise unsupported(op, type_of(a), type_of(b))
    return (b.compiled.search(a) is not None) == (op == "=~")


def unary(op: str, value: Value) -> Value:
    """`op value`; null stays null."""
    if value is None:
        return None
    kind = type_of(value)
    if op == "not":
        if kind != "bool":
            raise Invalid(f"invalid unary operator not on type {kind}")
        return not value
    if op == "-":
        if kind == "int":
            return wrap_int(-value)
        if kind == "float":
            return -value
        if kind == "duration":
            return Duration(-value.months, -value.ns)
    raise Invalid(f'unsupported operator "{op}" to unary expression of type {kind}')


__all__ = ["Time", "binary", "divide_float", "divide_int", "modulo_float", "modulo_int", "power", "unary"]
