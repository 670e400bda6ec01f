"""math: rounding, parts of a float, remainders, comparison, and the bits of a float."""

from __future__ import annotations

import math
import struct

from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.values import Record, UInt


def _whole(x: float) -> bool:
    """Whether rounding leaves `x` as it is: NaN, infinities, and floats too great to have a fraction."""
    return not abs(x) < 4503599627370496.0


@builtin("math", "ceil")
@no_nulls
def ceil(x: float) -> float:
    """Up to a whole number."""
    return x if _whole(x) else math.copysign(float(math.ceil(x)), x)


@builtin("math", "floor")
@no_nulls
def floor(x: float) -> float:
    """Down to a whole number."""
    return x if _whole(x) else math.copysign(float(math.floor(x)), x)


@builtin("math", "trunc")
@no_nulls
def trunc(x: float) -> float:
    """Towards zero."""
    return x if _whole(x) else math.copysign(float(math.trunc(x)), x)


@builtin("math", "round")
@no_nulls
def round_(x: float) -> float:
    """To the nearest whole number, halves away from zero. Exact: x + 0.5 would be wrong for 0.49999999999999994."""
    if _whole(x):
        return x
    down = math.floor(abs(x))
    return math.copysign(float(down + (abs(x) - down >= 0.5)), x)


@builtin("math", "roundtoeven")
@no_nulls
def roundtoeven(x: float) -> float:
    """To the nearest whole number, halves to the even one."""
    return x if _whole(x) else math.copysign(float(round(x)), x)


@builtin("math", "modf")
@no_nulls
def modf(f: float) -> Record:
    """Whole part and fraction; an infinity has no fraction (NaN)."""
    if math.isinf(f):
        return Record(int=f, frac=math.nan)
    fraction, whole = math.modf(f)
    return Record(int=whole, frac=fraction)


@builtin("math", "frexp")
@no_nulls
def frexp(f: float) -> Record:
    """Fraction and power of two."""
    fraction, exponent = math.frexp(f)
    return Record(frac=fraction, exp=exponent)


@builtin("math", "ldexp")
@no_nulls
def ldexp(frac: float, exp: int) -> float:
    """frac · 2^exp."""
    try:
        return math.ldexp(frac, max(min(exp, 5000), -5000))
    except OverflowError:
        return math.copysign(math.inf, frac)


@builtin("math", "logb")
@no_nulls
def logb(x: float) -> float:
    """The binary exponent: -Inf of 0, +Inf of an infinity."""
    if x == 0:
        return -math.inf
    return x * x if not math.isfinite(x) else float(math.frexp(x)[1] - 1)


@builtin("math", "ilogb")
@no_nulls
def ilogb(x: float) -> int:
    """The binary exponent as an int, with the limits of 32 bits for 0, NaN and infinities."""
    if x == 0:
        return -(1 << 31)
    return math.frexp(x)[1] - 1 if math.isfinite(x) else (1 << 31) - 1


@builtin("math", "mod")
@no_nulls
def mod(x: float, y: float) -> float:
    """The remainder with the sign of x."""
    if y == 0 or math.isinf(x) or math.isnan(x) or math.isnan(y):
        return math.nan
    return math.fmod(x, y)


@builtin("math", "remainder")
@no_nulls
def remainder(x: float, y: float) -> float:
    """The IEEE 754 remainder."""
    if y == 0 or math.isinf(x) or math.isnan(x) or math.isnan(y):
        return math.nan
    return math.remainder(x, y)


@builtin("math", "dim")
@no_nulls
def dim(x: float, y: float) -> float:
    """x - y if that is above zero, else 0."""
    difference = x - y
    return 0.0 if difference <= 0 else difference


@builtin("math", "copysign")
@no_nulls
def copysign(x: float, y: float) -> float:
    """x with the sign of y."""
    return math.copysign(x, y)


@builtin("math", "signbit")
@no_nulls
def signbit(x: float) -> bool:
    """Whether the sign is negative."""
    return math.copysign(1.0, x) < 0


@builtin("math", "mMax")
@no_nulls
def maximum(x: float, y: float) -> float:
    """The greater; +Inf beats NaN, NaN beats the rest, 0 beats -0."""
    if math.inf in (x, y):
        return math.inf
    if x != x or y != y:
        return math.nan
    if x == 0 == y:
        return y if math.copysign(1, x) < 0 else x
    return max(x, y)


@builtin("math", "mMin")
@no_nulls
def minimum(x: float, y: float) -> float:
    """The lesser; -Inf beats NaN, NaN beats the rest, -0 beats 0."""
    if -math.inf in (x, y):
        return -math.inf
    if x != x or y != y:
        return math.nan
    if x == 0 == y:
        return x if math.copysign(1, x) < 0 else y
    return min(x, y)


@builtin("math", "nextafter")
@no_nulls
def nextafter(x: float, y: float) -> float:
    """The float next to x towards y."""
    return math.nextafter(x, y)


@builtin("math", "mInf")
@no_nulls
def infinity(sign: int) -> float:
    """An infinity of this sign; 0 counts as positive."""
    return math.inf if sign >= 0 else -math.inf


@builtin("math", "isInf")
@no_nulls
def is_inf(f: float, sign: int) -> bool:
    """Whether f is an infinity of this sign; of either for 0."""
    return math.isinf(f) and (sign == 0 or (f > 0) == (sign > 0))


@builtin("math", "NaN")
def nan() -> float:
    """Not a number."""
    return math.nan


@builtin("math", "isNaN")
@no_nulls
def is_nan(f: float) -> bool:
    """Whether f is not a number."""
    return f != f


@builtin("math", "float64bits")
@no_nulls
def float64bits(f: float) -> UInt:
    """The bits of a float."""
    return UInt(struct.unpack("<Q", struct.pack("<d", f))[0])


@builtin("math", "float64frombits")
@no_nulls
def float64frombits(b: int) -> float:
    """The float with these bits."""
    return float(struct.unpack("<d", struct.pack("<Q", b))[0])
