"""/api/v2/setup and /api/v2/setup/user."""

from __future__ import annotations

from influxctl.local.http.fields import OPTIONAL_ID
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer
from influxctl.local.http.router import handles
from influxctl.local.http.routes.views import authorization_view, bucket_view, org_view, user_view
from influxctl.local.services.onboarding import Onboarded

_SHAPE = {
    "username": str,
    "password": str,
    "org": str,
    "bucket": str,
    "retentionPeriodSeconds": int,
    "retentionPeriodHrs": int,
    "token": str,
    "orgID": OPTIONAL_ID,
}


def _shown(done: Onboarded) -> Response:
    view = {
        "user": user_view(done.user),
        "bucket": bucket_view(done.bucket, []),
        "org": org_view(done.org),
        "auth": authorization_view(done.authorization, done.token),
    }
    return answer(view, 201)


@handles("GetSetup")
def get_setup(request: Request) -> Response:
    """Whether the server is still to be set up."""
    return answer({"allowed": request.services.onboarding.allowed()})


@handles("PostSetup")
def set_up(request: Request) -> Response:
    """Set up a fresh server."""
    return _shown(request.services.onboarding.set_up(request.json(_SHAPE)))


@handles("PostSetupUser")
def add_account(request: Request) -> Response:
    """One more user with organization, bucket and token."""
    return _shown(request.services.onboarding.add_account(request.actor, request.json(_SHAPE)))
