"""Every format of FORMATS against its golden text, fields, terminal rules, and query results."""

from __future__ import annotations

import io
import json

import pytest
import yaml

from influxctl.core.errors import InfluxctlError, UsageError
from influxctl.core.times import parse_time
from influxctl.output import FORMATS, ONLY_QUERIES, render
from influxctl.output.columns import Column
from influxctl.output.query import QUERY_FORMATS, render_query
from influxctl.output.style import Style, age, style_for

COLUMNS = [
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Seconds", "retentionRules.0.everySeconds"),
    Column("Updated", "updatedAt", kind="time"),
]
ROWS = [
    {
        "id": "05b7a8e5b7f4a001",
        "name": "cpu",
        "retentionRules": [{"everySeconds": 60}],
        "updatedAt": "2026-01-31T12:00:00Z",
    },
    {"id": "05b7a8e5b7f4a002", "name": 'größe "x",y', "retentionRules": [], "on": True},
]
GOLDEN = {
    "table": (
        "ID\t\t\tName\t\tSeconds\tUpdated\n"
        "05b7a8e5b7f4a001\tcpu\t\t60\t2026-01-31T12:00:00Z\n"
        '05b7a8e5b7f4a002\tgröße "x",y\t\t\n'
    ),
    "json": json.dumps(ROWS, indent=2, ensure_ascii=False) + "\n",
    "jsonl": "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in ROWS),
    "yaml": (
        "- id: 05b7a8e5b7f4a001\n  name: cpu\n  retentionRules:\n  - everySeconds: 60\n"
        "  updatedAt: '2026-01-31T12:00:00Z'\n"
        "- id: 05b7a8e5b7f4a002\n  name: größe \"x\",y\n  retentionRules: []\n  'on': true\n"
    ),
    "csv": (
        'ID,Name,Seconds,Updated\n05b7a8e5b7f4a001,cpu,60,2026-01-31T12:00:00Z\n05b7a8e5b7f4a002,"größe ""x"",y",,\n'
    ),
    "markdown": (
        "| ID | Name | Seconds | Updated |\n| --- | --- | --- | --- |\n"
        "| 05b7a8e5b7f4a001 | cpu | 60 | 2026-01-31T12:00:00Z |\n"
        '| 05b7a8e5b7f4a002 | größe "x",y |  |  |\n'
    ),
}


def shown(rows: list[dict[str, object]], format: str, **options: object) -> str:
    out = io.StringIO()
    render(out, rows, format=format, **{"columns": COLUMNS, **options})  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_prints_its_golden_text(format: str) -> None:
    assert shown(ROWS, format) == GOLDEN[format]


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_list_is_still_well_formed(format: str) -> None:
    empty = {"json": "[]\n", "jsonl": "", "yaml": "[]\n"}
    heads = ["ID", "Name", "Seconds", "Updated"]
    empty["markdown"] = f"| {' | '.join(heads)} |\n| --- | --- | --- | --- |\n"
    assert shown([], format) == empty.get(format, ("\t" if format == "table" else ",").join(heads) + "\n")


def test_a_single_object_stands_alone() -> None:
    assert json.loads(shown(ROWS[:1], "json", one=True)) == ROWS[0]
    assert yaml.safe_load(shown(ROWS[:1], "yaml", one=True)) == ROWS[0]


@pytest.mark.parametrize("format", ["table", "csv"])
def test_headers_can_be_hidden(format: str) -> None:
    assert shown(ROWS, format, style=Style(headers=False)) == "".join(GOLDEN[format].splitlines(keepends=True)[1:])


def test_fields_choose_columns_by_heading_or_path() -> None:
    assert shown(ROWS, "csv", fields=["name", "on"]).splitlines()[0] == "Name,on"
    assert json.loads(shown(ROWS, "json", fields=["retentionRules.0.everySeconds"]))[0] == {
        "retentionRules.0.everySeconds": 60
    }


def test_an_unknown_field_or_format_is_a_usage_error() -> None:
    with pytest.raises(UsageError) as error:
        shown(ROWS, "json", fields=["nmae"])
    assert "name" in str(error.value.hint)
    with pytest.raises(UsageError):
        shown(ROWS, "xml")
    for format in ONLY_QUERIES:
        with pytest.raises(UsageError, match="only query results"):
            shown(ROWS, format)


def test_control_characters_never_reach_the_terminal() -> None:
    assert "\x1b" not in shown([{"id": "1", "name": "a\x1b[2Jb\nc"}], "table")


def test_a_terminal_gets_ages_and_fits_its_width() -> None:
    now = parse_time("2026-02-01T12:00:00Z")
    text = shown(ROWS, "table", style=Style(terminal=True, width=50, now=now))
    assert "1d ago" in text
    assert max(map(len, text.splitlines())) <= 50
    assert "\x1b" not in text


def test_a_narrow_terminal_goes_without_spare_and_empty_columns_before_it_cuts_words() -> None:
    columns = [
        Column("ID", "id"),
        Column("Name", "name"),
        Column("Cron", "cron"),
        Column("Organization ID", "orgID", spare=True),
        Column("Shard group duration", "duration"),
    ]
    rows = [{"id": "05b7a8e5b7f4a001", "name": "a name of words", "orgID": "05b7a8e5b7f4a002", "duration": "24h0m0s"}]

    def headings(width: int) -> str:
        return shown(rows, "table", columns=columns, style=Style(terminal=True, width=width)).splitlines()[0]

    assert headings(100).split() == ["ID", "Name", "Cron", "Organization", "ID", "Shard", "group", "duration"]
    assert headings(64).split() == ["ID", "Name", "Cron", "Shard", "group", "duration"]
    assert headings(57).split() == ["ID", "Name", "Shard", "group", "duration"]
    for width in (40, 57, 64):
        text = shown(rows, "table", columns=columns, style=Style(terminal=True, width=width))
        assert {"Shard", "group", "duration", "05b7a8e5b7f4a001"} <= set(text.split())
    chosen = shown(rows, "table", columns=columns, fields=["orgID", "name"], style=Style(terminal=True, width=30))
    assert "05b7a8e5b7f4a002" in chosen


def test_colour_only_when_asked_for() -> None:
    out = io.StringIO()
    render(
        out, [{"s": "active"}], [Column("Status", "s", kind="status")], style=Style(terminal=True, color=True, width=80)
    )
    assert "\x1b[32mactive" in out.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_no_color_and_pipes() -> None:
    assert not style_for(io.StringIO(), {}).terminal
    assert style_for(Terminal(), {"TERM": "xterm"}).color
    assert not style_for(Terminal(), {"NO_COLOR": "1"}).color
    assert not style_for(Terminal(), {"TERM": "dumb"}).color


@pytest.mark.parametrize(
    ("text", "expected"), [("1970-01-01T00:00:00Z", "1m ago"), ("1970-01-01T02:01:00Z", "in 2h"), ("never", "never")]
)
def test_age(text: str, expected: str) -> None:
    assert age(text, 60 * 10**9) == expected


ANNOTATED = (
    b"#datatype,string,long,dateTime:RFC3339,double,string\r\n"
    b"#group,false,false,false,false,true\r\n"
    b"#default,_result,,,,\r\n"
    b",result,table,_time,_value,host\r\n"
    b",,0,2020-01-01T00:00:00Z,1.5,a\r\n"
    b",,0,2020-01-01T00:01:00Z,,a\r\n"
    b',,1,2020-01-01T00:00:00Z,+Inf,"b,\r\nc"\r\n'
    b"\r\n"
    b"#datatype,string,long,boolean\r\n#group,false,false,false\r\n#default,n,,\r\n,result,table,ok\r\n,,0,true\r\n\r\n"
)
QUERY_GOLDEN = {
    "raw": ANNOTATED.decode(),
    "csv": (
        "result,table,_time,_value,host\n_result,0,2020-01-01T00:00:00Z,1.5,a\n_result,0,2020-01-01T00:01:00Z,,a\n"
        '_result,1,2020-01-01T00:00:00Z,+Inf,"b,\r\nc"\n\nresult,table,ok\nn,0,true\n'
    ),
    "table": (
        "# host=a\n_time                 _value\n2020-01-01T00:00:00Z     1.5\n2020-01-01T00:01:00Z\n\n"
        "# host=b,\\r\\nc\n_time                 _value\n2020-01-01T00:00:00Z    +Inf\n\n"
        "# n\nok\ntrue\n"
    ),
    "markdown": (
        "**host=a**\n\n| _time | _value |\n| --- | ---: |\n| 2020-01-01T00:00:00Z | 1.5 |\n"
        "| 2020-01-01T00:01:00Z |  |\n\n"
        "**host=b,\\\\r\\\\nc**\n\n| _time | _value |\n| --- | ---: |\n| 2020-01-01T00:00:00Z | +Inf |\n\n"
        "**n**\n\n| ok |\n| --- |\n| true |\n"
    ),
    "jsonl": (
        '{"result":"_result","table":0,"_time":"2020-01-01T00:00:00Z","_value":1.5,"host":"a"}\n'
        '{"result":"_result","table":0,"_time":"2020-01-01T00:01:00Z","_value":null,"host":"a"}\n'
        '{"result":"_result","table":1,"_time":"2020-01-01T00:00:00Z","_value":"+Inf","host":"b,\\r\\nc"}\n'
        '{"result":"n","table":0,"ok":true}\n'
    ),
}


def query(format: str, text: bytes = ANNOTATED, size: int = 7) -> str:
    out = io.StringIO()
    render_query(out, (text[i : i + size] for i in range(0, len(text), size)), format=format)
    return out.getvalue()


@pytest.mark.parametrize("format", [format for format in QUERY_FORMATS if format not in ONLY_QUERIES])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_query_results_in_each_format(format: str, size: int) -> None:
    text = query(format, size=size)
    if format in ("json", "yaml"):
        expected = [json.loads(line) for line in QUERY_GOLDEN["jsonl"].splitlines()]
        assert (json.loads(text) if format == "json" else yaml.safe_load(text)) == expected
    else:
        assert text == QUERY_GOLDEN[format]


def test_an_error_inside_the_stream_is_raised() -> None:
    broken = (
        ANNOTATED
        + b"#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,division by zero,897\r\n"
    )
    with pytest.raises(InfluxctlError, match="division by zero"):
        query("jsonl", broken)


def test_rows_go_out_before_the_answer_ends() -> None:
    out = io.StringIO()

    def chunks() -> object:
        yield ANNOTATED
        assert "_result" in out.getvalue()
        yield b""

    render_query(out, chunks(), format="csv")  # type: ignore[arg-type]
