"""/api/v2/labels."""

from __future__ import annotations

from typing import Any

from influxctl.core.ids import is_id
from influxctl.local.http.fields import OPTIONAL_ID, decode
from influxctl.local.http.request import Request
from influxctl.local.http.resource_routes import label_answer, labels_answer
from influxctl.local.http.response import Response, no_content
from influxctl.local.http.router import handles


def _fields(request: Request) -> dict[str, Any]:
    fields: dict[str, Any] = request.json({"orgID": OPTIONAL_ID, "name": str, "properties": dict})
    if "properties" in fields:
        fields["properties"] = decode(fields["properties"], dict.fromkeys(fields["properties"], str), "properties")
    return fields


@handles("GetLabels")
def find_labels(request: Request) -> Response:
    """The labels that the caller may read; an orgID that is no ID filters nothing, as in the reference."""
    org_id = request.arg("orgID")
    org_id = org_id if org_id is not None and is_id(org_id) else None
    return labels_answer(request.services.labels.find_labels(request.actor, org_id=org_id, name=request.arg("name")))


@handles("PostLabels")
def create_label(request: Request) -> Response:
    """A new label."""
    return label_answer(request.services.labels.create_label(request.actor, _fields(request)), 201)


@handles("GetLabelsID")
def get_label(request: Request) -> Response:
    """One label."""
    return label_answer(request.services.labels.get_label(request.actor, request.id("labelID")))


@handles("PatchLabelsID")
def update_label(request: Request) -> Response:
    """Change name or properties."""
    id = request.id("labelID")
    return label_answer(request.services.labels.update_label(request.actor, id, _fields(request)))


@handles("DeleteLabelsID")
def delete_label(request: Request) -> Response:
    """Remove a label from everything."""
    request.services.labels.delete_label(request.actor, request.id("labelID"))
    return no_content()
