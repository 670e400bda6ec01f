"""Requests and answers in words, for `--trace` and `--curl`: never with a secret in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import requests

HIDDEN = "***"
BODY_LIMIT = 4000  # characters of a body that are shown
_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
_QUERY = frozenset({"u", "p", "token", "password"})
_KEY = re.compile(r"token|password|secret|cookie|credential|api_?key|routingkey|authorization", re.IGNORECASE)
_SCHEME = re.compile(r"(?i)^(token|bearer|basic)\s+\S.*$")
# Flux and other text: token: "…", password = "…", inside JSON strings with escaped quotes too
_TEXT = re.compile(r'(?i)(\b\w*(?:token|password|secret)\w*\s*[:=]\s*(\\?["\']))(?:(?!\2).)+')
_VALUE = re.compile(r'(?i)("[^"]*(?:token|password|secret|cookie|apikey|routingkey)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"?')


def hide_header(name: str, value: str) -> str:
    """The value of a header, hidden if it is a secret; the scheme of Authorization stays."""
    if name.lower() not in _HEADERS:
        return value
    scheme = _SCHEME.match(value) if name.lower().endswith("authorization") else None
    return f"{scheme[1]} {HIDDEN}" if scheme else HIDDEN


def hide_url(url: str) -> str:
    """The URL without passwords: `user:password@`, and the values of u, p, token and password."""
    parts = urlsplit(url)
    if "@" in parts.netloc:
        parts = parts._replace(netloc=f"{HIDDEN}@{parts.netloc.rsplit('@', 1)[1]}")
    return urlunsplit(parts._replace(query=_hide_pairs(parts.query)))


def _hide_pairs(query: str) -> str:
    """A query string, or the body of a form, without the values of secrets."""
    pairs = parse_qsl(query, keep_blank_values=True)
    if not any(key in _QUERY for key, _ in pairs):
        return query
    shown = ((key, HIDDEN if key in _QUERY else quote(value, safe="")) for key, value in pairs)
    return "&".join(f"{quote(key, safe='')}={value}" for key, value in shown)


def hide_json(value: object) -> object:
    """A JSON value in which the values of keys that name secrets are hidden."""
    if isinstance(value, dict):
        return {
            key: HIDDEN if isinstance(item, str) and item and _KEY.search(key) else hide_json(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [hide_json(item) for item in value]
    return value


def hide_body(body: bytes, media: str, limit: int | None = BODY_LIMIT) -> str:
    """A body as text without secrets, cut to `limit` characters; binary bodies as their size."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"({len(body)} bytes)"
    if "form-urlencoded" in media:
        text = _hide_pairs(text)
    elif "json" in media or text[:1] in ("{", "["):
        try:
            text = json.dumps(hide_json(json.loads(text)), ensure_ascii=False)
        except ValueError:
            text = _VALUE.sub(rf'\1"{HIDDEN}"', text)
    text = _TEXT.sub(rf"\1{HIDDEN}", text)
    return text if limit is None or len(text) <= limit else f"{text[:limit]} … ({len(body)} bytes)"


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
