"""The mathematical functions, each from one or two vectors to one: abs, sin, pow, log and the like."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from influxctl.influxql.vector import NUMERIC, Array, Vector, both, nulls

KEEP_TYPE = ("abs", "ceil", "floor", "round")
TWO_ARGUMENTS = ("atan2", "pow", "log")


def _round(values: Array) -> Array:
    """To the nearest whole number, halves away from zero."""
    whole = np.trunc(values)
    return whole + np.where(np.abs(values - whole) >= 0.5, np.sign(values), 0.0)


def _log(values: Array, base: Array) -> Array:
    return np.log(values) / np.log(base)


_ONE: dict[str, Callable[[Array], Array]] = {
    "abs": np.abs,
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "ceil": np.ceil,
    "cos": np.cos,
    "exp": np.exp,
    "floor": np.floor,
    "ln": np.log,
    "log10": np.log10,
    "log2": np.log2,
    "round": _round,
    "sin": np.sin,
    "sqrt": np.sqrt,
    "tan": np.tan,
}
_TWO: dict[str, Callable[[Array, Array], Array]] = {"atan2": np.arctan2, "log": _log, "pow": np.power}


def _one(name: str) -> Callable[[Vector], Vector]:
    function = _ONE[name]

    def apply(vector: Vector) -> Vector:
        if vector.type not in NUMERIC:
            return nulls("float", len(vector))
        if name in KEEP_TYPE and vector.type != "float":
            return Vector(vector.type, np.abs(vector.values) if name == "abs" else vector.values, vector.valid)
        with np.errstate(all="ignore"):
            return Vector("float", function(vector.values.astype(np.float64)), vector.valid)

    return apply


def _two(name: str) -> Callable[[Vector, Vector], Vector]:
    function = _TWO[name]

    def apply(left: Vector, right: Vector) -> Vector:
        if left.type not in NUMERIC or right.type not in NUMERIC:
            return nulls("float", len(left))
        with np.errstate(all="ignore"):
            result = function(left.values.astype(np.float64), right.values.astype(np.float64))
        return Vector("float", result, both(left.valid, right.valid))

    return apply


FUNCTIONS: dict[str, Callable[..., Vector]] = {
    **{name: _one(name) for name in _ONE},
    **{name: _two(name) for name in _TWO},
}
