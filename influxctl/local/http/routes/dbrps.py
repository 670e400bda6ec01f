"""/api/v2/dbrps."""

from __future__ import annotations

from influxctl.core.errors import Invalid, NotFound
from influxctl.core.ids import check_id
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.services.dbrps import Filter, shown

_TRUTH = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}


def _org_id(request: Request, org: str | None, org_id: str | None) -> str:
    """The organization by ID or name; both wrong spellings and unknown names have their own errors here."""
    if org_id:
        try:
            check_id(org_id)
        except Invalid as error:
            raise Invalid(f"invalid org ID {org_id!r}: {error.message}") from None
        return org_id
    if not org:
        raise Invalid("either 'org' or 'orgID' must be given")
    try:
        return str(request.services.write.org_of(org, None)["id"])
    except NotFound as error:
        raise NotFound(f"invalid org {org!r}: {error.message}") from None


def _bucket_id(value: str) -> str:
    try:
        return check_id(value)
    except Invalid as error:
        raise Invalid(f"invalid bucket ID {value!r}: {error.message}") from None


def _flag(request: Request, name: str) -> bool | None:
    value = request.arg(name)
    if value is None:
        return None
    if value.lower() not in _TRUTH:
        raise Invalid(f"{name} must be true or false")
    return _TRUTH[value.lower()]


@handles("GetDBRPs")
def find_dbrps(request: Request) -> Response:
    """The mappings of an organization."""
    org_id = _org_id(request, request.arg("org"), request.arg("orgID"))
    id, bucket_id = request.arg("id"), request.arg("bucketID")
    wanted = Filter(
        check_id(id) if id else None,
        _bucket_id(bucket_id) if bucket_id else None,
        request.arg("db"),
        request.arg("rp"),
        _flag(request, "default"),
        _flag(request, "virtual"),
    )
    found = request.services.dbrps.find_dbrps(request.actor, org_id, wanted)
    return answer({"content": [shown(doc) for doc in found]})


@handles("PostDBRP")
def create_dbrp(request: Request) -> Response:
    """A new mapping."""
    shape = {"org": str, "orgID": str, "bucketID": str, "database": str, "retention_policy": str, "default": bool}
    fields = request.json(shape)
    org_id = _org_id(request, fields.get("org"), fields.get("orgID"))
    _bucket_id(fields.setdefault("bucketID", ""))
    return answer(shown(request.services.dbrps.create_dbrp(request.actor, org_id, fields)), 201)


@handles("GetDBRPsID")
def get_dbrp(request: Request) -> Response:
    """One mapping."""
    id = request.id("dbrpID")
    org_id = _org_id(request, request.arg("org"), request.arg("orgID"))
    return answer({"content": shown(request.services.dbrps.get_dbrp(request.actor, org_id, id))})


@handles("PatchDBRPID")
def update_dbrp(request: Request) -> Response:
    """Change the policy or the default."""
    id = request.id("dbrpID")
    fields = request.json({"retention_policy": str, "default": bool})
    org_id = _org_id(request, request.arg("org"), request.arg("orgID"))
    return answer({"content": shown(request.services.dbrps.update_dbrp(request.actor, org_id, id, fields))})


@handles("DeleteDBRPID")
def delete_dbrp(request: Request) -> Response:
    """Remove a mapping."""
    id = request.id("dbrpID")
    org_id = _org_id(request, request.arg("org"), request.arg("orgID"))
    request.services.dbrps.delete_dbrp(request.actor, org_id, id)
    return no_content()
