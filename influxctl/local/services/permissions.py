"""Permissions: who is asking (`Actor`), what a permission covers, and the errors of a refusal.

A permission names an action and a type of resource, and may be narrowed to an organization or to one ID. The rules are those of the
reference (2.9.1, tests/data: permissions, authorizations): without org and ID it covers everything of its type; with an org
everything of that type in it, but not the organization itself, which has an ID and no org.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from influxctl.core.errors import Unauthorized
from influxctl.local.store.kinds import KINDS

Action = Literal["read", "write"]

# In the order in which the token made by /setup lists them.
TOKEN_TYPES = (
    "authorizations", "buckets", "dashboards", "orgs", "sources", "tasks", "telegrafs", "users", "variables", "scrapers", "secrets",
    "labels", "views", "documents", "notificationRules", "notificationEndpoints", "checks", "dbrp", "notebooks", "annotations",
    "remotes", "replications",
)  # fmt: skip
RESOURCE_TYPES = (*TOKEN_TYPES, "instance")  # the answer of GET /resources
# Types that only Cloud knows (contract schema Resource): they may stand in a token.
EXTRA_TYPES = ("flows", "functions", "subscriptions")


class Permission(NamedTuple):
    """One line of a token."""

    action: str
    type: str
    org_id: str | None = None
    id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The stored form, which is the contract's schema Permission."""
        resource = {"type": self.type}
        if self.id is not None:
            resource["id"] = self.id
        if self.org_id is not None:
            resource["orgID"] = self.org_id
        return {"action": self.action, "resource": resource}

    @staticmethod
    def from_json(doc: dict[str, Any]) -> Permission:
        """Back from the stored form."""
        resource = doc["resource"]
        return Permission(doc["action"], resource["type"], resource.get("orgID"), resource.get("id"))


def operator_permissions() -> list[Permission]:
    """Everything, in every organization: what the token made by /setup holds."""
    return [Permission(action, type) for type in TOKEN_TYPES for action in ("read", "write")]


def owner_permissions(org_id: str) -> list[Permission]:
    """What an owner of an organization may do by a session."""
    return _of_org(org_id, ("read", "write"))


def member_permissions(org_id: str) -> list[Permission]:
    """What a member of an organization may do by a session: read."""
    return _of_org(org_id, ("read",))


def _of_org(org_id: str, actions: tuple[str, ...]) -> list[Permission]:
    own = [Permission(action, "orgs", None, org_id) for action in actions]
    inside = [t for t in (*TOKEN_TYPES, *EXTRA_TYPES) if t not in ("orgs", "users")]
    return own + [Permission(action, type, org_id) for type in inside for action in actions]


def resource_path(type: str, org_id: str | None, id: str | None) -> str:
    """How messages name a resource: `orgs/<org>/buckets/<id>`."""
    parts = ["orgs", org_id] if org_id else []
    parts.append(type)
    return "/".join([*parts, id] if id else parts)


@dataclass(frozen=True)
class Actor:
    """Who is asking. `refusal` is not empty when the caller is known but may do nothing (an inactive token)."""

    user_id: str
    permissions: tuple[Permission, ...]
    kind: Literal["token", "session"] = "token"
    auth_id: str = ""
    org_id: str = ""
    refusal: str = ""
    _wide: frozenset[tuple[str, str]] = field(init=False, repr=False, compare=False)
    _in_org: frozenset[tuple[str, str, str]] = field(init=False, repr=False, compare=False)
    _one: frozenset[tuple[str, str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        mine = self.permissions
        wide = frozenset((p.action, p.type) for p in mine if p.org_id is None and p.id is None)
        in_org = frozenset((p.action, p.type, p.org_id) for p in mine if p.org_id is not None and p.id is None)
        one = frozenset((p.action, p.type, p.id) for p in mine if p.id is not None)
        for name, value in (("_wide", wide), ("_in_org", in_org), ("_one", one)):
            object.__setattr__(self, name, value)

    def may(self, action: Action, type: str, org_id: str | None = None, id: str | None = None) -> bool:
        """Whether a permission covers the action on this resource (or, without an ID, on all of the type in the org)."""
        return not self.refusal and (
            (action, type) in self._wide
            or (org_id is not None and (action, type, org_id) in self._in_org)
            or (id is not None and (action, type, id) in self._one)
        )

    def check(self, action: Action, type: str, org_id: str | None = None, id: str | None = None) -> None:
        """`Unauthorized` (401) unless `may`."""
        if not self.may(action, type, org_id, id):
            raise Unauthorized(self.refusal or f"{action}:{resource_path(type, org_id, id)} is unauthorized")

    def covers(self, wanted: Permission) -> bool:
        """Whether everything that `wanted` allows is allowed to this caller: a token may only give what it has."""
        return self.may("write" if wanted.action == "write" else "read", wanted.type, wanted.org_id, wanted.id)

    # Resources of the store.

    def may_doc(self, action: Action, kind: str, doc: dict[str, Any]) -> bool:
        """`may` for a stored resource."""
        return self.may(action, *_address(action, kind, doc))

    def check_doc(self, action: Action, kind: str, doc: dict[str, Any]) -> None:
        """`check` for a stored resource."""
        self.check(action, *_address(action, kind, doc))

    def readable(self, kind: str, docs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that the caller may read: lists leave the others out."""
        return [doc for doc in docs if self.may_doc("read", kind, doc)]


def _address(action: Action, kind: str, doc: dict[str, Any]) -> tuple[str, str | None, str]:
    """Type, organization and ID of a stored resource, as permissions see it; organizations and users belong to no one.

    System buckets are read by those who may read the organization (recorded in authorizations: a token that reads all buckets of an
    organization does not see them).
    """
    if kind == "buckets" and action == "read" and doc.get("type") == "system":
        return "orgs", None, doc["orgID"]
    type = KINDS[kind].permission or kind
    return type, None if kind in ("orgs", "users") else doc.get("orgID"), doc["id"]


OPERATOR = Actor("", tuple(operator_permissions()))  # the server itself: set-up, repair, background work
