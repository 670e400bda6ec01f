"""math: powers, logarithms, angles, and the error and Gamma functions.

Python raises where IEEE 754 has an answer; `_curve` gives the answer instead: NaN outside the domain, infinity for what is too great.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.values import Record


def _curve(name: str, code: Callable[[float], float], poles: dict[float, float] | None = None) -> None:
    """Registers a function of one float. `poles`: the infinite answers at points where Python raises."""
    at_pole = poles or {}

    def function(x: float) -> float:
        try:
            return float(code(x))
        except ValueError:
            return at_pole.get(x, math.nan)
        except OverflowError:
            return math.copysign(math.inf, x) if name in ("sinh", "gamma") else math.inf

    builtin("math", name)(no_nulls(function))


for _name in (
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "expm1",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
):
    _curve(_name, getattr(math, _name))
_curve("abs", abs)


def _cbrt(x: float) -> float:
    """The cube root with the last bit right: the C library's may be off by one, 27 then has no whole root."""
    root = math.cbrt(x)
    return root - (root * root * root - x) / (3 * root * root) if root and math.isfinite(root) else root


_curve("cbrt", _cbrt)
_curve("exp2", math.exp2)
for _name in ("log", "log10", "log2"):
    _curve(_name, getattr(math, _name), {0.0: -math.inf})
_curve("log1p", math.log1p, {-1.0: -math.inf})
_curve("atanh", math.atanh, {1.0: math.inf, -1.0: -math.inf})


@builtin("math", "gamma")
@no_nulls
def gamma(x: float) -> float:
    """The Gamma function: infinite at ±0, NaN at the negative whole numbers and at negative infinity."""
    if x == 0:
        return math.copysign(math.inf, x)
    try:
        return math.gamma(x)
    except ValueError:
        return math.nan
    except OverflowError:
        return math.inf


@builtin("math", "lgamma")
@no_nulls
def lgamma(x: float) -> Record:
    """The logarithm of |Γ(x)| and the sign of Γ(x)."""
    if math.isinf(x):
        return Record(lgamma=x, sign=1)
    if x <= 0 and x == math.floor(x):
        return Record(lgamma=math.inf, sign=-1 if x == 0 and math.copysign(1, x) < 0 else 1)
    return Record(lgamma=math.lgamma(x), sign=-1 if x < 0 and math.floor(x) % 2 else 1)


def _quantile(p: float) -> float:
    """The value with erf p for -1 < p < 1: the normal quantile, brought to full precision by two Newton steps."""
    x = NormalDist().inv_cdf((p + 1) / 2) / math.sqrt(2)
    for _ in range(2):
        x -= (math.erf(x) - p) / (2 / math.sqrt(math.pi) * math.exp(-x * x))
    return x


@builtin("math", "erfinv")
@no_nulls
def erfinv(x: float) -> float:
    """The inverse of erf; infinite at ±1, NaN beyond."""
    if abs(x) == 1:
        return math.copysign(math.inf, x)
    if not -1 < x < 1:
        return math.nan
    if 1 - abs(x) < 1e-10:  # erf is flat there: work with erfc, which is not
        return math.copysign(_complement(1 - abs(x)), x)
    return _quantile(x)


def _complement(p: float) -> float:
    """The value with erfc p for 0 < p < 1, by Newton steps on the logarithm, which stays curved where erfc is tiny."""
    x = math.sqrt(max(-math.log(p) - 0.5 * math.log(max(-math.log(p), 1.0) * math.pi), 0.1))
    for _ in range(60):
        value = math.erfc(x)
        if value <= 0:
            x *= 0.999
            continue
        step = value * math.log(value / p) / (2 / math.sqrt(math.pi) * math.exp(-x * x))
        x += step
        if abs(step) < 1e-16 * abs(x):
            break
    return x


@builtin("math", "erfcinv")
@no_nulls
def erfcinv(x: float) -> float:
    """The inverse of erfc on [0, 2]."""
    if x in (0, 2):
        return math.inf if x == 0 else -math.inf
    if not 0 < x < 2:
        return math.nan
    return _complement(x) if x < 1e-5 else _quantile(1 - x)


@builtin("math", "atan2")
@no_nulls
def atan2(x: float, y: float) -> float:
    """The angle of (x, y)."""
    return math.atan2(y, x)


@builtin("math", "hypot")
@no_nulls
def hypot(p: float, q: float) -> float:
    """The length of (p, q)."""
    return math.hypot(p, q)


@builtin("math", "sincos")
@no_nulls
def sincos(x: float) -> Record:
    """Sine and cosine; NaN for an infinite angle."""
    if math.isinf(x):
        return Record(sin=math.nan, cos=math.nan)
    return Record(sin=math.sin(x), cos=math.cos(x))


@builtin("math", "pow")
@no_nulls
def power(x: float, y: float) -> float:
    """x to the power of y with IEEE 754's special cases."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    except ValueError:
        if x == 0:
            return math.copysign(math.inf, x) if y % 2 == 1 else math.inf
        return math.nan


@builtin("math", "pow10")
@no_nulls
def pow10(n: int) -> float:
    """10 to the power of n: 0 below 1e-323, infinite above 1e308."""
    return 0.0 if n < -323 else math.inf if n > 308 else float(f"1e{n}")
