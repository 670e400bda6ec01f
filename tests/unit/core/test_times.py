"""Times and durations: text in both directions, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influxctl.core.errors import Invalid
from influxctl.core.times import NS, Duration, format_time, go_duration, parse_duration, parse_time


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01", 0),
        ("2021-03-01T00:00:00.5Z", 1614556800_500000000),
        ("2021-03-01T01:00:00+01:00", 1614556800_000000000),
        ("2021-03-01T00:00:00.123456789Z", 1614556800_123456789),
        ("1969-12-31T23:59:59.999999999Z", -1),
    ],
)
def test_rfc3339_is_read(text: str, ns: int) -> None:
    assert parse_time(text) == ns


@pytest.mark.parametrize(
    "text", ["", "now", "2021-13-01T00:00:00Z", "2021-03-01T00:00:00", "1614556800", "2021-03-01T25:00:00Z"]
)
def test_other_text_is_no_time(text: str) -> None:
    with pytest.raises(Invalid):
        parse_time(text)


@given(st.integers(-(2**62), 2**62))
def test_a_time_survives_its_text(ns: int) -> None:
    assert parse_time(format_time(ns)) == ns


def test_the_fraction_is_cut_of_zeros() -> None:
    assert format_time(1614556800_120000000) == "2021-03-01T00:00:00.12Z"


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("1h30m", Duration(0, NS["h"] + 30 * NS["m"])),
        ("-1mo2d", Duration(-1, -2 * NS["d"])),
        ("1y", Duration(12, 0)),
        ("3us4ns", Duration(0, 3004)),
        ("1µs", Duration(0, 1000)),
    ],
)
def test_durations_are_read(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "-", "1", "h", "1.5h", "1h-2m", "1 h", "1hh"])
def test_other_text_is_no_duration(text: str) -> None:
    with pytest.raises(Invalid):
        parse_duration(text)


@given(st.integers(0, 10**4), st.integers(0, 10**17), st.booleans())
def test_a_duration_survives_its_text(months: int, ns: int, negative: bool) -> None:
    duration = Duration(-months, -ns) if negative else Duration(months, ns)
    assert parse_duration(str(duration)) == duration


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (59, "59s"), (90, "1m30s"), (604800, "168h0m0s")])
def test_go_durations(seconds: int, text: str) -> None:
    assert go_duration(seconds) == text
