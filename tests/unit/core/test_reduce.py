"""Reductions of sorted segments."""

import math

import numpy as np
import polars as pl
import pytest

from influxctl.core.errors import Invalid
from influxctl.core.reduce import reduce_segments, starts_of, sums, window_numbers

IDS = np.array([0, 0, 2, 2, 2])


@pytest.mark.parametrize(
    ("kind", "values", "rows"),
    [
        ("count", [2, 0, 3], None),
        ("sum", [3.0, None, 12.0], None),
        ("mean", [1.5, None, 4.0], None),
        ("min", [1.0, None, 3.0], [0, -1, 2]),
        ("max", [2.0, None, 5.0], [1, -1, 3]),
        ("first", [1.0, None, 3.0], [0, -1, 2]),
        ("last", [2.0, None, 4.0], [1, -1, 4]),
    ],
)
def test_each_reduction_with_an_empty_segment(kind, values, rows) -> None:
    reduced = reduce_segments(kind, IDS, 3, pl.Series("v", [1.0, 2.0, 3.0, 5.0, 4.0]))
    assert reduced.values.to_list() == values
    assert (None if reduced.rows is None else reduced.rows.tolist()) == rows


def test_nulls_are_left_out() -> None:
    series = pl.Series("v", [None, 2, None, None, None], dtype=pl.Int64)
    assert reduce_segments("count", IDS, 3, series).values.to_list() == [1, 0, 0]
    assert reduce_segments("sum", IDS, 3, series).values.to_list() == [2, None, None]
    first = reduce_segments("first", IDS, 3, series)
    assert (first.values.to_list(), first.rows.tolist()) == ([2, None, None], [1, -1, -1])


def test_extremes_look_for_a_number_and_the_first_of_equals_wins() -> None:
    series = pl.Series("v", [math.nan, 1.0, 7.0, 7.0, math.nan])
    least = reduce_segments("max", IDS, 3, series)
    assert least.values.to_list() == [1.0, None, 7.0]
    assert least.rows.tolist() == [1, -1, 2]
    assert math.isnan(reduce_segments("sum", IDS, 3, series).values[0])


def test_integers_wrap_and_stay_integers() -> None:
    series = pl.Series("v", [2**63 - 1, 1, 1, 2, 3])
    assert reduce_segments("sum", IDS, 3, series).values.to_list() == [-(2**63), None, 6]
    assert reduce_segments("mean", IDS, 3, series).values.dtype == pl.Float64


@pytest.mark.parametrize("kind", ["sum", "mean", "min", "max"])
def test_text_and_booleans_have_no_arithmetic(kind) -> None:
    with pytest.raises(Invalid):
        reduce_segments(kind, np.array([0]), 1, pl.Series("v", ["a"]))
    with pytest.raises(Invalid):
        reduce_segments(kind, np.array([0]), 1, pl.Series("v", [True]))


def test_text_has_first_last_and_count() -> None:
    series = pl.Series("v", ["a", "b", "c", "d", "e"])
    assert reduce_segments("last", IDS, 3, series).values.to_list() == ["b", None, "e"]
    assert reduce_segments("count", IDS, 3, series).values.to_list() == [2, 0, 3]


@pytest.mark.parametrize("kind", ["count", "sum", "mean", "min", "first", "last"])
def test_no_rows_at_all(kind) -> None:
    reduced = reduce_segments(kind, np.zeros(0, np.int64), 2, pl.Series("v", [], dtype=pl.Float64))
    assert reduced.values.to_list() == ([0, 0] if kind == "count" else [None, None])


def test_starts_and_windows() -> None:
    assert starts_of(np.array([1, 1, 2, 2]), np.array([5, 6, 6, 6])).tolist() == [0, 1, 2]
    assert starts_of(np.zeros(0, np.int64)).tolist() == []
    assert window_numbers(np.array([-1, 0, 9, 10, 12]), 10).tolist() == [-1, 0, 0, 1, 1]
    assert window_numbers(np.array([2, 3]), 10, 3).tolist() == [-1, 0]


@pytest.mark.parametrize(
    "lengths", [[7] * 40, [360] * 20, [3, 9] * 30, [5] * 20 + [2, 4], [1] * 50, list(range(1, 60)), [4] * 3, [100]]
)
def test_sums_add_one_after_the_other(lengths: list[int]) -> None:
    values = np.random.default_rng(7).normal(0, 1e6, sum(lengths)) ** 3
    values[: lengths[0]] = -0.0
    ends = np.cumsum(lengths)
    expected = []
    for low, high in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        total = 0.0
        for value in values[low:high].tolist():
            total += value
        expected.append(total)
    made = sums(values, ends - lengths, ends)
    assert made.tolist() == expected
    assert [math.copysign(1, value) for value in made[:1]] == [1.0]
