"""Authorizations: tokens and what they allow; the v1 ones (user name and password) too."""

from __future__ import annotations

from influxctl.core.errors import Forbidden, Invalid, NotFound
from influxctl.core.times import format_time, now_ns
from influxctl.local.services.permissions import EXTRA_TYPES, RESOURCE_TYPES, Actor, Permission
from influxctl.local.services.users import Users, check_password
from influxctl.local.store.accounts import Accounts, new_token
from influxctl.local.store.kinds import KINDS
from influxctl.local.store.resources import Doc, Resources

_STATUS = ("active", "inactive")


def parse_permission(doc: Doc) -> Permission:
    """A permission of a request, checked."""
    if doc.get("action") not in ("read", "write"):
        raise Invalid("invalid action type for permission: unknown action for permission")
    resource = doc.get("resource") or {}
    if resource.get("type") not in RESOURCE_TYPES + EXTRA_TYPES:
        raise Invalid("invalid resource type for permission: unknown resource type for permission")
    return Permission(doc["action"], resource["type"], resource.get("orgID"), resource.get("id"))


class Authorizations:
    """Tokens (`kind` authorizations) and v1 users (`kind` legacyAuthorizations); the latter's `token` is a user name."""

    def __init__(self, resources: Resources, accounts: Accounts, users: Users) -> None:
        self.resources = resources
        self.accounts = accounts
        self.users = users

    def create_authorization(self, actor: Actor, fields: Doc) -> tuple[Doc, str]:
        """A new token: the stored authorization and the token itself, which is shown this once. It may give only what the caller has."""
        doc = self._checked(actor, fields)
        token = new_token()
        with self.resources.db.transaction():
            doc = self.resources.create("authorizations", doc)
            self.accounts.add_token(token, doc["id"])
        return doc, token

    def _checked(self, actor: Actor, fields: Doc) -> Doc:
        if not fields.get("orgID"):
            raise Invalid("org id required: invalid ID")
        if not fields.get("permissions"):
            raise Invalid("authorization must include permissions")
        permissions = [parse_permission(one) for one in fields["permissions"]]
        status = fields.get("status") or "active"
        if status not in _STATUS:
            raise Invalid("invalid status: must be active or inactive")
        user_id = fields.get("userID") or actor.user_id
        actor.check("write", "authorizations", fields["orgID"])
        if self.resources.peek("orgs", fields["orgID"]) is None or self.resources.peek("users", user_id) is None:
            raise Invalid("unable to create token: its organization or its user does not exist")
        actor.check("write", "users", id=user_id)
        for permission in permissions:
            if not actor.covers(permission):
                raise Forbidden(
                    f"permission {permission.action}:{permission.type} is not allowed: a token may only give what it has"
                )
        return self.document(fields["orgID"], user_id, permissions, fields.get("description", ""), status)

    @staticmethod
    def document(
        org_id: str, user_id: str, permissions: list[Permission], description: str, status: str = "active"
    ) -> Doc:
        """An authorization to be stored."""
        now = format_time(now_ns())
        return {
            "status": status,
            "description": description,
            "orgID": org_id,
            "userID": user_id,
            "permissions": [permission.to_json() for permission in permissions],
            "createdAt": now,
            "updatedAt": now,
        }

    def find_authorizations(
        self, actor: Actor, kind: str = "authorizations", *, org_id: str | None = None, user_id: str | None = None
    ) -> list[Doc]:
        """Those that the caller may read: it must be allowed to read the authorization and its user."""
        found = self.resources.find(kind, org_id=org_id)
        found = [doc for doc in found if user_id is None or doc["userID"] == user_id]
        return [doc for doc in actor.readable(kind, found) if actor.may("read", "users", id=doc["userID"])]

    def get_authorization(self, actor: Actor, id: str, kind: str = "authorizations") -> Doc:
        """One authorization."""
        doc = self.resources.get(kind, id)
        actor.check_doc("read", kind, doc)
        actor.check("read", "users", id=doc["userID"])
        return doc

    def update_authorization(self, actor: Actor, id: str, fields: Doc, kind: str = "authorizations") -> Doc:
        """Change status or description."""
        doc = self.get_authorization(actor, id, kind)
        if fields.get("status", "active") not in _STATUS:
            raise Invalid("unknown authorization status: it is active or inactive")
        actor.check_doc("write", kind, doc)
        actor.check("write", "users", id=doc["userID"])
        changed = {k: v for k, v in fields.items() if k in ("status", "description")}
        return self.resources.update(kind, {**doc, **changed, "updatedAt": format_time(now_ns())})

    def delete_authorization(self, actor: Actor, id: str, kind: str = "authorizations") -> None:
        """Remove a token; it stops working at once."""
        doc = self.get_authorization(actor, id, kind)
        actor.check_doc("write", kind, doc)
        actor.check("write", "users", id=doc["userID"])
        self.resources.delete(kind, id)

    # v1 users.

    def create_legacy(self, actor: Actor, fields: Doc) -> Doc:
        """A v1 user: a name (`token`) and permissions; the password is set by its own request."""
        if not fields.get("token"):
            raise Invalid("a v1 authorization needs a token, which is its user name")
        doc = self._checked(actor, fields)
        return self.resources.create("legacyAuthorizations", {**doc, "name": fields["token"], "token": fields["token"]})

    def set_legacy_password(self, actor: Actor, id: str, password: str) -> None:
        """The password of a v1 user."""
        doc = self.get_authorization(actor, id, "legacyAuthorizations")
        actor.check_doc("write", "legacyAuthorizations", doc)
        check_password(password)
        self.accounts.set_password(id, password)

    # Names for answers.

    def described(self, doc: Doc) -> Doc:
        """The authorization with the names of its org, its user and the resources of its permissions."""
        org, user = self.resources.peek("orgs", doc["orgID"]), self.resources.peek("users", doc["userID"])
        return {
            **doc,
            "org": org["name"] if org else "",
            "user": user["name"] if user else "",
            "permissions": [self._described(permission) for permission in doc["permissions"]],
        }

    def _described(self, permission: Doc) -> Doc:
        """Names are added only where all of them are known, as the reference does."""
        resource = dict(permission["resource"])
        if "id" in resource:
            kind = "dbrps" if resource["type"] == "dbrp" else resource["type"]
            found = self.resources.peek(kind, resource["id"]) if kind in KINDS else None
            if found is None:
                return permission
            resource["name"] = found.get("name", "")
        if "orgID" in resource:
            org = self.resources.peek("orgs", resource["orgID"])
            if org is not None:
                resource["org"] = org["name"]
        return {"action": permission["action"], "resource": resource}

    def user_id_named(self, name: str) -> str:
        """The ID of the user with this name; `NotFound`."""
        return str(self.users.by_name(name)["id"])

    def require_org(self, org_id: str) -> None:
        """`NotFound` unless the organization exists."""
        if self.resources.peek("orgs", org_id) is None:
            raise NotFound("organization not found")
