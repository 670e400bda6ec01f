"""What the server says about itself: /health, /ready, /ping, /metrics, /api/v2, /api/v2/flags, /config, /resources."""

from __future__ import annotations

from influxctl.core.errors import Unauthorized
from influxctl.core.times import format_time, go_duration, now_ns
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer
from influxctl.local.http.router import handles
from influxctl.local.services.metrics import render
from influxctl.local.services.permissions import RESOURCE_TYPES

VERSION = "v2.9.1"  # the release whose behaviour is served: clients look at it to choose what they send
_STARTED = now_ns()

_PATHS = (
    "authorizations", "backup", "buckets", "checks", "dashboards", "delete", "flags", "labels", "me", "notificationEndpoints",
    "notificationRules", "orgs", "restore", "scrapers", "setup", "signin", "signout", "sources", "tasks", "telegrafs", "users",
    "variables", "write",
)  # fmt: skip


@handles("GetRoutes")
def get_routes(request: Request) -> Response:
    """The first level of paths."""
    tree: dict[str, object] = {name: f"/api/v2/{name}" for name in _PATHS}
    query = {name: f"/api/v2/query/{name}" for name in ("analyze", "ast", "suggestions")}
    tree |= {
        "external": {"statusFeed": "https://www.influxdata.com/feed/json"},
        "plugins": "/api/v2/telegraf/plugins",
        "query": {**query, "self": "/api/v2/query"},
        "swagger": "/api/v2/swagger.json",
        "system": {"debug": "/debug/pprof", "health": "/health", "metrics": "/metrics"},
    }
    return answer(dict(sorted(tree.items())))


@handles("GetHealth")
def get_health(request: Request) -> Response:
    """The server answers; the engine may still be loading. `checks` names what the engine found damaged."""
    checks = [{"name": "engine", "status": "fail", "message": loss} for loss in request.services.points.losses]
    about = {"name": "influxdb", "message": "ready for queries and writes", "status": "pass", "checks": checks}
    return answer({**about, "version": VERSION, "commit": "influxctl"})


@handles("GetReady")
def get_ready(request: Request) -> Response:
    """Since when the server runs."""
    up = now_ns() - _STARTED
    text = f"{go_duration(up // 10**9)[:-1]}.{up % 10**9:09d}s"
    return answer({"status": "ready", "started": format_time(_STARTED), "up": text})


@handles("GetPing", "HeadPing")
def ping(request: Request) -> Response:
    """204; the headers of every answer name the version."""
    return Response(204)


@handles("GetMetrics")
def get_metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    return Response(200, render(request.services, VERSION).encode(), "text/plain; version=0.0.4; charset=utf-8")


@handles("GetFlags")
def get_flags(request: Request) -> Response:
    """The feature flags that the reference's user interface asks for."""
    flags = {"appMetrics": False, "cursorAtEOF": False, "newAutoRefresh": True, "refreshSingleCell": True}
    return answer({**flags, "timeFilterFlags": False})


@handles("GetConfig")
def get_config(request: Request) -> Response:
    """The settings of the running server, for operators."""
    if not request.actor.may("read", "authorizations"):
        raise Unauthorized(request.actor.refusal or "the configuration may be read with an operator token only")
    options = request.services.options
    return answer({"config": {name: _plain(getattr(options, name)) for name in type(options).__slots__}})


def _plain(value: object) -> object:
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


@handles("GetResources")
def get_resources(request: Request) -> Response:
    """The types of resources that permissions know."""
    return answer(list(RESOURCE_TYPES))
