"""Checks: deadman, threshold and custom ones. Each owns a task that does it, follows its name and status, and dies with it."""

from __future__ import annotations

from influxctl.core.errors import Conflict, InfluxctlError, Invalid
from influxctl.core.ids import ordered_id
from influxctl.core.times import format_time, now_ns
from influxctl.local.monitor.checks import check_script
from influxctl.local.services.endpoints import STATUS, check_patch
from influxctl.local.services.orgs import stamp
from influxctl.local.services.permissions import Actor
from influxctl.local.services.tasks import Tasks
from influxctl.local.store.resources import Doc, Resources
from influxctl.local.tasks.options import check_duration

TYPES = ("deadman", "threshold", "custom")
LEVELS = ("UNKNOWN", "OK", "INFO", "WARN", "CRIT", "ANY")
_THRESHOLDS = ("greater", "lesser", "range")


def check_type(type: str) -> str:
    """The type, or `Invalid` if there is none like it."""
    if type not in TYPES:
        raise Invalid(f"invalid check type {type}")
    return type


def level(text: str) -> str:
    """A level; what is none counts as UNKNOWN, as in the reference."""
    return text.upper() if text.upper() in LEVELS else "UNKNOWN"


def check_schedule(fields: Doc) -> None:
    """`every` and `offset` of a check or rule; `Invalid`."""
    if not fields.get("every"):
        raise Invalid("Every must exist: how often is this to be done?")
    interval = check_duration(fields["every"])
    offset = check_duration(fields["offset"]) if fields.get("offset") else None
    if offset is not None and not interval.months and offset.ns >= interval.ns:
        raise Invalid("Offset should not be equal or greater than the interval")


def query_view(query: Doc) -> Doc:
    """The query of a check with all its fields."""
    given = query.get("builderConfig") or {}
    window = given.get("aggregateWindow") or {}
    builder = {key: given.get(key) or [] for key in ("buckets", "tags", "functions")}
    builder["aggregateWindow"] = {"period": window.get("period", ""), "fillValues": window.get("fillValues", False)}
    return {
        "text": query.get("text", ""),
        "editMode": query.get("editMode", ""),
        "name": query.get("name", ""),
        "builderConfig": builder,
    }


class Checks:
    """The checks of all organizations."""

    def __init__(self, resources: Resources, tasks: Tasks) -> None:
        self.resources = resources
        self.tasks = tasks

    def create_check(self, actor: Actor, fields: Doc) -> Doc:
        """A new check with its task."""
        check_type(fields.get("type", ""))
        if not fields.get("orgID"):
            raise Invalid("invalid org id for permission: orgID is required")
        actor.check("write", "checks", fields["orgID"])
        self.resources.get("orgs", fields["orgID"])
        doc = self._checked(ordered_id(), fields["orgID"], fields)
        doc |= {"ownerID": actor.user_id, **stamp()}
        script = self._script(doc)
        with self.resources.db.transaction():
            task = self.tasks.add_task(doc["orgID"], actor.user_id, script, doc["status"], parent_id=doc["id"])
            return self._named(self.resources.create, {**doc, "taskID": task["id"]})

    def _checked(self, id: str, org_id: str, fields: Doc) -> Doc:
        if not fields.get("name"):
            raise Invalid("Check Name can't be empty")
        if fields.get("status") not in STATUS:
            raise Invalid("invalid status: must be active or inactive")
        doc: Doc = {"id": id, "name": fields["name"], "orgID": org_id, "query": query_view(fields.get("query") or {})}
        if fields.get("description"):
            doc["description"] = fields["description"]
        if fields["type"] != "custom":
            check_schedule(fields)
            doc |= {"statusMessageTemplate": fields.get("statusMessageTemplate", ""), "every": fields["every"]}
            if fields.get("offset"):
                doc["offset"] = fields["offset"]
            doc["tags"] = _tags(fields.get("tags"))
        if fields["type"] == "deadman":
            doc |= _deadman(fields)
        elif fields["type"] == "threshold":
            doc["thresholds"] = [_threshold(one) for one in fields.get("thresholds") or []] or None
        return {**doc, "type": fields["type"], "status": fields["status"]}

    @staticmethod
    def _script(doc: Doc) -> str:
        """The script of the check's task. A custom check is stored as the script that it is."""
        try:
            script = check_script(doc)
        except InfluxctlError as error:
            raise Invalid(f"Could not create task from check: {error.message}") from None
        if doc["type"] == "custom":
            doc["query"]["text"] = script
        return script

    def find_checks(self, actor: Actor, org_id: str | None) -> list[Doc]:
        """The checks that the caller may read."""
        return actor.readable("checks", self.resources.find("checks", org_id=org_id))

    def get_check(self, actor: Actor, id: str) -> Doc:
        """One check."""
        doc = self.resources.get("checks", id)
        actor.check_doc("read", "checks", doc)
        return doc

    def _writable(self, actor: Actor, id: str) -> Doc:
        """One check, for a change: the reference asks for the right to read it too."""
        doc = self.get_check(actor, id)
        actor.check_doc("write", "checks", doc)
        return doc

    def update_check(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change name, description or status."""
        given = check_patch(fields, "Check")
        return self._store({**self._writable(actor, id), **given})

    def replace_check(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Put another check, maybe of another type, under the ID; it keeps its task."""
        try:
            check_type(fields.get("type", ""))
        except Invalid as error:
            raise Invalid(f"malformed check body: {error.message}") from None
        old = self._writable(actor, id)
        doc = self._checked(id, old["orgID"], fields)
        return self._store({**doc, **{key: old[key] for key in ("ownerID", "taskID", "createdAt")}})

    def _store(self, doc: Doc) -> Doc:
        script = self._script(doc)
        with self.resources.db.transaction():
            doc = self._named(self.resources.update, {**doc, "updatedAt": format_time(now_ns())})
            task = self.resources.peek("tasks", doc["taskID"])
            if task is not None:
                self.tasks.change_task(task, {"flux": script, "status": doc["status"]})
        return doc

    @staticmethod
    def _named(store: object, doc: Doc) -> Doc:
        try:
            return store("checks", doc)  # type: ignore[operator,no-any-return]
        except Conflict:
            raise Conflict(f"check name {doc['name']} is not unique") from None

    def delete_check(self, actor: Actor, id: str) -> None:
        """Remove a check with its task."""
        self._writable(actor, id)
        self.resources.delete("checks", id)

    def script(self, actor: Actor, id: str) -> str:
        """The Flux of a check."""
        return check_script(self.get_check(actor, id))

    def with_task(self, doc: Doc) -> Doc:
        """A check or rule with what its task says of its runs."""
        task = self.resources.peek("tasks", doc["taskID"]) or {}
        latest = {"latestCompleted": task.get("latestCompleted"), "lastRunStatus": task.get("lastRunStatus")}
        latest |= {"latestScheduled": task.get("latestScheduled") or task.get("createdAt")}
        latest["lastRunError"] = task.get("lastRunError")
        return {**doc, **{key: value for key, value in latest.items() if value}}


def _tags(tags: list[Doc] | None) -> list[Doc] | None:
    if tags is None:
        return None
    if any(not tag.get("key") or not tag.get("value") for tag in tags):
        raise Invalid("tag must contain a key and a value")
    return [{"key": tag["key"], "value": tag["value"]} for tag in tags]


def _deadman(fields: Doc) -> Doc:
    for key in ("timeSince", "staleTime"):
        if not fields.get(key):
            raise Invalid(f"a deadman check needs {key}, a duration")
        check_duration(fields[key])
    return {
        "timeSince": fields["timeSince"],
        "staleTime": fields["staleTime"],
        "reportZero": fields.get("reportZero", False),
        "level": level(fields.get("level", "")),
    }


def _threshold(fields: Doc) -> Doc:
    kind = fields.get("type", "")
    if kind not in _THRESHOLDS:
        raise Invalid(f"invalid threshold type {kind}")
    doc: Doc = {"allValues": fields.get("allValues", False), "level": level(fields.get("level", ""))}
    if kind == "range":
        low, high = fields.get("min", 0), fields.get("max", 0)
        if low > high:
            raise Invalid("range threshold min can't be larger than max")
        doc |= {"min": low, "max": high, "within": fields.get("within", False)}
    else:
        doc["value"] = fields.get("value", 0)
    return {**doc, "type": kind}
