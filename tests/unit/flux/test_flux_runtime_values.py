"""Text forms of values, and operators on single values."""

from __future__ import annotations

import math

import pytest

from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux import operators
from influxctl.flux.values import (
    Array,
    Record,
    Time,
    UInt,
    display,
    float_display,
    float_text,
    same,
    string_text,
    type_text,
)


@pytest.mark.parametrize(
    ("value", "plain", "shown"),
    [
        (1.0, "1", "1"),
        (1.5, "1.5", "1.5"),
        (-0.0, "-0", "-0"),
        (1e21, "1000000000000000000000", "1e+21"),
        (1e-7, "0.0000001", "1e-07"),
        (123456789.0, "123456789", "1.23456789e+08"),
        (123456.0, "123456", "123456"),
        (math.inf, "+Inf", "+Inf"),
        (-math.inf, "-Inf", "-Inf"),
        (math.nan, "NaN", "NaN"),
        (1.7976931348623157e308, "17976931348623157" + "0" * 292, "1.7976931348623157e+308"),
    ],
)
def test_floats_have_two_texts(value: float, plain: str, shown: str) -> None:
    assert float_text(value) == plain
    assert float_display(value) == shown


def test_display_takes_a_line_for_each_part_of_long_composites() -> None:
    assert display(Array([1, 2, 3])) == "[1, 2, 3]"
    assert (
        display(Record(a=1, b=Array([1, 2, 3, 4])))
        == "{a: 1, b: [\n        1,\n        2,\n        3,\n        4\n    ]}"
    )


def test_string_of_composites_is_refused() -> None:
    with pytest.raises(Invalid, match=r"cannot convert \[int\] to string"):
        string_text(Array([1]))


def test_types_of_composites() -> None:
    assert type_text(Record(a=1, b=Array(["x"]))) == "{a: int, b: [string]}"
    assert not same(1, UInt(1))
    assert same(Record(a=Time(1)), Record(a=Time(1)))


@pytest.mark.parametrize(
    ("op", "a", "b", "result"),
    [
        ("/", -7, 2, -3),
        ("%", -7, 2, -1),
        ("%", 7, -2, 1),
        ("^", 2, 10, 1024.0),
        ("+", 2**63 - 1, 1, -(2**63)),
        ("*", 2**62, 2, -(2**63)),
        ("-", UInt(1), UInt(2), 2**64 - 1),
        ("==", 1, 1.0, True),
        ("<", 1, UInt(2), True),
        ("/", 1.0, 0.0, math.inf),
        ("+", "a", "b", "ab"),
        ("==", math.nan, math.nan, False),
        (">", math.nan, 1.0, False),
        ("+", None, 1, None),
        ("==", None, None, None),
    ],
)
def test_operators(op: str, a: object, b: object, result: object) -> None:
    assert operators.binary(op, a, b) == result


@pytest.mark.parametrize(
    ("op", "a", "b"), [("/", 1, 0), ("%", 1, 0), ("+", 1, 1.0), ("==", 1, "1"), ("<", Duration(1), Duration(2))]
)
def test_operators_refuse(op: str, a: object, b: object) -> None:
    with pytest.raises(Invalid):
        operators.binary(op, a, b)


def test_division_by_a_zero_float_knows_signs() -> None:
    assert operators.divide_float(1.0, -0.0) == -math.inf
    assert math.isnan(operators.divide_float(0.0, 0.0))
