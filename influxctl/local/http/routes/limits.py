"""/api/v2/orgs/{orgID}/limits and /usage."""

from __future__ import annotations

from influxctl.core.errors import Invalid
from influxctl.core.times import now_ns, parse_time
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer
from influxctl.local.http.router import handles


@handles("GetOrgLimitsID")
def get_limits(request: Request) -> Response:
    """The limits of an organization."""
    id = request.id("orgID")
    limits = request.services.limits.find_limits(request.actor, id)
    return answer({"links": {"self": f"/api/v2/orgs/{id}/limits"}, "limits": limits})


@handles("GetOrgUsageID")
def get_usage(request: Request) -> Response:
    """What an organization used."""
    id = request.id("orgID")
    start, stop = _time(request, "start"), _time(request, "stop")
    if start is None:
        raise Invalid("start is required")
    text = request.services.usage.find_usage(
        request.actor, id, start, now_ns() if stop is None else stop, request.flag("raw")
    )
    return Response(200, text.encode(), "text/csv; charset=utf-8")


def _time(request: Request, name: str) -> int | None:
    """A time as RFC 3339 or as seconds since 1970."""
    text = request.arg(name)
    if text is None:
        return None
    return int(text) * 10**9 if text.isdigit() and len(text) < 11 else parse_time(text)
