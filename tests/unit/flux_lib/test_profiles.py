"""Profilers: one more result, behind those of the script (flux.profiles)."""

from __future__ import annotations

from influxctl.flux.run import run
from influxctl.flux.stdlib._rows import Table, read_tables
from influxctl.flux.world import World

SCRIPT = """
import "array"
import "profiler"

option profiler.enabledProfilers = {wanted}

array.from(rows: [{{v: 1}}, {{v: 2}}]) |> filter(fn: (r) => r.v > 1)
"""


def _results(wanted: str) -> dict[str, list[Table]]:
    return {r.name: list(read_tables(r.blocks)) for r in run(SCRIPT.format(wanted=wanted), World())}


def test_without_profilers_there_is_no_profile() -> None:
    assert list(_results('[""]')) == ["_result"]


def test_both_profilers_are_tables_of_one_result() -> None:
    found = _results('["query", "operator"]')
    assert list(found) == ["_result", "_profiler"]
    query, operator = found["_profiler"]
    assert query.key == {"_measurement": "profiler/query"}
    parts = sum(query.values[f"{part}Duration"][0] for part in ("Compile", "Plan", "Execute"))
    assert query.values["TotalDuration"] == [parts]
    assert "digraph" in query.values["flux/query-plan"][0]
    assert operator.key == {"_measurement": "profiler/operator"}
    assert sorted(operator.values["Type"]) == ["array", "filter"]
    assert all(
        low <= high for low, high in zip(operator.values["MinDuration"], operator.values["MaxDuration"], strict=True)
    )


def test_an_unknown_profiler_is_passed_over() -> None:
    assert "_profiler" not in _results('["nope"]')
