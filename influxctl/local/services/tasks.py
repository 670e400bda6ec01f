"""Tasks: scripts that run on a schedule, and their runs."""

from __future__ import annotations

from influxctl.core.errors import InfluxctlError, Invalid, NotFound
from influxctl.core.times import format_time, now_ns
from influxctl.local.services.orgs import Orgs
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources
from influxctl.local.tasks.options import check_duration, task_options, with_options

STATUS = ("active", "inactive")
RESUMED = "_resumed"  # the schedule counts from here: what fell due before is not made up for; not shown
_OPTIONS = ("name", "every", "cron", "offset")


def schedule_of(script: str) -> Doc:
    """The fields of a task that its script decides."""
    options = task_options(script)
    found = {"name": options.name, "every": options.every, "cron": options.cron, "offset": options.offset}
    return {key: value for key, value in found.items() if value}


class Tasks:
    """The tasks of all organizations. A check or rule owns its task: the task dies with it and no list shows it."""

    def __init__(self, resources: Resources, orgs: Orgs) -> None:
        self.resources = resources
        self.orgs = orgs

    def create_task(self, actor: Actor, fields: Doc) -> Doc:
        """A new task; names may be shared."""
        script = fields.get("flux")
        if not script:
            raise Invalid("failed to decode request: missing flux")
        status = fields.get("status") or "active"
        _check_status(status)
        if not fields.get("orgID") and not fields.get("org"):
            raise Invalid("failed to decode request: missing orgID and org")
        org = self._org(fields)
        actor.check("write", "tasks", org["id"])
        return self.add_task(org["id"], actor.user_id, script, status, fields.get("description", ""))

    def _org(self, fields: Doc) -> Doc:
        try:
            found = self.orgs.resolve(id=fields.get("orgID"), name=fields.get("org"))
        except NotFound as error:
            raise NotFound(f"could not identify organization: {error.message}") from None
        assert found is not None
        return found

    def add_task(
        self, org_id: str, owner_id: str, script: str, status: str, description: str = "", *, parent_id: str = ""
    ) -> Doc:
        """Store a task; `Invalid` if its option is wrong. `parent_id`: the check or rule that owns it."""
        now = format_time(now_ns() // 10**9 * 10**9)
        doc: Doc = {
            "orgID": org_id,
            "ownerID": owner_id,
            "description": description,
            "status": status,
            "flux": script,
            **schedule_of(script),
            "latestCompleted": now,
            "createdAt": now,
        }
        if parent_id:
            doc["updatedAt"] = now  # the reference writes such tasks twice
        return self.resources.create("tasks", doc, parent_id=parent_id)

    def find_tasks(
        self,
        actor: Actor,
        *,
        name: str | None = None,
        org_id: str | None = None,
        user_id: str | None = None,
        status: str | None = None,
        after: str | None = None,
    ) -> list[Doc]:
        """The tasks that the caller may read; an unknown status filters nothing, as in the reference."""
        found = self.resources.find("tasks", org_id=org_id, name=name, parent_id="", after=after)
        if user_id is not None:
            found = [doc for doc in found if doc["ownerID"] == user_id]
        if status in STATUS:
            found = [doc for doc in found if doc["status"] == status]
        return actor.readable("tasks", found)

    def org_filter(self, org_id: str | None, org: str | None) -> str | None:
        """The organization that a list is narrowed to; an unknown name is a 400 here."""
        if org_id is not None or not org:
            return org_id
        try:
            return str(self.orgs.by_name(org)["id"])
        except NotFound as error:
            raise Invalid(f"failed to decode request: {error.message}") from None

    def get_task(self, actor: Actor, id: str) -> Doc:
        """One task."""
        doc = self.resources.get("tasks", id)
        actor.check_doc("read", "tasks", doc)
        return doc

    def writable(self, actor: Actor, id: str) -> Doc:
        """One task of a caller who may write it: enough to run or delete it."""
        doc = self.resources.get("tasks", id)
        actor.check_doc("write", "tasks", doc)
        return doc

    def update_task(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change script, status or description; `every`, `cron`, `offset` and `name` rewrite the option in the script."""
        options = {key: fields[key] for key in _OPTIONS if fields.get(key)}
        if not options and not any(key in fields for key in ("flux", "status", "description")):
            raise Invalid("failed to decode request: cannot update task without content")
        if "every" in options and "cron" in options:
            raise Invalid("failed to decode request: cannot specify both every and cron")
        for key in ("every", "offset"):
            if key in options:
                check_duration(options[key])
        _check_status(fields.get("status") or "active")
        doc = self.writable(actor, id)
        actor.check_doc("read", "tasks", doc)  # the answer shows the task
        try:
            return self.change_task(doc, fields, options)
        except InfluxctlError as error:
            raise type(error)(f"failed to update task: {error.message}") from None

    def change_task(self, doc: Doc, fields: Doc, options: dict[str, str] | None = None) -> Doc:
        """Store a changed task. One that becomes active again is not behind with its runs."""
        script = fields.get("flux") or doc["flux"]
        if options:
            script = with_options(script, options)
        now = format_time(now_ns() // 10**9 * 10**9)
        changed = {key: value for key, value in doc.items() if key not in _OPTIONS}
        changed |= {key: fields[key] for key in ("status", "description") if fields.get(key) is not None}
        if changed["status"] == "active" and doc["status"] != "active":
            changed["latestCompleted"] = now
        changed |= {"flux": script, **schedule_of(script), "updatedAt": now}
        if any(changed.get(key) != doc.get(key) for key in ("status", "every", "cron", "offset")):
            changed[RESUMED] = now
        return self.resources.update("tasks", changed)

    def delete_task(self, actor: Actor, id: str) -> None:
        """Remove a task with its runs."""
        self.writable(actor, id)
        self.resources.delete("tasks", id)


def _check_status(status: str) -> None:
    if status not in STATUS:
        raise Invalid(f'failed to decode request: invalid task status: "{status}"')
