"""Results as tables of influx (cli.compat.querytables)."""

from __future__ import annotations

import pytest

from influxctl.cli.compat.querytables import ResultError, TablePrinter


def _printed(text: str) -> str:
    out: list[bytes] = []
    TablePrinter(out.append).print(text.splitlines(keepends=True))
    return b"".join(out).decode("utf-8", "replace")


def _csv(types: str, names: str, *rows: str, groups: str = "", default: str = "") -> str:
    count = types.count(",") + 1
    marks = f"#group,false,false,{groups or ','.join(['false'] * count)}\n"
    heads = (
        f"#datatype,string,long,{types}\n#default,{default or '_result'},,{',' * (count - 1)}\n,result,table,{names}\n"
    )
    return marks + heads + "".join(f",,{row}\n" for row in rows) + "\n"


def test_group_columns_come_first_and_head_each_table() -> None:
    text = _csv("double,string", "v,t", "0,1.50,a", "1,-2e3,b", groups="false,true")
    assert _printed(text) == (
        "Result: _result\n"
        "Table: keys: [t]\n"
        "              t:string                       v:float\n"
        "----------------------  ----------------------------\n"
        "                     a                           1.5\n"
        "Table: keys: [t]\n"
        "              t:string                       v:float\n"
        "----------------------  ----------------------------\n"
        "                     b                         -2000\n"
    )


def test_a_schema_that_changes_begins_a_table_under_the_same_result() -> None:
    printed = _printed(_csv("long", "v", "0,1") + _csv("unsignedLong", "v", "1,2"))
    assert printed.count("Result: ") == 1
    assert [line.strip() for line in printed.splitlines() if ":" in line and "keys" not in line][1:] == [
        "v:int",
        "v:uint",
    ]


def test_results_are_named() -> None:
    printed = _printed(_csv("long", "v", "0,1", default="one") + _csv("long", "v", "0,1", default="two"))
    assert [line for line in printed.splitlines() if line.startswith("Result")] == ["Result: one", "Result: two"]


@pytest.mark.parametrize(
    ("kind", "cell", "shown"),
    [
        ("double", "1e21", "1000000000000000000000"),
        ("double", "0.000001", "0.000001"),
        ("double", "-0", "-0"),
        ("double", "+Inf", "+Inf"),
        ("double", "NaN", "NaN"),
        ("boolean", "FALSE", "false"),
        ("boolean", "t", "true"),
        ("dateTime:RFC3339", "2024-02-03T04:05:06Z", "2024-02-03T04:05:06.000000000Z"),
        ("dateTime:RFC3339Nano", "2024-02-03T04:05:06.25Z", "2024-02-03T04:05:06.250000000Z"),
        ("string", '"a ""b"""', 'a "b"'),
        ("long", "", ""),
    ],
)
def test_cells(kind: str, cell: str, shown: str) -> None:
    last = _printed(_csv(kind, "v", f"0,{cell}")).splitlines()[-1]
    assert last.strip() == shown


def test_the_first_row_widens_a_column_and_later_ones_are_cut() -> None:
    lines = _printed(_csv("string", "v", f"0,{'x' * 30}", f"0,{'y' * 31}")).splitlines()
    assert lines[3:] == ["-" * 30, "x" * 30, "y" * 27 + "..."]


def test_widths_count_bytes() -> None:
    assert _printed(_csv("string", "v", "0,žž")).splitlines()[-1] == " " * 18 + "žž"


def test_an_error_on_the_way_comes_after_the_rows_before_it() -> None:
    out: list[bytes] = []
    text = (
        _csv("long", "v", "0,1")
        + "#datatype,string,string\n#group,true,true\n#default,,\n,error,reference\n,broken,897\n"
    )
    with pytest.raises(ResultError, match="broken,897"):
        TablePrinter(out.append).print(text.splitlines(keepends=True))
    assert b"".join(out).endswith(b"1\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",result,table,v\n", "annotations not found"),
        ("#group,false,false\n,result,table\n", "datatype annotation not found"),
        ("#datatype,string,nonsense\n,result,table\n", "unknown data type nonsense"),
        (_csv("long", "v", "0,1,2"), "4 vs 3"),
        (_csv("double", "v", "0,x"), 'parsing error, "x" is no float'),
    ],
)
def test_what_is_no_result(text: str, message: str) -> None:
    with pytest.raises(ResultError, match=message):
        _printed(text)


def test_nothing_prints_nothing() -> None:
    assert _printed("\r\n") == ""
