"""Tasks and checks tried out on points from a file."""

from __future__ import annotations

from typing import Any

import pytest

from influxctl.core.errors import Invalid
from influxctl.core.times import parse_time
from influxctl.offline.tasktest import differences, try_check, try_task

POINTS = b"m,h=a f=1 1577836800000000000\nm,h=a f=3 1577836860000000000\nm,h=b f=1 1577836860000000000\n"
NOW = parse_time("2020-01-01T00:30:00Z")
TASK = """option task = {name: "down", every: 1h}
from(bucket: "raw") |> range(start: -task.every) |> filter(fn: (r) => r.h == "a") |> sum() |> keep(columns: ["_value"])"""
CHECK: dict[str, Any] = {
    "type": "threshold", "name": "hot", "every": "1h", "statusMessageTemplate": "${r.h}: ${r._level}",
    "thresholds": [{"type": "greater", "value": 2, "level": "CRIT"}],
    "query": {"text": 'from(bucket: "raw") |> range(start: -1h) |> filter(fn: (r) => r._field == "f") |> last()'},
}  # fmt: skip


def test_a_task_sees_the_points_at_the_chosen_time() -> None:
    assert ",,0,4" in try_task(TASK, POINTS, NOW)
    assert ",,0," not in try_task(TASK, POINTS, NOW + 7200 * 10**9)


def test_a_script_that_is_no_task_is_refused() -> None:
    with pytest.raises(Invalid):
        try_task("buckets()", b"", NOW)


def test_points_need_a_bucket() -> None:
    script = 'option task = {name: "t", every: 1h}\nbuckets() |> keep(columns: ["name"])'
    with pytest.raises(Invalid):
        try_task(script, POINTS, NOW)
    assert "elsewhere" in try_task(script, POINTS, NOW, "elsewhere")


def test_a_check_gives_its_statuses_however_long_ago() -> None:
    result = try_check(CHECK, POINTS, NOW)
    assert "a: crit" in result and "2020-01-01T00:30:00Z" in result
    assert "b: ok" in result  # what meets no threshold is ok


def test_notifications_do_not_leave() -> None:
    script = """import "http"
option task = {name: "t", every: 1h}
from(bucket: "raw") |> range(start: -1h) |> keep(columns: ["_value"])
    |> map(fn: (r) => ({code: http.post(url: "http://192.0.2.1/", data: bytes(v: "x"))}))"""
    assert ",,0,200" in try_task(script, POINTS, NOW)


CSV = "#group,false,false,true,false\r\n,result,table,h,_value\r\n,,0,a,1\r\n,,0,a,2\r\n,,1,b,3\r\n\r\n"


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (CSV, []),
        (",result,table,_value,h\n,,0,3,b\n,,1,1,a\n,,1,2,a\n", []),
        (",result,table,h,_value\n,,0,a,2\n,,0,a,1\n,,1,b,3\n", ["+_value=1 h=a", "-_value=1 h=a"]),
        (",result,table,h,_value\n,,0,a,1\n,,0,a,2\n", ["+_value=3 h=b"]),
        ("", ["+_value=1 h=a", "+_value=2 h=a", "+_value=3 h=b"]),
    ],
)
def test_results_are_compared_by_tables(other: str, found: list[str]) -> None:
    assert differences(CSV, other) == found
