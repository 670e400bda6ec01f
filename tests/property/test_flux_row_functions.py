"""A row function over columns gives what the interpreter gives row by row."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from influxctl.core.columns import Block, Column, make_block
from influxctl.core.errors import InfluxctlError
from influxctl.flux.interpreter import Closure, Run, evaluate
from influxctl.flux.parser import parse
from influxctl.flux.rowfn import condition, records, rows_batch
from influxctl.flux.stdlib.universe.rows import columns_of_records, mapped_columns
from influxctl.flux.vectors import Vector
from influxctl.flux.world import World

INTS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-3, 3))
FLOATS = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, -0.0, 1.5, float("nan"), float("inf")]))
STRINGS = st.one_of(st.none(), st.sampled_from(["", "a", "ab", "é", "1"]))
BOOLS = st.sampled_from([None, True, False])
ROWS = st.lists(st.tuples(INTS, INTS, FLOATS, FLOATS, STRINGS, BOOLS), min_size=1, max_size=6)

NUMBERS = st.sampled_from(["r.i", "r.j", "3", "-2"])
REALS = st.sampled_from(["r.f", "r.g", "2.5", "float(v: r.i)"])
TEXTS = st.sampled_from(["r.s", '"a"', 'r.s + "x"', "string(v: r.i)"])


def arithmetic(leaf: st.SearchStrategy[str], ops: str) -> st.SearchStrategy[str]:
    def pair(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.tuples(inner, st.sampled_from(ops.split()), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")

    return st.recursive(leaf, pair, max_leaves=4)


INT_TERM = arithmetic(NUMBERS, "+ - * / %")
FLOAT_TERM = arithmetic(REALS, "+ - * / %")
ORDER = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
COMPARED = st.one_of(
    *(st.tuples(term, ORDER, term).map(" ".join) for term in (INT_TERM, FLOAT_TERM, TEXTS)),
    st.sampled_from(["r.b", "exists r.s", "r.s =~ /a/", "r.s !~ /^$/", "r.nope == 1"]),
)  # fmt: skip
LOGIC = st.recursive(COMPARED, lambda x: st.one_of(
    st.tuples(x, st.sampled_from(["and", "or"]), x).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    x.map(lambda t: f"(not ({t}))"),
), max_leaves=4)  # fmt: skip


def block_of_rows(rows: list[tuple[object, ...]]) -> Block:
    kinds = {"i": "int", "j": "int", "f": "float", "g": "float", "s": "string", "b": "bool"}
    columns = [Column(label, kind) for label, kind in kinds.items()]  # type: ignore[arg-type]
    values = {label: [row[n] for row in rows] for n, label in enumerate(kinds)}
    return make_block(columns, {}, values, [0] * len(rows))  # type: ignore[arg-type]


RUN = Run(World(), 0)


def function(text: str) -> Closure:
    file = parse(f"f = {text}")
    assert not file.errors
    return evaluate(file.body[0].init, RUN.main, RUN)  # type: ignore[attr-defined, no-any-return]


@settings(max_examples=150, deadline=None)
@given(ROWS, LOGIC)
def test_conditions(rows: list[tuple[object, ...]], text: str) -> None:
    block, fn = block_of_rows(rows), function(f"(r) => {text}")
    try:
        expected: list[bool] | str = [bool(fn.invoke({"r": row})) for row in records(block)]
    except InfluxctlError as error:
        expected = error.message
    try:
        got: list[bool] | str = condition(fn, rows_batch(block), block).to_list()
    except InfluxctlError as error:
        got = error.message
    assert got == expected, text


CHOICE = st.tuples(LOGIC, INT_TERM, INT_TERM).map(lambda t: f"if {t[0]} then {t[1]} else {t[2]}")
Outcome = dict[str, list[object]] | str


def outcome(columns: Callable[[], dict[str, Vector]]) -> Outcome:
    """The values by column, those without any value left out (row by row nobody knows their type), or that it failed."""
    try:
        made = {label: vector.series.to_list() for label, vector in columns().items()}
    except InfluxctlError:
        return "fails"
    return {label: values for label, values in made.items() if any(v is not None for v in values)}


@settings(max_examples=150, deadline=None)
@given(ROWS, st.one_of(INT_TERM, FLOAT_TERM, TEXTS, CHOICE))
def test_values(rows: list[tuple[object, ...]], text: str) -> None:
    block, fn = block_of_rows(rows), function(f"(r) => ({{v: string(v: {text})}})")
    by_row = outcome(lambda: columns_of_records([fn.invoke({"r": row}) for row in records(block)]))
    assert outcome(lambda: mapped_columns(block, fn)) == by_row, text
