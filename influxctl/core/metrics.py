"""Metrics in the Prometheus text format, read: name, labels, value and time of every sample."""

from __future__ import annotations

import re
from collections.abc import Iterator

from influxctl.core.errors import Invalid
from influxctl.core.times import NS

_LINE = re.compile(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+(-?\d+))?\s*\Z")
_LABEL = re.compile(r'\s*([A-Za-z_]\w*)\s*=\s*"((?:\\.|[^"\\])*)"\s*,?')
_UNESCAPE = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


def read_metrics(text: str) -> Iterator[tuple[str, dict[str, str], float, int | None]]:
    """Name, labels, value and time (nanoseconds) of every sample; `Invalid` for a line that is none."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.match(line.strip())
        if found is None:
            raise Invalid(f"line {number} is not a metric: {line[:80]!r}")
        labels = {
            name: re.sub(r"\\.", lambda m: _UNESCAPE.get(m[0], m[0]), value)
            for name, value in _LABEL.findall(found[2] or "")
        }
        try:
            value = float(found[3])
        except ValueError:
            raise Invalid(f"line {number} has no number: {found[3]!r}") from None
        yield found[1], labels, value, int(found[4]) * NS["ms"] if found[4] else None
