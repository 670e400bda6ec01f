"""Dashboards, their cells, and the views in the cells."""

from __future__ import annotations

from influxctl.core.errors import Conflict, Invalid, NotFound
from influxctl.core.ids import ordered_id
from influxctl.core.times import format_time, now_ns
from influxctl.local.services.orgs import stamp
from influxctl.local.services.permissions import Actor
from influxctl.local.services.view_properties import EMPTY, normalize
from influxctl.local.store.resources import Doc, Resources

PLACE = ("x", "y", "w", "h")
_INT32 = 1 << 31


def place(fields: Doc) -> Doc:
    """Where a cell lies, 0 for what is not given; `Invalid` beyond 32 bits."""
    out = {key: fields.get(key, 0) for key in PLACE}
    if any(not -_INT32 <= value < _INT32 for value in out.values()):
        raise Invalid("x, y, w and h of a cell are numbers of 32 bits")
    return out


class Dashboards:
    """The dashboards of all organizations. A view has the ID of its cell and stays until its dashboard goes or the cell is deleted."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    # Dashboards.

    def create_dashboard(self, actor: Actor, fields: Doc) -> Doc:
        """A new dashboard; names may be shared and empty."""
        if not fields.get("orgID"):
            raise Invalid("orgID is required")
        actor.check("write", "dashboards", fields["orgID"])
        cells = fields.get("cells", [])
        doc: Doc = {
            "orgID": fields["orgID"],
            "name": fields.get("name", ""),
            "description": fields.get("description", ""),
            "meta": stamp(),
            "cells": [{"id": ordered_id(), **place(cell)} for cell in cells],
            "ownerID": actor.user_id,
        }
        with self.resources.db.transaction():
            doc = self.resources.create("dashboards", doc)
            self._fill(doc, cells)
        return doc

    def rebuild_dashboard(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Give a dashboard other cells, name and description; it keeps its ID, labels and members."""
        doc = self._writable(actor, id)
        given: Doc = {key: fields[key] for key in ("name", "description")}
        with self.resources.db.transaction():
            for view in self.views(id):
                self.resources.delete("views", view)
            cells = [{"id": ordered_id(), **place(cell)} for cell in fields["cells"]]
            doc = self._touch({**doc, **given, "cells": cells})
            self._fill(doc, fields["cells"])
        return doc

    def _fill(self, doc: Doc, cells: list[Doc]) -> None:
        """Make the views of new cells."""
        for cell, given in zip(doc["cells"], cells, strict=True):
            self._add_view(doc, cell["id"], given.get("name", ""), normalize(given.get("properties") or {}))

    def find_dashboards(
        self,
        actor: Actor,
        *,
        ids: list[str] | None = None,
        owner_id: str | None = None,
        org_id: str | None = None,
        sort_by: str | None = None,
        descending: bool = False,
    ) -> list[Doc]:
        """The dashboards that the caller may read. IDs beat the owner; unknown IDs are left out, an unknown order is that of IDs."""
        found = self.resources.find("dashboards", org_id=org_id)
        if ids:
            found = [doc for doc in found if doc["id"] in ids]
        elif owner_id is not None:
            owned = {id for id, role in self.resources.roles_of(owner_id, "dashboards") if role == "owner"}
            found = [doc for doc in found if doc["ownerID"] == owner_id or doc["id"] in owned]
        if sort_by in ("CreatedAt", "UpdatedAt"):
            found.sort(key=lambda doc: doc["meta"][sort_by[0].lower() + sort_by[1:]])
        return actor.readable("dashboards", found[::-1] if descending else found)

    def get_dashboard(self, actor: Actor, id: str) -> Doc:
        """One dashboard."""
        doc = self.resources.get("dashboards", id)
        actor.check_doc("read", "dashboards", doc)
        return doc

    def _writable(self, actor: Actor, id: str) -> Doc:
        """One dashboard, for a change: the reference asks for the right to read it too."""
        doc = self.get_dashboard(actor, id)
        actor.check_doc("write", "dashboards", doc)
        return doc

    def update_dashboard(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change name or description."""
        given: Doc = {key: fields[key] for key in ("name", "description") if key in fields}
        if not given:
            raise Invalid("must update at least one attribute")
        return self._touch({**self._writable(actor, id), **given})

    def _touch(self, doc: Doc) -> Doc:
        doc["meta"] = {**doc["meta"], "updatedAt": format_time(now_ns())}
        return self.resources.update("dashboards", doc)

    def delete_dashboard(self, actor: Actor, id: str) -> None:
        """Remove a dashboard with its cells and views."""
        doc = self.resources.get("dashboards", id)
        actor.check_doc("write", "dashboards", doc)
        self.resources.delete("dashboards", id)

    # Cells.

    def create_cell(self, actor: Actor, dashboard_id: str, fields: Doc) -> Doc:
        """A new cell; `usingView` copies the properties of another cell's view."""
        doc = self._writable(actor, dashboard_id)
        properties = dict(EMPTY)
        if fields.get("usingView"):
            properties = self.view(actor, doc["id"], fields["usingView"])["properties"]
        cell: Doc = {"id": ordered_id(), **place(fields)}
        with self.resources.db.transaction():
            self._touch({**doc, "cells": [*doc["cells"], cell]})
            self._add_view(doc, cell["id"], fields.get("name", ""), properties)
        return cell

    def replace_cells(self, actor: Actor, dashboard_id: str, cells: list[Doc]) -> Doc:
        """Place cells anew and drop those that are not named."""
        doc = self._writable(actor, dashboard_id)
        present = {cell["id"] for cell in doc["cells"]}
        for cell in cells:
            if not cell.get("id"):
                raise Invalid("a cell needs its ID")
            if cell["id"] not in present:
                raise Conflict("cells that the dashboard does not have cannot be replaced")
        return self._touch({**doc, "cells": [{"id": cell["id"], **place(cell)} for cell in cells]})

    def update_cell(self, actor: Actor, dashboard_id: str, cell_id: str, fields: Doc) -> Doc:
        """Move or resize a cell."""
        doc = self._writable(actor, dashboard_id)
        cell = self._cell(doc, cell_id)
        if not fields:
            raise Invalid("must update at least one attribute")
        changed = {"id": cell_id, **place({**cell, **fields})}
        self._touch({**doc, "cells": [changed if c["id"] == cell_id else c for c in doc["cells"]]})
        return changed

    def delete_cell(self, actor: Actor, dashboard_id: str, cell_id: str) -> None:
        """Remove a cell and its view."""
        doc = self._writable(actor, dashboard_id)
        self._cell(doc, cell_id)
        with self.resources.db.transaction():
            self._touch({**doc, "cells": [c for c in doc["cells"] if c["id"] != cell_id]})
            if self.resources.peek("views", cell_id) is not None:
                self.resources.delete("views", cell_id)

    @staticmethod
    def _cell(doc: Doc, cell_id: str) -> Doc:
        found: Doc | None = next((cell for cell in doc["cells"] if cell["id"] == cell_id), None)
        if found is None:
            raise NotFound("cell not found")
        return found

    # Views.

    def _add_view(self, dashboard: Doc, cell_id: str, name: str, properties: Doc) -> None:
        view = {"id": cell_id, "orgID": dashboard["orgID"], "name": name, "properties": properties}
        self.resources.create("views", view, parent_id=dashboard["id"])

    def views(self, dashboard_id: str) -> dict[str, Doc]:
        """All views of a dashboard by the ID of their cell."""
        return {view["id"]: view for view in self.resources.find("views", parent_id=dashboard_id)}

    def view(self, actor: Actor, dashboard_id: str, cell_id: str) -> Doc:
        """The view of a cell."""
        self.get_dashboard(actor, dashboard_id)
        found = self.views(dashboard_id).get(cell_id)
        if found is None:
            raise NotFound("view not found")
        return found

    def update_view(self, actor: Actor, dashboard_id: str, cell_id: str, fields: Doc) -> Doc:
        """Change a view. Without properties the view becomes empty, as in the reference."""
        self._writable(actor, dashboard_id)
        view = self.view(actor, dashboard_id, cell_id)
        if "name" not in fields and "properties" not in fields:
            raise Invalid("expected at least one attribute to be updated")
        properties = normalize(fields.get("properties") or {})
        return self.resources.update(
            "views", {**view, "name": fields.get("name", view["name"]), "properties": properties}
        )
