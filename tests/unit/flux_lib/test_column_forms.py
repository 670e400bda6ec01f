"""What a builtin gives over a column is what it gives for each value (flux.vectors.FORMS)."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest

from influxctl.core.columns import DTYPES
from influxctl.core.times import NS, Duration, parse_time
from influxctl.flux import stdlib
from influxctl.flux.stdlib._rows import typed
from influxctl.flux.values import Record
from influxctl.flux.vectors import FORMS, Vector

for _package in ("math", "date", "strings"):
    stdlib.load(_package)

FLOATS = [-2.5, -0.5, 0.0, 0.49999999999999994, 0.5, 1.5, 2.0, 1e16, 1e300, math.inf]
TIMES = [
    parse_time(t)
    for t in ("1969-12-31T23:59:59.5Z", "2020-02-29T12:34:56.789Z", "2021-03-28T00:30:00Z", "2021-10-31T01:30:00Z")
]
TEXTS = ["", "abc", "Hello World", "straße é"]
UTC = Record(zone="UTC", offset=Duration())
PLACES = [UTC, Record(zone="Europe/Berlin", offset=Duration()), Record(zone="UTC", offset=Duration(0, 5 * NS["h"]))]
UNITS = [Duration(0, NS["d"]), Duration(0, 7 * NS["d"]), Duration(1), Duration(3), Duration(12)]


def _arguments(package: str, name: str) -> list[tuple[str, str, list[Any], dict[str, Any]]]:
    """The column argument of a form with its type and values, and the other arguments."""
    if package == "math":
        return [("x", "float", FLOATS, {})]
    if package == "strings":
        other = {"hasPrefix": {"prefix": "ab"}, "hasSuffix": {"suffix": "d"}, "containsStr": {"substr": "l"}}
        return [("v", "string", texts, other.get(name, {})) for texts in (TEXTS, TEXTS[:3])]
    if name == "_truncate":
        return [("t", "time", TIMES, {"unit": unit, "location": place}) for unit in UNITS for place in PLACES]
    if name in ("_add", "_sub"):
        column = "to" if name == "_add" else "from_"
        spans = (Duration(0, 90 * NS["m"]), Duration(1))
        return [(column, "time", TIMES, {"d": span, "location": place}) for span in spans for place in PLACES]
    if name.startswith("_"):
        return [("t", "time", TIMES, {"location": place}) for place in PLACES]
    return [("t", "time", TIMES, {})]


CASES = [(*form, *case) for form in FORMS for case in _arguments(*form)]


@pytest.mark.parametrize(("package", "name", "column", "kind", "values", "others"), CASES)
def test_a_form_agrees_with_the_builtin(
    package: str, name: str, column: str, kind: Any, values: list[Any], others: dict[str, Any]
) -> None:
    made = FORMS[package, name](**{column: Vector(kind, pl.Series(values, dtype=DTYPES[kind])), **others})
    if made is None:
        return  # the form says that it cannot tell
    entry = stdlib.lookup(package, name)
    assert isinstance(entry, stdlib.Builtin)
    context = (None,) if entry.wants_ctx else ()
    one_by_one = [entry.code(*context, **{column: typed(v, kind), **others}) for v in values]
    if made.kind == "float":
        assert made.series.to_list() == pytest.approx(one_by_one, rel=1e-14, nan_ok=True)
    else:
        assert made.series.to_list() == one_by_one


def test_a_column_with_nulls_is_left_to_the_builtin() -> None:
    assert FORMS["math", "sqrt"](x=Vector("float", pl.Series([1.0, None]))) is None
