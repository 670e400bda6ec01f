"""Differences between two streams of tables: experimental.diff and testing.diff."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from influxctl.core.columns import Block, ColumnType
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._rows import Table, read_tables
from influxctl.flux.tables import Stream

Same = Callable[[Any, Any], bool]
Edit = tuple[str, int, int]  # mark, row wanted, row got; -1 where the row is on the other side only


def equal(a: Any, b: Any) -> bool:
    """Equality of column values in which NaN equals NaN."""
    return bool(a == b) or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))


def edits(want: list[tuple[Any, ...]], got: list[tuple[Any, ...]], same: Callable[[Any, Any], bool]) -> list[Edit]:
    """The steps from the rows wanted to those there: '' for a row in both, '-' for one missing, '+' for one too many."""
    low = 0
    while low < min(len(want), len(got)) and same(want[low], got[low]):
        low += 1
    high = 0
    while high < min(len(want), len(got)) - low and same(want[-1 - high], got[-1 - high]):
        high += 1
    middle = _longest(want[low : len(want) - high], got[low : len(got) - high], same)
    steps: list[Edit] = [("", i, i) for i in range(low)]
    steps += [(mark, i + low if i >= 0 else -1, j + low if j >= 0 else -1) for mark, i, j in middle]
    steps += [("", len(want) - high + i, len(got) - high + i) for i in range(high)]
    return steps


_TOO_MANY = 4_000_000  # comparisons beyond which no longest common part is looked for


def _longest(want: list[Any], got: list[Any], same: Callable[[Any, Any], bool]) -> list[Edit]:
    """Steps around the longest common part; all out and all in when looking for it would take too long."""
    if not want or not got or len(want) * len(got) > _TOO_MANY:
        return [("-", i, -1) for i in range(len(want))] + [("+", -1, j) for j in range(len(got))]
    length = [[0] * (len(got) + 1) for _ in range(len(want) + 1)]
    for i in range(len(want) - 1, -1, -1):
        for j in range(len(got) - 1, -1, -1):
            if same(want[i], got[j]):
                length[i][j] = length[i + 1][j + 1] + 1
            else:
                length[i][j] = max(length[i + 1][j], length[i][j + 1])
    steps: list[Edit] = []
    i = j = 0
    while i < len(want) or j < len(got):
        if i < len(want) and j < len(got) and same(want[i], got[j]):
            steps.append(("", i, j))
            i, j = i + 1, j + 1
        elif i < len(want) and (j == len(got) or length[i + 1][j] >= length[i][j + 1]):
            steps.append(("-", i, -1))
            i += 1
        else:
            steps.append(("+", -1, j))
            j += 1
    return steps


def rows_of(table: Table, labels: list[str]) -> list[tuple[Any, ...]]:
    """The rows as tuples of these columns; a column that the table lacks is null."""
    missing: list[Any] = [None] * table.height
    return list(zip(*(table.values.get(label, missing) for label in labels), strict=True)) if labels else []


def pairs(got: Iterable[Block], want: Iterable[Block]) -> Iterator[tuple[Table | None, Table | None]]:
    """The tables of both streams by group key, those wanted first; tables of one key on one side count as one."""
    there, wanted = _by_key(got), _by_key(want)
    for key, table in wanted.items():
        yield there.pop(key, None), table
    for table in there.values():
        yield table, None


def _by_key(blocks: Iterable[Block]) -> dict[tuple[tuple[str, Any], ...], Table]:
    found: dict[tuple[tuple[str, Any], ...], Table] = {}
    for table in read_tables(blocks):
        known = found.setdefault(_key(table), table)
        if known is not table and known.columns == table.columns:
            for label, values in table.values.items():
                known.values[label].extend(values)
    return found


def _key(table: Table) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(table.key.items()))


def diff_table(got: Table | None, want: Table | None, same: Same, verbose: bool) -> Table:
    """The differences of two tables of one group key, with the column `_diff` in front; `verbose`: common rows too."""
    types: dict[str, ColumnType] = {**(want.columns if want else {}), **(got.columns if got else {})}
    key = (got or want).key  # type: ignore[union-attr]
    labels = list(types)
    left = rows_of(want, labels) if want else []
    right = rows_of(got, labels) if got else []

    def same_row(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
        return all(same(x, y) for x, y in zip(a, b, strict=True))

    if want and got and {k: t for k, t in want.columns.items() if k in got.columns and got.columns[k] != t}:
        steps: list[Edit] = [("-", i, -1) for i in range(len(left))]
        types, labels = dict(want.columns), list(want.columns)
        left, right = rows_of(want, labels), []
    else:
        steps = edits(left, right, same_row)
    shown = [step for step in steps if verbose or step[0]]
    rows = [left[i] if i >= 0 and mark != "+" else right[j] for mark, i, j in shown]
    values: dict[str, list[Any]] = {"_diff": [mark for mark, _, _ in shown]}
    for at, label in enumerate(labels):
        values[label] = [row[at] for row in rows]
    order = ["_diff", *(label for label in labels if label in key), *(label for label in labels if label not in key)]
    kinds: dict[str, ColumnType] = {"_diff": "string", **types}
    return Table({label: kinds[label] for label in order}, values, dict(key))


@builtin("experimental", "diff")
@no_nulls
def diff(got: Stream, want: Stream) -> Stream:
    """Tables that differ, row by row, marked in `_diff`; tables without a difference are left out."""

    def transform(have: Iterable[Block], wish: Iterable[Block]) -> Iterator[Block]:
        for there, wanted in pairs(have, wish):
            table = diff_table(there, wanted, equal, True)
            if any(table.values["_diff"]):
                yield table.block()

    return Stream("experimental.diff", transform, (got, want))
