"""What a SELECT may say: arguments of functions, which columns go together, what needs a GROUP BY interval.

`check` raises StatementError for every statement that InfluxDB 2.9.1 compiles to an error, and otherwise tells which calls there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from influxctl.influxql import ast
from influxctl.influxql.analysis import FUNCTIONS as ANALYSIS
from influxctl.influxql.analysis import WARMUPS, WITHOUT_WARMUP
from influxctl.influxql.errors import StatementError
from influxctl.influxql.mathfunctions import FUNCTIONS as MATH
from influxctl.influxql.mathfunctions import TWO_ARGUMENTS

SIMPLE = ("count", "sum", "mean", "median", "mode", "spread", "stddev", "min", "max", "first", "last")
SELECTORS = ("min", "max", "first", "last", "percentile", "sample", "top", "bottom")
DERIVATIVES = ("derivative", "non_negative_derivative")
DIFFERENCES = ("difference", "non_negative_difference")
FORECASTS = ("holt_winters", "holt_winters_with_fit")
TRANSFORMS = (*DERIVATIVES, *DIFFERENCES, "elapsed", "cumulative_sum", "moving_average", *ANALYSIS, *FORECASTS)


class Every(NamedTuple):
    """The GROUP BY interval in nanoseconds, 0 for none, and whether an outer SELECT has it."""

    ns: int
    inherited: bool


@dataclass(slots=True)
class Calls:
    """The calls of a SELECT, each once and in order, and whether it names fields or tags outside of them."""

    calls: list[ast.Call] = field(default_factory=list)
    plain: bool = False

    @property
    def selector(self) -> ast.Call | None:
        """The only call, if it picks points."""
        if len(self.calls) == 1 and self.calls[0].name in SELECTORS:
            return self.calls[0]
        return None


def check(fields: list[ast.Expr], every: int, inherited: bool, fill: ast.Fill | None) -> Calls:
    """The calls in these columns; `every` is the GROUP BY interval (0: none), `inherited` says that an outer SELECT has it."""
    found = Calls()
    for expr in fields:
        if not any(isinstance(node, (ast.VarRef, ast.Call, ast.Distinct)) for node in ast.walk(expr)):
            raise StatementError("every column needs a field, a tag or a function of one")
        _expression(expr, found, Every(every, inherited))
    if not found.calls:
        if fill is not None and fill.kind in ("none", "linear"):
            raise StatementError(f"fill({fill.kind}) is for functions only")
        if every and not inherited:
            raise StatementError("GROUP BY time() needs an aggregate function")
        return found
    names = [call.name for call in found.calls]
    for name in ("top", "bottom", "distinct"):
        if name in names and len(names) > 1:
            raise StatementError(f"{name}() cannot stand beside other functions")
    if "distinct" in names and found.plain:
        raise StatementError("distinct() cannot stand beside fields or tags")
    if found.plain:
        if not all(name in SELECTORS for name in names):
            raise StatementError("fields and tags cannot stand beside functions that are not selectors")
        if len(names) > 1:
            raise StatementError("fields and tags cannot stand beside several selectors")
    return found


def _expression(expr: ast.Expr, found: Calls, every: Every) -> None:
    if isinstance(expr, ast.VarRef):
        found.plain = True
    elif isinstance(expr, ast.Call):
        if expr.name in MATH:
            _math(expr, found, every)
        else:
            _function(expr, every)
            if expr not in found.calls:
                found.calls.append(expr)
    elif isinstance(expr, ast.Distinct):
        call = ast.Call("distinct", (ast.VarRef(expr.name),))
        if call not in found.calls:
            found.calls.append(call)
    elif isinstance(expr, ast.Paren):
        _expression(expr.expr, found, every)
    elif isinstance(expr, ast.Binary):
        if isinstance(expr.left, ast.LITERALS) and isinstance(expr.right, ast.LITERALS):
            raise StatementError("an operator between two constants is not possible here")
        for side in (expr.left, expr.right):
            if isinstance(side, (ast.Wildcard, ast.Regex)):
                raise StatementError("a wildcard cannot be an operand")
            _expression(side, found, every)
    elif isinstance(expr, (ast.Wildcard, ast.Regex)):
        raise StatementError("a wildcard cannot stand here")


def _count_args(call: ast.Call, least: int, most: int) -> None:
    if not least <= len(call.args) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise StatementError(f"{call.name}() takes {wanted} arguments, not {len(call.args)}")


def _math(call: ast.Call, found: Calls, every: Every) -> None:
    wanted = 2 if call.name in TWO_ARGUMENTS else 1
    _count_args(call, wanted, wanted)
    if all(isinstance(arg, ast.LITERALS) for arg in call.args):
        raise StatementError("every column needs a field, a tag or a function of one")
    for arg in call.args:
        if isinstance(arg, (ast.String, ast.Boolean)):
            raise StatementError(f"{call.name}() takes numbers")
        _expression(arg, found, every)


def _function(call: ast.Call, every: Every) -> None:
    name = call.name
    if name in SIMPLE:
        _count_args(call, 1, 1)
        if name == "count" and _is_distinct(call.args[0]):
            return
        _field(call)
    elif name == "distinct":
        _count_args(call, 1, 1)
        _field(call)
    elif name == "percentile":
        _count_args(call, 2, 2)
        _field(call)
        if not isinstance(call.args[1], (ast.Integer, ast.Number)):
            raise StatementError("percentile() takes a number as its second argument")
    elif name == "sample":
        _count_args(call, 2, 2)
        _field(call)
        if _integer(call, 1) < 1:
            raise StatementError("sample() takes a size of at least 1")
    elif name == "integral":
        _count_args(call, 1, 2)
        _field(call)
        _unit(call)
    elif name in ("top", "bottom"):
        _top(call)
    elif name in TRANSFORMS:
        _transform(call, every)
    else:
        raise StatementError(f"there is no function {name}()")


def _is_distinct(expr: ast.Expr) -> bool:
    if isinstance(expr, ast.Call) and expr.name == "distinct":
        _function(expr, Every(0, False))
        return True
    return isinstance(expr, ast.Distinct)


def _field(call: ast.Call) -> None:
    if not isinstance(call.args[0], ast.VarRef):
        raise StatementError(f"{call.name}() takes a field as its first argument")


def _integer(call: ast.Call, at: int) -> int:
    arg = call.args[at]
    if not isinstance(arg, ast.Integer):
        raise StatementError(f"{call.name}() takes a whole number as argument {at + 1}")
    return arg.value


def _unit(call: ast.Call) -> None:
    if len(call.args) > 1:
        arg = call.args[1]
        if not isinstance(arg, ast.DurationLiteral):
            raise StatementError(f"{call.name}() takes a duration as its second argument")
        if arg.ns <= 0:
            raise StatementError(f"{call.name}() takes a duration above 0")


def _top(call: ast.Call) -> None:
    if len(call.args) < 2:
        raise StatementError(f"{call.name}() takes at least 2 arguments, not {len(call.args)}")
    _field(call)
    size = call.args[-1]
    if not isinstance(size, ast.Integer):
        raise StatementError(f"{call.name}() takes a whole number as its last argument")
    if size.value < 1:
        raise StatementError(f"{call.name}() takes a number of at least 1, not {size.value}")
    if not all(isinstance(arg, ast.VarRef) for arg in call.args[1:-1]):
        raise StatementError(f"{call.name}() takes only fields and tags between its first and last argument")


def _transform(call: ast.Call, every: Every) -> None:
    name = call.name
    if name in DERIVATIVES or name == "elapsed":
        _count_args(call, 1, 2)
        _unit(call)
    elif name in DIFFERENCES or name == "cumulative_sum":
        _count_args(call, 1, 1)
    elif name == "moving_average":
        _count_args(call, 2, 2)
        if _integer(call, 1) <= 1:
            raise StatementError("moving_average() takes a number of points above 1")
    elif name in FORECASTS:
        _count_args(call, 3, 3)
        if _integer(call, 1) <= 0:
            raise StatementError(f"{name}() takes a number of predictions above 0")
        if _integer(call, 2) < 0:
            raise StatementError(f"{name}() takes a season of at least 0")
    else:
        _analysis(call)
    inner = call.args[0]
    if isinstance(inner, ast.Call):
        if not every.ns:
            raise StatementError(f"{name}() of a function needs GROUP BY time()")
        if inner.name in MATH or inner.name in ("top", "bottom", "distinct", "sample"):
            raise StatementError(f"{name}() takes a field or an aggregate as its first argument")
        _function(inner, every)
    elif name in FORECASTS:
        raise StatementError(f"{name}() takes an aggregate function as its first argument")
    elif isinstance(inner, ast.VarRef):
        if every.ns and not every.inherited:
            raise StatementError(f"{name}() with GROUP BY time() takes an aggregate function as its first argument")
    else:
        raise StatementError(f"{name}() takes a field or an aggregate as its first argument")


def _analysis(call: ast.Call) -> None:
    _count_args(call, 2, 3 if call.name in WITHOUT_WARMUP else 4)
    if _integer(call, 1) < 1:
        raise StatementError(f"{call.name}() takes a period of at least 1")
    if len(call.args) > 2 and _integer(call, 2) < -1:
        raise StatementError(f"{call.name}() takes a hold period of at least 0, or -1 for its own")
    if len(call.args) > 3:
        warmup = call.args[3]
        known = ("none", *WARMUPS) if call.name == "chande_momentum_oscillator" else WARMUPS[:2]
        if not isinstance(warmup, ast.String) or warmup.value not in known:
            raise StatementError(f"{call.name}() takes {' or '.join(repr(k) for k in known)} as its fourth argument")
