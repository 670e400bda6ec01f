"""Notification rules: which statuses are sent to which endpoint. Each owns a task that does it."""

from __future__ import annotations

import re

from influxctl.core.errors import InfluxctlError, Invalid, NotFound
from influxctl.core.ids import ordered_id
from influxctl.core.times import format_time, now_ns
from influxctl.local.monitor.rules import rule_script
from influxctl.local.services.checks import check_schedule, level
from influxctl.local.services.endpoints import STATUS, check_patch
from influxctl.local.services.orgs import stamp
from influxctl.local.services.permissions import Actor
from influxctl.local.services.tasks import Tasks
from influxctl.local.store.resources import Doc, Resources

# The fields of each type, with what stands for them when they are absent.
FIELDS: dict[str, Doc] = {
    "http": {},
    "slack": {"channel": "", "messageTemplate": ""},
    "pagerduty": {"messageTemplate": ""},
    "telegram": {"messageTemplate": "", "parseMode": "", "disableWebPagePreview": False},
}
OPERATORS = ("equal", "notequal", "equalregex", "notequalregex")


def check_type(type: str) -> str:
    """The type, or `Invalid` if there is none like it."""
    if type not in FIELDS:
        raise Invalid(f"invalid notification type {type}")
    return type


class Rules:
    """The notification rules of all organizations; they may share names."""

    def __init__(self, resources: Resources, tasks: Tasks) -> None:
        self.resources = resources
        self.tasks = tasks

    def create_rule(self, actor: Actor, fields: Doc) -> Doc:
        """A new rule with its task."""
        check_type(fields.get("type", ""))
        if not fields.get("orgID"):
            raise Invalid("invalid org id for permission: orgID is required")
        actor.check("write", "notificationRules", fields["orgID"])
        self.resources.get("orgs", fields["orgID"])
        doc = _checked(ordered_id(), fields["orgID"], fields)
        doc |= {"ownerID": actor.user_id, **stamp()}
        script = self._script(doc)
        with self.resources.db.transaction():
            task = self.tasks.add_task(doc["orgID"], actor.user_id, script, doc["status"], parent_id=doc["id"])
            return self.resources.create("notificationRules", {**doc, "taskID": task["id"]})

    def _script(self, doc: Doc) -> str:
        """The script of a rule; `NotFound` without its endpoint."""
        endpoint = self.resources.get("notificationEndpoints", doc["endpointID"])
        if endpoint["orgID"] != doc["orgID"]:  # those of other organizations are not to be seen
            raise NotFound("notification endpoint not found")
        return rule_script(doc, endpoint)

    def find_rules(self, actor: Actor, org_id: str | None, tags: list[tuple[str, str]]) -> list[Doc]:
        """The rules that the caller may read, and that a status with these tags would pass."""
        found = self.resources.find("notificationRules", org_id=org_id)
        found = [doc for doc in found if not tags or _passes(doc.get("tagRules") or [], tags)]
        return actor.readable("notificationRules", found)

    def get_rule(self, actor: Actor, id: str) -> Doc:
        """One rule."""
        doc = self.resources.get("notificationRules", id)
        actor.check_doc("read", "notificationRules", doc)
        return doc

    def _writable(self, actor: Actor, id: str) -> Doc:
        """One rule, for a change: the reference asks for the right to read it too."""
        doc = self.get_rule(actor, id)
        actor.check_doc("write", "notificationRules", doc)
        return doc

    def update_rule(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change name, description or status."""
        given = check_patch(fields, "Notification Rule")
        return self._store({**self._writable(actor, id), **given})

    def replace_rule(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Put another rule, maybe of another type, under the ID; it keeps its task."""
        check_type(fields.get("type", ""))
        old = self._writable(actor, id)
        doc = _checked(id, old["orgID"], fields)
        return self._store({**doc, **{key: old[key] for key in ("ownerID", "taskID", "createdAt")}})

    def _store(self, doc: Doc) -> Doc:
        task = self.resources.peek("tasks", doc["taskID"])
        changes: Doc = {"status": doc["status"]}
        try:
            changes["flux"] = self._script(doc)
        except InfluxctlError:
            # A rule whose endpoint is gone can still be switched off and renamed.
            if doc["status"] == "active" or task is None:
                raise
        with self.resources.db.transaction():
            doc = self.resources.update("notificationRules", {**doc, "updatedAt": format_time(now_ns())})
            if task is not None:
                self.tasks.change_task(task, changes)
        return doc

    def delete_rule(self, actor: Actor, id: str) -> None:
        """Remove a rule with its task."""
        self._writable(actor, id)
        self.resources.delete("notificationRules", id)

    def script(self, actor: Actor, id: str) -> str:
        """The Flux of a rule."""
        return self._script(self.get_rule(actor, id))


def _checked(id: str, org_id: str, fields: Doc) -> Doc:
    """The document to store, or `Invalid`."""
    if not fields.get("name"):
        raise Invalid("Notification Rule Name can't be empty")
    if not fields.get("endpointID"):
        raise Invalid("endpointID is required: where is this rule to send?")
    if fields.get("status") not in STATUS:
        raise Invalid("invalid status: must be active or inactive")
    check_schedule(fields)
    doc: Doc = {"id": id, "name": fields["name"]}
    if fields.get("description"):
        doc["description"] = fields["description"]
    doc |= {"endpointID": fields["endpointID"], "orgID": org_id, "every": fields["every"]}
    if fields.get("offset"):
        doc["offset"] = fields["offset"]
    doc["runbookLink"] = fields.get("runbookLink", "")
    doc |= {key: fields[key] for key in ("sleepUntil", "limit", "limitEvery") if fields.get(key)}
    if fields.get("tagRules"):
        doc["tagRules"] = [_tag_rule(one) for one in fields["tagRules"]]
    if fields.get("statusRules"):
        doc["statusRules"] = [_status_rule(one) for one in fields["statusRules"]]
    doc |= {key: fields.get(key, default) for key, default in FIELDS[fields["type"]].items()}
    if "messageTemplate" in doc and not doc["messageTemplate"]:
        raise Invalid(f"{fields['type']} message template is empty")
    return {**doc, "type": fields["type"], "status": fields["status"]}


def _tag_rule(fields: Doc) -> Doc:
    operator = fields.get("operator") or "equal"
    if operator not in OPERATORS:
        raise Invalid(f"unrecognized operator {operator!r}: it must be one of {', '.join(OPERATORS)}")
    if not fields.get("key") or not fields.get("value"):
        raise Invalid("tag must contain a key and a value")
    return {"key": fields["key"], "value": fields["value"], "operator": operator}


def _status_rule(fields: Doc) -> Doc:
    previous = fields.get("previousLevel")
    return {
        "currentLevel": level(fields.get("currentLevel", "")),
        "previousLevel": None if previous is None else level(previous),
    }


def _passes(rules: list[Doc], tags: list[tuple[str, str]]) -> bool:
    """Whether every tag rule is met by one of the tags."""
    return all(any(key == rule["key"] and _meets(rule, value) for key, value in tags) for rule in rules)


def _meets(rule: Doc, value: str) -> bool:
    wanted, operator = str(rule["value"]), str(rule["operator"])
    if operator.endswith("regex"):
        try:
            found = re.search(wanted, value) is not None
        except re.error:
            return False
        return found == (operator == "equalregex")
    return (wanted == value) == (operator == "equal")
