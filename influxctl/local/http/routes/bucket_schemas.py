"""/api/v2/buckets/{bucketID}/schema/measurements."""

from __future__ import annotations

from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer
from influxctl.local.http.router import handles
from influxctl.local.services.bucket_schemas import etag
from influxctl.local.store.resources import Doc

_COLUMNS = [{"name": str, "type": str, "dataType": str}]


def _org(request: Request) -> str | None:
    """The organization that the request names, if it does."""
    org, org_id = request.arg("org"), request.id_arg("orgID")
    return request.services.orgs.by_name(org)["id"] if org and not org_id else org_id


def _shown(schema: Doc, status: int = 200) -> Response:
    return answer(schema, status, ETag=etag(schema))


@handles("getMeasurementSchemas")
def find_schemas(request: Request) -> Response:
    """The schemas of a bucket."""
    id = request.id("bucketID")
    found = request.services.bucket_schemas.find_schemas(
        request.actor, id, org_id=_org(request), name=request.arg("name")
    )
    return answer({"measurementSchemas": found}, ETag=etag(found))


@handles("createMeasurementSchema")
def create_schema(request: Request) -> Response:
    """A new schema."""
    id, fields = request.id("bucketID"), request.json({"name": str, "columns": _COLUMNS})
    return _shown(request.services.bucket_schemas.create_schema(request.actor, id, fields, _org(request)), 201)


@handles("getMeasurementSchema")
def get_schema(request: Request) -> Response:
    """One schema."""
    ids = request.id("bucketID"), request.id("measurementID")
    return _shown(request.services.bucket_schemas.get_schema(request.actor, *ids, _org(request)))


@handles("updateMeasurementSchema")
def update_schema(request: Request) -> Response:
    """Add columns."""
    ids = request.id("bucketID"), request.id("measurementID")
    fields = request.json({"columns": _COLUMNS})
    return _shown(request.services.bucket_schemas.update_schema(request.actor, *ids, fields, _org(request)))
