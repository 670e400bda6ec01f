"""CSV to line protocol: annotations, headings, types and formats, rows that cannot be converted."""

from __future__ import annotations

import io

import pytest

from influxctl.client.csv2lp import CsvOptions, CsvReader
from influxctl.client.lines import Rejected
from influxctl.core.errors import Invalid


class Result:
    def __init__(self, text: str, options: CsvOptions | None = None) -> None:
        self.rejected: list[Rejected] = []
        self.warnings: list[tuple[int, str]] = []
        reader = CsvReader(
            options, reject=self.rejected.append, warn=lambda line, what: self.warnings.append((line, what))
        )
        self.numbered = [(n, line.decode()) for n, line in reader.lines(io.StringIO(text, newline=""))]
        self.lines = [line for _, line in self.numbered]


def lines(text: str, **options: object) -> list[str]:
    """The lines of a text in which no row is rejected."""
    result = Result(text, CsvOptions(**options))  # type: ignore[arg-type]
    assert result.rejected == []
    return result.lines


def value(kind: str, cell: str) -> str:
    """The line protocol of one field of a type."""
    heading = '"m|measurement";"v|' + kind.replace('"', '""') + '"'
    return lines(f'sep=;\n{heading}\nx;"{cell}"\n')[0].removeprefix("x v=")


QUERY = '''\
#group,false,false,true,true,false,false,true,true,true
#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string
#default,_result,,,,,,,,
,result,table,_start,_stop,_time,_value,_field,_measurement,host
,,0,2024-01-01T00:00:00Z,2024-01-02T00:00:00Z,2024-01-01T10:00:00Z,1.5,load,cpu,a b
,,0,2024-01-01T00:00:00Z,2024-01-02T00:00:00Z,2024-01-01T10:00:10.5Z,2,load,cpu,a b

#group,false,false,true,true,false,false,true,true
#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,string,string,string
#default,_result,,,,,,,
,result,table,_start,_stop,_time,_value,_field,_measurement
,,1,2024-01-01T00:00:00Z,2024-01-02T00:00:00Z,2024-01-01T10:00:00Z,"say ""hi""",note,cpu
'''


def test_answer_of_a_query_with_several_tables() -> None:
    assert lines(QUERY) == [
        "cpu,host=a\\ b load=1.5 1704103200000000000",
        "cpu,host=a\\ b load=2 1704103210500000000",
        'cpu note="say \\"hi\\"" 1704103200000000000',
    ]


def test_pivoted_answer_of_a_query() -> None:
    text = """\
#group,false,false,true,false,true,false,false
#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,string,long,double
#default,_result,,,,,,
,result,table,_stop,_time,_measurement,used,free
,,0,2024-01-02T00:00:00Z,2024-01-01T10:00:00Z,mem,1,2.5
"""
    assert lines(text) == ["mem used=1i,free=2.5 1704103200000000000"]


@pytest.mark.parametrize(
    ("precision", "expected"),
    [("ns", "1704103200000000000"), ("us", "1704103200000000"), ("ms", "1704103200000"), ("s", "1704103200")],
)
def test_times_have_the_precision_of_the_write(precision: str, expected: str) -> None:
    text = "m|measurement,v|long,t|dateTime:RFC3339\nx,1,2024-01-01T10:00:00Z\n"
    assert lines(text, precision=precision) == [f"x v=1i {expected}"]
    assert lines("m|measurement,v|long,t|dateTime:number\nx,1,77\n", precision=precision) == ["x v=1i 77"]


def test_datatype_default_and_heading_forms_say_the_same() -> None:
    expected = ["gate,side=north n=7i 99", "other,side=north n=8i 99", "gate,side=east n=7i 100"]
    rows = ",,,\nother,,8,\n,east,,100\n"
    assert (
        lines("#datatype measurement,tag,long,dateTime:number\n#default gate,north,7,99\nm,side,n,time\n" + rows)
        == expected
    )
    assert lines("m|measurement|gate,side|tag|north,n|long|7,time|dateTime:number|99\n" + rows) == expected


def test_headings_can_be_taken_as_they_are() -> None:
    text = "#datatype measurement,long\nm,v|long\nx,1\n"
    assert lines(text, types_in_names=False) == ["x v|long=1i"]


def test_constants_and_concatenations() -> None:
    text = """\
#constant measurement,cons
#constant tag,site,hall 3
#constant,long,rev,12
#concat,string,full,${a}-${b}
#constant dateTime,2024-01-02T03:04:05Z
a|double,b|tag
1.5,x
"""
    assert lines(text) == ['cons,b=x,site=hall\\ 3 a=1.5,rev=12i,full="1.5-x" 1704164645000000000']


def test_time_from_several_columns() -> None:
    text = (
        "#concat,dateTime:2006-01-02 15:04,${d} ${h}\nm|measurement,v|long,d|ignored,h|ignore\ncc,4,2024-02-29,23:59\n"
    )
    assert lines(text) == ["cc v=4i 1709251140000000000"]


def test_concatenation_of_an_unknown_column() -> None:
    result = Result("#concat,string,full,${a}-${zz}\nm|measurement,a|tag,v|long\nx,y,1\n")
    assert result.lines == [] and "'zz'" in result.rejected[0].reason and result.rejected[0].line == 3


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("+0300", 1714968480),
        ("-0330", 1714991880),
        ("Europe/Prague", 1714972080),
        ("", 1714979280),
        ("UTC", 1714979280),
    ],
)
def test_zone_of_times_that_name_none(zone: str, expected: int) -> None:
    text = f"#timezone {zone}\nm|measurement,v|long,t|dateTime:2006-01-02 15:04\ntz,1,2024-05-06 07:08\n"
    assert lines(text) == [f"tz v=1i {expected}000000000"]


def test_zone_in_a_time_beats_the_annotation() -> None:
    text = "#timezone,-0330\nm|measurement,v|long,t|dateTime:2006-01-02 15:04 -0700\ntz,1,2024-05-06 07:08 +0100\n"
    assert lines(text) == ["tz v=1i 1714975680000000000"]


@pytest.mark.parametrize("zone", ["5", "+5", "No/Such_Place", "../etc/passwd"])
def test_unknown_zone_is_a_warning(zone: str) -> None:
    result = Result(f"#timezone {zone}\nm|measurement,v|long\ntz,1\n")
    assert result.lines == ["tz v=1i"] and result.warnings[0][0] == 1


@pytest.mark.parametrize(
    ("layout", "cell", "expected"),
    [
        ("RFC3339", "2024-03-04T05:06:07+02:00", 1709521567000000000),
        ("RFC3339Nano", "2024-03-04T05:06:07.123456789-05:00", 1709546767123456789),
        ("Mon Jan _2 15:04:05 2006", "Mon Mar  4 05:06:07 2024", 1709528767000000000),
        ("3:04PM 2 January 2006", "5:06PM 4 March 2024", 1709571960000000000),
        ("3:04pm 02/01/06", "12:06am 04/03/24", 1709510760000000000),
        ("2006-01-02 15:04:05.000", "2024-03-04 05:06:07.250", 1709528767250000000),
        ("2006-01-02 15:04:05.999999", "2024-03-04 05:06:07", 1709528767000000000),
        ("2006-01-02 15:04:05", "2024-03-04 05:06:07.5", 1709528767500000000),
        ("2006-01-02 15:04:05", "2024-03-04   5:06:07.5", 1709528767500000000),
        ("2006 002", "2024 064", 1709510400000000000),
        ("02 Jan 06 15:04 MST", "04 Mar 24 05:06 UTC", 1709528760000000000),
        ("20060102", "20240304", 1709510400000000000),
        ("2006-01-02T15Z0700", "2024-03-04T05-0130", 1709533800000000000),
        ("2006-01-02T15:04-07", "1960-01-01T00:00-01", -315615600000000000),
    ],
)
def test_time_layouts(layout: str, cell: str, expected: int) -> None:
    assert lines(f"m|measurement,v|long,t|dateTime:{layout}\nx,1,{cell}\n") == [f"x v=1i {expected}"]


@pytest.mark.parametrize(
    ("layout", "cell"),
    [
        ("2006-01-02", "2024-13-01"),
        ("2006-01-02", "2024-02-30"),
        ("2006-01-02", "yesterday"),
        ("RFC3339", "2024-03-04"[:7]),
        ("number", "1.5"),
        ("", "x"),
    ],
)
def test_times_that_are_none(layout: str, cell: str) -> None:
    result = Result(f"m|measurement,v|long,t|dateTime:{layout}\nx,1,{cell}\nx,1,\n")
    assert [r.line for r in result.rejected] == [2] and "column 't'" in result.rejected[0].reason
    assert result.lines == ["x v=1i"]


def test_time_layout_that_names_a_part_twice() -> None:
    result = Result("m|measurement,v|long,t|dateTime:2006 2006\nx,1,2024 2024\n")
    assert "twice" in result.rejected[0].reason


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("long", "1 000", "1000i"),
        ("long", "-5", "-5i"),
        ("long", "9223372036854775807", "9223372036854775807i"),
        ("long:,.", "1.234,5", "1234i"),
        ("long:strict", "7", "7i"),
        ("unsignedLong", "2_000", "2000u"),
        ("unsignedLong", "18446744073709551615", "18446744073709551615u"),
        ("unsignedLong:strict,'", "1'000", "1000u"),
        ("double", "1.50", "1.5"),
        ("double", "-2e3", "-2000"),
        ("double", "1e-7", "0.0000001"),
        ("double", "3 000.125", "3000.125"),
        ("double", ".5", "0.5"),
        ("double", "0.1", "0.1"),
        ("double", "1e21", "1000000000000000000000"),
        ("double:,.", "1.234.567,25", "1234567.25"),
        ("double:.'", "1'000.5", "1000.5"),
        ("boolean", "TRUE", "true"),
        ("boolean", "yes", "true"),
        ("boolean", "0", "false"),
        ("boolean", "No", "false"),
        ("boolean:oui,ja:non,nein", "ja", "true"),
        ("boolean:oui,ja:non,nein", "non", "false"),
        ("boolean:on:", "anything", "false"),
        ("boolean::off", "anything", "true"),
        ("boolean::off", "off", "false"),
        ("string", "a\\b", '"a\\\\b"'),
        ("field", "3i", "3i"),
        ("duration", "1h30m", "5400000000000i"),
        ("duration", "-1.5s", "-1500000000i"),
        ("duration", "0", "0i"),
        ("", "1.5", "1.5"),
        ("", "7i", "7i"),
        ("", "hello", '"hello"'),
    ],
)
def test_types(kind: str, cell: str, expected: str) -> None:
    assert value(kind, cell) == expected


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("long", "one"),
        ("long", "9223372036854775808"),
        ("long:strict", "7.5"),
        ("unsignedLong", "-1"),
        ("unsignedLong", "18446744073709551616"),
        ("double", "NaN"),
        ("double", "+Inf"),
        ("double", "1e999"),
        ("double", "1.2.3"),
        ("boolean", "x"),
        ("boolean:oui:non", "si"),
        ("boolean:on", "on"),
        ("duration", "3 days"),
        ("complex", "1"),
    ],
)
def test_cells_that_cannot_be_converted(kind: str, cell: str) -> None:
    result = Result(f"sep=;\nm|measurement;v|{kind}\nx;{cell}\ny;\n")
    assert next((r.line, r.text) for r in result.rejected) == (3, f"x;{cell}".encode())
    assert "column 'v'" in result.rejected[0].reason and result.lines == []


def test_truncation_is_a_warning() -> None:
    result = Result("m|measurement,v|long\nx,12.9\n")
    assert result.lines == ["x v=12i"] and result.warnings == [
        (2, "column 'v': '12.9' truncated to '12' to fit into long")
    ]


def test_names_are_escaped_and_tags_sorted() -> None:
    text = '#datatype measurement,tag,tag,string,time\nm,k k,"e=q","s,t",time\n"a, b","x y","1=2",z,3\n'
    assert lines(text) == ['a\\,\\ b,e\\=q=1\\=2,k\\ k=x\\ y s\\,t="z" 3']


def test_empty_cells_short_and_long_rows() -> None:
    text = "m|measurement,v|long,w|long,k|tag\nx,1\ny,2,3,4,5\nz,,6,\n"
    assert lines(text) == ["x v=1i", "y,k=4 v=2i,w=3i", "z w=6i"]


def test_rows_are_numbered_by_their_first_line() -> None:
    result = Result('m|measurement,s|string,v|long\nx,"two\nlines",1\n\ny,a,2\nz,"b\nc",bad\nw,d,4\n')
    assert result.numbered == [(2, 'x s="two\nlines",v=1i'), (5, 'y s="a",v=2i'), (8, 'w s="d",v=4i')]
    assert [(r.line, r.text) for r in result.rejected] == [(6, b'z,"b\nc",bad')]


def test_header_lines_from_flags_and_lines_to_skip() -> None:
    text = "Export of plant 7\nprinted on a Tuesday\n1700000000,north,4.75,12\n1700000120,south,bad,15\n"
    options = CsvOptions(("#constant measurement,legacy", "time|dateTime:number,side|tag,v|double,n|long"), 2, "s")
    result = Result(text, options)
    assert result.numbered == [(3, "legacy,side=north v=4.75,n=12i 1700000000")]
    assert [r.line for r in result.rejected] == [4]


def test_constants_of_flags_hold_for_every_table() -> None:
    text = "#datatype long\nv\n1\n#datatype double\nw\n2\n"
    assert lines(text, headers=("#constant measurement,c",)) == ["c v=1i", "c w=2"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("m,v\nx,1\n", "no column is the measurement"),
        ("#datatype measurement,tag\nm,k\nx,1\n", "no field has a value"),
        ("m|measurement,v|long\n,2\n", "the measurement is empty"),
        ("v|long,m|measurement\n2,#c\n", "comment"),
    ],
)
def test_rows_that_make_no_point(text: str, reason: str) -> None:
    result = Result(text)
    assert result.lines == [] and reason in result.rejected[0].reason


def test_comments_bom_and_crlf() -> None:
    result = Result("\ufeff#comment about nothing\r\nm|measurement,v|string\r\nx,a\r\n# in between\r\ny,b\r\n")
    assert result.lines == ['x v="a"', 'y v="b"'] and [line for line, _ in result.warnings] == [1]


def test_two_times_and_two_measurements() -> None:
    result = Result("m|measurement,n|measurement,v|long,t|time,t2|time\na,b,1,2,3\n")
    assert result.lines == ["b v=1i 3"] and "'t'" in result.warnings[0][1]


@pytest.mark.parametrize(
    "text",
    ['m|measurement,s|string\nx,"unclosed\n', 'm|measurement,s|string\nx,a"b\n', 'm|measurement,s|string\nx,"a"b\n'],
)
def test_broken_quotes_end_the_reading(text: str) -> None:
    with pytest.raises(Invalid, match="line 2"):
        Result(text)


@pytest.mark.parametrize("separator", ['"', "#"])
def test_impossible_separators(separator: str) -> None:
    with pytest.raises(Invalid, match="cannot separate"):
        Result(f"sep={separator}\nm|measurement\n")


def test_cell_that_is_no_text_is_rejected() -> None:
    result = Result("m|measurement,s|string\nx,\udcff\ny,b\n")
    assert result.lines == ['y s="b"'] and [r.line for r in result.rejected] == [2]


def test_line_protocol_taken_for_csv() -> None:
    with pytest.raises(Invalid, match="line 2"):
        Result('# press\npress,line=L1 note="warm up" 1700000000000000000\n')


@pytest.mark.parametrize("text", ["", "\n\n", "#datatype measurement,long\n", "m|measurement\n"])
def test_nothing_to_convert(text: str) -> None:
    assert lines(text) == []
