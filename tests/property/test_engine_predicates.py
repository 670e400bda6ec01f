"""Predicates over many distinct tag values: the vectorised ways give what RE2 and plain comparison give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influxctl.core.errors import Invalid
from influxctl.core.readspec import Compare, Match
from influxctl.core.regex import compile_regex
from influxctl.engine.predicate import SeriesTest
from influxctl.engine.series import Measurement

VALUES = [
    f"{a}{b}{c}" for a in ["a", "b", "A", "é", "-", "a.b", "x y", "\n"] for b in ["", "1", "22", "aa"] for c in range(9)
]
MEASUREMENT = Measurement("m")
for number, text in enumerate(VALUES):
    MEASUREMENT.sid((("other", "x"), ("t", text)) if number % 3 else (("t", text),))
MEASUREMENT.sid((("other", "x"),))
patterns = st.one_of(
    st.text(alphabet="ab1.*+?|()[]^$-\\dA é{2}", max_size=8),
    st.sampled_from(
        [
            "^a",
            "1$",
            "a|b",
            "^(a|b)1*$",
            "[ab][0-9]",
            "[^a]",
            ".",
            "",
            "\\d",
            "(?i)A",
            "a.b",
            "^.$",
            "[[:alpha:]]",
            "a{2}",
        ]
    ),
)


def expected(node: Match) -> list[bool]:
    search = compile_regex(node.pattern).search
    truth = [(search(value) is None) == node.negate for value in VALUES]
    return [*truth, node.missing]


@given(patterns, st.booleans(), st.booleans())
def test_patterns(pattern: str, negate: bool, missing: bool) -> None:
    node = Match("t", pattern, negate, missing)
    try:
        wanted = expected(node)
    except Invalid:
        with pytest.raises(Invalid):
            SeriesTest(MEASUREMENT, len(MEASUREMENT), node).series("f")
        return
    assert SeriesTest(MEASUREMENT, len(MEASUREMENT), node).series("f").tolist() == wanted


@given(
    st.one_of(st.sampled_from(VALUES), st.text(max_size=3)),
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.booleans(),
)
def test_comparisons(value: str, op: str, missing: bool) -> None:
    compare = {
        "==": np.equal,
        "!=": np.not_equal,
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
    }[op]
    wanted = [*(bool(compare(one, value)) for one in VALUES), missing]
    found = SeriesTest(MEASUREMENT, len(MEASUREMENT), Compare("t", op, value, missing)).series("f")  # type: ignore[arg-type]
    assert found.tolist() == wanted
