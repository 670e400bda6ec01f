"""IDs are 16 hexadecimal digits, never zero; ordered ones grow."""

from __future__ import annotations

import pytest

from influxctl.core.errors import Invalid
from influxctl.core.ids import check_id, is_id, ordered_id, random_id


def test_made_ids_are_ids() -> None:
    assert all(is_id(random_id()) and is_id(ordered_id()) for _ in range(100))


def test_ordered_ids_grow_even_within_a_millisecond() -> None:
    made = [ordered_id() for _ in range(1000)]
    assert made == sorted(set(made))


@pytest.mark.parametrize("text", ["", "abc", "0" * 16, "0" * 15 + "G", "A" * 16, "1" * 17])
def test_other_text_is_refused(text: str) -> None:
    assert not is_id(text)
    with pytest.raises(Invalid):
        check_id(text)
