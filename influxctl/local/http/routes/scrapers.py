"""/api/v2/scrapers with labels, members and owners."""

from __future__ import annotations

from influxctl.local.http.fields import OPTIONAL_ID
from influxctl.local.http.request import Request
from influxctl.local.http.resource_routes import label_routes, member_routes
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.store.resources import Doc

_SHAPE = {"name": str, "type": str, "url": str, "orgID": OPTIONAL_ID, "bucketID": OPTIONAL_ID, "allowInsecure": bool}
_ID = "scraperTargetID"

label_routes("scrapers", _ID, "GetScrapersIDLabels", "PostScrapersIDLabels", "DeleteScrapersIDLabelsID")
member_routes("scrapers", _ID, "Scrapers", logs=True)


def _view(request: Request, scraper: Doc) -> Doc:
    base = f"/api/v2/scrapers/{scraper['id']}"
    links = {
        "self": base,
        "bucket": f"/api/v2/buckets/{scraper['bucketID']}",
        "organization": f"/api/v2/orgs/{scraper['orgID']}",
        "members": f"{base}/members",
        "owners": f"{base}/owners",
    }
    return {**request.services.scrapers.described(scraper), "links": links}


@handles("GetScrapers")
def find_scrapers(request: Request) -> Response:
    """The targets that the caller may read."""
    services = request.services
    org, org_id = request.arg("org"), request.id_arg("orgID")
    if org and not org_id:
        org_id = services.orgs.by_name(org)["id"]
    ids = request.query.get("id", [])
    found = services.scrapers.find_scrapers(request.actor, org_id=org_id, name=request.arg("name"), ids=ids)
    links = {"self": "/api/v2/scrapers"}
    return answer({"links": links, "configurations": [_view(request, scraper) for scraper in found]})


@handles("PostScrapers")
def create_scraper(request: Request) -> Response:
    """A new target."""
    return answer(_view(request, request.services.scrapers.create_scraper(request.actor, request.json(_SHAPE))), 201)


@handles("GetScrapersID")
def get_scraper(request: Request) -> Response:
    """One target."""
    return answer(_view(request, request.services.scrapers.get_scraper(request.actor, request.id(_ID))))


@handles("PatchScrapersID")
def update_scraper(request: Request) -> Response:
    """Replace name, type and URL."""
    id = request.id(_ID)
    return answer(_view(request, request.services.scrapers.update_scraper(request.actor, id, request.json(_SHAPE))))


@handles("DeleteScrapersID")
def delete_scraper(request: Request) -> Response:
    """Remove a target."""
    request.services.scrapers.delete_scraper(request.actor, request.id(_ID))
    return no_content()
