"""/api/v2/authorizations and, for v1 users, /private/legacy/authorizations."""

from __future__ import annotations

from influxctl.local.http.fields import OPTIONAL_ID
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.http.routes.views import authorization_view
from influxctl.local.store.resources import Doc

_RESOURCE = {"type": str, "id": OPTIONAL_ID, "orgID": OPTIONAL_ID, "name": str, "org": str}
_CHANGES = {"status": str, "description": str}
_SHAPE = {
    **_CHANGES,
    "orgID": OPTIONAL_ID,
    "userID": OPTIONAL_ID,
    "token": str,
    "permissions": [{"action": str, "resource": _RESOURCE}],
}
_LEGACY = "legacyAuthorizations"


def _shown(request: Request, authorization: Doc, status: int = 200, token: str = "") -> Response:
    return answer(_view(request, authorization, token), status)


def _view(request: Request, authorization: Doc, token: str = "") -> Doc:
    """v1 users show their name as the token, and have their own links."""
    view = authorization_view(
        request.services.authorizations.described(authorization), token or authorization.get("token", "")
    )
    if "token" in authorization:
        view["links"] = {**view["links"], "self": f"/private/legacy/authorizations/{authorization['id']}"}
    return view


def _find(request: Request, kind: str) -> list[Doc]:
    services = request.services
    user, org = request.arg("user"), request.arg("org")
    user_id, org_id = request.id_arg("userID"), request.id_arg("orgID")
    if user and not user_id:
        user_id = services.authorizations.user_id_named(user)
    if org and not org_id:
        org_id = services.orgs.by_name(org)["id"]
    found = services.authorizations.find_authorizations(request.actor, kind, org_id=org_id, user_id=user_id)
    return [_view(request, doc) for doc in found]


@handles("GetAuthorizations")
def find_authorizations(request: Request) -> Response:
    """The tokens that the caller may see; the tokens themselves are not kept, so `token=` filters nothing."""
    return answer({"links": {"self": "/api/v2/authorizations"}, "authorizations": _find(request, "authorizations")})


@handles("PostAuthorizations")
def create_authorization(request: Request) -> Response:
    """A new token, shown this once."""
    doc, token = request.services.authorizations.create_authorization(request.actor, request.json(_SHAPE))
    return _shown(request, doc, 201, token)


@handles("GetAuthorizationsID")
def get_authorization(request: Request) -> Response:
    """One authorization."""
    return _shown(request, request.services.authorizations.get_authorization(request.actor, request.id("authID")))


@handles("PatchAuthorizationsID")
def update_authorization(request: Request) -> Response:
    """Change status or description."""
    id, fields = request.id("authID"), request.json(_CHANGES)
    return _shown(request, request.services.authorizations.update_authorization(request.actor, id, fields))


@handles("DeleteAuthorizationsID")
def delete_authorization(request: Request) -> Response:
    """Remove a token."""
    request.services.authorizations.delete_authorization(request.actor, request.id("authID"))
    return no_content()


@handles("GetLegacyAuthorizations")
def find_legacy(request: Request) -> Response:
    """The v1 users that the caller may see."""
    found = _find(request, _LEGACY)
    id, name = request.id_arg("authID"), request.arg("token")
    found = [doc for doc in found if id in (None, doc["id"]) and name in (None, doc["token"])]
    return answer({"links": {"self": "/private/legacy/authorizations"}, "authorizations": found})


@handles("PostLegacyAuthorizations")
def create_legacy(request: Request) -> Response:
    """A new v1 user."""
    return _shown(request, request.services.authorizations.create_legacy(request.actor, request.json(_SHAPE)), 201)


@handles("GetLegacyAuthorizationsID")
def get_legacy(request: Request) -> Response:
    """One v1 user."""
    return _shown(
        request, request.services.authorizations.get_authorization(request.actor, request.id("authID"), _LEGACY)
    )


@handles("PatchLegacyAuthorizationsID")
def update_legacy(request: Request) -> Response:
    """Change status or description of a v1 user."""
    id, fields = request.id("authID"), request.json(_CHANGES)
    return _shown(request, request.services.authorizations.update_authorization(request.actor, id, fields, _LEGACY))


@handles("DeleteLegacyAuthorizationsID")
def delete_legacy(request: Request) -> Response:
    """Remove a v1 user."""
    request.services.authorizations.delete_authorization(request.actor, request.id("authID"), _LEGACY)
    return no_content()


@handles("PostLegacyAuthorizationsIDPassword")
def set_legacy_password(request: Request) -> Response:
    """The password of a v1 user."""
    id = request.id("authID")
    password = request.json({"password": str}).get("password", "")
    request.services.authorizations.set_legacy_password(request.actor, id, password)
    return no_content()
