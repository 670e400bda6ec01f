"""Line protocol: what is accepted, what is refused and why, and how lines are told apart."""

import pytest

from influxctl.core.errors import Invalid
from influxctl.core.lineprotocol import (
    LineError,
    LineProtocolError,
    Point,
    format_key,
    format_point,
    parse,
    parse_line,
    parse_quick,
    split_lines,
)


@pytest.mark.parametrize(
    ("line", "point"),
    [
        (b"m f=1 5", Point("m", (), {"f": ("float", 1.0)}, 5)),
        (b"m,b=2,a=1 f=1i", Point("m", (("a", "1"), ("b", "2")), {"f": ("int", 1)}, None)),
        (b"m\\ x\\,y f=1 5", Point("m x,y", (), {"f": ("float", 1.0)}, 5)),
        (b"g\\=3 f=1 5", Point("g\\=3", (), {"f": ("float", 1.0)}, 5)),
        (b"g=4 f=1 5", Point("g=4", (), {"f": ("float", 1.0)}, 5)),
        (b"m,t\\ a\\,g=v\\=a\\ l f=1 5", Point("m", (("t a,g", "v=a l"),), {"f": ("float", 1.0)}, 5)),
        (b"m,p=C:\\dir f=1 5", Point("m", (("p", "C:\\dir"),), {"f": ("float", 1.0)}, 5)),
        (b'm,p="x" f=1 5', Point("m", (("p", '"x"'),), {"f": ("float", 1.0)}, 5)),
        (b"m f\\ i\\,e\\=ld=1 5", Point("m", (), {"f i,e=ld": ("float", 1.0)}, 5)),
        (b'm s="a\\"b\\\\c\\d" 5', Point("m", (), {"s": ("string", 'a"b\\c\\d')}, 5)),
        (b'm s="a b,c=d",t=F 5', Point("m", (), {"s": ("string", "a b,c=d"), "t": ("bool", False)}, 5)),
        (b'm s="a\nb" 5', Point("m", (), {"s": ("string", "a\nb")}, 5)),
        (b"m f=.5,g=5.,h=00.5,i=007i,j=-1e-3 5",
         Point("m", (), {"f": ("float", 0.5), "g": ("float", 5.0), "h": ("float", 0.5), "i": ("int", 7), "j": ("float", -0.001)}, 5)),
        (b"m f=1,f=2 5", Point("m", (), {"f": ("float", 2.0)}, 5)),
        (b"m  f=2  -5 ", Point("m", (), {"f": ("float", 2.0)}, -5)),
        (b"m u=18446744073709551615u", Point("m", (), {"u": ("uint", 18446744073709551615)}, None)),
        (b"m,t=\xff f=1 5", Point("m", (("t", "�"),), {"f": ("float", 1.0)}, 5)),
        (b"m,a\tb=c\td f=1 5", Point("m", (("a\tb", "c\td"),), {"f": ("float", 1.0)}, 5)),
    ],
)  # fmt: skip
def test_accepted(line: bytes, point: Point) -> None:
    assert parse_line(line) == point


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"m", "missing fields"), (b"m,a=1", "missing fields"), (b"m 5", "invalid field format"), (b"m f 5", "invalid field format"),
        (b",a=1 f=1", "missing measurement"), (b"m,a= f=1", "missing tag value"), (b"m,a f=1", "missing tag value"),
        (b"m,=1 f=1", "missing tag key"), (b"m,a=1, f=1", "missing tag key"), (b"m,p=x\\ f=1 5", "invalid tag format"),
        (b"m,p=x\\\\ f=1 5", "invalid tag format"), (b"m,a=1,a=2 f=1", "duplicate tags"), (b"m,time=1 f=1", "reserved tag key"),
        (b"m,_field=1 f=1", "reserved tag key"), (b"m,_measurement=1 f=1", "reserved tag key"),
        (b"m f= 5", "missing field value"), (b"m =1 5", "missing field key"), (b"m f=1, 5", "invalid field format"),
        (b"m f=1,=2 5", "missing field key"), (b"m\tf=1 5", "invalid field format"), (b'm s="abc 5', "unbalanced quotes"),
        (b"m f=+1", "invalid boolean"), (b"m f=tRUE", "invalid boolean"), (b"m f=inf", "invalid boolean"),
        (b"m f=NaN", "invalid number"), (b"m f=1.2.3", "invalid number"), (b"m f=0x1F", "invalid number"),
        (b"m f=1_000", "invalid number"), (b"m f=1.5i", "invalid number"), (b"m f=7I", "invalid number"), (b"m f=-1u", "invalid number"),
        (b"m f=-", "invalid number"), (b"m f=1e", "invalid float"), (b"m f=1e400", "invalid float"), (b"m f=.", "invalid float"),
        (b"m f=9223372036854775808i", "out of range"), (b"m f=18446744073709551616u", "out of range"),
        (b"m f=1 now", "bad timestamp"), (b"m f=1 1.5", "bad timestamp"), (b"m f=1 1e18", "bad timestamp"), (b"m f=1 5\r", "bad timestamp"),
        (b"m f=1 -", "bad timestamp"), (b"m f=1 9223372036854775808", "out of range"), (b"m f=1 5 x", "point is invalid"),
        (b"m,t=" + b"x" * 65536 + b" f=1", "max key length"), (b"x" * 65536 + b" f=1", "max key length"),
    ],
)  # fmt: skip
def test_refused(line: bytes, reason: str) -> None:
    with pytest.raises(LineError, match=reason):
        parse_line(line)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b"", []),
        (b"   \n  ", []),
        (b"# c\n\n a 1\n\nb", [(3, b"a 1"), (5, b"b")]),
        (b'm s="a\nb" 1\nm f=1', [(1, b'm s="a\nb" 1'), (3, b"m f=1")]),
        (b'm,t="x f=1\nm f=2', [(1, b'm,t="x f=1'), (2, b"m f=2")]),
        (b'm s="a\\"\nb"\nm f=1', [(1, b'm s="a\\"\nb"'), (3, b"m f=1")]),
        (b'm s="open\nm f=1', [(1, b'm s="open\nm f=1')]),
        (b"m f=1\\\nm f=2", [(1, b"m f=1\\\nm f=2")]),
    ],
)
def test_lines(body: bytes, lines: list[tuple[int, bytes]]) -> None:
    assert list(split_lines(body)) == lines


def test_every_bad_line_is_named() -> None:
    with pytest.raises(LineProtocolError) as caught:
        parse(b"m f=1\nm f=\n\nx\nm f=2")
    assert [(number, text) for number, text, _ in caught.value.lines] == [(2, "m f="), (4, "x")]
    assert caught.value.status == 400
    assert "unable to parse 'm f=': missing field value" in caught.value.message


@pytest.mark.parametrize(("precision", "line"), [("s", b"m f=1 99999999999999"), ("ns", b"m f=1 9223372036854775807")])
def test_times_outside_the_range(precision: str, line: bytes) -> None:
    with pytest.raises(LineProtocolError, match="time outside range"):
        parse(line, precision)


def test_times_are_scaled_and_filled_in() -> None:
    assert [p.time for p in parse(b"m f=1 7\nm f=1", "ms", now=5_999_999)] == [7_000_000, 5_000_000]
    with pytest.raises(Invalid):
        parse(b"m f=1 7", "h")


@pytest.mark.parametrize(
    "rest",
    [b"f=1 x", b" f=1 5", b'f="a\\"b" 5', b"f=1, 5", b"f=1 5 ", b"f\\ g=1", b"f=1e400 5", b"", b"\tf=1 5", b"\0f=1"],
)
def test_the_quick_parser_leaves_the_rest_to_the_careful_one(rest: bytes) -> None:
    assert parse_quick(rest) is None


def test_printing() -> None:
    point = Point(
        "m x",
        (("a,b", "c=d"),),
        {"f g": ("float", 1.0), "s": ("string", 'a"\\'), "u": ("uint", 1), "b": ("bool", True)},
        5,
    )
    assert format_point(point) == b'm\\ x,a\\,b=c\\=d f\\ g=1.0,s="a\\"\\\\",u=1u,b=true 5'
    assert format_key("m", (("a", "b c"),)) == "m,a=b\\ c"
    with pytest.raises(LineError):
        format_point(Point("m", (("a", "x\\"),), {"f": ("float", 1.0)}, 5))
