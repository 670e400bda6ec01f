"""One module a tag: request in, service call, response out.

`MODULES` says which modules hold the handlers of the paths below a segment: the one after /api/v2, or `/` and the first of the others.
A module that does not exist must not be listed.
"""

from __future__ import annotations

MODULES: dict[str, tuple[str, ...]] = {
    "/api": ("server",),
    "/health": ("server",),
    "/ready": ("server",),
    "/ping": ("server",),
    "/metrics": ("server",),
    "flags": ("server",),
    "config": ("server",),
    "resources": ("server",),
    "setup": ("setup",),
    "signin": ("sessions",),
    "signout": ("sessions",),
    "me": ("users",),
    "users": ("users",),
    "orgs": ("orgs", "limits"),
    "buckets": ("buckets", "bucket_schemas"),
    "authorizations": ("authorizations",),
    "/private": ("authorizations",),
    "/query": ("v1",),
    "/write": ("v1",),
    "dbrps": ("dbrps",),
    "labels": ("labels",),
    "variables": ("variables",),
    "dashboards": ("dashboards",),
    "telegrafs": ("telegrafs",),
    "telegraf": ("telegrafs",),
    "tasks": ("tasks",),
    "checks": ("monitoring",),
    "notificationEndpoints": ("monitoring",),
    "notificationRules": ("monitoring",),
    "write": ("write",),
    "delete": ("write",),
    "query": ("query",),
    "documents": ("documents",),
    "templates": ("templates",),
    "stacks": ("templates",),
    "experimental": ("demo_data",),
    "backup": ("backup",),
    "sources": ("sources",),
    "scrapers": ("scrapers",),
    "remotes": ("replications",),
    "replications": ("replications",),
    "restore": ("backup",),
}
