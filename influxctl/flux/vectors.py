"""Flux's operators and conversions over whole columns: the same rules as `operators`, on polars series."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import polars as pl

from influxctl.core.columns import DTYPES, ColumnType
from influxctl.core.errors import Invalid
from influxctl.flux.operators import unsupported
from influxctl.flux.values import Regexp, Value, float_text, time_text, type_of

_NUMBERS = frozenset({"int", "uint", "float"})
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SIMPLE: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


@dataclass(frozen=True, slots=True)
class Vector:
    """A column of values of one type."""

    kind: ColumnType
    series: pl.Series

    def filter(self, mask: pl.Series) -> Vector:
        """The values where the mask is true."""
        return Vector(self.kind, self.series.filter(mask))


def binary(op: str, a: Vector | Value, b: Vector | Value) -> Vector:
    """`a op b` where at least one side is a column and no side is the constant null."""
    left = a.kind if isinstance(a, Vector) else type_of(a)
    right = b.kind if isinstance(b, Vector) else type_of(b)
    if op in _COMPARE:
        return Vector("bool", _compare(op, a, b, left, right))
    if op in ("=~", "!~"):
        return Vector("bool", _match(op, a, b, left, right))
    if left != right:
        raise unsupported(op, left, right)
    if left == "string" and op == "+":
        return Vector("string", _operand(a) + _operand(b) if isinstance(a, Vector) else _prefix(a, b))
    if left not in _NUMBERS:
        raise unsupported(op, left, right)
    if op == "^":
        return Vector("float", _power(a, b))
    if op in _SIMPLE:
        return Vector(cast(ColumnType, left), _simple(op, a, b, left))
    return Vector(cast(ColumnType, left), _divide(op, a, b, left))


def _operand(x: Vector | Value) -> Any:
    return x.series if isinstance(x, Vector) else x


def _prefix(text: str, b: Any) -> pl.Series:
    return pl.select(pl.lit(text) + pl.lit(b.series)).to_series()


def _simple(op: str, a: Any, b: Any, kind: str) -> pl.Series:
    dtype = DTYPES[kind]
    x = a.series if isinstance(a, Vector) else pl.Series([a], dtype=dtype)
    y = b.series if isinstance(b, Vector) else pl.Series([b], dtype=dtype)
    return cast(pl.Series, _SIMPLE[op](x, y))


def _arrays(a: Any, b: Any, dtype: Any) -> tuple[Any, Any, pl.Series | None]:
    """Both sides as numpy (a constant as a scalar) and where a side is null."""
    nulls: pl.Series | None = None
    sides = []
    for side in (a, b):
        if not isinstance(side, Vector):
            sides.append(dtype(side))
            continue
        series = side.series
        if series.null_count():
            where = series.is_null()
            nulls = where if nulls is None else nulls | where
            series = series.fill_null(1)
        sides.append(series.to_numpy().astype(dtype, copy=False))
    return sides[0], sides[1], nulls


def _with_nulls(values: Any, nulls: pl.Series | None, dtype: Any) -> pl.Series:
    series = pl.Series(values, dtype=dtype)
    return series if nulls is None else series.set(nulls, None)


def _power(a: Any, b: Any) -> pl.Series:
    x, y, nulls = _arrays(a, b, np.float64)
    with np.errstate(all="ignore"):
        return _with_nulls(np.power(x, y), nulls, pl.Float64)


def _divide(op: str, a: Any, b: Any, kind: str) -> pl.Series:
    if kind == "float":
        x, y, nulls = _arrays(a, b, np.float64)
        with np.errstate(all="ignore"):
            return _with_nulls(x / y if op == "/" else np.fmod(x, y), nulls, pl.Float64)
    x, y, nulls = _arrays(a, b, np.int64 if kind == "int" else np.uint64)
    zero = y == 0
    if np.any(zero if nulls is None else zero & ~nulls.to_numpy()):
        raise Invalid("cannot divide by zero" if op == "/" else "cannot mod zero")
    with np.errstate(all="ignore"):
        if op == "%":
            return _with_nulls(np.fmod(x, y), nulls, DTYPES[kind])
        quotient = x // y
        if kind == "int":
            quotient = quotient + ((quotient * y != x) & ((x < 0) != (y < 0)))
    return _with_nulls(quotient, nulls, DTYPES[kind])


def _compare(op: str, a: Any, b: Any, left: str, right: str) -> pl.Series:
    if left in _NUMBERS and right in _NUMBERS:
        if "float" in (left, right):  # NaN equals nothing and is beyond nothing, unlike in polars
            x, y, nulls = _arrays(a, b, np.float64)
            return _with_nulls(_COMPARE[op](x, y), nulls, pl.Boolean)
        if left != right:
            return cast(pl.Series, _COMPARE[op](_wide(a), _wide(b)))
        return _plain_compare(op, a, b)
    if left != right:
        raise unsupported(op, left, right)
    if left in ("string", "time") or (left == "bool" and op in ("==", "!=")):
        return _plain_compare(op, a, b)
    raise unsupported(op, left, right)


_FLIP = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _plain_compare(op: str, a: Any, b: Any) -> pl.Series:
    if not isinstance(a, Vector):
        a, b, op = b, a, _FLIP[op]
    other = b.series if isinstance(b, Vector) else int(b) if isinstance(b, int) and not isinstance(b, bool) else b
    return cast(pl.Series, _COMPARE[op](a.series, other))


def _wide(x: Any) -> pl.Series:
    return x.series.cast(pl.Int128) if isinstance(x, Vector) else pl.Series([int(x)], dtype=pl.Int128)


def _match(op: str, a: Any, b: Any, left: str, right: str) -> pl.Series:
    if left != "string" or not isinstance(b, Regexp):
        raise unsupported(op, left, right)
    series: pl.Series = a.series
    distinct = series.unique().drop_nulls()
    search = b.compiled.search
    hits = pl.Series([(search(text) is not None) == (op == "=~") for text in distinct], dtype=pl.Boolean)
    if not len(distinct):
        return pl.Series([None], dtype=pl.Boolean).new_from_index(0, len(series))
    return series.replace_strict(distinct, hits, default=None, return_dtype=pl.Boolean)


def unary(op: str, v: Vector) -> Vector:
    """`op v` over a column."""
    if op == "exists":
        return Vector("bool", v.series.is_not_null())
    if op == "not":
        if v.kind != "bool":
            raise Invalid(f"invalid unary operator not on type {v.kind}")
        return Vector("bool", ~v.series)
    if op == "-" and v.kind in ("int", "float"):
        return Vector(v.kind, pl.Series([0 if v.kind == "int" else -0.0]) - v.series)
    raise Invalid(f'unsupported operator "{op}" to unary expression of type {v.kind}')


# ---------------------------------------------------------------- conversions


def to_string(v: Vector) -> pl.Series:
    """`string(v:)` over a column."""
    series = v.series
    if v.kind == "string":
        return series
    if v.kind == "bool":
        return series.cast(pl.String)
    if v.kind in ("int", "uint"):
        return series.cast(pl.String)
    distinct = series.unique().drop_nulls()
    if not len(distinct):
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(series))
    if v.kind == "float" and (distinct == 0).any():  # 0 and -0 are the same to `unique`
        return pl.Series([None if x is None else float_text(x) for x in series.to_list()], dtype=pl.String)
    write: Callable[[Any], str] = float_text if v.kind == "float" else time_text
    texts = pl.Series([write(x) for x in distinct], dtype=pl.String)
    return series.replace_strict(distinct, texts, default=None, return_dtype=pl.String)


def _string(v: Vector) -> Vector:
    return Vector("string", to_string(v))


def _float(v: Vector) -> Vector | None:
    if v.kind == "float":
        return v
    if v.kind in ("int", "uint", "bool"):
        return Vector("float", v.series.cast(pl.Float64))
    return None


def _int(v: Vector) -> Vector | None:
    if v.kind == "int":
        return v
    if v.kind == "time":
        return Vector("int", v.series)
    if v.kind == "bool":
        return Vector("int", v.series.cast(pl.Int64))
    if v.kind == "uint":
        return Vector("int", v.series.cast(pl.Int64, wrap_numerical=True))
    if v.kind == "float" and _safe(v.series, -9.2e18, 9.2e18):
        return Vector("int", v.series.cast(pl.Int64))
    return None


def _safe(series: pl.Series, low: float, high: float) -> bool:
    """Whether every number lies in the range, so that a cast cuts and never overflows."""
    if series.null_count() == len(series):
        return True
    if series.is_nan().any():
        return False
    least, most = cast(float, series.min()), cast(float, series.max())
    return least >= low and most <= high


def _uint(v: Vector) -> Vector | None:
    if v.kind == "uint":
        return v
    if v.kind in ("int", "time"):
        return Vector("uint", v.series.cast(pl.UInt64, wrap_numerical=True))
    if v.kind == "bool":
        return Vector("uint", v.series.cast(pl.UInt64))
    if v.kind == "float" and _safe(v.series, 0, 1.8e19):
        return Vector("uint", v.series.cast(pl.UInt64))
    return None


def _time(v: Vector) -> Vector | None:
    if v.kind in ("time", "int"):
        return Vector("time", v.series)
    if v.kind == "uint":
        return Vector("time", v.series.cast(pl.Int64, wrap_numerical=True))
    return None


def _bool(v: Vector) -> Vector | None:
    return v if v.kind == "bool" else None


Form = Callable[..., "Vector | None"]
FORMS: dict[tuple[str, str], Form] = {}


def column_form(package: str, name: str) -> Callable[[Form], Form]:
    """Registers the form over columns of a builtin: it takes the same arguments, columns for some of the values.

    It gives None where it cannot tell, because of a null, a type, or too many columns; the builtin then runs for each value.
    """

    def register(code: Form) -> Form:
        FORMS[package, name] = code
        return code

    return register


FUNCTIONS: dict[tuple[str, str], Callable[[Vector], Vector | None]] = {
    ("universe", "string"): _string,
    ("universe", "float"): _float,
    ("universe", "int"): _int,
    ("universe", "uint"): _uint,
    ("universe", "time"): _time,
    ("universe", "bool"): _bool,
}
