"""/api/v2/users and /api/v2/me."""

from __future__ import annotations

from influxctl.core.errors import Unauthorized
from influxctl.local.http.auth import basic
from influxctl.local.http.fields import OPTIONAL_ID
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.http.routes.views import user_view

_SHAPE = {"id": OPTIONAL_ID, "name": str, "oauthID": str, "status": str}


@handles("GetUsers")
def find_users(request: Request) -> Response:
    """The users that the caller may see."""
    page = request.page()
    found = request.services.users.find_users(
        request.actor, after=page.after, name=request.arg("name"), id=request.id_arg("id")
    )
    return answer({"links": {"self": "/api/v2/users"}, "users": [user_view(user) for user in page.cut(found)]})


@handles("PostUsers")
def create_user(request: Request) -> Response:
    """A new user."""
    return answer(user_view(request.services.users.create_user(request.actor, request.json(_SHAPE))), 201)


@handles("GetUsersID")
def get_user(request: Request) -> Response:
    """One user."""
    return answer(user_view(request.services.users.get_user(request.actor, request.id("userID"))))


@handles("PatchUsersID")
def update_user(request: Request) -> Response:
    """Change name or status."""
    id = request.id("userID")
    return answer(user_view(request.services.users.update_user(request.actor, id, request.json(_SHAPE))))


@handles("DeleteUsersID")
def delete_user(request: Request) -> Response:
    """Remove a user."""
    request.services.users.delete_user(request.actor, request.id("userID"))
    return no_content()


@handles("PostUsersIDPassword", "PutUsersIDPassword")
def set_password(request: Request) -> Response:
    """A new password, set by someone who may write the user."""
    id = request.id("userID")
    request.services.users.set_password(request.actor, id, request.json({"password": str}).get("password", ""))
    return no_content()


@handles("GetMe")
def get_me(request: Request) -> Response:
    """The caller."""
    return answer(user_view(request.services.users.get_user(request.actor, request.actor.user_id)))


@handles("PutMePassword")
def change_own_password(request: Request) -> Response:
    """A new password for the caller, who has a session and gives the old password by basic authentication."""
    pair = basic(request)
    if pair is None or request.actor.kind != "session":
        raise Unauthorized(
            "changing your password takes a session cookie and basic authentication with the old password"
        )
    fields = request.json({"password": str})
    request.services.users.change_own_password(request.actor.user_id, pair[1], fields.get("password", ""))
    return no_content()
