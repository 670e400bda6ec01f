"""Times in the layouts of Go (`2006-01-02 15:04:05`), the way the extended annotated CSV spells custom time formats."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS = "january february march april may june july august september october november december"
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"

# Longest first; a part of the layout, and the text that it stands for.
_PARTS = {
    "January": f"(?P<month>{_LONG_MONTHS.replace(' ', '|')})",
    "Monday": f"(?:{_DAYS.replace(' ', '|')})",
    "2006": r"(?P<year>\d{4})",
    "Z07:00": r"(?P<zone>Z|[+-]\d\d:\d\d)",
    "-07:00": r"(?P<zone>[+-]\d\d:\d\d)",
    "Z0700": r"(?P<zone>Z|[+-]\d{4})",
    "-0700": r"(?P<zone>[+-]\d{4})",
    "-07": r"(?P<zone>[+-]\d\d)",
    "MST": r"(?P<name>UTC|GMT|[A-Z]{3,5})",
    "Jan": f"(?P<month>{'|'.join(_MONTHS)})",
    "Mon": "(?:mon|tue|wed|thu|fri|sat|sun)",
    "002": r"(?P<yearday>\d{3})",
    "01": r"(?P<month>\d\d)",
    "02": r"(?P<day>\d\d)",
    "03": r"(?P<hour12>\d\d)",
    "04": r"(?P<minute>\d\d)",
    "05": r"(?P<second>\d\d)(?P<rest>[.,]\d+)?",
    "06": r"(?P<year2>\d\d)",
    "15": r"(?P<hour>\d{1,2})",
    "PM": "(?P<half>AM|PM)",
    "pm": "(?P<half>am|pm)",
    "_2": r"(?P<day>[ ]?\d{1,2})",
    "1": r"(?P<month>\d{1,2})",
    "2": r"(?P<day>\d{1,2})",
    "3": r"(?P<hour12>\d{1,2})",
    "4": r"(?P<minute>\d{1,2})",
    "5": r"(?P<second>\d{1,2})(?P<rest>[.,]\d+)?",
}
_TOKEN = re.compile(rf"[.,](?P<fraction>0+|9+)(?!\d)|{'|'.join(re.escape(part) for part in _PARTS)}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def layout_parser(layout: str, zone: tzinfo = UTC) -> Callable[[str], int]:
    """A function from text in the layout to nanoseconds since 1970; ValueError for other text. `zone` is that of text without one."""
    pattern = re.compile(_pattern(layout), re.IGNORECASE)

    def parse(text: str) -> int:
        match = pattern.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} does not look like {layout!r}")
        return _nanoseconds(match.groupdict(), zone)

    return parse


def _pattern(layout: str) -> str:
    found, at = "", 0
    for token in _TOKEN.finditer(layout):
        found += _literal(layout[at : token.start()])
        digits = token["fraction"]
        if digits:
            found = found.removesuffix(r"(?P<rest>[.,]\d+)?")  # the layout itself says how the fraction is written
            found += (
                rf"(?:[.,](?P<fraction>\d{{{len(digits)}}}))" if digits[0] == "0" else r"(?:[.,](?P<fraction>\d+))?"
            )
        else:
            found += _PARTS[token[0]]
        at = token.end()
    found += _literal(layout[at:])
    names: set[str] = set()
    for name in re.findall(r"\(\?P<(\w+)>", found):
        if name in names:
            raise ValueError(f"the time layout {layout!r} names a part twice")
        names.add(name)
    return found


def _literal(text: str) -> str:
    """What stands between the parts; any number of blanks will do for blanks."""
    return re.sub(r"(?:\\ )+", "[ ]+", re.escape(text))


def misfit(layout: str, text: str) -> tuple[str, str]:
    """Where a text leaves its layout: what is left of the text there, and the piece of the layout that it does not fit.

    The piece is empty when the text goes on behind its layout, and both are when every piece fits.
    """
    at = place = 0
    for token in _TOKEN.finditer(layout):
        literal = layout[at : token.start()]
        between = re.compile(_literal(literal)).match(text, place)
        if between is None:
            return text[place:], literal
        place = between.end()
        pattern = _PARTS.get(token[0], r"[.,]\d+")
        match = re.compile(pattern, re.IGNORECASE).match(text, place)
        if match is None and not (token["fraction"] or "").startswith("9"):
            return text[place:], token[0]
        place = match.end() if match else place
        at = token.end()
    rest = layout[at:]
    return (text[place + len(rest) :], "") if text.startswith(rest, place) else (text[place:], rest)


def out_of_range(layout: str, text: str) -> str:
    """Which part of a text that fits its layout is no time: month, day, hour, minute or second."""
    match = re.compile(_pattern(layout), re.IGNORECASE).fullmatch(text)
    parts = match.groupdict() if match else {}
    bounds = {"month": (1, 12), "hour": (0, 23), "hour12": (0, 12), "minute": (0, 59), "second": (0, 59)}
    for name, (low, high) in bounds.items():
        digits = parts.get(name) or ""
        if digits.isdigit() and not low <= int(digits) <= high:
            return name.removesuffix("12")
    return "day"


def _nanoseconds(parts: dict[str, str | None], zone: tzinfo) -> int:
    def number(name: str, missing: int) -> int:
        text = parts.get(name)
        return int(text) if text else missing

    year = number("year", 0)
    if parts.get("year2"):
        short = number("year2", 0)
        year = short + (1900 if short >= 69 else 2000)
    month_text = parts.get("month") or "1"
    month = int(month_text) if month_text.isdigit() else _MONTHS.index(month_text[:3].lower()) + 1
    hour = number("hour", 0)
    if parts.get("hour12"):
        hour = number("hour12", 0)
        if (parts.get("half") or "").lower() == "pm" and hour < 12:
            hour += 12
        elif (parts.get("half") or "").lower() == "am" and hour == 12:
            hour = 0
    moment = datetime(max(year, 1), month, number("day", 1), hour, number("minute", 0), number("second", 0))
    if parts.get("yearday"):
        moment = moment.replace(month=1, day=1) + timedelta(days=number("yearday", 1) - 1)
    offset = _offset(parts.get("zone"))
    if offset is None and parts.get("name") in ("UTC", "GMT"):
        offset = timedelta()
    aware = moment.replace(tzinfo=zone) if offset is None else moment.replace(tzinfo=UTC) - offset
    delta = aware - _EPOCH
    fraction = (parts.get("fraction") or (parts.get("rest") or "").lstrip(".,"))[:9].ljust(9, "0")
    return (delta.days * 86400 + delta.seconds) * 1_000_000_000 + int(fraction)


def _offset(text: str | None) -> timedelta | None:
    if not text:
        return None
    if text.upper() == "Z":
        return timedelta()
    digits = text[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -span if text[0] == "-" else span
