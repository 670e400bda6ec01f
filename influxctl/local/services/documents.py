"""Documents of the kind `templates`: a name, a version and any JSON object."""

from __future__ import annotations

from influxctl.core.errors import Invalid, NotFound
from influxctl.core.times import format_time, now_ns
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources

_META = ("name", "version", "type", "description", "templateID")


class Documents:
    """The documents of all organizations."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def find_documents(self, actor: Actor, org_id: str) -> list[Doc]:
        """The documents of an organization that the caller may read."""
        return actor.readable("documents", self.resources.find("documents", org_id=org_id))

    def get_document(self, actor: Actor, id: str) -> Doc:
        """One document."""
        doc = self.resources.get("documents", id)
        actor.check_doc("read", "documents", doc)
        return doc

    def create_document(self, actor: Actor, org_id: str, fields: Doc) -> Doc:
        """A new document with its labels."""
        if "content" not in fields:
            raise Invalid("a document needs content")
        meta = self._meta(fields)
        self.resources.get("orgs", org_id)
        actor.check("write", "documents", org_id)
        labels = [self.resources.get("labels", id) for id in dict.fromkeys(fields.get("labels", []))]
        if any(label["orgID"] != org_id for label in labels):
            raise NotFound("label not found")
        now = format_time(now_ns())
        doc = {"orgID": org_id, "name": meta["name"], "meta": {**meta, "createdAt": now, "updatedAt": now}}
        with self.resources.db.transaction():
            doc = self.resources.create("documents", {**doc, "content": fields["content"]})
            for label in labels:
                self.resources.add_label("documents", doc["id"], label["id"])
        return doc

    @staticmethod
    def _meta(fields: Doc) -> Doc:
        meta = {key: value for key, value in fields.get("meta", {}).items() if key in _META}
        missing = [name for name in ("name", "version") if not meta.get(name)]
        if missing:
            raise Invalid(f"the meta of a document needs {' and '.join(missing)}")
        return meta

    def update_document(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Replace meta and content, whichever is given."""
        doc = self.resources.get("documents", id)
        actor.check_doc("write", "documents", doc)
        meta = {**self._meta(fields), "createdAt": doc["meta"]["createdAt"]} if "meta" in fields else dict(doc["meta"])
        meta["updatedAt"] = format_time(now_ns())
        content = fields.get("content", doc["content"])
        return self.resources.update("documents", {**doc, "name": meta["name"], "meta": meta, "content": content})

    def delete_document(self, actor: Actor, id: str) -> None:
        """Remove a document."""
        doc = self.resources.get("documents", id)
        actor.check_doc("write", "documents", doc)
        self.resources.delete("documents", id)
