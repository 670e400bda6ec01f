"""Stacks: named sets of resources that templates made, with their history."""

from __future__ import annotations

import re

from influxctl.core.errors import Conflict, Invalid, NotFound
from influxctl.core.times import format_time, now_ns
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources

_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+\Z|/?[^\s:]+\Z", re.IGNORECASE)
API_VERSION = "influxdata.com/v2alpha1"
PATHS = {
    "Bucket": "buckets",
    "Check": "checks",
    "Dashboard": "dashboards",
    "Label": "labels",
    "NotificationEndpoint": "notificationEndpoints",
    "NotificationRule": "notificationRules",
    "Task": "tasks",
    "Telegraf": "telegrafs",
    "Variable": "variables",
}


def general(kind: str) -> str:
    """The kind that a stack writes down: checks and endpoints without their type."""
    for name in ("Check", "NotificationEndpoint"):
        if kind.startswith(name):
            return name
    return kind


class Stacks:
    """The stacks of all organizations; `events` is their history, the last one is what they are."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def create_stack(self, actor: Actor, org_id: str, fields: Doc) -> Doc:
        """A new stack; names may be shared and empty."""
        if self.resources.peek("orgs", org_id) is None:
            raise Conflict(f'organization dependency does not exist for id["{org_id}"]')
        actor.check("write", "orgs", id=org_id)
        event = self._event(
            "create", fields.get("name", ""), fields.get("description", ""), _urls(fields.get("urls", []))
        )
        return self.resources.create("stacks", {"orgID": org_id, "createdAt": event["updatedAt"], "events": [event]})

    @staticmethod
    def _event(type: str, name: str, description: str, urls: list[str]) -> Doc:
        now = format_time(now_ns())
        event: Doc = {"eventType": type, "name": name, "description": description, "resources": [], "sources": []}
        return {**event, "urls": urls, "updatedAt": now}

    def find_stacks(self, actor: Actor, org_id: str, names: list[str], ids: list[str]) -> list[Doc]:
        """The stacks of an organization with one of the names and one of the IDs, if some are given."""
        if not actor.may("read", "orgs", id=org_id):
            return []
        found = self.resources.find("stacks", org_id=org_id)
        if names or ids:
            found = [doc for doc in found if doc["events"][-1]["name"] in names or doc["id"] in ids]
        return found

    def get_stack(self, actor: Actor, id: str) -> Doc:
        """One stack."""
        doc = self.resources.peek("stacks", id)
        if doc is None or not actor.may("read", "orgs", id=doc["orgID"]):
            raise NotFound(f'stack not found for key "{id}"')
        return doc

    def writable(self, actor: Actor, id: str) -> Doc:
        """One stack, to be changed."""
        doc = self.get_stack(actor, id)
        actor.check("write", "orgs", id=doc["orgID"])
        return doc

    def update_stack(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change name, description or URLs, add resources that exist."""
        doc = self.writable(actor, id)
        last = doc["events"][-1]
        name, description = (fields.get(key, last[key]) for key in ("name", "description"))
        event = self._event("update", name, description, last["urls"])
        event["resources"], event["sources"] = list(last["resources"]), last["sources"]
        for key in ("templateURLs", "urls"):
            if key in fields:
                event["urls"] = _urls(fields[key])
        for one in fields.get("additionalResources", []):
            if general(one["kind"]) not in PATHS:
                raise Invalid(f"unsupported kind {one['kind']!r}")
            event["resources"].append(resource(one["kind"], one["templateMetaName"], one["resourceID"], []))
        return self.append(doc, event)

    def append(self, doc: Doc, event: Doc) -> Doc:
        """Write one more event down."""
        return self.resources.update("stacks", {**doc, "events": [*doc["events"], event]})

    def record(self, doc: Doc, resources: list[Doc], sources: list[str], type: str = "update") -> Doc:
        """The stack has these resources now."""
        last = doc["events"][-1]
        event = self._event(type, last["name"], last["description"], last["urls"])
        return self.append(doc, {**event, "resources": resources, "sources": sources})

    def delete_stack(self, actor: Actor, id: str, org_id: str) -> None:
        """Remove a stack and its resources; nothing happens if there is none."""
        doc = self.resources.peek("stacks", id)
        if doc is None:
            return
        if doc["orgID"] != org_id:
            raise Conflict("the stack belongs to another organization")
        actor.check("write", "orgs", id=org_id)
        self.resources.delete("stacks", id)


def resource(kind: str, meta: str, id: str, associations: list[Doc]) -> Doc:
    """A resource as a stack writes it down."""
    kind = general(kind)
    links = {"self": f"/api/v2/{PATHS[kind]}/{id}"}
    head = {"apiVersion": API_VERSION, "resourceID": id, "kind": kind, "templateMetaName": meta}
    return {**head, "associations": associations, "links": links}


def _urls(urls: list[str]) -> list[str]:
    for url in urls:
        if not _URL.match(url):
            raise Invalid(f'provided url["{url}"] is invalid')
    return urls
