"""Requests and answers in words, for `--trace` and `--curl`: never with a secret in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import requests

from influxctl.core.redact import HIDDEN, hide_body, hide_header, hide_url


def request_lines(request: requests.PreparedRequest, secrets: Iterable[str] = ()) -> list[str]:
    """A request, a line each for method and URL, header, and body. `secrets` are hidden wherever they stand."""
    lines = [f"> {request.method} {hide_url(request.url or '')}", *_headers("> ", request.headers)]
    if isinstance(request.body, str | bytes):
        body = request.body.encode() if isinstance(request.body, str) else request.body
        lines.append(f"> {hide_body(body, request.headers.get('Content-Type', ''))}")
    elif request.body is not None:
        lines.append("> (a stream)")
    return _without(lines, secrets)


def response_lines(response: requests.Response, streamed: bool, secrets: Iterable[str] = ()) -> list[str]:
    """An answer in the same way; the body of a streamed one is not touched."""
    took = f"{response.elapsed.total_seconds() * 1000:.0f} ms"
    lines = [f"< {response.status_code} {response.reason} ({took})", *_headers("< ", response.headers)]
    if streamed:
        lines.append("< (a stream)")
    elif response.content:
        lines.append(f"< {hide_body(response.content, response.headers.get('Content-Type', ''))}")
    return _without(lines, secrets)


def curl(request: requests.PreparedRequest, secrets: Iterable[str] = ()) -> str:
    """The request as a command line of curl; the token is a variable that the reader sets."""
    import shlex

    parts = ["curl", "-X", str(request.method), shlex.quote(hide_url(request.url or ""))]
    for name, value in request.headers.items():
        if name.lower() in ("user-agent", "content-length", "accept-encoding", "connection"):
            continue
        shown = hide_header(name, value)
        if name.lower() == "authorization":
            parts.append(f'-H "Authorization: {shown.replace(HIDDEN, "$INFLUX_TOKEN")}"')
        else:
            parts.append(f"-H {shlex.quote(f'{name}: {shown}')}")
    if isinstance(request.body, str | bytes):
        body = request.body.encode() if isinstance(request.body, str) else request.body
        packed = request.headers.get("Content-Encoding")
        shown = hide_body(body, request.headers.get("Content-Type", ""), limit=None)
        parts.append("--data-binary @BODY" if packed else f"--data-binary {shlex.quote(shown)}")
    elif request.body is not None:
        parts.append("--data-binary @BODY")
    return _without([" ".join(parts)], secrets)[0]


def _headers(mark: str, headers: Mapping[str, str]) -> list[str]:
    return [f"{mark}{name}: {hide_header(name, value)}" for name, value in headers.items()]


def _without(lines: list[str], secrets: Iterable[str]) -> list[str]:
    for secret in secrets:
        if len(secret) >= 6:  # a shorter one would blot out ordinary words
            lines = [line.replace(secret, HIDDEN) for line in lines]
    return lines
