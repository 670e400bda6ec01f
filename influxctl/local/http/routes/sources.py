"""/api/v2/sources."""

from __future__ import annotations

from influxctl.local.http.fields import OPTIONAL_ID
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.http.routes.views import bucket_view
from influxctl.local.services.sources import SELF_ID
from influxctl.local.store.resources import Doc

_SHAPE = {
    **dict.fromkeys(
        ("name", "type", "url", "telegraf", "token", "username", "password", "sharedSecret", "metaUrl", "defaultRP"),
        str,
    ),
    "orgID": OPTIONAL_ID,
    "default": bool,
    "insecureSkipVerify": bool,
}


def _view(source: Doc, *, links: bool = True) -> Doc:
    base = f"/api/v2/sources/{source['id']}"
    view = {key: source.get(key, "") for key in ("id", "orgID", "default", "name", "type", "url")}
    view |= {key: source[key] for key in ("insecureSkipVerify", "username", "metaUrl") if source.get(key)}
    view |= {"telegraf": source.get("telegraf", ""), "token": "", "defaultRP": source.get("defaultRP", "")}
    if links:
        view["links"] = {**{part: f"{base}/{part}" for part in ("buckets", "health", "query")}, "self": base}
    return view


@handles("GetSources")
def find_sources(request: Request) -> Response:
    """The sources that the caller may read."""
    org = request.arg("org")
    org_id = request.services.orgs.by_name(org)["id"] if org else None
    found = request.services.sources.find_sources(request.actor, org_id)
    return answer({"sources": [_view(source) for source in found], "links": {"self": "/api/v2/sources"}})


@handles("PostSources")
def create_source(request: Request) -> Response:
    """A new source."""
    return answer(_view(request.services.sources.create_source(request.actor, request.json(_SHAPE))), 201)


@handles("GetSourcesID")
def get_source(request: Request) -> Response:
    """One source."""
    return answer(_view(request.services.sources.get_source(request.actor, request.id("sourceID"))))


@handles("PatchSourcesID")
def update_source(request: Request) -> Response:
    """Change what is given; the answer has no links, as in the reference."""
    id = request.id("sourceID")
    return answer(_view(request.services.sources.update_source(request.actor, id, request.json(_SHAPE)), links=False))


@handles("DeleteSourcesID")
def delete_source(request: Request) -> Response:
    """Remove a source."""
    request.services.sources.delete_source(request.actor, request.id("sourceID"))
    return no_content()


@handles("GetSourcesIDHealth")
def get_source_health(request: Request) -> Response:
    """The server itself is well; of other sources nothing is known."""
    source = request.services.sources.get_source(request.actor, request.id("sourceID"))
    message = "source is healthy" if source["id"] == SELF_ID else "this server does not look after sources"
    return answer({"name": source["name"], "message": message, "status": "pass", "checks": []})


@handles("GetSourcesIDBuckets")
def find_source_buckets(request: Request) -> Response:
    """The buckets of the source's organization; of the server itself all that the caller may read."""
    services = request.services
    source = services.sources.get_source(request.actor, request.id("sourceID"))
    org = request.arg("org")
    org_id = services.orgs.by_name(org)["id"] if org else None if source["id"] == SELF_ID else source["orgID"]
    found = services.buckets.find_buckets(request.actor, org_id=org_id)
    links = {"self": f"/api/v2/sources/{source['id']}/buckets"}
    return answer({"links": links, "buckets": [bucket_view(bucket, []) for bucket in found]})
