"""The windows of GROUP BY time."""

from __future__ import annotations

import pytest

from influxctl.influxql.zones import Windows

SECOND = 1_000_000_000


@pytest.mark.parametrize("first", [0, 15_900, 1_599_999_900])
@pytest.mark.parametrize("descending", [False, True])
def test_a_long_sequence_holds_its_last_window(first: int, descending: bool) -> None:
    last = 1_600_000_500
    found = Windows(300 * SECOND).sequence(first * SECOND, last * SECOND, descending)
    assert len(found) == (last - first) // 300 + 1
    assert found[-1 if descending else 0] == first * SECOND
    assert found[0 if descending else -1] == last * SECOND
