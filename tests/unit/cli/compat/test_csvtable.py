"""CSV to line protocol by the rules of influx (cli.compat.csvtable, cli.compat.csvvalues)."""

from __future__ import annotations

import pytest

from influxctl.cli.compat.csvtable import CsvLines
from influxctl.cli.compat.gocsv import CsvReader


def _convert(text: str, *, types_in_names: bool = True) -> tuple[list[str], list[str], list[str]]:
    """Lines, refusals, remarks."""
    refused: list[str] = []
    notes: list[str] = []
    lines = CsvLines(
        CsvReader(text.splitlines(keepends=True)),
        reject=lambda reason, cells, separator: refused.append(reason),
        note=notes.append,
        types_in_names=types_in_names,
    )
    return list(lines), refused, notes


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("#datatype measurement,tag,double,dateTime:number\nm,t,v,time\nw,a,1.50,7\nw,,-2e3,8\n", ["w,t=a v=1.5 7", "w v=-2000 8"]),
        ("m|measurement,v|long,k|tag|none\nx,1,\nx,2,y\n", ["x,k=none v=1i", "x,k=y v=2i"]),
        ("#constant measurement,c\n#constant tag,site,hall 3\nv\n1\n", ["c,site=hall\\ 3 v=1"]),  # no type: as it is
        ("#constant,measurement,c\n#constant,long,rev,4\nv|string\nx\n", ['c v="x",rev=4i']),
        ("#concat measurement,${a}_${b}\na|tag,b|ignored,v|long\nx,y,1\n", ["x_y,a=x v=1i"]),
        ("#group,false,true,true,false\n#datatype,long,string,string,double\n#default,,,,\n,table,_measurement,_field,_value\n,0,m,f,2.5\n",
         ["m f=2.5"]),
        ("sep=;\nm|measurement;v|double:,.\nx;1.000,5\n", ["x v=1000.5"]),
        ("m|measurement,v|long\nx,1\n#datatype measurement,double\nn,w\ny,2\n", ["x v=1i", "y w=2"]),
        ("m|measurement,v|field,s|string\nx,3i,\nx,true,a\n", ["x v=3i", 'x v=true,s="a"']),
        ("m|measurement,d|duration,e|base64Binary\nx,1h30m,aGk=\n", ["x d=5400000000000i,e=aGk="]),
        ("m|measurement,b|boolean\nx,Yes\nx,0\n", ["x b=true", "x b=false"]),
        ("m|measurement,v|long,t|dateTime\nx,1,2024-01-02T03:04:05.5+01:00\nx,2,17\n",
         ["x v=1i 1704161045500000000", "x v=2i 17"]),
        ("#timezone +0130\nm|measurement,v|long,t|dateTime:02.01.2006 15:04\nx,1,02.01.2024 01:30\n",
         ["x v=1i 1704153600000000000"]),
        ('m|measurement,"t=1|tag","v,1|long"\n"a, b",c d,1\n', ["a\\,\\ b,t\\=1=c\\ d v\\,1=1i"]),
        ("m|measurement,v|double\nx,1e-7\nx,0x1p4\n", ["x v=0.0000001", "x v=16"]),
    ],
)  # fmt: skip
def test_lines(text: str, lines: list[str]) -> None:
    assert _convert(text) == (lines, [], [])


@pytest.mark.parametrize(
    ("kind", "cell", "reason"),
    [
        ("long", "ten", 'strconv.ParseInt: parsing "ten": invalid syntax'),
        ("long", "9223372036854775808", 'strconv.ParseInt: parsing "9223372036854775808": value out of range'),
        ("long:strict", "7.5", "'7.5' cannot fit into long data type"),
        ("unsignedLong", "-1", 'strconv.ParseUint: parsing "-1": invalid syntax'),
        ("double", "1e999", 'strconv.ParseFloat: parsing "1e999": value out of range'),
        ("double", "nan", "value is NaN"),
        ("double", "-infinity", "value is Infinite"),
        ("boolean:on", "on", "unsupported boolean format: on should be in 'true,yes,1:false,no,0' format, but no ':' is present"),
        ('boolean:ja:nein', "si", "unsupported boolean value: si must one of [ja] or one of [nein]"),
        ("duration", "3 days", 'time: unknown unit " days" in duration "3 days"'),
        ("duration", "5", 'time: missing unit in duration "5"'),
        ("duration", "x", 'time: invalid duration "x"'),
        ("base64Binary", "a*b=", "illegal base64 data at input byte 1"),
        ("base64Binary", "aGVsbG8", "illegal base64 data at input byte 4"),
        ("complex", "1", "data type 'complex' is not supported"),
    ],
)  # fmt: skip
def test_cells_that_are_refused(kind: str, cell: str, reason: str) -> None:
    lines, refused, _ = _convert(f"m|measurement,v|{kind}\nx,{cell}\n")
    assert lines == []
    assert refused == [f"line 2: column 'v': {reason}"]


@pytest.mark.parametrize(
    ("layout", "cell", "reason"),
    [
        ("RFC3339", "soon", 'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"'),
        ("RFC3339", "2024-01-02 03:04:05Z",
         'parsing time "2024-01-02 03:04:05Z" as "2006-01-02T15:04:05Z07:00": cannot parse " 03:04:05Z" as "T"'),
        ("2006/01", "2024-05", 'parsing time "2024-05" as "2006/01": cannot parse "-05" as "/"'),
        ("RFC3339", "2024-13-02T03:04:05Z", 'parsing time "2024-13-02T03:04:05Z": month out of range'),
        ("RFC3339", "2024-02-30T03:04:05Z", 'parsing time "2024-02-30T03:04:05Z": day out of range'),
        ("2006", "2024x", 'parsing time "2024x": extra text: "x"'),
    ],
)  # fmt: skip
def test_times_that_are_refused(layout: str, cell: str, reason: str) -> None:
    _, refused, _ = _convert(f"m|measurement,v|long,t|dateTime:{layout}\nx,1,{cell}\n")
    assert refused == [f"line 2: column 't': {reason}"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("v|long\n1\n", "line 2: no measurement column found"),
        ("m|measurement,t|tag\nx,1\n", "line 2: no field data found"),
        ("m|measurement,v|long\n,1\n", "line 2: column 'm': no measurement supplied"),
        ("_measurement,_value\nx,1\n", "line 2: no field data found"),  # a value without a name
        ("#concat,string,c,${no}\nm|measurement,v|long\nx,1\n",
         "line 3: column 'c': '${no}' references an unknown column 'no', available columns are: m,v"),
    ],
)  # fmt: skip
def test_rows_that_make_no_line(text: str, reason: str) -> None:
    assert _convert(text)[1] == [reason]


def test_what_is_said_of_a_table_is_said_once() -> None:
    lines, refused, _ = _convert("#concat,string,c,<${no}>\nm|measurement,v|long\nx,1\nx,2\n")
    assert len(refused) == 1
    assert lines == ['x v=2i,c="<>"']


def test_rows_are_numbered_by_their_last_line() -> None:
    _, refused, _ = _convert('m|measurement,s|string,v|long\n\nx,"a\nb",no\n')
    assert refused[0].startswith("line 4: ")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("#remark\nm|measurement,v|long\nx,1\n", "WARNING: unsupported annotation:  #remark"),
        ("#timezone 5\nm|measurement,v|long\nx,1\n", "WARNING:  #timezone annotation: unknown time zone 5"),
        ("m|measurement,v|long\nx,1.5\n", "WARNING: line 2: column 'v': '1.5' truncated to '1' to fit into long data type"),
        ("m|measurement,v|long,a|time,b|time\nx,1,2,3\n", "WARNING: at most one dateTime column is expected, 'a' column is ignored"),
    ],
)  # fmt: skip
def test_remarks(text: str, note: str) -> None:
    lines, refused, notes = _convert(text)
    assert len(lines) == 1
    assert not refused
    assert notes == [note]


def test_comments_are_no_remarks_and_headings_can_be_taken_as_they_are() -> None:
    assert _convert("# note\nm|measurement,v|long\nx,1\n", types_in_names=False) == (
        [],
        ["line 3: no measurement column found"],
        [],
    )


def test_constants_end_with_their_table() -> None:
    text = "#constant tag,site,a\n#datatype measurement,long\nm,v\nx,1\n#datatype measurement,long\nm,v\ny,2\n"
    assert _convert(text)[0] == ["x,site=a v=1i", "y v=2i"]
