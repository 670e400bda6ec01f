"""experimental/prometheus: metrics in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid
from influxctl.core.metrics import read_metrics
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._network import request
from influxctl.flux.stdlib._rows import Table
from influxctl.flux.tables import Stream


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
