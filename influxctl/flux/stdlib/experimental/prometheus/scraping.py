"""experimental/prometheus: metrics in the text format of Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid
from influxctl.core.times import NS
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._network import request
from influxctl.flux.stdlib._rows import Table
from influxctl.flux.tables import Stream

_LINE = re.compile(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+(-?\d+))?\s*\Z")
_LABEL = re.compile(r'\s*([A-Za-z_]\w*)\s*=\s*"((?:\\.|[^"\\])*)"\s*,?')
_UNESCAPE = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


@builtin("experimental/prometheus", "scrape")
@no_nulls
def scrape(ctx: Any, url: str) -> Stream:
    """A table for each metric and set of labels, with the time of reading."""

    def transform() -> Iterator[Block]:
        answer = request(ctx, "GET", url, {"Accept": "text/plain"}, b"")
        if answer.status >= 300:
            raise Invalid(f"{url} answered with status {answer.status}")
        for name, labels, value, time in read_metrics(answer.body.decode("utf-8", "replace")):
            key = {"_measurement": "prometheus", "_field": name, "url": url, **labels}
            cells: dict[str, Any] = {**key, "_time": int(ctx.now) if time is None else time, "_value": value}
            types: dict[str, Any] = {**dict.fromkeys(key, "string"), "_time": "time", "_value": "float"}
            yield Table(types, {label: [cell] for label, cell in cells.items()}, key).block()

    return Stream("prometheus.scrape", transform)


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
