"""internal/gen: random tables."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

from influxctl.core.columns import Block, ColumnType
from influxctl.core.errors import Invalid
from influxctl.core.times import NS
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._rows import Table
from influxctl.flux.tables import Stream
from influxctl.flux.values import Array

_START = 1_514_764_800 * NS["s"]  # 2018-01-01
_MOST = 10_000_000  # rows that one call may make
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@builtin("internal/gen", "tables")
def tables(n: int, tags: Array | None = None, seed: int = 0, nulls: float = 0.0) -> Stream:
    """Rows ten seconds apart with values from a normal distribution; a share of `nulls` of them is null."""

    sets_of_tags = 1
    for tag in tags or ():
        if tag["name"] is None or tag["cardinality"] is None:
            raise Invalid("tags need a name and a cardinality")
        if tag["name"] in ("_time", "_value"):
            raise Invalid(f"a tag cannot have the name {tag['name']}")
        if not 0 <= tag["cardinality"] <= _MOST:
            raise Invalid(f"cannot generate {tag['cardinality']} values of a tag")
        sets_of_tags *= tag["cardinality"]
    if n < 0 or max(n, 1) * sets_of_tags > _MOST:
        raise Invalid(f"cannot generate {n} rows for {sets_of_tags} sets of tags")

    def transform() -> Iterator[Block]:
        chance = random.Random(seed)
        names = [tag["name"] for tag in tags or ()]
        sets = [["".join(chance.choices(_LETTERS, k=3)) for _ in range(tag["cardinality"])] for tag in tags or ()]
        types: dict[str, ColumnType] = {"_time": "time", **dict.fromkeys(names, "string"), "_value": "float"}
        for combination in product(*sets):
            key: dict[str, Any] = dict(zip(names, combination, strict=True))
            values: dict[str, list[Any]] = {label: [value] * n for label, value in key.items()}
            values["_time"] = [_START + row * 10 * NS["s"] for row in range(n)]
            values["_value"] = [None if chance.random() < nulls else chance.gauss(0.0, 50.0) for _ in range(n)]
            yield Table(types, values, key).block()

    return Stream("gen.tables", transform)
