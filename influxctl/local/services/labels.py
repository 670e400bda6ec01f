"""Labels, and the labels on resources of every labelable kind."""

from __future__ import annotations

from influxctl.core.errors import Conflict, Invalid
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources


class Labels:
    """The labels of all organizations."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def create_label(self, actor: Actor, fields: Doc) -> Doc:
        """A new label; its name is trimmed. The reference does not ask whether the organization exists."""
        if not fields.get("name"):
            raise Invalid("label name is required")
        if not fields.get("orgID"):
            raise Invalid("orgID is required")
        actor.check("write", "labels", fields["orgID"])
        doc: Doc = {"orgID": fields["orgID"], "name": fields["name"].strip()}
        if fields.get("properties"):
            doc["properties"] = fields["properties"]
        return self._named(self.resources.create, doc)

    def find_labels(self, actor: Actor, *, org_id: str | None = None, name: str | None = None) -> list[Doc]:
        """The labels that the caller may read."""
        return actor.readable("labels", self.resources.find("labels", org_id=org_id, name=name))

    def get_label(self, actor: Actor, id: str) -> Doc:
        """One label."""
        doc = self.resources.get("labels", id)
        actor.check_doc("read", "labels", doc)
        return doc

    def update_label(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change the name, add or overwrite properties; an empty property is removed."""
        doc = self.resources.get("labels", id)
        actor.check_doc("write", "labels", doc)
        doc = dict(doc)
        if fields.get("name"):
            doc["name"] = fields["name"].strip()
        properties = {**doc.pop("properties", {}), **(fields.get("properties") or {})}
        properties = {key: value for key, value in properties.items() if value}
        if properties:
            doc["properties"] = properties
        return self._named(self.resources.update, doc)

    @staticmethod
    def _named(store: object, doc: Doc) -> Doc:
        try:
            return store("labels", doc)  # type: ignore[operator,no-any-return]
        except Conflict:
            raise Conflict(f"label with name {doc['name']} already exists") from None

    def delete_label(self, actor: Actor, id: str) -> None:
        """Remove a label from everything."""
        doc = self.resources.get("labels", id)
        actor.check_doc("write", "labels", doc)
        self.resources.delete("labels", id)

    # On resources.

    def labels_on(self, actor: Actor, kind: str, id: str) -> list[Doc]:
        """The labels of a resource that the caller may read; `NotFound`."""
        actor.check_doc("read", kind, self.resources.get(kind, id))
        return actor.readable("labels", self.resources.labels_of(kind, id))

    def add_label(self, actor: Actor, kind: str, id: str, label_id: str) -> Doc:
        """Put a label on a resource."""
        label = self.resources.get("labels", label_id)
        resource = self.resources.get(kind, id)
        actor.check_doc("read", "labels", label)
        actor.check_doc("write", kind, resource)
        try:
            self.resources.add_label(kind, id, label_id)
        except Conflict:
            raise Conflict("Cannot add label, label already exists on resource") from None
        return label

    def remove_label(self, actor: Actor, kind: str, id: str, label_id: str) -> None:
        """Take a label off a resource; unknown ones are passed over."""
        actor.check_doc("write", kind, self.resources.get(kind, id))
        self.resources.remove_label(kind, id, label_id)
