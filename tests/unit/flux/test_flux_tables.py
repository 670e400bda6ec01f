"""Blocks of tables: cutting, ordering, merging and re-keying."""

from __future__ import annotations

import numpy as np
import pytest

from influxctl.core.columns import Block, Column, make_block
from influxctl.core.errors import Invalid
from influxctl.flux.tables import (
    drop_empty,
    merge_tables,
    order_tables,
    regroup,
    select_rows,
    select_tables,
    sorted_tables,
)

KEY = Column("k", "string", True)


def block(keys: list[str | None], tables: list[int], values: list[int], kind: str = "int") -> Block:
    return make_block([KEY, Column("v", kind)], {"k": keys}, {"v": values}, tables)  # type: ignore[arg-type]


def content(blocks: list[Block]) -> list[tuple[dict[str, object], list[tuple[object, ...]]]]:
    return [(key, rows.rows()) for b in blocks for key, rows in b.iter_tables()]


def test_rows_go_and_empty_tables_stay_only_on_request() -> None:
    b = block(["a", "b"], [0, 0, 1], [1, 2, 3])
    mask = np.array([True, False, False])
    assert content([select_rows(b, mask)]) == [({"k": "a"}, [(1,)])]
    assert content([select_rows(b, mask, keep_empty=True)]) == [({"k": "a"}, [(1,)]), ({"k": "b"}, [])]
    assert drop_empty(select_rows(b, mask, keep_empty=True)).tables == 1


def test_tables_are_chosen_and_ordered_with_their_rows() -> None:
    b = block(["c", "a", None], [0, 0, 1, 2], [1, 2, 3, 4])
    assert content([select_tables(b, np.array([False, True, True]))]) == [({"k": "a"}, [(3,)]), ({"k": None}, [(4,)])]
    assert content([order_tables(b, np.array([2, 0, 1]))])[0] == ({"k": None}, [(4,)])
    assert [key["k"] for key, _ in sorted_tables(b).iter_tables()] == [None, "a", "c"]


def test_tables_of_equal_keys_become_one_in_order() -> None:
    merged = merge_tables([block(["b", "a"], [0, 1], [1, 2]), block(["a"], [0], [3])])
    assert content(merged) == [({"k": "b"}, [(1,)]), ({"k": "a"}, [(2,), (3,)])]


def test_grouping_by_a_row_column_sorts_tables_and_keeps_the_order_of_rows() -> None:
    b = make_block([Column("g", "string"), Column("v", "int")], {}, {"g": ["y", "x", "y"], "v": [1, 2, 3]}, [0, 0, 0])
    assert content(regroup([b], lambda _: ["g"])) == [({"g": "x"}, [(2,)]), ({"g": "y"}, [(1,), (3,)])]


def test_grouping_by_less_of_the_key_puts_key_columns_into_rows() -> None:
    b = make_block(
        [Column("a", "string", True), Column("b", "string", True), Column("v", "int")],
        {"a": ["x", "x"], "b": ["1", "2"]},
        {"v": [10, 20]},
        [0, 1],
    )
    assert content(regroup([b], lambda _: ["a"])) == [({"a": "x"}, [("1", 10), ("2", 20)])]


def test_columns_that_a_table_lacks_are_null_and_other_tables_keep_theirs() -> None:
    first = make_block([KEY, Column("x", "int")], {"k": ["a", "b"]}, {"x": [1, 2]}, [0, 1])
    second = make_block([KEY, Column("y", "int")], {"k": ["a"]}, {"y": [3]}, [0])
    merged = regroup([first, second], lambda _: ["k"])
    assert sorted((tuple(c.label for c in b.columns), content([b])) for b in merged) == [
        (("k", "x"), [({"k": "b"}, [(2,)])]),
        (("k", "x", "y"), [({"k": "a"}, [(1, None), (None, 3)])]),
    ]


def test_one_label_of_two_types_in_a_table_is_a_collision() -> None:
    with pytest.raises(Invalid, match="cannot group integer and float types together"):
        regroup([block(["a"], [0], [1]), block(["a"], [0], [2], "float")], lambda _: ["k"])


def test_types_may_differ_between_tables() -> None:
    assert len(regroup([block(["a"], [0], [1]), block(["b"], [0], [2], "float")], lambda _: ["k"])) == 2


def test_a_hundred_thousand_tables_in_one_block() -> None:
    count = 100_000
    b = make_block(
        [Column("k", "int", True), Column("h", "int", True), Column("v", "int")],
        {"k": list(range(count)), "h": [i % 7 for i in range(count)]},
        {"v": list(range(count))},
        list(range(count)),
    )
    (grouped,) = regroup([b], lambda _: ["h"])
    assert grouped.tables == 7
    assert grouped.rows.height == count
    (again,) = regroup([grouped], lambda _: ["k"])
    assert again.tables == count
    assert again.rows["v"].to_list() == list(range(count))
