"""/api/v2/orgs with members, owners and secrets."""

from __future__ import annotations

from influxctl.core.errors import Invalid
from influxctl.core.ids import is_id
from influxctl.local.http.fields import decode
from influxctl.local.http.request import Request
from influxctl.local.http.resource_routes import member_routes
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.http.routes.views import org_view
from influxctl.local.onboard import follow_rename

_SHAPE = {"name": str, "description": str}

member_routes("orgs", "orgID", "Orgs")


@handles("GetOrgs")
def find_orgs(request: Request) -> Response:
    """The organizations that the caller may see; an orgID that is no ID filters nothing, as in the reference."""
    page = request.page()
    id = request.arg("orgID")
    found = request.services.orgs.find_orgs(
        request.actor,
        name=request.arg("org"),
        id=id if id is not None and is_id(id) else None,
        user_id=request.id_arg("userID"),
        descending=page.descending,
    )
    return answer({"links": {"self": "/api/v2/orgs"}, "orgs": [org_view(org) for org in page.cut(found)]})


@handles("PostOrgs")
def create_org(request: Request) -> Response:
    """A new organization."""
    return answer(org_view(request.services.orgs.create_org(request.actor, request.json(_SHAPE))), 201)


@handles("GetOrgsID")
def get_org(request: Request) -> Response:
    """One organization."""
    return answer(org_view(request.services.orgs.get_org(request.actor, request.id("orgID"))))


@handles("PatchOrgsID")
def update_org(request: Request) -> Response:
    """Change name or description."""
    id = request.id("orgID")
    before = request.services.resources.peek("orgs", id)
    made = request.services.orgs.update_org(request.actor, id, request.json(_SHAPE))
    if before is not None:
        follow_rename(request.services, "org", before["name"], before["name"], made["name"])
    return answer(org_view(made))


@handles("DeleteOrgsID")
def delete_org(request: Request) -> Response:
    """Remove an organization with everything in it."""
    request.services.orgs.delete_org(request.actor, request.id("orgID"))
    return no_content()


@handles("GetOrgsIDSecrets")
def find_secrets(request: Request) -> Response:
    """The names of the secrets."""
    id = request.id("orgID")
    links = {"org": f"/api/v2/orgs/{id}", "self": f"/api/v2/orgs/{id}/secrets"}
    return answer({"links": links, "secrets": request.services.orgs.find_secrets(request.actor, id)})


@handles("PatchOrgsIDSecrets")
def put_secrets(request: Request) -> Response:
    """Add or overwrite secrets."""
    id = request.id("orgID")
    given = request.json()
    if not isinstance(given, dict):
        raise Invalid("failed to decode the request: the body must be an object of texts")
    values = decode(given, dict.fromkeys(given, str))
    request.services.orgs.put_secrets(request.actor, id, values)
    return no_content()


@handles("PostOrgsIDSecrets")
def delete_secrets(request: Request) -> Response:
    """Remove several secrets (deprecated in the contract, and served)."""
    id = request.id("orgID")
    keys = request.json({"secrets": [str]}).get("secrets", [])
    request.services.orgs.delete_secrets(request.actor, id, keys)
    return no_content()


@handles("DeleteOrgsIDSecretsID")
def delete_secret(request: Request) -> Response:
    """Remove one secret."""
    request.services.orgs.delete_secrets(request.actor, request.id("orgID"), [request.path["secretID"]])
    return no_content()
