"""/api/v2/signin and /api/v2/signout."""

from __future__ import annotations

from influxctl.core.errors import Unauthorized
from influxctl.local.http.auth import COOKIE, basic, cookie
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response
from influxctl.local.http.router import handles


@handles("PostSignin")
def sign_in(request: Request) -> Response:
    """User name and password for a session cookie."""
    pair = basic(request)
    if pair is None:
        raise Unauthorized("unauthorized access")
    key = request.services.credentials.sign_in(*pair)
    return Response(204, headers={"Set-Cookie": f"{COOKIE}={key}; Path=/api/; HttpOnly; SameSite=Strict"})


@handles("PostSignout")
def sign_out(request: Request) -> Response:
    """End the session; a token has none."""
    key = cookie(request)
    if key is None or request.actor.kind != "session":
        raise Unauthorized("unauthorized access")
    request.services.accounts.close_session(key)
    return Response(204, headers={"Set-Cookie": f"{COOKIE}=; Path=/api/; HttpOnly; Max-Age=0"})
