"""Text, headers, addresses and bodies without the secrets in them: what may be traced, recorded or shown."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

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
