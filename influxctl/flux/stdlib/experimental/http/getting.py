"""experimental/http: GET requests."""

from __future__ import annotations

from typing import Any

from influxctl.core.times import Duration
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._network import request, seconds
from influxctl.flux.stdlib.http.requests.sending import canonical
from influxctl.flux.values import Record, string_text


@builtin("experimental/http", "get")
def get(ctx: Any, url: str, headers: Record | None = None, timeout: Duration | None = None) -> Record:
    """The answer as a record; its headers are a record too."""
    sent = {name: string_text(value) for name, value in (headers or {}).items() if value is not None}
    answer = request(ctx, "GET", url, sent, b"", seconds(timeout))
    return Record(
        statusCode=answer.status,
        headers=Record({canonical(name): value for name, value in answer.headers.items()}),
        body=answer.body,
    )
