"""testing and internal/testing: comparisons of streams and values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from influxctl.core.columns import DTYPES, Block, ColumnType
from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.regex import compile_regex
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._rows import Table, column_type
from influxctl.flux.stdlib.experimental.catching import ERROR_NUMBERS
from influxctl.flux.stdlib.experimental.differences import Same, diff_table, equal, pairs
from influxctl.flux.tables import Stream
from influxctl.flux.values import Function, Regexp, UInt, Value, display, same, type_of


def _close(epsilon: float, nans_equal: bool) -> Same:
    def compare(a: Any, b: Any) -> bool:
        if isinstance(a, float) and isinstance(b, float):
            if math.isnan(a) or math.isnan(b):
                return nans_equal and math.isnan(a) and math.isnan(b)
            return a == b or abs(a - b) <= epsilon
        return bool(a == b)

    return compare


@builtin("testing", "diff")
@no_nulls
def diff(
    got: Stream, want: Stream, verbose: bool = False, epsilon: Value = 0.000001, nansEqual: bool = False
) -> Stream:
    """The tables that differ, row by row, marked in `_diff`; floats within `epsilon` are equal. `verbose`: equal tables too."""
    if type_of(epsilon) not in ("float", "int", "uint"):
        raise Invalid(f"epsilon must be a number, got {type_of(epsilon)}")
    close = _close(float(epsilon), nansEqual)

    def transform(have: Iterable[Block], wish: Iterable[Block]) -> Iterator[Block]:
        for there, wanted in pairs(have, wish):
            table = diff_table(there, wanted, close, True)
            if table.height and (verbose or any(table.values["_diff"])):
                yield table.block()

    return _delivered(Stream("testing.diff", transform, (got, want)))


def _delivered(found: Stream) -> Stream:
    """What a check found, as the result `error`: a test looks for its assertions there."""
    return found.then("yield", lambda blocks: blocks, name="error")


@builtin("testing", "assertEquals")
@no_nulls
def assert_equals(name: str, got: Stream, want: Stream) -> Stream:
    """The stream `got`; `Invalid` naming the first difference when `want` is not the same."""

    def transform(have: Iterable[Block], wish: Iterable[Block]) -> list[Block]:
        blocks = list(have)
        for there, wanted in pairs(blocks, wish):
            table = diff_table(there, wanted, equal, False)
            if any(table.values["_diff"]):
                first = next(table.rows())
                raise Invalid(f"test {name}: tables are not equal; the first difference is {display(first)}")
        return blocks

    return Stream("testing.assertEquals", transform, (got, want))


@builtin("testing", "assertEmpty")
@no_nulls
def assert_empty(tables: Stream) -> Stream:
    """The stream itself; `Invalid` when it has a row."""

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            if block.rows.height:
                raise Invalid("expected empty table, but it has rows")
            yield block

    return tables.then("testing.assertEmpty", transform)


def _values(columns: dict[str, ColumnType], rows: list[dict[str, Any]]) -> Stream:
    table = Table(columns, {label: [row[label] for row in rows] for label in columns})

    def transform() -> list[Block]:
        return [table.block()]

    return _delivered(Stream("testing.values", transform))


@builtin("testing", "assertEqualValues")
def assert_equal_values(got: Value, want: Value) -> Stream:
    """No table for equal values, else one of two rows; values that no column holds are shown as text."""
    alike = same(got, want) or equal(got, want)
    held = type_of(got) == type_of(want) and type_of(got) in DTYPES
    values = [want, got] if held else [display(want), display(got)]
    columns: dict[str, ColumnType] = {"_diff": "string", "v": column_type(got) if held else "string"}
    table = Table(columns, {"_diff": ["-", "+"], "v": values})
    return _delivered(Stream("testing.values", lambda: [] if alike else [table.block()]))


@builtin("testing", "shouldError")
def should_error(ctx: Any, fn: Function, want: Regexp) -> Stream:
    """A table of no rows when `fn` fails as wanted."""
    return _should_error(ctx, fn, want, None)


def _should_error(ctx: Any, fn: Function, want: Regexp, code: int | None) -> Stream:
    try:
        value = ctx.call(fn, {})
        if getattr(value, "is_stream", False):
            for _ in value.blocks():
                pass
    except InfluxctlError as error:
        number = ERROR_NUMBERS.get(error.code, 2)
        matches = compile_regex(want.pattern).search(error.message) is not None
        if code is None:
            return _values({"v": "string"}, [] if matches else [{"v": error.message}])
        rows = [] if matches and number == code else [{"match": matches, "code": UInt(number), "_diff": "+"}]
        return _values({"match": "bool", "code": "uint", "_diff": "string"}, rows)
    raise Invalid("expected an error, but none was raised")


@builtin("internal/testing", "assertMatches")
@no_nulls
def assert_matches(got: str, want: Regexp) -> Stream:
    """A table of no rows when the text matches."""
    matches = compile_regex(want.pattern).search(got) is not None
    return _values({"v": "string", "_diff": "string"}, [] if matches else [{"v": got, "_diff": "+"}])


@builtin("internal/testing", "shouldErrorWithCode")
def should_error_with_code(ctx: Any, fn: Function, want: Regexp, code: int) -> Stream:
    """A table of no rows when `fn` fails as wanted, with this code."""
    return _should_error(ctx, fn, want, int(code))
