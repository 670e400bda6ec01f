"""InfluxQL: what is printed is parsed to the same statements; windows, fills and answers keep their rules on random input."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influxctl.core.errors import InfluxctlError
from influxctl.influxql import ast
from influxctl.influxql.merge import merge
from influxctl.influxql.parser import parse
from influxctl.influxql.printer import print_statement
from influxctl.influxql.scanner import KEYWORDS
from influxctl.influxql.timetext import format_times
from influxctl.influxql.zones import Windows

NAMES = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r"), min_size=1, max_size=8).filter(
    lambda name: name.upper() not in KEYWORDS and name.lower() not in ("fill", "tz", "time")
)
PLAIN = st.sampled_from(["v", "usage", "host", "n_1", "select", "my field", 'q"t'])
LITERALS = st.one_of(
    st.integers(0, (1 << 64) - 1).map(ast.Integer),
    st.floats(0, 1e300, allow_nan=False).map(ast.Number),
    st.text(max_size=6).filter(lambda t: "\r" not in t and t.isprintable()).map(ast.String),
    st.booleans().map(ast.Boolean),
    st.integers(0, 10**15).map(ast.DurationLiteral),
    st.sampled_from(["^a.*", "x/y", "[a-z]+"]).map(ast.Regex),
)
REFS = st.builds(ast.VarRef, st.one_of(PLAIN, NAMES), st.sampled_from(["", "", "float", "tag", "field"]))


def _operators(ops: list[str], inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    """Operands in parentheses: their grouping is then the tree's."""
    wrapped = inner.map(lambda e: ast.Paren(e) if isinstance(e, ast.Binary) else e)
    return st.builds(ast.Binary, st.sampled_from(ops), wrapped, wrapped)


def _expressions(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    calls = st.builds(ast.Call, st.sampled_from(["mean", "max", "abs", "top"]), st.lists(inner, max_size=3).map(tuple))
    return st.one_of(_operators(["+", "-", "*", "/", "%", "&", "|", "^"], inner), calls, inner.map(ast.Paren))


VALUES = st.recursive(st.one_of(REFS, LITERALS), _expressions, max_leaves=6)
COMPARISONS = _operators(["=", "!=", "<", "<=", ">", ">="], VALUES)
CONDITIONS = st.recursive(COMPARISONS, lambda inner: _operators(["AND", "OR"], inner), max_leaves=5)
PAGES = st.builds(ast.Page, *(st.integers(0, 9) for _ in range(4)), st.booleans(), st.just(True))
SOURCES = st.one_of(
    st.builds(ast.Measurement, NAMES),
    st.builds(ast.Measurement, NAMES, NAMES, st.one_of(st.just(""), NAMES)),
    st.builds(lambda r: ast.Measurement(regex=r), st.sampled_from(["cpu.*", "a/b"])),
)


def _selects(sources: st.SearchStrategy[ast.Source]) -> st.SearchStrategy[ast.Select]:
    dimensions = st.one_of(REFS, st.just(ast.Wildcard()), st.integers(1, 10**13).map(
        lambda ns: ast.Call("time", (ast.DurationLiteral(ns),))))  # fmt: skip
    fills = st.one_of(
        st.none(),
        st.sampled_from([ast.Fill("none"), ast.Fill("previous"), ast.Fill("number", 3), ast.Fill("number", 1.5)]),
    )
    return st.builds(
        ast.Select,
        st.lists(st.builds(ast.Field, VALUES, st.one_of(st.just(""), NAMES)), min_size=1, max_size=3).map(tuple),
        st.lists(sources, min_size=1, max_size=2).map(tuple),
        st.one_of(st.none(), CONDITIONS),
        st.lists(dimensions, max_size=3).map(tuple),
        fills,
        PAGES,
        st.none(),
        st.sampled_from(["", "Europe/Berlin"]),
    )


SELECTS = st.recursive(
    _selects(SOURCES), lambda inner: _selects(st.one_of(SOURCES, inner.map(ast.SubQuery))), max_leaves=3
)


@given(SELECTS)
@settings(max_examples=150, deadline=None)
def test_what_is_printed_is_parsed_to_the_same(select: ast.Select) -> None:
    text = print_statement(select)
    assert parse(text) == (select,)


@given(
    st.integers(-(10**18), 10**18),
    st.integers(1, 10**14),
    st.integers(-(10**14), 10**14),
    st.sampled_from([None, "America/New_York", "Asia/Kolkata"]),
)
@settings(max_examples=150, deadline=None)
def test_a_time_lies_in_its_window(at: int, every: int, offset: int, zone: str | None) -> None:
    windows = Windows(every, offset % every, ZoneInfo(zone) if zone else None)
    start = int(windows.starts(np.array([at]))[0])
    assert start == windows.bounds(at)[0]
    if zone is None:
        assert start <= at < start + every
        assert (start - offset) % every == 0


@given(
    st.lists(st.lists(st.integers(0, 5), unique=True, min_size=1).map(sorted), min_size=1, max_size=5), st.booleans()
)
def test_merging_keeps_the_order_of_times_and_every_row(series: list[list[int]], descending: bool) -> None:
    keys = [key for one in series for key in one]
    numbers = [number for number, one in enumerate(series) for _ in one]
    merged = merge(keys, numbers, descending, len(keys))
    assert sorted(merged) == list(range(len(keys)))
    assert [keys[row] for row in merged] == sorted(keys, reverse=descending)


@given(st.lists(st.integers(-(9 * 10**18), 9 * 10**18), min_size=1, max_size=20))
def test_times_are_written_as_numpy_does(times: list[int]) -> None:
    found = format_times(np.array(times), None, quote=False)
    assert [np.datetime64(text.removesuffix("Z"), "ns").astype(np.int64) for text in found] == times


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        statements = parse(text)
    except InfluxctlError as error:
        assert error.status == 400
        return
    assert parse("; ".join(print_statement(one) for one in statements)) == statements


@pytest.mark.parametrize("value", [{"a": 1}, [1]])
def test_parameters_of_no_kind_are_refused(value: object) -> None:
    with pytest.raises(InfluxctlError):
        parse("SELECT v FROM m WHERE v = $x", json.loads(json.dumps({"x": value})))
