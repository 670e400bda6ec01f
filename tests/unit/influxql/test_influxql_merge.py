"""Rows of several series at equal times come in the order in which InfluxDB's heap gives them (taken from InfluxDB 1.6.7)."""

from __future__ import annotations

from influxctl.influxql.merge import merge

# series a, b, c, d with the minutes of their points
POINTS = {"a": [0, 5, 10, 20, 25], "b": [0, 5, 15, 20, 25], "c": [0, 10, 15, 20, 25], "d": [1]}


def order(descending: bool) -> list[str]:
    keys, series = [], []
    for number, (_, minutes) in enumerate(sorted(POINTS.items())):
        keys += minutes
        series += [number] * len(minutes)
    return ["abcd"[series[row]] for row in merge(keys, series, descending, len(keys))]


def test_the_oldest_first() -> None:
    assert "".join(order(False)) == "abcd" + "ba" + "ca" + "cb" + "cba" + "bac"


def test_text_decides_before_the_heap() -> None:
    keys, series = [0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 2, 2]
    texts: list[str | None] = ["c", "c", "b", "b", "a", "a"]
    assert merge(keys, series, False, 6, [texts]) == [4, 2, 0, 5, 3, 1]


def test_only_so_many_rows_are_asked_for() -> None:
    assert merge([0, 1, 0, 1], [0, 0, 1, 1], True, 2) == [3, 1]
