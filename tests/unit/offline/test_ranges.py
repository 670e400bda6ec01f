"""What scripts read, as far as their text says."""

from __future__ import annotations

import pytest

from influxctl.core.times import NS
from influxctl.offline.ranges import reads


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('from(bucket: "b") |> range(start: -1h)', [("b", NS["h"])]),
        ('from(bucket: "b") |> range(start: -1d12h, stop: now()) |> mean()', [("b", 36 * NS["h"])]),
        ('from(bucket: "b") |> range(start: -1mo)', [("b", 30 * NS["d"])]),
        ('from(bucket: "b") |> filter(fn: (r) => true) |> range(start: -1m)', [("b", NS["m"])]),
        ('from(bucket: "b") |> range(start: 2020-01-01T00:00:00Z)', [("b", None)]),
        ('from(bucket: "b") |> range(start: -task.every)', [("b", None)]),
        ('from(bucket: v.bucket) |> range(start: -1h)', []),
        ('x = from(bucket: "a") |> range(start: -1s)\ny = from(bucket: "b") |> range(start: -2s)', [("a", NS["s"]), ("b", 2 * NS["s"])]),
        ('from(bucket: "b") |> range(start:', []),
        ("1 + 1", []),
    ],
)  # fmt: skip
def test_reads(script: str, found: list[tuple[str, int | None]]) -> None:
    assert sorted(reads(script)) == found
