"""Members and owners of resources of every kind that has them."""

from __future__ import annotations

from influxctl.core.errors import Conflict, Invalid, NotFound, Unauthorized, Unprocessable
from influxctl.local.services.permissions import Action, Actor
from influxctl.local.store.resources import Doc, Resources


class Members:
    """Who is a member or an owner of what."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def _resource(self, actor: Actor, action: Action, kind: str, id: str) -> None:
        """The resource exists and the caller may look at it; of organizations nobody learns that they exist (404)."""
        doc = self.resources.get(kind, id)
        try:
            actor.check_doc(action, kind, doc)
        except Unauthorized:
            if kind == "orgs":
                raise NotFound("organization not found, or its members may not be seen") from None
            raise

    def find_members(self, actor: Actor, kind: str, id: str, role: str) -> list[Doc]:
        """The users with this role."""
        self._resource(actor, "read", kind, id)
        return self.resources.members_of(kind, id, role)

    def add_member(self, actor: Actor, kind: str, id: str, role: str, user_id: str | None) -> Doc:
        """Make a user member or owner. A user has one role only: the other one at the same time is refused."""
        if not user_id:
            raise Invalid("user id missing or invalid")
        self._resource(actor, "write", kind, id)
        user = self.resources.get("users", user_id)
        try:
            self.resources.add_member(kind, id, user_id, role)
        except Conflict as error:
            raise Unprocessable(error.message) from None
        return user

    def remove_member(self, actor: Actor, kind: str, id: str, role: str, user_id: str) -> None:
        """End a membership; nothing happens if there is none."""
        self._resource(actor, "write", kind, id)
        self.resources.remove_member(kind, id, user_id, role)
