"""/api/v2/variables."""

from __future__ import annotations

from influxctl.local.http.fields import OPTIONAL_ID
from influxctl.local.http.request import Request
from influxctl.local.http.resource_routes import label_routes
from influxctl.local.http.response import Response, answer, no_content, page_links
from influxctl.local.http.router import handles
from influxctl.local.store.resources import Doc

_SHAPE = {
    "orgID": OPTIONAL_ID,
    "name": str,
    "description": str,
    "selected": [str],
    "arguments": {"type": str, "values": object},
}

label_routes("variables", "variableID", "GetVariablesIDLabels", "PostVariablesIDLabels", "DeleteVariablesIDLabelsID")


def variable_view(variable: Doc, labels: list[Doc]) -> Doc:
    """A variable with its labels."""
    base = f"/api/v2/variables/{variable['id']}"
    links = {"self": base, "labels": f"{base}/labels", "org": f"/api/v2/orgs/{variable['orgID']}"}
    return {**variable, "labels": labels, "links": links}


def _shown(request: Request, variable: Doc, status: int = 200) -> Response:
    labels = request.services.resources.labels_of("variables", variable["id"])
    return answer(variable_view(variable, labels), status)


@handles("GetVariables")
def find_variables(request: Request) -> Response:
    """The variables that the caller may read."""
    services = request.services
    page = request.page()
    org, org_id = request.arg("org"), request.id_arg("orgID")
    if org and not org_id:
        org_id = services.orgs.by_name(org)["id"]
    found = page.cut(services.variables.find_variables(request.actor, org_id=org_id))
    labels = services.resources.labels_of_all("variables", [variable["id"] for variable in found])
    given = {"descending": str(page.descending).lower(), "org": org, "orgID": request.arg("orgID")}
    links = page_links("/api/v2/variables", given, page.limit, page.given_offset, len(found))
    return answer({"links": links, "variables": [variable_view(v, labels[v["id"]]) for v in found]})


@handles("PostVariables")
def create_variable(request: Request) -> Response:
    """A new variable."""
    return _shown(request, request.services.variables.create_variable(request.actor, request.json(_SHAPE)), 201)


@handles("GetVariablesID")
def get_variable(request: Request) -> Response:
    """One variable."""
    return _shown(request, request.services.variables.get_variable(request.actor, request.id("variableID")))


@handles("PatchVariablesID")
def update_variable(request: Request) -> Response:
    """Change what is given."""
    id = request.id("variableID")
    return _shown(request, request.services.variables.update_variable(request.actor, id, request.json(_SHAPE)))


@handles("PutVariablesID")
def replace_variable(request: Request) -> Response:
    """Put another variable under the ID."""
    id = request.id("variableID")
    return _shown(request, request.services.variables.replace_variable(request.actor, id, request.json(_SHAPE)))


@handles("DeleteVariablesID")
def delete_variable(request: Request) -> Response:
    """Remove a variable."""
    request.services.variables.delete_variable(request.actor, request.id("variableID"))
    return no_content()
