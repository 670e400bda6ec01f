"""Durations and moments as people type and read them: `30d`, `12h`, `infinite`, `-1h`, `now`; seconds and RFC 3339 on the wire."""

from __future__ import annotations

import re

from influxctl.core.errors import Invalid, UsageError
from influxctl.core.times import NS, format_time, go_duration, now_ns, parse_duration, parse_time


def seconds(text: str, option: str) -> int:
    """A duration in whole seconds; 0 for `0`, `infinite` and `inf`. `UsageError` naming the option otherwise."""
    if text.strip().lower() in ("0", "infinite", "inf"):
        return 0
    try:
        span = parse_duration(text.strip())
    except Invalid as error:
        raise UsageError(f"{option}: {error.message}", hint=error.hint) from None
    if span.months or span.negative or span.ns % NS["s"]:
        raise UsageError(f"{option}: {text!r} is not a whole number of seconds", hint="write it like 30d, 12h or 90m")
    return span.ns // NS["s"]


def retention(rules: object, key: str) -> str:
    """A property of the first retention rule as a duration; `infinite` for a retention of zero."""
    first = rules[0] if isinstance(rules, list) and rules and isinstance(rules[0], dict) else {}
    value = first.get(key)
    if not value:
        return "infinite" if key == "everySeconds" else "n/a"
    return go_duration(int(value))


_DECIMAL = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|)\Z")
_LENGTHS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def span(text: str, option: str) -> float:
    """How long to wait, in seconds: `5s`, `1.5s`, `1h30m`; a bare number is seconds."""
    if match := _DECIMAL.match(text):
        return float(match[1]) * _LENGTHS[match[2]]
    try:
        return parse_duration(text).ns / 1e9
    except Invalid as error:
        raise UsageError(f"{option}: {error.message}", hint="write it like 5s") from None


def moment(text: str, option: str) -> str:
    """A time in RFC 3339: `now`, a span back from now (`-1h`), or the time itself."""
    try:
        if text == "now":
            return format_time(now_ns())
        if text.startswith("-"):
            back = parse_duration(text)
            if back.months:
                raise UsageError(f"{option}: months and years have no fixed length", hint="write days, such as -30d")
            return format_time(now_ns() + back.ns)
        return format_time(parse_time(text))
    except Invalid as error:
        raise UsageError(f"{option}: {error.message}", hint=error.hint) from None


def moment_ns(text: str | None, option: str, otherwise: int) -> int:
    """The same in nanoseconds; `otherwise` where nothing is given."""
    return otherwise if text is None else parse_time(moment(text, option))
