"""Notification endpoints: where rules send. Tokens, passwords and keys become secrets of the organization, shown as `secret: <key>`."""

from __future__ import annotations

from influxctl.core.errors import Conflict, Invalid, Unauthorized
from influxctl.core.ids import ordered_id
from influxctl.core.times import format_time, now_ns
from influxctl.local.services.orgs import Orgs, stamp
from influxctl.local.services.permissions import Actor
from influxctl.local.store.accounts import Accounts
from influxctl.local.store.resources import Doc, Resources

STATUS = ("active", "inactive")
_MARK = "secret: "
_METHODS = ("GET", "POST", "PUT")
# The fields of each type, in the order in which they are shown, and which of them are secrets (with the ending of their keys).
FIELDS: dict[str, tuple[str, ...]] = {
    "http": ("url", "headers", "token", "username", "password", "authMethod", "method", "contentTemplate"),
    "slack": ("url", "token"),
    "pagerduty": ("clientURL", "routingKey"),
    "telegram": ("token", "channel"),
}
SECRETS = {"token": "token", "username": "username", "password": "password", "routingKey": "routing-key"}


def check_type(type: str) -> str:
    """The type, or `Invalid` if there is none like it."""
    if type not in FIELDS:
        raise Invalid(f"invalid notification endpoint type {type}")
    return type


class Endpoints:
    """The notification endpoints of all organizations."""

    def __init__(self, resources: Resources, accounts: Accounts, orgs: Orgs) -> None:
        self.resources = resources
        self.accounts = accounts
        self.orgs = orgs

    def create_endpoint(self, actor: Actor, fields: Doc) -> Doc:
        """A new endpoint. Its secrets outlive it, as in the reference."""
        check_type(fields.get("type", ""))
        if not fields.get("orgID"):
            raise Invalid("invalid org id for permission: orgID is required")
        actor.check("write", "notificationEndpoints", fields["orgID"])
        self.resources.get("orgs", fields["orgID"])
        doc, secrets = self._checked(ordered_id(), fields["orgID"], fields)
        with self.resources.db.transaction():
            doc = self._named(self.resources.create, {**doc, **stamp()})
            self.accounts.put_secrets(doc["orgID"], secrets)
        return doc

    def _checked(self, id: str, org_id: str, fields: Doc) -> tuple[Doc, dict[str, str]]:
        """The document to store and the secrets that go beside it."""
        if not fields.get("name"):
            raise Invalid("Notification Endpoint Name can't be empty")
        if fields.get("status") not in STATUS:
            raise Invalid("invalid status: must be active or inactive")
        _check_fields(fields)
        doc: Doc = {"id": id, "name": fields["name"]}
        if fields.get("description"):
            doc["description"] = fields["description"]
        doc |= {"orgID": org_id, "status": fields["status"]}
        secrets = {}
        for key in FIELDS[fields["type"]]:
            value = fields.get(key) or ("" if key != "headers" else None)
            if key in SECRETS and value and not value.startswith(_MARK):
                secrets[f"{id}-{SECRETS[key]}"] = value
                value = f"{_MARK}{id}-{SECRETS[key]}"
            if value is not None:
                doc[key] = value
        doc["type"] = fields["type"]
        return doc, secrets

    def find_endpoints(self, actor: Actor, org_id: str | None) -> list[Doc]:
        """The endpoints of an organization that the caller may read; one must be named."""
        if org_id is None:
            raise Unauthorized("cannot process a request without a org or user filter")
        found = self.resources.find("notificationEndpoints", org_id=org_id)
        return actor.readable("notificationEndpoints", found)

    def get_endpoint(self, actor: Actor, id: str) -> Doc:
        """One endpoint."""
        doc = self.resources.get("notificationEndpoints", id)
        actor.check_doc("read", "notificationEndpoints", doc)
        return doc

    def _writable(self, actor: Actor, id: str) -> Doc:
        """One endpoint, for a change: the reference asks for the right to read it too."""
        doc = self.get_endpoint(actor, id)
        actor.check_doc("write", "notificationEndpoints", doc)
        return doc

    def update_endpoint(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change name, description or status."""
        given = check_patch(fields, "Notification Endpoint")
        doc = self._writable(actor, id)
        return self._named(self.resources.update, {**doc, **given, "updatedAt": format_time(now_ns())})

    def replace_endpoint(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Put another endpoint, maybe of another type, under the ID."""
        check_type(fields.get("type", ""))
        old = self._writable(actor, id)
        doc, secrets = self._checked(id, old["orgID"], fields)
        times = {"createdAt": old["createdAt"], "updatedAt": format_time(now_ns())}
        with self.resources.db.transaction():
            doc = self._named(self.resources.update, {**doc, **times})
            self.accounts.put_secrets(doc["orgID"], secrets)
        return doc

    def delete_endpoint(self, actor: Actor, id: str) -> None:
        """Remove an endpoint; rules that send to it stay."""
        self._writable(actor, id)
        self.resources.delete("notificationEndpoints", id)

    @staticmethod
    def _named(store: object, doc: Doc) -> Doc:
        try:
            return store("notificationEndpoints", doc)  # type: ignore[operator,no-any-return]
        except Conflict:
            raise Conflict(f"notification endpoint name {doc['name']} is not unique") from None


def check_patch(fields: Doc, noun: str) -> Doc:
    """What a PATCH of an endpoint, check or rule may change, checked."""
    if fields.get("name") == "":
        raise Invalid(f"{noun} Name can't be empty")
    if "status" in fields and fields["status"] not in STATUS:
        raise Invalid("invalid status: must be active or inactive")
    return {key: fields[key] for key in ("name", "description", "status") if key in fields}


def _check_fields(fields: Doc) -> None:
    """`Invalid` for what an endpoint of its type cannot do without."""
    match fields["type"]:
        case "http":
            if not fields.get("url"):
                raise Invalid("http endpoint URL is empty")
            if fields.get("method") not in _METHODS:
                raise Invalid(f"invalid http method: it must be one of {', '.join(_METHODS)}")
            method = fields.get("authMethod")
            if method not in ("none", "basic", "bearer"):
                raise Invalid("invalid http auth method: it must be none, basic or bearer")
            if method == "bearer" and not fields.get("token"):
                raise Invalid("invalid http token for bearer auth")
            if method == "basic" and not (fields.get("username") and fields.get("password")):
                raise Invalid("invalid http username/password for basic auth")
        case "slack":
            if not fields.get("url"):
                raise Invalid("slack endpoint URL must be provided")
        case "pagerduty":
            if not fields.get("routingKey"):
                raise Invalid("pagerduty routing key is invalid")
        case "telegram":
            if not fields.get("token"):
                raise Invalid("empty telegram bot token")
            if not fields.get("channel"):
                raise Invalid("empty telegram channel")
