"""Sources: where the reference's user interface may read from. One of them, the server itself, is always there."""

from __future__ import annotations

from influxctl.core.errors import Conflict, Invalid
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources

# IDs of the reference: the source that is the server itself, and an organization that never was.
SELF_ID, NO_ORG = "020f755c3c082000", "020f755c3c082001"
_SELF = {"id": SELF_ID, "orgID": NO_ORG, "default": True, "name": "autogen", "type": "self"}
TYPES = ("v1", "v2", "self")
FIELDS = (
    "name",
    "type",
    "url",
    "insecureSkipVerify",
    "telegraf",
    "token",
    "username",
    "metaUrl",
    "defaultRP",
    "default",
)


class Sources:
    """The sources of the server."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def find_sources(self, actor: Actor, org_id: str | None = None) -> list[Doc]:
        """The sources that the caller may read, the server itself first."""
        return actor.readable("sources", [_SELF, *self.resources.find("sources", org_id=org_id)])

    def get_source(self, actor: Actor, id: str) -> Doc:
        """One source."""
        doc = _SELF if id == SELF_ID else self.resources.get("sources", id)
        actor.check_doc("read", "sources", doc)
        return doc

    def create_source(self, actor: Actor, fields: Doc) -> Doc:
        """A new source."""
        if not fields.get("orgID"):
            raise Invalid("orgID is required")
        self._check(fields)
        self.resources.get("orgs", fields["orgID"])
        actor.check("write", "sources", fields["orgID"])
        known = {key: fields[key] for key in FIELDS if key in fields}
        return self.resources.create("sources", {"orgID": fields["orgID"], "default": False, **known})

    @staticmethod
    def _check(fields: Doc) -> None:
        if fields.get("type", "self") not in TYPES:
            raise Invalid(f"unknown type of source {fields['type']!r}: it is one of {', '.join(TYPES)}")

    def update_source(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change what is given."""
        self._own(id)
        self._check(fields)
        doc = self.resources.get("sources", id)
        actor.check_doc("write", "sources", doc)
        return self.resources.update("sources", {**doc, **{key: fields[key] for key in FIELDS if key in fields}})

    def delete_source(self, actor: Actor, id: str) -> None:
        """Remove a source."""
        self._own(id)
        doc = self.resources.get("sources", id)
        actor.check_doc("write", "sources", doc)
        self.resources.delete("sources", id)

    @staticmethod
    def _own(id: str) -> None:
        if id == SELF_ID:
            raise Conflict("the source that is this server itself cannot be changed")
