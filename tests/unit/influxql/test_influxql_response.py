"""Answers in all their forms."""

from __future__ import annotations

import json
import math

import msgpack
import numpy as np
import pytest

from influxctl.influxql.execute import Result
from influxctl.influxql.msgpack import pack
from influxctl.influxql.response import Format, Rows, format_float, json_rows, media_type, write
from influxctl.influxql.select import Output
from influxctl.influxql.show import Listing
from influxctl.influxql.vector import Vector

HOUR = 3_600_000_000_000


def output(rows: int = 3) -> Output:
    time = np.arange(rows, dtype=np.int64) * HOUR
    valid = np.ones(rows, dtype=bool)
    valid[1::3] = False
    columns = [
        Vector("float", np.linspace(0, 1, rows), valid),
        Vector("string", np.array([f'say "{i}"' for i in range(rows)], dtype=object)),
        Vector("boolean", np.arange(rows) % 2 == 0),
        Vector("unsigned", np.full(rows, (1 << 64) - 1, dtype=np.uint64)),
    ]
    half = rows // 2
    groups = [("m", ("a",)), ("m", ("b,c",))]
    return Output(["time", "f", "s", "b", "u"], ("host",), groups, np.array([0, half, rows]), time, columns)


def body(form: Format, *results: Result) -> bytes:
    return b"".join(write(results or (Result(0, output()),), form))


def test_json() -> None:
    series = json.loads(body(Format()))["results"][0]["series"]
    assert series[0] == {
        "name": "m",
        "tags": {"host": "a"},
        "columns": ["time", "f", "s", "b", "u"],
        "values": [["1970-01-01T00:00:00Z", 0, 'say "0"', True, 18446744073709551615]],
    }
    assert series[1]["values"][0] == ["1970-01-01T01:00:00Z", None, 'say "1"', False, 18446744073709551615]


@pytest.mark.parametrize(("unit", "second"), [(1, HOUR), (1_000_000, 3_600_000), (10**9, 3600), (HOUR, 1)])
def test_epoch(unit: int, second: int) -> None:
    series = json.loads(body(Format(epoch=unit)))["results"][0]["series"]
    assert series[1]["values"][0][0] == second


def test_pretty_is_the_same_value() -> None:
    pretty = body(Format(pretty=True))
    assert b"\n    " in pretty
    assert json.loads(pretty) == json.loads(body(Format()))


def test_chunks_say_that_more_follows() -> None:
    lines = [json.loads(line)["results"][0] for line in body(Format(chunk=1)).splitlines()]
    assert [(r.get("partial"), r["series"][0].get("partial")) for r in lines] == [
        (True, None),
        (True, True),
        (None, None),
    ]
    assert all(len(r["series"][0]["values"]) == 1 for r in lines)


def test_no_results_at_all() -> None:
    assert b"".join(write([], Format())) == b"{}\n"
    assert b"".join(write([], Format(chunk=5))) == b"{}\n"


def test_errors_and_empty_results() -> None:
    answer = json.loads(body(Format(), Result(0), Result(1, error='no "x"')))
    assert answer == {"results": [{"statement_id": 0}, {"statement_id": 1, "error": 'no "x"'}]}
    assert body(Format("application/csv"), Result(0, error="no")) == b""


def test_csv_quotes_and_separates_statements() -> None:
    text = body(
        Format("text/csv"), Result(0, output(2)), Result(1, listings=[Listing("measurements", ["name"], [["a,b"]])])
    )
    assert text.decode().splitlines() == [
        "name,tags,time,f,s,b,u",
        'm,host=a,0,0,"say ""0""",true,18446744073709551615',
        'm,"host=b,c",3600000000000,,"say ""1""",false,18446744073709551615',
        "",
        "name,tags,name",
        'measurements,,"a,b"',
    ]


def test_msgpack_is_read_by_the_library() -> None:
    answer = msgpack.unpackb(body(Format("application/x-msgpack")), ext_hook=lambda code, data: (code, len(data)))
    assert answer["results"][0]["series"][0]["values"][0] == [(5, 12), 0, 'say "0"', True, 18446744073709551615]
    values = {"a": [None, -1, 300, -300, 1.5, "x" * 300, list(range(20)), {str(i): i for i in range(20)}, True]}
    assert msgpack.unpackb(pack(values)) == values


def test_msgpack_of_an_error_and_of_nothing() -> None:
    results = [Result(0, error="no function"), Result(1)]
    answer = msgpack.unpackb(b"".join(write(results, Format("application/x-msgpack"))))
    assert answer == {"results": [{"error": "no function"}, {"statement_id": 1, "series": []}]}


def test_large_answers_are_made_differently_and_say_the_same() -> None:
    big = output(1000)
    small = [row for i in range(0, 1000, 100) for row in json_rows(cut(big, i, i + 100), 0)]
    assert all(isinstance(row, str) for row in small)
    assert Rows(json_rows(big, 0), 0, 1000).joined(0, 1000) == ",".join(map(str, small)).encode()
    assert Rows(json_rows(big, 0), 200, 50).joined(10, 99) == ",".join(map(str, small[210:250])).encode()


def cut(whole: Output, low: int, high: int) -> Output:
    columns = [column.slice(low, high) for column in whole.columns]
    return Output(whole.names, whole.dims, whole.groups[:1], np.array([0, high - low]), whole.time[low:high], columns)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.1, "0.1"), (-0.5, "-0.5"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (1e-6, "0.000001"),
     (1e-7, "1e-7"), (-0.0, "-0"), (123456789.12345679, "123456789.12345679"), (math.nan, "null"), (math.inf, "null")],
)  # fmt: skip
def test_floats_as_go_writes_them(value: float, text: str) -> None:
    assert format_float(value) == text
    many = Output(["time", "f"], (), [("m", ())], np.array([0, 2000]), np.zeros(2000, dtype=np.int64),
                  [Vector("float", np.full(2000, value))])  # fmt: skip
    for answer in (many, cut(many, 0, 50)):
        assert Rows(json_rows(answer, 1), 0, 50).joined(0, 1) == f"[0,{text}]".encode()


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/json"),
        ("text/html", "application/json"),
        ("text/csv", "text/csv"),
        ("application/csv; q=1", "application/csv"),
        ("application/x-msgpack", "application/x-msgpack"),
    ],
)
def test_accept(accept: str, media: str) -> None:
    assert media_type(accept) == media
