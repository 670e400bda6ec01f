"""http/requests and its experimental forerunner: requests by any method."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from influxctl.core.errors import Invalid
from influxctl.core.times import Duration
from influxctl.flux.stdlib import builtin, constant
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._network import request, seconds
from influxctl.flux.values import Dict, Record


@no_nulls
def do(
    ctx: Any,
    method: str,
    url: str,
    config: Record,
    params: Dict | None = None,
    headers: Dict | None = None,
    body: bytes = b"",
) -> Record:
    """One request: `params` are added to the URL's query; the answer as a record."""
    if config.get("insecureSkipVerify"):
        raise Invalid("insecureSkipVerify is not supported here: certificates are always checked")
    started = time.monotonic_ns()
    answer = request(
        ctx, method, _with_params(url, params or Dict()), dict(headers or {}), body, seconds(config["timeout"])
    )
    return Record(
        statusCode=answer.status,
        headers=Dict({canonical(name): value for name, value in answer.headers.items()}),
        body=answer.body,
        duration=Duration(0, time.monotonic_ns() - started),
    )


def _with_params(url: str, params: Dict) -> str:
    """The URL with more in its query, sorted by name as Go writes it."""
    if not params:
        return url
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    pairs += [(name, value) for name in params for value in params[name]]
    return urlunsplit(parts._replace(query=urlencode(sorted(pairs, key=lambda pair: pair[0]))))


def canonical(name: str) -> str:
    """A header's name in the spelling of Go: Content-Type."""
    return "-".join(part.capitalize() for part in name.split("-"))


for _path in ("http/requests", "experimental/http/requests"):
    constant(_path, "_emptyBody", b"")
    builtin(_path, "_do")(do)
