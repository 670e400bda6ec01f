"""Organizations and their secrets."""

from __future__ import annotations

from influxctl.core.errors import Invalid, NotFound
from influxctl.core.times import format_time, now_ns
from influxctl.local.services.buckets import Buckets
from influxctl.local.services.permissions import Actor
from influxctl.local.store.accounts import Accounts
from influxctl.local.store.resources import Doc, Resources


def stamp() -> Doc:
    """createdAt and updatedAt of something made now."""
    now = format_time(now_ns())
    return {"createdAt": now, "updatedAt": now}


class Orgs:
    """The organizations."""

    def __init__(self, resources: Resources, accounts: Accounts, buckets: Buckets) -> None:
        self.resources = resources
        self.accounts = accounts
        self.buckets = buckets

    def create_org(self, actor: Actor, fields: Doc) -> Doc:
        """A new organization with its two system buckets, owned by the caller."""
        name = fields.get("name", "")
        if not name.strip():
            raise Invalid("org name is empty")
        actor.check("write", "orgs")
        doc: Doc = {"name": name, "description": fields.get("description", ""), **stamp()}
        with self.resources.db.transaction():
            doc = self.resources.create("orgs", doc)
            self.buckets.create_system_buckets(doc["id"])
            if actor.user_id:
                self.resources.add_member("orgs", doc["id"], actor.user_id, "owner")
        return doc

    def find_orgs(
        self,
        actor: Actor,
        *,
        name: str | None = None,
        id: str | None = None,
        user_id: str | None = None,
        descending: bool = False,
    ) -> list[Doc]:
        """The organizations that the caller may see; `NotFound` when one is named and does not exist."""
        if id is not None:
            found = [self.resources.get("orgs", id)]
        elif name is not None:
            found = [self.by_name(name)]
        else:
            found = self.resources.find("orgs", descending=descending)
        if user_id is not None:
            mine = {org_id for org_id, _ in self.resources.roles_of(user_id, "orgs")}
            found = [doc for doc in found if doc["id"] in mine]
        return actor.readable("orgs", found)

    def by_name(self, name: str) -> Doc:
        """The organization with this name, whatever the caller may see; `NotFound`."""
        found = self.resources.named("orgs", name)
        if found is None:
            raise NotFound(f'organization name "{name}" not found')
        return found

    def resolve(self, *, id: str | None = None, name: str | None = None) -> Doc | None:
        """The organization that a request names by ID or by name; None if it names none; `NotFound`."""
        if id:
            return self.resources.get("orgs", id)
        return self.by_name(name) if name else None

    def name_of(self, id: str) -> str:
        """The name, or an empty text if there is no such organization."""
        doc = self.resources.peek("orgs", id)
        return "" if doc is None else str(doc["name"])

    def get_org(self, actor: Actor, id: str) -> Doc:
        """One organization."""
        actor.check("read", "orgs", id=id)
        return self.resources.get("orgs", id)

    def update_org(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change name or description."""
        actor.check("write", "orgs", id=id)
        doc = self.resources.get("orgs", id)
        changed = {k: v for k, v in fields.items() if k in ("name", "description")}
        if "name" in changed and not changed["name"].strip():
            raise Invalid("org name is empty")
        return self.resources.update("orgs", {**doc, **changed, "updatedAt": format_time(now_ns())})

    def delete_org(self, actor: Actor, id: str) -> None:
        """Remove an organization with all that is in it, points too."""
        actor.check("write", "orgs", id=id)
        self.resources.get("orgs", id)
        self.resources.delete_org(id)
        self.buckets.drop_points()

    # Secrets. Without the permission the reference answers 404, as if the path did not exist.

    def _secrets_of(self, actor: Actor, action: str, org_id: str) -> None:
        allowed = actor.may("write" if action == "write" else "read", "secrets", org_id)
        if not allowed or not actor.may("read", "orgs", id=org_id) or self.resources.peek("orgs", org_id) is None:
            raise NotFound("organization not found, or its secrets may not be seen")

    def find_secrets(self, actor: Actor, org_id: str) -> list[str]:
        """The names of the secrets, sorted."""
        self._secrets_of(actor, "read", org_id)
        return self.accounts.secret_keys(org_id)

    def put_secrets(self, actor: Actor, org_id: str, values: dict[str, str]) -> None:
        """Add or overwrite secrets."""
        self._secrets_of(actor, "write", org_id)
        self.accounts.put_secrets(org_id, values)

    def delete_secrets(self, actor: Actor, org_id: str, keys: list[str]) -> None:
        """Remove secrets; unknown ones are passed over."""
        self._secrets_of(actor, "write", org_id)
        self.accounts.delete_secrets(org_id, keys)
