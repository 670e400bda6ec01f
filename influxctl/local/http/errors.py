"""Errors as answers: the JSON body `{code, message}` and the header X-Platform-Error-Code; the two styles of 404 and 405."""

from __future__ import annotations

from influxctl.core.errors import InfluxctlError, MethodNotAllowed, NotFound, Unauthorized
from influxctl.local.http.response import TEXT, Response, answer


def error_answer(error: InfluxctlError) -> Response:
    """The answer to a request that failed."""
    headers = {"X-Platform-Error-Code": error.code}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Token"
    retry = error.details.get("retry_after")
    if retry is not None:
        headers["Retry-After"] = str(retry)
    message = f"{error.message}; {error.hint}" if error.hint else error.message
    return answer({"code": error.code, "message": message}, error.status, **headers)


def unauthorized(message: str = "unauthorized access") -> Response:
    """401 of a caller who is not known."""
    return error_answer(Unauthorized(message))


def path_not_found() -> Response:
    """404 of the reference's older router."""
    return error_answer(NotFound("path not found"))


def page_not_found() -> Response:
    """404 of the reference's newer router, which serves buckets, orgs, users, labels, dashboards, authorizations and a few more."""
    return Response(404, b"404 page not found\n", TEXT)


def method_not_allowed(allowed: list[str], *, plain: bool) -> Response:
    """405: the newer router answers an empty body, the older one JSON with the methods it knows."""
    if plain:
        return Response(405)
    allow = ", ".join(sorted({*allowed, "OPTIONS"}))
    response = error_answer(MethodNotAllowed(f"allow: {allow}"))
    response.headers["Allow"] = allow
    return response
