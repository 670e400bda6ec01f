"""Folds compiled to Python give what the interpreter gives."""

from __future__ import annotations

import pytest

from influxctl.core.columns import Column, make_block
from influxctl.core.errors import InfluxctlError
from influxctl.flux.foldcode import compile_fold
from influxctl.flux.interpreter import Closure, Run, evaluate
from influxctl.flux.parser import parse
from influxctl.flux.rowfn import records
from influxctl.flux.values import Record
from influxctl.flux.world import World

RUN = Run(World(), 0)
KINDS = {"i": "int", "f": "float", "s": "string", "b": "bool"}
BLOCK = make_block(
    [Column(label, kind) for label, kind in KINDS.items()],  # type: ignore[arg-type]
    {},
    {"i": [5, -7, 9], "f": [1.5, -0.0, 4.0], "s": ["a", "", "c"], "b": [True, False, True]},
    [0, 0, 0],
)


def function(text: str) -> Closure:
    file = parse(f"f = (r, accumulator) => ({text})")
    assert not file.errors
    return evaluate(file.body[0].init, RUN.main, RUN)  # type: ignore[attr-defined, no-any-return]


def interpreted(fn: Closure, identity: Record) -> Record:
    state = identity
    for row in records(BLOCK):
        state = fn.invoke({"r": row, "accumulator": state})
    return state


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("{s: accumulator.s + r.f}", {"s": 0.0}),
        ("{n: accumulator.n + 1, s: accumulator.s + float(v: r.i) / 2.0}", {"n": 0, "s": 0.0}),
        ("{m: if r.i > accumulator.m then r.i else accumulator.m}", {"m": -(2**63)}),
        ("{accumulator with t: accumulator.t + r.s}", {"t": "", "n": 1}),
        ("{p: accumulator.p * r.i}", {"p": 2**62}),
        ("{q: (accumulator.q + r.i) / 3, m: r.i % 4}", {"q": 7, "m": 0}),
        ("{a: accumulator.a and (r.b or not (r.f == 0.0))}", {"a": True}),
        ("{d: 1.0 / r.f, e: r.f % 1.0, x: r.f ^ 2.0}", {"d": 0.0, "e": 0.0, "x": 0.0}),
    ],
)
def test_the_same_result(text: str, identity: dict[str, object]) -> None:
    fn, start = function(text), Record(identity)
    fold = compile_fold(fn, start, KINDS)
    assert fold is not None
    columns = [BLOCK.values(label).to_list() for label in fold.columns]
    state = fold.code(tuple(start[name] for name in fold.fields), zip(*columns, strict=True))
    assert dict(zip(fold.fields, state, strict=True)) == dict(interpreted(fn, start))


def test_errors_are_the_same() -> None:
    fn = function("{q: accumulator.q / (r.i - 5)}")
    fold = compile_fold(fn, Record(q=1), KINDS)
    assert fold is not None
    with pytest.raises(InfluxctlError, match="cannot divide by zero"):
        fold.code((1,), [(5,)])


@pytest.mark.parametrize(
    "text",
    [
        "{s: accumulator.s + r.nope}",
        "{s: accumulator.s + r.i}",
        "{other: 1.0}",
        "{s: accumulator.s, new: 1}",
        "{s: float(v: r.s)}",
        "{s: if exists r.f then r.f else 0.0}",
    ],
)
def test_what_has_no_such_form_is_interpreted(text: str) -> None:
    assert compile_fold(function(text), Record(s=0.0), KINDS) is None
