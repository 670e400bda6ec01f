"""http: requests and their parts."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.stdlib._network import request
from influxctl.flux.values import Record, string_text


@builtin("http", "post")
@no_nulls
def post(ctx: Any, url: str, headers: Record | None = None, data: bytes = b"") -> int:
    """The status of the answer."""
    sent = {name: string_text(value) for name, value in (headers or {}).items() if value is not None}
    return request(ctx, "POST", url, sent, data, short=True).status


@builtin("http", "basicAuth")
@no_nulls
def basic_auth(u: str, p: str) -> str:
    """`Basic` and the user and password in base 64."""
    return "Basic " + base64.b64encode(f"{u}:{p}".encode()).decode()


@builtin("http", "pathEscape")
@no_nulls
def path_escape(inputString: str) -> str:
    """Everything escaped but what a path segment may hold (Go's url.PathEscape)."""
    return quote(inputString, safe="$&+=:@~")
