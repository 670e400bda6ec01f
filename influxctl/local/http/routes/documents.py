"""/api/v2/documents/templates with labels."""

from __future__ import annotations

from influxctl.core.errors import Invalid
from influxctl.local.http.fields import ID, OPTIONAL_ID
from influxctl.local.http.request import Request
from influxctl.local.http.resource_routes import label_routes
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles
from influxctl.local.store.resources import Doc

_META = dict.fromkeys(("name", "version", "type", "description", "templateID"), str)
_SHAPE = {"meta": _META, "content": dict, "labels": [ID], "org": str, "orgID": OPTIONAL_ID}

label_routes(
    "documents",
    "templateID",
    "GetDocumentsTemplatesIDLabels",
    "PostDocumentsTemplatesIDLabels",
    "DeleteDocumentsTemplatesIDLabelsID",
)


def _view(request: Request, doc: Doc, *, content: bool = True) -> Doc:
    labels = request.services.resources.labels_of("documents", doc["id"])
    links = {"self": f"/api/v2/documents/templates/{doc['id']}"}
    body = {"content": doc["content"]} if content else {}
    return {"id": doc["id"], "meta": doc["meta"], **body, "labels": labels, "links": links}


def _org(request: Request, org: str | None, org_id: str | None) -> str:
    if not org and not org_id:
        raise Invalid("Please provide either orgID or org")
    return org_id or str(request.services.orgs.by_name(org or "")["id"])


@handles("GetDocumentsTemplates")
def find_documents(request: Request) -> Response:
    """The documents of an organization, without their content."""
    org_id = _org(request, request.arg("org"), request.id_arg("orgID"))
    found = request.services.documents.find_documents(request.actor, org_id)
    return answer({"documents": [_view(request, doc, content=False) for doc in found]})


@handles("PostDocumentsTemplates")
def create_document(request: Request) -> Response:
    """A new document."""
    fields = request.json(_SHAPE)
    org_id = _org(request, fields.get("org"), fields.get("orgID"))
    return answer(_view(request, request.services.documents.create_document(request.actor, org_id, fields)), 201)


@handles("GetDocumentsTemplatesID")
def get_document(request: Request) -> Response:
    """One document."""
    return answer(_view(request, request.services.documents.get_document(request.actor, request.id("templateID"))))


@handles("PutDocumentsTemplatesID")
def update_document(request: Request) -> Response:
    """Replace meta and content."""
    id, fields = request.id("templateID"), request.json({"meta": _META, "content": dict})
    return answer(_view(request, request.services.documents.update_document(request.actor, id, fields)))


@handles("DeleteDocumentsTemplatesID")
def delete_document(request: Request) -> Response:
    """Remove a document."""
    request.services.documents.delete_document(request.actor, request.id("templateID"))
    return no_content()
