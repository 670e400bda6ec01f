"""/api/v2/dashboards with their cells and views."""

from __future__ import annotations

from typing import Any

from influxctl.core.ids import check_id
from influxctl.local.http.fields import OPTIONAL_ID
from influxctl.local.http.request import Request
from influxctl.local.http.resource_routes import label_routes, member_routes
from influxctl.local.http.response import Response, answer, no_content, page_links
from influxctl.local.http.router import handles
from influxctl.local.store.resources import Doc

_PLACE = {"x": int, "y": int, "w": int, "h": int}
_CELL = {"name": str, **_PLACE, "usingView": OPTIONAL_ID, "properties": dict}
_SHAPE = {"orgID": OPTIONAL_ID, "name": str, "description": str, "cells": [_CELL]}

label_routes(
    "dashboards", "dashboardID", "GetDashboardsIDLabels", "PostDashboardsIDLabels", "DeleteDashboardsIDLabelsID"
)
member_routes("dashboards", "dashboardID", "Dashboards")


def _cell_view(dashboard_id: str, cell: Doc, view: Doc | None = None) -> Doc:
    base = f"/api/v2/dashboards/{dashboard_id}/cells/{cell['id']}"
    shown = {"properties": view["properties"], "name": view["name"]} if view else {}
    shown = {key: value for key, value in shown.items() if value}
    return {**cell, **shown, "links": {"self": base, "view": f"{base}/view"}}


def dashboard_view(dashboard: Doc, labels: list[Doc], views: dict[str, Doc] | None = None) -> Doc:
    """A dashboard with its labels; with `views` (by cell) their properties stand in the cells."""
    id = dashboard["id"]
    base = f"/api/v2/dashboards/{id}"
    links = {
        "self": base,
        **{part: f"{base}/{part}" for part in ("members", "owners", "cells", "labels")},
        "org": f"/api/v2/orgs/{dashboard['orgID']}",
    }
    cells = [_cell_view(id, cell, (views or {}).get(cell["id"])) for cell in dashboard["cells"]]
    shown = {key: value for key, value in dashboard.items() if key != "ownerID"}
    return {**shown, "cells": cells, "labels": labels, "links": links}


def _shown(request: Request, dashboard: Doc, status: int = 200, views: dict[str, Doc] | None = None) -> Response:
    labels = request.services.resources.labels_of("dashboards", dashboard["id"])
    return answer(dashboard_view(dashboard, labels, views), status)


@handles("GetDashboards")
def find_dashboards(request: Request) -> Response:
    """The dashboards that the caller may read."""
    services, page = request.services, request.page()
    org, org_id, sort_by = request.arg("org"), request.id_arg("orgID"), request.arg("sortBy")
    if org and not org_id:
        org_id = services.orgs.by_name(org)["id"]
    ids = [check_id(id) for id in request.query.get("id", []) if id]
    found = services.dashboards.find_dashboards(
        request.actor,
        ids=ids,
        owner_id=request.id_arg("owner"),
        org_id=org_id,
        sort_by=sort_by,
        descending=page.descending,
    )
    dashboards = page.cut(found)
    labels = services.resources.labels_of_all("dashboards", [dashboard["id"] for dashboard in dashboards])
    given: dict[str, Any] = {"descending": str(page.descending).lower(), "org": org, "orgID": request.arg("orgID")}
    given |= {"sortBy": sort_by, "id": ids or None}
    links = page_links("/api/v2/dashboards", given, page.limit, page.given_offset, len(dashboards))
    return answer({"links": links, "dashboards": [dashboard_view(d, labels[d["id"]]) for d in dashboards]})


@handles("PostDashboards")
def create_dashboard(request: Request) -> Response:
    """A new dashboard."""
    return _shown(request, request.services.dashboards.create_dashboard(request.actor, request.json(_SHAPE)), 201)


@handles("GetDashboardsID")
def get_dashboard(request: Request) -> Response:
    """One dashboard; `include=properties` shows the views too."""
    dashboard = request.services.dashboards.get_dashboard(request.actor, request.id("dashboardID"))
    full = request.arg("include") == "properties"
    return _shown(request, dashboard, 200, request.services.dashboards.views(dashboard["id"]) if full else None)


@handles("PatchDashboardsID")
def update_dashboard(request: Request) -> Response:
    """Change name or description."""
    id = request.id("dashboardID")
    fields = request.json({"name": str, "description": str})
    return _shown(request, request.services.dashboards.update_dashboard(request.actor, id, fields))


@handles("DeleteDashboardsID")
def delete_dashboard(request: Request) -> Response:
    """Remove a dashboard."""
    request.services.dashboards.delete_dashboard(request.actor, request.id("dashboardID"))
    return no_content()


@handles("PostDashboardsIDCells")
def create_cell(request: Request) -> Response:
    """A new cell."""
    id = request.id("dashboardID")
    return answer(_cell_view(id, request.services.dashboards.create_cell(request.actor, id, request.json(_CELL))), 201)


@handles("PutDashboardsIDCells")
def replace_cells(request: Request) -> Response:
    """Place cells anew; 201 as the reference answers."""
    id = request.id("dashboardID")
    cells = request.json([{"id": OPTIONAL_ID, **_PLACE}])
    dashboard = request.services.dashboards.replace_cells(request.actor, id, cells)
    shown = [_cell_view(id, cell) for cell in dashboard["cells"]]
    return answer({"cells": shown, "links": {"self": f"/api/v2/dashboards/{id}/cells"}}, 201)


@handles("PatchDashboardsIDCellsID")
def update_cell(request: Request) -> Response:
    """Move or resize a cell."""
    id, cell_id = request.id("dashboardID"), request.id("cellID")
    cell = request.services.dashboards.update_cell(request.actor, id, cell_id, request.json(_PLACE))
    return answer(_cell_view(id, cell))


@handles("DeleteDashboardsIDCellsID")
def delete_cell(request: Request) -> Response:
    """Remove a cell."""
    request.services.dashboards.delete_cell(request.actor, request.id("dashboardID"), request.id("cellID"))
    return no_content()


def _view(dashboard_id: str, view: Doc) -> Response:
    links = {"self": f"/api/v2/dashboards/{dashboard_id}/cells/{view['id']}"}
    return answer({"id": view["id"], "name": view["name"], "links": links, "properties": view["properties"]})


@handles("GetDashboardsIDCellsIDView")
def get_view(request: Request) -> Response:
    """The view of a cell."""
    id, cell_id = request.id("dashboardID"), request.id("cellID")
    return _view(id, request.services.dashboards.view(request.actor, id, cell_id))


@handles("PatchDashboardsIDCellsIDView")
def update_view(request: Request) -> Response:
    """Change the view of a cell."""
    id, cell_id = request.id("dashboardID"), request.id("cellID")
    fields = request.json({"name": str, "properties": dict})
    return _view(id, request.services.dashboards.update_view(request.actor, id, cell_id, fields))
