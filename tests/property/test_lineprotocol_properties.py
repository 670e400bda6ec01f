"""Line protocol: what is printed parses to the same point; the quick parser agrees with the careful one."""

import math

from hypothesis import given
from hypothesis import strategies as st

from influxctl.core.lineprotocol import (
    LineError,
    Point,
    format_point,
    parse,
    parse_line,
    parse_quick,
    split_lines,
)

names = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\n\0\\\t"), min_size=1, max_size=8
).filter(lambda text: text.strip() == text and not text.startswith("#"))
keys = names.filter(lambda text: text not in ("time", "_field", "_measurement"))
values = st.one_of(
    st.tuples(st.just("float"), st.floats(allow_nan=False, allow_infinity=False)),
    st.tuples(st.just("int"), st.integers(-(1 << 63), (1 << 63) - 1)),
    st.tuples(st.just("uint"), st.integers(0, (1 << 64) - 1)),
    st.tuples(st.just("bool"), st.booleans()),
    st.tuples(st.just("string"), st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)),
)
points = st.builds(
    Point,
    names,
    st.dictionaries(keys, names, max_size=3).map(lambda tags: tuple(sorted(tags.items()))),
    st.dictionaries(names, values, min_size=1, max_size=4),
    st.integers(-(1 << 63) + 2, (1 << 63) - 2),
)


@given(points)
def test_a_printed_point_parses_to_itself(point: Point) -> None:
    line = format_point(point)
    assert [text for _, text in split_lines(line)] == [line]
    assert parse_line(line) == point


@given(st.lists(points, min_size=1, max_size=5))
def test_a_body_of_printed_points_parses_to_them(every: list[Point]) -> None:
    assert parse(b"\n".join(map(format_point, every))) == every


@given(points)
def test_the_quick_parser_agrees_or_declines(point: Point) -> None:
    _, _, rest = format_point(Point("m", (), point.fields, point.time)).partition(b" ")
    quick = parse_quick(rest)
    if quick is not None:
        assert quick == (point.fields, point.time)


@given(st.binary(max_size=60))
def test_any_bytes_parse_or_are_refused_with_a_reason(line: bytes) -> None:
    try:
        point = parse_line(line)
    except LineError as error:
        assert str(error)
    else:
        assert point.fields
        assert all(not isinstance(v, float) or math.isfinite(v) for _, v in point.fields.values())


@given(st.text(alphabet='m,= \\"#t1i.e-\n', max_size=40))
def test_grammar_like_text_parses_or_is_refused(text: str) -> None:
    for _, line in split_lines(text.encode()):
        try:
            assert parse_line(line).fields
        except LineError as error:
            assert str(error)
