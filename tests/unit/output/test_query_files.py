"""Query results as line protocol and Parquet, and answers of InfluxQL as rows."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influxctl.core.errors import InfluxctlError, UsageError
from influxctl.output.annotated import rows_of
from influxctl.output.influxql import rows_of_documents
from influxctl.output.query import render_query, render_rows

STORED = (
    b"#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string\r\n"
    b"#group,false,false,true,false,false,true,true,true\r\n"
    b"#default,_result,,,,,,,\r\n"
    b",result,table,_start,_time,_value,_field,_measurement,host\r\n"
    b',,0,2020-01-01T00:00:00Z,2020-01-01T00:00:00.000000001Z,1.5,v f,c pu,"a,b"\r\n'
    b',,0,2020-01-01T00:00:00Z,2020-01-01T00:01:00Z,,v f,c pu,"a,b"\r\n'
    b",,1,2020-01-01T00:00:00Z,2020-01-01T00:01:00Z,2,v f,c pu,\r\n\r\n"
    b"#datatype,string,long,dateTime:RFC3339,string,string,string\r\n"
    b"#group,false,false,false,false,true,true\r\n"
    b"#default,_result,,,,,\r\n"
    b",result,table,_time,_value,_field,_measurement\r\n"
    b',,2,2020-01-01T00:00:00Z,"say ""hi""\\",note,cpu\r\n\r\n'
)
PIVOTED = (
    b"#datatype,string,long,dateTime:RFC3339,long,unsignedLong,boolean,string,string,string\r\n"
    b"#group,false,false,false,false,false,false,false,true,true\r\n"
    b"#default,_result,,,,,,,,\r\n"
    b",result,table,_time,i,u,b,text,_measurement,host\r\n"
    b",,0,2020-01-01T00:00:00Z,-1,2,true,x y,m,a\r\n"
    b",,0,2020-01-01T00:00:01Z,,,,,m,a\r\n"
    b",,0,2020-01-01T00:00:02Z,7,,false,,m,a\r\n\r\n"
)


def lines(text: bytes) -> list[str]:
    out = io.StringIO()
    render_query(out, [text], format="lp")
    return out.getvalue().splitlines()


def test_rows_of_storage_become_the_lines_that_they_were() -> None:
    assert lines(STORED) == [
        r"c\ pu,host=a\,b v\ f=1.5 1577836800000000001",
        r"c\ pu v\ f=2 1577836860000000000",
        r'cpu note="say \"hi\"\\" 1577836800000000000',
    ]


def test_pivoted_rows_become_lines_with_typed_fields() -> None:
    assert lines(PIVOTED) == [
        'm,host=a i=-1i,u=2u,b=true,text="x y" 1577836800000000000',
        "m,host=a i=7i,b=false 1577836802000000000",
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"_measurement", b"other", "no column _measurement"),
        (b",_time,", b",when,", "no column _time"),
        (b",1.5,", b",NaN,", "no number NaN"),
        (b"c pu", b"cpu\\", "ends in a backslash"),
    ],
)
def test_what_line_protocol_cannot_hold_is_an_error(old: bytes, new: bytes, words: str) -> None:
    with pytest.raises(InfluxctlError, match=words):
        lines(STORED.replace(old, new))


def test_parquet_has_all_tables_with_their_types() -> None:
    binary = io.BytesIO()
    render_rows(io.StringIO(), rows_of([STORED + PIVOTED]), format="parquet", binary=binary)
    frame = pl.read_parquet(binary.getvalue())
    assert frame.schema["_time"] == pl.Datetime("ns", "UTC")
    assert frame.height == 7
    assert frame["_time"].dt.epoch("ns")[0] == 1577836800000000001
    assert frame["i"].to_list() == [None] * 4 + [-1, None, 7] and frame.schema["u"] == pl.UInt64
    assert frame["b"].to_list() == [None] * 4 + [True, None, False]
    assert frame["host"].to_list() == ["a,b", "a,b", "", None, "a", "a", "a"]
    assert frame["_time"][6] == datetime(2020, 1, 1, 0, 0, 2, tzinfo=UTC)


def test_parquet_of_nothing_and_on_a_terminal() -> None:
    binary = io.BytesIO()
    render_query(io.StringIO(), [b"\r\n"], format="parquet", binary=binary)
    assert pl.read_parquet(binary.getvalue()).height == 0
    with pytest.raises(UsageError, match="not for a terminal"):
        render_query(io.StringIO(), [STORED], format="parquet")


def test_infinities_survive_parquet() -> None:
    binary = io.BytesIO()
    text = STORED.replace(b",1.5,", b",+Inf,").replace(b",2,v", b",NaN,v")
    render_query(io.StringIO(), [text], format="parquet", binary=binary)
    assert (
        str(pl.read_parquet(binary.getvalue())["_value"].to_list()[:3]) == "['inf', None, 'NaN']"
    )  # a string column joins them


V1 = [
    {"results": [{"statement_id": 0, "series": [
        {"name": "cpu", "tags": {"host": "a"}, "columns": ["time", "mean", "on", "text"],
         "values": [["2020-01-01T00:00:00Z", None, None, None], ["2020-01-01T00:01:00Z", 1.5, True, "x"]], "partial": True}]}]},
    {"results": [{"statement_id": 0, "series": [
        {"name": "cpu", "tags": {"host": "a"}, "columns": ["time", "mean", "on", "text"],
         "values": [["2020-01-01T00:02:00Z", 2, False, "y"]]},
        {"name": "cpu", "tags": {"host": "b"}, "columns": ["time", "mean", "on", "text"],
         "values": [["2020-01-01T00:00:00Z", 3, None, None]]}]}]},
    {"results": [{"statement_id": 1, "series": [{"name": "databases", "columns": ["name"], "values": [["b"]]}]}]},
]  # fmt: skip


def influxql(format: str, documents: list[object]) -> str:
    out = io.StringIO()
    render_rows(out, rows_of_documents(json.dumps(document) for document in documents), format=format)
    return out.getvalue()


def test_influxql_in_tables() -> None:
    assert influxql("table", V1) == (  # type: ignore[arg-type]
        "# measurement=cpu, host=a\n"
        "time                  mean  on     text\n"
        "2020-01-01T00:00:00Z\n"
        "2020-01-01T00:01:00Z   1.5  true   x\n"
        "2020-01-01T00:02:00Z     2  false  y\n\n"
        "# measurement=cpu, host=b\n"
        "time                  mean  on  text\n"
        "2020-01-01T00:00:00Z     3\n\n"
        "# databases\nname\nb\n"
    )


def test_influxql_as_objects_keeps_whole_numbers_and_nulls() -> None:
    rows = [json.loads(line) for line in influxql("jsonl", V1).splitlines()]  # type: ignore[arg-type]
    assert rows[1] == {
        "measurement": "cpu",
        "host": "a",
        "time": "2020-01-01T00:01:00Z",
        "mean": 1.5,
        "on": True,
        "text": "x",
    }
    assert rows[0]["mean"] is None and isinstance(rows[2]["mean"], int)
    assert rows[4] == {"result": "databases", "name": "b"}


def test_an_error_of_a_statement_comes_after_the_rows_before_it() -> None:
    out = io.StringIO()
    documents = [*V1, {"results": [{"statement_id": 2, "error": "division by zero"}]}]
    with pytest.raises(InfluxctlError, match="division by zero"):
        render_rows(out, rows_of_documents(map(json.dumps, documents)), format="csv")
    assert out.getvalue().endswith("databases,b\n")
    with pytest.raises(InfluxctlError, match="too much"):
        list(rows_of_documents(['{"error": "too much"}']))


PLAIN = "#datatype,string,long,double,string\r\n#group,false,false,false,true\r\n#default,{default},,,\r\n,result,table,_value,host\r\n"
HOSTS = st.sampled_from(["a", "é", "", '"q,"'])
SECTIONS = st.lists(
    st.tuples(
        st.sampled_from(["_result", "", "n,x"]),
        st.sampled_from([PLAIN, PLAIN.replace("host", "tag"), PLAIN.replace(",,\r\n,", ",d,\r\n,"), "\r\n" + PLAIN]),
        st.lists(st.tuples(st.sampled_from(["", "", "r"]), st.sampled_from(["1", "", "-2.5"]), HOSTS), max_size=4),
        st.sampled_from(["", "\r\n"]),
    ),
    max_size=4,
)  # fmt: skip


@given(SECTIONS, st.integers(1, 60))
def test_csv_in_blocks_is_csv_row_by_row(sections: list[Any], size: int) -> None:
    text = "".join(
        head.replace("{default}", default.partition(",")[0])
        + "".join(f",{result},{number},{value},{host}\r\n" for number, (result, value, host) in enumerate(rows))
        + end
        for default, head, rows, end in sections
    ).encode()
    fast, slow = io.StringIO(), io.StringIO()
    render_query(fast, (text[i : i + size] for i in range(0, len(text), size)), format="csv")
    render_rows(slow, rows_of([text]), format="csv")
    assert fast.getvalue() == slow.getvalue()


def test_an_error_after_plain_rows_is_raised() -> None:
    text = PLAIN.replace("{default}", "_result").encode() + b",,0,1,a\r\n\r\n"
    error = b"#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,broken,897\r\n"
    out = io.StringIO()
    with pytest.raises(InfluxctlError, match="broken"):
        render_query(out, [text, error], format="csv")
    assert out.getvalue() == "result,table,_value,host\n_result,0,1,a\n"
