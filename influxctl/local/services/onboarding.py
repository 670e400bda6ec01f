"""Onboarding: the first user, organization, bucket and operator token of a fresh server, and complete accounts made later."""

from __future__ import annotations

from typing import NamedTuple

from influxctl.core.errors import Conflict, Unprocessable
from influxctl.local.services.authorizations import Authorizations
from influxctl.local.services.buckets import Buckets, retention_rule
from influxctl.local.services.orgs import Orgs
from influxctl.local.services.permissions import OPERATOR, Actor, Permission, operator_permissions, owner_permissions
from influxctl.local.services.users import Users, check_password
from influxctl.local.store.accounts import Accounts, new_token
from influxctl.local.store.resources import Doc, Resources

_DONE = "onboarded"


class Onboarded(NamedTuple):
    """What set-up made."""

    user: Doc
    org: Doc
    bucket: Doc
    authorization: Doc
    token: str


class Onboarding:
    """Set-up."""

    def __init__(
        self,
        resources: Resources,
        accounts: Accounts,
        users: Users,
        orgs: Orgs,
        buckets: Buckets,
        authorizations: Authorizations,
    ) -> None:
        self.resources = resources
        self.accounts = accounts
        self.users = users
        self.orgs = orgs
        self.buckets = buckets
        self.authorizations = authorizations

    def allowed(self) -> bool:
        """Whether the server is still to be set up."""
        return self.accounts.setting(_DONE) is None and self.resources.count("users") == 0

    def set_up(self, fields: Doc) -> Onboarded:
        """Set up a fresh server; `Conflict` when that was done before."""
        with self.resources.db.transaction():
            if not self.allowed():
                raise Conflict("onboarding has already been completed")
            self._check(fields)
            done = self._make(OPERATOR, fields, operator_permissions())
            self.accounts.put_setting(_DONE, "true")
        return done

    def add_account(self, actor: Actor, fields: Doc) -> Onboarded:
        """One more user with an organization, a bucket and a token for that organization, on a server that is set up."""
        self._check(fields)
        actor.check("write", "users")
        actor.check("write", "orgs")
        with self.resources.db.transaction():
            return self._make(actor, fields, None)

    @staticmethod
    def _check(fields: Doc) -> None:
        missing = [name for name in ("username", "org", "bucket") if not fields.get(name)]
        if missing:
            raise Unprocessable(f"onboarding failed: missing required fields [{','.join(missing)}]")
        if fields.get("password") is not None:
            check_password(fields["password"])

    def _make(self, actor: Actor, fields: Doc, permissions: list[Permission] | None) -> Onboarded:
        seconds = fields.get("retentionPeriodSeconds") or 3600 * (fields.get("retentionPeriodHrs") or 0)
        # The reference takes a negative or short retention here without a word; ours treats less than nothing as for ever.
        rule = retention_rule(max(seconds, 0), None)
        user = self.users.create_user(OPERATOR, {"name": fields["username"]})
        if fields.get("password"):
            self.accounts.set_password(user["id"], fields["password"])
        org = self.orgs.create_org(Actor(user["id"], OPERATOR.permissions), {"name": fields["org"]})
        bucket = self.buckets.add_bucket(org["id"], fields["bucket"], rule)
        if permissions is None:
            own = [Permission(action, "users", None, user["id"]) for action in ("read", "write")]
            permissions = owner_permissions(org["id"]) + own
        token = fields.get("token") or new_token()
        doc = self.authorizations.document(org["id"], user["id"], permissions, f"{user['name']}'s Token")
        authorization = self.resources.create("authorizations", doc)
        self.accounts.add_token(token, authorization["id"])
        return Onboarded(user, org, bucket, authorization, token)
