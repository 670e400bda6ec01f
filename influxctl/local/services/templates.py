"""Templates applied: what would change (dry run) or changes, and the stack that keeps track of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from influxctl.core.errors import Conflict, InfluxctlError, Invalid, NotFound, Unprocessable
from influxctl.local.query.canonical import canonical, with_task_option
from influxctl.local.services.permissions import Actor
from influxctl.local.services.stacks import PATHS, Stacks, general, resource
from influxctl.local.store.resources import Doc, fold
from influxctl.local.templates.parse import GROUPS, KINDS, Item, Template, read
from influxctl.local.templates.show import DIFF_KEYS, EMPTY_NEW, Show, number, old

if TYPE_CHECKING:
    from influxctl.local.services import Services

# Group of a difference -> kind of the store. Those with a unique name are found by it, the others only through their stack.
STORED = {group: "telegrafs" if group == "telegrafConfigs" else group for group in dict.fromkeys(GROUPS.values())}
_BY_NAME = ("labels", "buckets", "variables", "checks", "notificationEndpoints")
_GROUP_OF = {general(kind): group for kind, group in GROUPS.items()}
_ORDER = (
    "labels",
    "buckets",
    "variables",
    "checks",
    "notificationEndpoints",
    "notificationRules",
    "tasks",
    "telegrafConfigs",
    "dashboards",
)


@dataclass
class Wanted:
    """A request to apply: objects, where from, and what to leave out."""

    org_id: str
    contents: list[Any]
    sources: list[str]
    stack_id: str = ""
    dry_run: bool = False
    references: Doc = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    skipped_kinds: set[str] = field(default_factory=set)
    skipped: set[tuple[str, str]] = field(default_factory=set)


class TemplateErrors(Exception):
    """The template has errors: `answer` is the whole answer, which is more than code and message."""

    def __init__(self, answer: Doc) -> None:
        super().__init__("the template has errors")
        self.answer = answer


def actions(given: list[Doc]) -> tuple[set[str], set[tuple[str, str]]]:
    """The kinds and the resources that the actions of a request skip."""
    kinds: set[str] = set()
    single: set[tuple[str, str]] = set()
    for place, one in enumerate(given):
        name, properties = one.get("action", ""), one.get("properties")
        if name not in ("skipKind", "skipResource"):
            raise Invalid(f'invalid action type "{name}" provided for actions[{place}]; it is skipKind or skipResource')
        if not isinstance(properties, dict):
            raise Invalid(f'failed to read the properties of actions[{place}] "{name}"')
        kind = str(properties.get("kind", ""))
        if kind not in KINDS:
            raise Invalid(f'invalid kind for actions[{place}] "{name}": unsupported kind provided')
        if name == "skipKind":
            kinds |= {one for one in GROUPS if kind in (one, general(one))}
        else:
            meta = str(properties.get("resourceTemplateName", ""))
            single |= {(one, meta) for one in GROUPS if kind in (one, general(one))}
    return kinds, single


class Templates:
    """Applies templates."""

    def __init__(self, services: Services, stacks: Stacks) -> None:
        self.services = services
        self.resources = services.resources
        self.stacks = stacks

    def apply(self, actor: Actor, wanted: Wanted) -> Doc:
        """The answer of a dry run or of the real thing; `TemplateErrors` when there is something wrong with the objects."""
        if self.resources.peek("orgs", wanted.org_id) is None:
            raise Conflict(f'organization dependency does not exist for id["{wanted.org_id}"]')
        stack = self.stacks.get_stack(actor, wanted.stack_id) if wanted.stack_id else None
        template = read(wanted.contents, wanted.references, wanted.skipped_kinds, wanted.skipped)
        if template.errors:
            empty = Show(Template(), wanted.org_id, {}, applied=False, secrets={}).summary([], [])
            nothing: Doc = {key: [] for key in DIFF_KEYS}
            body = {"sources": [], "stackID": wanted.stack_id, "diff": nothing}
            body["summary"] = {**empty, "missingEnvRefs": None, "missingSecrets": None}
            code = "unprocessable entity"
            raise TemplateErrors({**body, "errors": template.errors, "code": code, "message": code})
        run = _Run(self, actor, wanted, template, stack)
        if wanted.dry_run:
            return run.answer(applied=False)
        with self.resources.db.transaction():
            try:
                run.store()
            except InfluxctlError as error:
                raise Unprocessable(f"the template could not be applied: {error.message}") from None
        self.services.buckets.drop_points()
        return run.answer(applied=True)

    def uninstall(self, actor: Actor, stack_id: str) -> Doc:
        """Remove the resources of a stack; it stays, empty."""
        doc = self.stacks.writable(actor, stack_id)
        last = doc["events"][-1]
        with self.resources.db.transaction():
            for one in reversed(last["resources"]):
                self.remove(actor, _GROUP_OF[one["kind"]], one["resourceID"])
            doc = self.stacks.record(doc, [], last["sources"], "uninstall")
        self.services.buckets.drop_points()
        return doc

    def delete_stack(self, actor: Actor, stack_id: str, org_id: str) -> None:
        """Remove a stack and what it made."""
        doc = self.resources.peek("stacks", stack_id)
        with self.resources.db.transaction():
            if doc is not None and doc["orgID"] == org_id:
                for one in reversed(doc["events"][-1]["resources"]):
                    self.remove(actor, _GROUP_OF[one["kind"]], one["resourceID"])
            self.stacks.delete_stack(actor, stack_id, org_id)
        self.services.buckets.drop_points()

    def remove(self, actor: Actor, group: str, id: str) -> None:
        """Delete one resource; it may be gone already."""
        services = self.services
        deletes: dict[str, Callable[[Actor, str], None]] = {
            "labels": services.labels.delete_label,
            "buckets": services.buckets.delete_bucket,
            "variables": services.variables.delete_variable,
            "checks": services.checks.delete_check,
            "dashboards": services.dashboards.delete_dashboard,
            "notificationEndpoints": services.endpoints.delete_endpoint,
            "notificationRules": services.rules.delete_rule,
            "tasks": services.tasks.delete_task,
            "telegrafConfigs": services.telegrafs.delete_telegraf,
        }
        try:
            deletes[group](actor, id)
        except NotFound:
            return


class _Run:
    """One application: what is there, what is to be, and the storing of it."""

    def __init__(
        self, templates: Templates, actor: Actor, wanted: Wanted, template: Template, stack: Doc | None
    ) -> None:
        self.templates = templates
        self.services = templates.services
        self.resources = templates.resources
        self.actor = actor
        self.wanted = wanted
        self.template = template
        self.stack = stack
        self.known: list[Doc] = stack["events"][-1]["resources"] if stack else []
        self.before: dict[tuple[str, str], Doc] = {}
        for item in template.items:
            found = self._find(item)
            if found is not None:
                self.before[item.group, item.meta] = found
        self.ids = {key: str(doc["id"]) for key, doc in self.before.items()}
        self.had = dict(self.ids)
        self.gone = self._gone()
        self.mappings = self._mappings()

    def _stored(self, group: str, id: str) -> Doc | None:
        doc = self.resources.peek(STORED[group], id)
        return doc if doc is not None and doc.get("orgID") == self.wanted.org_id else None

    def _find(self, item: Item) -> Doc | None:
        """The resource that an object is: of the stack, or of the same name where names are unique."""
        for one in self.known:
            if _GROUP_OF[one["kind"]] == item.group and one["templateMetaName"] == item.meta:
                found = self._stored(item.group, one["resourceID"])
                if found is not None:
                    return found
        if item.group not in _BY_NAME:
            return None
        same = [
            doc for doc in self.resources.find(STORED[item.group], org_id=self.wanted.org_id)
            if doc.get("name") == item.name or (item.group in ("labels", "variables") and fold(doc["name"]) == fold(item.name))
        ]  # fmt: skip
        return same[0] if same else None

    def _gone(self) -> list[tuple[str, Doc, Doc]]:
        """(group, what the stack says, the resource) of what the template has no longer."""
        out = []
        for one in self.known:
            group = _GROUP_OF[one["kind"]]
            if self.template.named(group, one["templateMetaName"]) is None:
                found = self._stored(group, one["resourceID"])
                if found is not None:
                    out.append((group, one, found))
        return out

    # Labels on resources.

    def _mappings(self) -> list[Doc]:
        """Which labels are and will be on which resources; those that the stack put there and the template has no more are removed."""
        out = []
        for one in self.known:
            group, meta = _GROUP_OF[one["kind"]], one["templateMetaName"]
            item = self.template.named(group, meta)
            for association in one["associations"]:
                label = self.template.named("labels", association["metaName"])
                if association["kind"] == "Label" and item and label and label.meta not in item.labels:
                    out.append({**self._mapping("remove", item, label), "resourceName": "", "labelName": ""})
                    out.append(self._mapping("exists", item, label))
        for group in _ORDER[1:]:
            for item in self.template.of(group):
                for meta in item.labels:
                    label = self.template.named("labels", meta)
                    if label is not None:
                        out.append(self._mapping("exists" if self._has_label(item, label) else "new", item, label))
        return sorted(
            out, key=lambda one: (one["resourceType"], one["resourceTemplateMetaName"], one["stateStatus"] != "remove")
        )

    def _has_label(self, item: Item, label: Item) -> bool:
        ids = self.ids.get((item.group, item.meta)), self.ids.get(("labels", label.meta))
        return None not in ids and any(
            one["id"] == ids[1] for one in self.resources.labels_of(STORED[item.group], ids[0] or "")
        )

    def _mapping(self, status: str, item: Item, label: Item) -> Doc:
        return {
            "stateStatus": status,
            "resourceType": STORED[item.group],
            "resourceID": number(self.ids.get((item.group, item.meta), "")),
            "resourceName": item.name,
            "resourceTemplateMetaName": item.meta,
            "labelID": number(self.ids.get(("labels", label.meta), "")),
            "labelName": label.name,
            "labelTemplateMetaName": label.meta,
        }

    # Storing.

    def store(self) -> None:
        """Make, change and remove what the difference says, and write the stack down."""
        self.services.accounts.put_secrets(self.wanted.org_id, self.wanted.secrets)
        for group in _ORDER:
            for item in sorted(self.template.of(group), key=lambda one: one.number):
                self.ids[group, item.meta] = self._store(item)
        for one in self.mappings:
            self._map(one)
        for group, written, _ in self.gone:
            self.templates.remove(self.actor, group, written["resourceID"])
        stack = self.stack or self.templates.stacks.create_stack(self.actor, self.wanted.org_id, {})
        resources = [self._written(item) for item in self.template.items]
        resources.sort(key=lambda one: (one["kind"], one["templateMetaName"]))
        self.stack = self.templates.stacks.record(stack, resources, self.wanted.sources)

    def _written(self, item: Item) -> Doc:
        associations = [{"kind": "Label", "metaName": meta} for meta in item.labels]
        if item.kind == "NotificationRule":
            associations.append({"kind": "NotificationEndpoint", "metaName": item.values["endpointName"]})
        return resource(item.kind, item.meta, self.ids[item.group, item.meta], associations)

    def _map(self, one: Doc) -> None:
        group = next(group for group, kind in STORED.items() if kind == one["resourceType"])
        ids = self.ids[group, one["resourceTemplateMetaName"]], self.ids["labels", one["labelTemplateMetaName"]]
        one["resourceID"], one["labelID"] = number(ids[0]), number(ids[1])
        if one["stateStatus"] == "new":
            self.services.labels.add_label(self.actor, one["resourceType"], *ids)
        elif one["stateStatus"] == "remove":
            self.services.labels.remove_label(self.actor, one["resourceType"], *ids)

    def _store(self, item: Item) -> str:
        """Create or change one resource; its ID."""
        id = self.ids.get((item.group, item.meta))
        made: Doc = getattr(self, f"_store_{item.group}")(item, id)
        return str(made["id"])

    def _fields(self, item: Item) -> Doc:
        return {"orgID": self.wanted.org_id, "name": item.name, **item.values}

    def _store_labels(self, item: Item, id: str | None) -> Doc:
        fields = {"orgID": self.wanted.org_id, "name": item.name, "properties": item.values}
        labels = self.services.labels
        return labels.update_label(self.actor, id, fields) if id else labels.create_label(self.actor, fields)

    def _store_buckets(self, item: Item, id: str | None) -> Doc:
        fields = self._fields(item)
        rules = fields.pop("retentionRules")
        if id is None:
            return self.services.buckets.create_bucket(self.actor, {**fields, "retentionRules": rules or []})
        seconds = rules[0]["everySeconds"] if rules else 0
        stored = self.before[item.group, item.meta]["retentionRules"][0]
        shard = (
            {}
            if seconds == 0 or seconds >= stored["shardGroupDurationSeconds"]
            else {"shardGroupDurationSeconds": min(seconds, 3600)}
        )
        return self.services.buckets.update_bucket(
            self.actor, id, {**fields, "retentionRules": [{"everySeconds": seconds, **shard}]}
        )

    def _store_variables(self, item: Item, id: str | None) -> Doc:
        variables = self.services.variables
        fields = self._fields(item)
        return (
            variables.update_variable(self.actor, id, fields) if id else variables.create_variable(self.actor, fields)
        )

    def _store_checks(self, item: Item, id: str | None) -> Doc:
        checks = self.services.checks
        fields = {**self._fields(item), "query": {"text": item.values["query"]}}
        fields["type"] = "threshold" if item.kind == "CheckThreshold" else "deadman"
        return checks.replace_check(self.actor, id, fields) if id else checks.create_check(self.actor, fields)

    def _store_notificationEndpoints(self, item: Item, id: str | None) -> Doc:
        endpoints = self.services.endpoints
        fields = self._fields(item)
        if fields["type"] == "pagerduty":
            fields["clientURL"] = fields.pop("url")
        return (
            endpoints.replace_endpoint(self.actor, id, fields) if id else endpoints.create_endpoint(self.actor, fields)
        )

    def _store_notificationRules(self, item: Item, id: str | None) -> Doc:
        rules = self.services.rules
        endpoint = self.template.named("notificationEndpoints", item.values["endpointName"])
        assert endpoint is not None
        fields = {
            **self._fields(item),
            "endpointID": self.ids["notificationEndpoints", endpoint.meta],
            "type": endpoint.values["type"],
        }
        fields["statusRules"] = [
            {key: level for key, level in rule.items() if level} for rule in item.values["statusRules"]
        ]
        return rules.replace_rule(self.actor, id, fields) if id else rules.create_rule(self.actor, fields)

    def _store_tasks(self, item: Item, id: str | None) -> Doc:
        values = item.values
        schedule = f'cron: "{values["cron"]}"' if values["cron"] else f"every: {values['every']}"
        offset = f", offset: {values['offset']}" if values["offset"] else ""
        name = item.name.replace("\\", "\\\\").replace('"', '\\"')
        option = f'option task = {{ name: "{name}", {schedule}{offset} }}'
        script = with_task_option(values["query"], option)
        if id:
            script = canonical(script)  # the reference writes a script anew when it changes its options
        fields = {
            "orgID": self.wanted.org_id,
            "flux": script,
            "status": values["status"],
            "description": values["description"],
        }
        tasks = self.services.tasks
        return tasks.update_task(self.actor, id, fields) if id else tasks.create_task(self.actor, fields)

    def _store_telegrafConfigs(self, item: Item, id: str | None) -> Doc:
        telegrafs = self.services.telegrafs
        fields = {**self._fields(item), "metadata": {}}
        if not fields["description"]:
            fields.pop("description")
        return (
            telegrafs.replace_telegraf(self.actor, id, fields) if id else telegrafs.create_telegraf(self.actor, fields)
        )

    def _store_dashboards(self, item: Item, id: str | None) -> Doc:
        dashboards, fields = self.services.dashboards, self._fields(item)
        if id:
            return dashboards.rebuild_dashboard(self.actor, id, fields)
        made = dashboards.create_dashboard(self.actor, fields)
        # The reference keeps names in the cells of such dashboards, which lists show, until it is applied again.
        cells = [{**cell, "name": given["name"], "properties": {"shape": "empty"}}
                 for cell, given in zip(made["cells"], item.values["cells"], strict=True)]  # fmt: skip
        return self.resources.update("dashboards", {**made, "cells": cells})

    # The answer.

    def answer(self, *, applied: bool) -> Doc:
        """Sources, stack, difference and summary."""
        shown = {}
        if applied:
            for item in self.template.of("notificationEndpoints"):
                id = self.ids[item.group, item.meta]
                shown[id] = self.resources.get("notificationEndpoints", id)
        show = Show(self.template, self.wanted.org_id, self.ids, applied=applied, secrets=shown)
        have = set(self.services.accounts.secret_keys(self.wanted.org_id))
        missing = [key for key in self.template.secrets if key not in have]
        return {
            "sources": self.wanted.sources,
            "stackID": self.stack["id"] if self.stack else "",
            "diff": self._difference(show),
            "summary": show.summary(self.mappings, missing),
        }

    def _difference(self, show: Show) -> Doc:
        diff: Doc = {key: [] for key in DIFF_KEYS}
        diff["labelMappings"] = self.mappings
        for group in STORED:
            for item in self.template.of(group):
                id = self.ids.get((group, item.meta), "")
                before = self.before.get((group, item.meta))
                status = "exists" if before is not None else "new"
                entry = {
                    "id": number(id),
                    "stateStatus": status,
                    "templateMetaName": item.meta,
                    "kind": item.kind,
                    "new": show.new(item),
                }
                if before is not None or group != "variables":
                    entry["old"] = None if before is None else old(group, before)
                diff[group].append(entry)
        for group, written, doc in self.gone:
            kind = next(kind for kind in GROUPS if general(kind) == written["kind"])
            meta = written["templateMetaName"]
            entry = {"id": number(doc["id"]), "stateStatus": "remove", "templateMetaName": meta, "kind": kind}
            diff[group].append({**entry, "new": {"name": meta, **EMPTY_NEW.get(group, {})}, "old": old(group, doc)})
        return diff


__all__ = ["PATHS", "TemplateErrors", "Templates", "Wanted", "actions"]
