"""bool, bytes, duration, float, int, string, time, uint, display, and other functions of single values.

A null that is converted is one of the target's type, so that a column of such nulls is there.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, cast

from influxctl.core.errors import Invalid
from influxctl.core.times import Duration, parse_duration, parse_time
from influxctl.flux import values
from influxctl.flux.stdlib import builtin
from influxctl.flux.values import Array, Dynamic, Time, TypedNull, UInt, Value, type_of, type_text, wrap_int

if TYPE_CHECKING:
    from influxctl.flux.interpreter import Run

_MOST_BINS = 1_000_000
_INT = re.compile(r"[+-]?[0-9]+\Z")
_HEX = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+\Z")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_SPECIAL = {"nan": math.nan, "inf": math.inf, "+inf": math.inf, "-inf": -math.inf, "infinity": math.inf,
            "+infinity": math.inf, "-infinity": -math.inf}  # fmt: skip


def _bad(value: Value, target: str) -> Invalid:
    return Invalid(f"cannot convert {type_text(value)} to {target}")


def _syntax(value: str, target: str) -> Invalid:
    return Invalid(f'cannot convert string "{value}" to {target} due to invalid syntax')


def _plain(v: Value) -> Value:
    return v.value if isinstance(v, Dynamic) else v


@builtin("universe", "int")
def int_(v: Value) -> Value:
    """The value as an int."""
    v = _plain(v)
    kind = type_of(v)
    if kind == "null":
        return cast(Value, TypedNull("int"))
    if kind == "string":
        if not _INT.match(v) or not -(1 << 63) <= int(v) < 1 << 63:
            raise _syntax(v, "int")
        return int(v)
    if kind in ("int", "bool", "uint", "time"):
        return wrap_int(int(v))
    if kind == "float":
        return -(1 << 63) if v != v or not -9.3e18 < v < 9223372036854775807.0 else wrap_int(int(v))
    if kind == "duration":
        if v.months:
            raise Invalid("cannot convert duration with month units to int")
        return v.ns
    raise _bad(v, "int")


@builtin("universe", "uint")
def uint(v: Value) -> Value:
    """The value as an unsigned int."""
    v = _plain(v)
    kind = type_of(v)
    if kind == "null":
        return cast(Value, TypedNull("uint"))
    if kind == "string":
        if not v.isascii() or not v.isdigit() or int(v) >= 1 << 64:
            raise _syntax(v, "uint")
        return UInt(int(v))
    if kind in ("int", "bool", "uint", "time"):
        return UInt(int(v))
    if kind == "float":
        return UInt(1 << 63) if v != v or abs(v) >= 1.9e19 else UInt(int(v))
    if kind == "duration":
        if v.months:
            raise Invalid("cannot convert duration with month units to uint")
        return UInt(v.ns)
    raise _bad(v, "uint")


def _from_hex(text: str) -> float:
    try:
        return float.fromhex(text)
    except OverflowError:
        raise _syntax(text, "float") from None


@builtin("universe", "float")
def float_(v: Value) -> Value:
    """The value as a float."""
    v = _plain(v)
    kind = type_of(v)
    if kind == "null":
        return cast(Value, TypedNull("float"))
    if kind == "string":
        special = _SPECIAL.get(v.lower())
        if special is not None:
            return special
        if _HEX.match(v):
            return _from_hex(v)
        if not _FLOAT.match(v) or math.isinf(number := float(v)):
            raise _syntax(v, "float")
        return number
    if kind in ("int", "bool", "uint", "float"):
        return float(v)
    raise _bad(v, "float")


@builtin("universe", "bool")
def bool_(v: Value) -> Value:
    """The value as a bool."""
    v = _plain(v)
    kind = type_of(v)
    if kind == "null":
        return cast(Value, TypedNull("bool"))
    if kind == "bool":
        return v
    if kind == "string":
        if v not in ("true", "false"):
            raise Invalid(f'cannot convert string "{v}" to bool')
        return v == "true"
    if kind in ("int", "uint", "float"):
        if v not in (0, 1):
            raise Invalid(f"cannot convert {kind} {values.display(v)} to bool, must be 0 or 1")
        return v == 1
    raise _bad(v, "bool")


@builtin("universe", "string")
def string(v: Value) -> Value:
    """The value as a string."""
    return cast(Value, TypedNull("string")) if v is None else values.string_text(v)


@builtin("universe", "display")
def display(v: Value) -> str:
    """The text of any value."""
    return values.display(v)


@builtin("universe", "time")
def time(v: Value) -> Value:
    """The value as a time."""
    v = _plain(v)
    kind = type_of(v)
    if kind == "null":
        return cast(Value, TypedNull("time"))
    if kind == "string":
        try:
            if " " in v or "t" in v or "z" in v:
                raise Invalid("not RFC 3339")
            return Time(wrap_int(parse_time(v)))
        except Invalid:
            raise Invalid(f'cannot convert string "{v}" to time due to invalid syntax: cannot parse date') from None
    if kind in ("int", "uint", "time"):
        return Time(wrap_int(int(v)))
    raise _bad(v, "time")


@builtin("universe", "duration")
def duration(v: Value) -> Value:
    """The value as a duration."""
    v = _plain(v)
    kind = type_of(v)
    if kind == "null":
        return None
    if kind == "string":
        try:
            return parse_duration(v)
        except Invalid:
            raise _syntax(v, "duration") from None
    if kind in ("int", "uint"):
        return Duration(0, wrap_int(int(v)))
    if kind == "duration":
        return v
    raise _bad(v, "duration")


@builtin("universe", "bytes")
def bytes_(v: Value) -> Value:
    """The bytes of a string."""
    v = _plain(v)
    if v is None:
        return None
    if isinstance(v, bytes):
        return v
    if not isinstance(v, str):
        raise _bad(v, "bytes")
    return v.encode()


@builtin("universe", "contains")
def contains(value: Value, set: list[Value]) -> bool:
    """Whether an array holds a value."""
    return any(values.same(value, member) for member in set) if value is not None else False


@builtin("universe", "die")
def die(msg: str) -> None:
    """Stops the script with a message."""
    raise Invalid(msg)


@builtin("universe", "length")
def length(arr: list[Value]) -> int:
    """The number of an array's elements."""
    return len(arr)


@builtin("universe", "today")
def today(ctx: Run) -> Time:
    """Midnight of the present day."""
    day = 86_400_000_000_000
    return Time(int(ctx.now) // day * day)


def _check_count(count: int) -> None:
    if not 0 <= count <= _MOST_BINS:
        raise Invalid(f"cannot make {count} bins")


@builtin("universe", "linearBins")
def linear_bins(start: float, width: float, count: int, infinity: bool = True) -> Array:
    """Bounds of equal distance."""
    _check_count(count)
    bins = [start + i * width for i in range(count)]
    return Array([*bins, math.inf] if infinity else bins)


@builtin("universe", "logarithmicBins")
def logarithmic_bins(start: float, factor: float, count: int, infinity: bool = True) -> Array:
    """Bounds of equal ratio."""
    _check_count(count)
    bins = []
    bound = start
    for _ in range(count):
        bins.append(bound)
        bound *= factor
    return Array([*bins, math.inf] if infinity else bins)
