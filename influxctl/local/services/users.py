"""Users: names, status, passwords and what a signed-in user may do."""

from __future__ import annotations

from influxctl.core.errors import Conflict, EmptyValue, Forbidden, Invalid
from influxctl.local.services.permissions import Actor, Permission, member_permissions, owner_permissions
from influxctl.local.store.accounts import Accounts
from influxctl.local.store.resources import Doc, Resources

PASSWORD_BYTES = (8, 72)  # the reference hashes with bcrypt, which takes no more


def check_password(password: str) -> None:
    """`Invalid` if the password is too short or too long."""
    if not PASSWORD_BYTES[0] <= len(password.encode("utf-8", "surrogatepass")) <= PASSWORD_BYTES[1]:
        raise Invalid("passwords must be between 8 and 72 characters long")


class Users:
    """The users of the server; they belong to no organization, but may be members or owners of some."""

    def __init__(self, resources: Resources, accounts: Accounts) -> None:
        self.resources = resources
        self.accounts = accounts

    def create_user(self, actor: Actor, fields: Doc) -> Doc:
        """A new user; the reference keeps an ID and any status that are given."""
        if not fields.get("name"):
            raise EmptyValue("key required: a user needs a name")
        actor.check("write", "users")
        doc = {"name": fields["name"], "status": fields.get("status") or "active"}
        if fields.get("oauthID"):
            doc["oauthID"] = fields["oauthID"]
        if fields.get("id"):
            if self.resources.peek("users", fields["id"]):
                raise Conflict(f"user with ID {fields['id']} already exists")
            doc = {"id": fields["id"], **doc}
        return self.resources.create("users", doc)

    def find_users(
        self, actor: Actor, *, after: str | None = None, name: str | None = None, id: str | None = None
    ) -> list[Doc]:
        """The users that the caller may see; `NotFound` when one is named and does not exist."""
        if id is not None:
            found = [self.resources.get("users", id)]
        elif name is not None:
            found = [self.by_name(name)]
        else:
            found = self.resources.find("users", after=after)
        return actor.readable("users", found)

    def by_name(self, name: str) -> Doc:
        """The user with this name, whatever the caller may see; `NotFound`."""
        found = self.resources.named("users", name)
        return found if found is not None else self.resources.get("users", "")

    def get_user(self, actor: Actor, id: str) -> Doc:
        """One user."""
        actor.check("read", "users", id=id)
        return self.resources.get("users", id)

    def update_user(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change name or status."""
        actor.check("write", "users", id=id)
        doc = self.resources.get("users", id)
        return self.resources.update(
            "users", {**doc, **{k: v for k, v in fields.items() if k in ("name", "status") and v}}
        )

    def delete_user(self, actor: Actor, id: str) -> None:
        """Remove a user; its tokens stay and are refused."""
        actor.check("write", "users", id=id)
        self.resources.delete("users", id)

    def set_password(self, actor: Actor, id: str, password: str) -> None:
        """A new password, set by someone who may write the user."""
        if self.resources.peek("users", id) is None:
            raise Forbidden("your userID is incorrect")
        actor.check("write", "users", id=id)
        check_password(password)
        self.accounts.set_password(id, password)

    def change_own_password(self, user_id: str, old: str, new: str) -> None:
        """A new password, set by its owner who knows the old one."""
        if not self.accounts.password_matches(user_id, old):
            raise Forbidden("your username or password is incorrect")
        check_password(new)
        self.accounts.set_password(user_id, new)

    def session_permissions(self, user_id: str) -> tuple[Permission, ...]:
        """What the user may do when signed in: manage itself, and its organizations by its role in them."""
        out = [Permission(action, "users", None, user_id) for action in ("read", "write")]
        for org_id, role in self.resources.roles_of(user_id, "orgs"):
            out += owner_permissions(org_id) if role == "owner" else member_permissions(org_id)
        return tuple(out)
