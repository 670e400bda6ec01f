"""The predicate of /api/v2/delete."""

from __future__ import annotations

import pytest

from influxctl.core.errors import Invalid, NotImplementedHere
from influxctl.core.readspec import And, Compare
from influxctl.local.services.delete_predicate import NOTHING, parse_predicate

CPU, A = Compare("_measurement", "==", "cpu"), Compare("host", "==", "a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("  ", None),
        ('_value="1"', NOTHING),
        ('host="a" and _time != "x"', And(A, NOTHING)),
        ('host="a"', A),
        ("host=a", A),
        ('"host"="a"', A),
        ("host=1", Compare("host", "==", "1")),
        ('host != "a"', Compare("host", "!=", "a")),
        ('_measurement="cpu" AND host="a"', And(CPU, A)),
        ('_measurement = "cpu" and host = "a"', And(CPU, A)),
        ('((_measurement="cpu") AND (host="a"))', And(CPU, A)),
        ('host="c d"', Compare("host", "==", "c d")),
        (r'host="a\"b"', Compare("host", "==", 'a"b')),
    ],
)
def test_what_is_understood(text: str, expected: object) -> None:
    assert parse_predicate(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        'host="a" OR host="b"',
        "host=~/a/",
        "host",
        '(host="a"',
        'host="a")',
        "host='a'",
        'host>"a"',
        "host==a",
        "=a",
        "AND",
        'host="a" host="b"',
        "(" * 500 + 'host="a"' + ")" * 500,
        'host="a',
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_predicate(text)


def test_fields_cannot_be_deleted() -> None:
    with pytest.raises(NotImplementedHere):
        parse_predicate('_field="v"')
