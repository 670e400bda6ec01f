"""Credentials of a request: Token and Bearer, session cookie; user and password for the operations of v1.

The rules are the reference's: the scheme is compared without case and followed by exactly one blank; a wrong header beats a good cookie.
"""

from __future__ import annotations

import base64
import binascii
import re

from influxctl.core.errors import Unauthorized
from influxctl.local.http.request import Request
from influxctl.local.services.credentials import Credentials
from influxctl.local.services.permissions import Actor

COOKIE = "influxdb-oss-session"
_TOKEN = re.compile(r"(?:token|bearer) ([^ ].*)\Z", re.IGNORECASE)
_HINT = "send the token in the header `Authorization: Token …`; this request has a header named Authentication"


def basic(request: Request) -> tuple[str, str] | None:
    """User name and password of basic authentication."""
    scheme, _, value = request.header("Authorization").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None


def cookie(request: Request) -> str | None:
    """The session's secret."""
    for part in request.header("Cookie").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return None


def identify(request: Request, credentials: Credentials, *, v1: bool = False) -> Actor:
    """Who is asking; `Unauthorized` if nobody known, `Forbidden` if the user is inactive."""
    actor = _legacy(request, credentials) if v1 else None
    header = request.header("Authorization")
    if actor is None and header:
        match = _TOKEN.match(header)
        if match:
            actor = credentials.by_token(match[1])
            if actor is None:
                raise Unauthorized("unauthorized access")
        elif basic(request) is None:
            raise Unauthorized("unauthorized access")
    if actor is None:
        key = cookie(request)
        actor = credentials.by_session(key) if key else None
    if actor is None:
        wrong_name = not header and request.header("Authentication")
        raise Unauthorized(f"unauthorized access: {_HINT}" if wrong_name else "unauthorized access")
    return actor


def _legacy(request: Request, credentials: Credentials) -> Actor | None:
    """A v1 user: basic authentication, or u and p in the query string; a token may stand as the password."""
    pair = basic(request)
    if pair is None and request.arg("p") is not None:
        pair = (request.arg("u") or "", request.arg("p") or "")
    if pair is None:
        return None
    actor = credentials.by_legacy(*pair)
    if actor is None or actor.refusal:
        raise Unauthorized("unauthorized access")
    return actor
