"""join against two nested loops: keys on either side, nulls, equal columns, tables that share a key, a stream joined with itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from influxctl.core.columns import Block, Column, make_block
from influxctl.flux.stdlib.universe.joins import joined
from influxctl.flux.tables import Stream

KINDS = {"h": "string", "t": "time", "v": "float", "g": "string"}
VALUES: dict[str, list[Any]] = {"h": ["a", "b", None], "t": [1, 2, 3, None], "v": [0.5, 1.5], "g": ["x", "y"]}
STREAM = Stream("join", lambda: ())


def made(rng: random.Random, keys: set[str], tables: int, rows: int) -> Block:
    columns = [Column(label, kind, label in keys) for label, kind in KINDS.items()]  # type: ignore[arg-type]
    key_rows = {label: [rng.choice(VALUES[label]) for _ in range(tables)] for label in KINDS if label in keys}
    cells = {label: [rng.choice(VALUES[label]) for _ in range(rows)] for label in KINDS if label not in keys}
    return make_block(columns, key_rows, cells, sorted(rng.randrange(tables if keys else 1) for _ in range(rows)))


def flat(block: Block) -> Iterator[dict[str, Any]]:
    for key, frame in block.iter_tables():
        yield from ({**key, **row} for row in frame.iter_rows(named=True))


def looped(left: Block, right: Block, on: list[str]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(key, row) of each pair, by group key, then by the values joined on, then as they come."""
    shared = set(KINDS) - set(on)
    pairs = []
    for a in flat(left):
        for b in flat(right):
            if all(a[label] is not None and a[label] == b[label] for label in on):
                row = {label: a[label] for label in on}
                row |= {f"{label}_{side}": r[label] for side, r in (("l", a), ("r", b)) for label in shared}
                pairs.append(row)
    keyed = {c.label for block in (left, right) for c in block.key_columns}
    keys = {label for label in on if label in keyed}
    keys |= {
        f"{label}_{side}" for side, block in (("l", left), ("r", right)) for label in shared
        if label in {c.label for c in block.key_columns}
    }  # fmt: skip
    pairs.sort(key=lambda row: [row[label] for label in on])
    pairs.sort(key=lambda row: [(row[label] is not None, row[label]) for label in sorted(keys)])
    return [({k: row[k] for k in keys}, {k: v for k, v in row.items() if k not in keys}) for row in pairs]


@pytest.mark.parametrize("on", [["t"], ["h"], ["t", "h"], ["g", "v", "t"]])
@pytest.mark.parametrize(
    ("first", "second"), [({"h"}, {"h"}), ({"h", "g"}, {"g"}), (set(), {"h"}), ({"h"}, set()), (set(), set())]
)
def test_join_is_two_loops(on: list[str], first: set[str], second: set[str]) -> None:
    for seed in range(8):
        rng = random.Random(seed)
        left, right = made(rng, first, 3, 12), made(rng, second, 2, 9)
        for a, b in ((left, right), (left, left)):
            found = joined(STREAM, a, b, ["l", "r"], on)
            got = [(key, row) for block in found for key, f in block.iter_tables() for row in f.iter_rows(named=True)]
            assert got == looped(a, b, on)


def test_other_columns_join_nothing() -> None:
    block = made(random.Random(1), {"h"}, 2, 4)
    assert joined(STREAM, block, block, ["l", "r"], ["absent"]) == []
