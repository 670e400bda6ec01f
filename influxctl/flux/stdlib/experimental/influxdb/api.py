"""experimental/influxdb: requests to the API of an InfluxDB server."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._network import request, seconds
from influxctl.flux.stdlib.http.requests.sending import canonical
from influxctl.flux.values import Dict, Record


@builtin("experimental/influxdb", "api")
def api(
    ctx: Any,
    method: str,
    path: str,
    host: str = "",
    token: str = "",
    headers: Dict | None = None,
    query: Dict | None = None,
    timeout: Duration | None = None,
    body: bytes = b"",
) -> Record:
    """The answer as a record; `Invalid` without a host."""
    if not host:
        raise Invalid("host must be given: this server does not call itself")
    sent = dict(headers or {})
    if token:
        sent["Authorization"] = f"Token {token}"
    url = host.rstrip("/") + "/" + path.lstrip("/") + (f"?{urlencode(sorted(query.items()))}" if query else "")
    answer = request(ctx, method, url, sent, body, seconds(timeout))
    return Record(
        statusCode=answer.status,
        headers=Dict({canonical(name): value for name, value in answer.headers.items()}),
        body=answer.body,
    )
