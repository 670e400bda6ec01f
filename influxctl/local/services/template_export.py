"""Resources exported as a template: some by ID or name, all of an organization, or those of a stack; with what they depend on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from influxctl.core.errors import Invalid, NotFound, Unprocessable
from influxctl.core.ids import check_id, is_id
from influxctl.local.services.permissions import Actor
from influxctl.local.services.stacks import Stacks, general
from influxctl.local.services.templates import STORED
from influxctl.local.store.kinds import KINDS
from influxctl.local.store.resources import Doc
from influxctl.local.templates.export import ORDER, Names, exported, meta_name
from influxctl.local.templates.parse import GROUPS

if TYPE_CHECKING:
    from influxctl.local.services import Services

_TASK_OPTION = re.compile(
    r"option task = \{.*?\}", re.DOTALL
)  # the reference finds no other spelling, and leaves others in
_GROUP_OF = {**GROUPS, **{general(kind): group for kind, group in GROUPS.items()}}


def _group(kind: str) -> str:
    group = _GROUP_OF.get(kind)
    if group is None:
        raise Invalid(f"unsupported kind {kind!r}")
    return group


class TemplateExport:
    """Makes templates of what is there."""

    def __init__(self, services: Services, stacks: Stacks) -> None:
        self.services = services
        self.resources = services.resources
        self.stacks = stacks

    def export(self, actor: Actor, fields: Doc) -> list[Doc]:
        """The objects that a request asks for, each once, labels first."""
        if not fields.get("resources") and not fields.get("orgIDs") and not fields.get("stackID"):
            raise Unprocessable("at least 1 resource, 1 org id, or stack id must be provided")
        chosen: dict[tuple[str, str], tuple[Doc, str]] = {}
        called: dict[tuple[str, str], str] = {}  # names that the template of a stack gave
        bare: set[tuple[str, str]] = (
            set()
        )  # resources chosen by name: they come without their labels, as in the reference
        if fields.get("stackID"):
            stack = self.stacks.get_stack(actor, check_id(fields["stackID"]))
            for one in stack["events"][-1]["resources"]:
                group = _group(one["kind"])
                called[group, one["resourceID"]] = one["templateMetaName"]
                self._choose(actor, chosen, group, self._one(actor, group, one["resourceID"]))
        for one in fields.get("orgIDs", []):
            if not is_id(one.get("orgID", "")):
                raise Invalid(f'provided org id is invalid: "{one.get("orgID", "")}"')
            self._choose_all(actor, chosen, one["orgID"], one.get("resourceFilters") or {})
        for one in fields.get("resources", []):
            group = _group(one.get("kind", ""))
            if not one.get("id") and not one.get("name"):
                raise Invalid("a resource must be named by its id or its name")
            if one.get("id"):
                self._choose(actor, chosen, group, self._one(actor, group, check_id(one["id"])), one.get("name", ""))
            else:
                for doc in self._named(actor, group, one["name"]):
                    if (group, doc["id"]) not in chosen:
                        bare.add((group, doc["id"]))
                        self._choose(actor, chosen, group, doc, labels=False)

        def names(group: str, id: str) -> str:
            return called.get((group, id)) or meta_name(group, id)

        objects = [self._object(key, doc, name, names, key in bare) for key, (doc, name) in chosen.items()]
        return sorted(objects, key=lambda one: (ORDER.index(one["kind"]), one["spec"].get("name", "")))

    def _one(self, actor: Actor, group: str, id: str) -> Doc:
        doc = self.resources.peek(STORED[group], id)
        if doc is None or not actor.may_doc("read", STORED[group], doc):
            raise NotFound(f"{KINDS[STORED[group]].noun} {id} not found")
        return doc

    def _named(self, actor: Actor, group: str, name: str) -> list[Doc]:
        found = actor.readable(STORED[group], self.resources.find(STORED[group], name=name))
        if not found:
            raise NotFound(f"{KINDS[STORED[group]].noun} {name!r} not found")
        return found

    def _choose(
        self,
        actor: Actor,
        chosen: dict[tuple[str, str], tuple[Doc, str]],
        group: str,
        doc: Doc,
        name: str = "",
        *,
        labels: bool = True,
    ) -> None:
        """Take a resource with its labels; a rule with its endpoint."""
        chosen[group, doc["id"]] = (doc, name)
        if labels and KINDS[STORED[group]].labels:
            for label in self.resources.labels_of(STORED[group], doc["id"]):
                chosen.setdefault(("labels", label["id"]), (label, ""))
        if group == "notificationRules":
            key = "notificationEndpoints", doc["endpointID"]
            chosen.setdefault(key, (self._one(actor, *key), ""))

    def _choose_all(
        self, actor: Actor, chosen: dict[tuple[str, str], tuple[Doc, str]], org_id: str, filters: Doc
    ) -> None:
        """All of an organization; by kind and by label. A label passes if it is one of those, or if none of them exists. System
        buckets and the tasks of checks and rules come by themselves."""
        kinds, wanted = filters.get("byResourceKind") or [], set(filters.get("byLabel") or [])
        known = {label["name"] for label in self.resources.find("labels", org_id=org_id)} & wanted
        groups = {_group(kind) for kind in kinds} or set(STORED)
        for group in STORED:
            if group not in groups:
                continue
            parents = self._owned() if group == "tasks" else set()
            for doc in actor.readable(STORED[group], self.resources.find(STORED[group], org_id=org_id)):
                names = (
                    {label["name"] for label in self.resources.labels_of(STORED[group], doc["id"])} if wanted else set()
                )
                left_out = known and doc["name"] not in known if group == "labels" else wanted and not names & wanted
                if doc.get("type") != "system" and doc["id"] not in parents and not left_out:
                    self._choose(actor, chosen, group, doc)

    def _owned(self) -> set[str]:
        """The tasks of checks and rules."""
        return {
            doc["taskID"]
            for kind in ("checks", "notificationRules")
            for doc in self.resources.find(kind)
            if doc.get("taskID")
        }

    def _object(self, key: tuple[str, str], doc: Doc, name: str, names: Names, bare: bool) -> Doc:
        group, _ = key
        labelled = KINDS[STORED[group]].labels and not bare
        labels = self.resources.labels_of(STORED[group], doc["id"]) if labelled else []
        views = self.services.dashboards.views(doc["id"]) if group == "dashboards" else None
        if group == "tasks":
            doc = {**doc, "query": _TASK_OPTION.sub("", doc["flux"]).strip()}
        return exported(group, doc, labels, name, views, names)
