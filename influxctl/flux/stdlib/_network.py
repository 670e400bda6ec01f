"""One way to the network for all packages that speak to it: through `ctx.world.http`, with the reference's error texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from influxctl.core.errors import InfluxctlError, InternalError, Unavailable
from influxctl.core.times import Duration
from influxctl.flux.world import HttpAnswer

DEFAULT_TIMEOUT = 30.0  # seconds


def seconds(span: Duration | None) -> float:
    """A timeout in seconds; 30 when none is given."""
    return span.ns / 1e9 if span is not None and span.ns > 0 else DEFAULT_TIMEOUT


def request(
    ctx: Any,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    timeout: float = DEFAULT_TIMEOUT,
    *,
    short: bool = False,
) -> HttpAnswer:
    """One request. `InternalError` in the words of Go's net/http when it cannot be made; `short`: only its last part."""
    parts = urlsplit(url)
    verb = method.capitalize()
    if parts.scheme not in ("http", "https"):
        raise InternalError(f'{verb} "{url}": unsupported protocol scheme "{parts.scheme}"')
    if not parts.hostname:
        raise InternalError(f'{verb} "{url}": http: no Host in request URL')
    if ctx.world.http is None:
        raise Unavailable(f'{verb} "{url}": this run may not use the network')
    try:
        answer: HttpAnswer = ctx.world.http.send(method.upper(), url, headers, body, timeout)
    except InfluxctlError as error:
        if not isinstance(error, Unavailable):
            raise
        reason = _reason(error.message, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        text = reason.rsplit(": ", 2)
        raise InternalError(": ".join(text[-2:]) if short else f'{verb} "{url}": {reason}') from None
    return answer


def _reason(text: str, host: str, port: int) -> str:
    """What went wrong, as Go would say it, from what our side said."""
    low = text.lower()
    if "refused" in low:
        return f"dial tcp {host}:{port}: connect: connection refused"
    if "resolve" in low or "name or service" in low or "no such host" in low:
        return f"dial tcp: lookup {host}: no such host"
    if "timed out" in low or "timeout" in low:
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    return text
