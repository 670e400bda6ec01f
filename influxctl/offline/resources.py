"""Resources from one server to another: made where they are missing, changed where they differ, by name; nothing is deleted.

IDs differ on both sides: those that resources hold (a rule's endpoint, labels) are translated. Values of secrets are not to be read from a
server: an endpoint keeps the names of its secrets, and those that the other side lacks are reported. A bucket that is there keeps its
retention: shortening it would delete data.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from influxctl.client.paging import pages
from influxctl.core.errors import NotFound
from influxctl.offline.transfer import End

Doc = dict[str, Any]
_SERVERS_OWN = frozenset({
    "id", "links", "labels", "createdAt", "updatedAt", "ownerID", "userID", "taskID", "orgID", "org", "meta", "authorizationID",
    "latestCompleted", "latestScheduled", "lastRunStatus", "lastRunError",
})  # fmt: skip
_SECRETS = ("token", "username", "password", "routingKey")
_MARK = "secret: "


@dataclass(frozen=True, slots=True)
class Kind:
    """How resources of a kind are listed, made and changed. `keep`: only these fields count (empty: all but the server's own)."""

    noun: str
    list: str
    create: str
    update: str
    id: str
    label: str = ""
    label_id: str = ""
    keep: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    kind.noun: kind
    for kind in (
        Kind("label", "GetLabels", "PostLabels", "PatchLabelsID", "labelID", keep=("name", "properties")),
        Kind("bucket", "GetBuckets", "PostBuckets", "", "bucketID", "PostBucketsIDLabels",
             keep=("name", "description", "retentionRules", "schemaType")),
        Kind("variable", "GetVariables", "PostVariables", "PutVariablesID", "variableID", "PostVariablesIDLabels"),
        Kind("telegraf", "GetTelegrafs", "PostTelegrafs", "PutTelegrafsID", "telegrafID", "PostTelegrafsIDLabels",
             keep=("name", "description", "config", "metadata")),
        Kind("notification-endpoint", "GetNotificationEndpoints", "CreateNotificationEndpoint", "PutNotificationEndpointsID",
             "endpointID", "PostNotificationEndpointIDLabels"),
        Kind("check", "GetChecks", "CreateCheck", "PutChecksID", "checkID", "PostChecksIDLabels"),
        Kind("notification-rule", "GetNotificationRules", "CreateNotificationRule", "PutNotificationRulesID", "ruleID",
             "PostNotificationRuleIDLabels"),
        Kind("task", "GetTasks", "PostTasks", "PatchTasksID", "taskID", "PostTasksIDLabels", keep=("flux", "status", "description")),
        Kind("dashboard", "GetDashboards", "PostDashboards", "PatchDashboardsID", "dashboardID", "PostDashboardsIDLabels",
             keep=("name", "description")),
    )
}  # fmt: skip
FIRST = ("label", "bucket")  # before the points
REST = tuple(noun for noun in KINDS if noun not in FIRST)  # after them: tasks and checks find the data


@dataclass
class Carrier:
    """Carries resources from one end to the other. `dry_run`: say only what would happen."""

    source: End
    target: End
    dry_run: bool = False
    note: Callable[[str], None] = lambda text: None
    _ids: dict[str, str] = field(default_factory=dict)  # of the source to those of the target
    _owned: dict[str, set[str]] = field(default_factory=dict)

    def carry(self, nouns: Sequence[str], buckets: Sequence[str] | None = None) -> Iterator[Doc]:
        """Carries the kinds; `buckets` limits the buckets by name. Gives what was done: kind, name, action (create, change, keep)."""
        for noun in nouns:
            kind = KINDS[noun]
            there: dict[tuple[str, int], Doc] = dict(_numbered(self._all(self.target, kind)))
            for key, doc in _numbered(self._all(self.source, kind)):
                if noun == "bucket" and buckets is not None and doc["name"] not in buckets:
                    continue
                yield {"kind": noun, "name": doc.get("name", ""), "action": self._one(kind, doc, there.get(key))}

    def _all(self, end: End, kind: Kind) -> list[Doc]:
        if kind.noun == "bucket":
            return end.buckets()
        found: list[Doc] = list(pages(end.client, kind.list, {"orgID": end.org_id}))
        if kind.noun == "task":
            owned = self._tasks_of_checks(end)
            found = [task for task in found if task["id"] not in owned and task.get("type") != "monitoring"]
        return found

    def _tasks_of_checks(self, end: End) -> set[str]:
        """Tasks that belong to a check or a rule come and go with it."""
        if end.name not in self._owned:
            self._owned[end.name] = {
                str(doc["taskID"])
                for operation in ("GetChecks", "GetNotificationRules")
                for doc in pages(end.client, operation, {"orgID": end.org_id})
                if doc.get("taskID")
            }
        return self._owned[end.name]

    def _one(self, kind: Kind, doc: Doc, there: Doc | None) -> str:
        wanted = self._body(kind, doc)
        if there is not None:
            self._ids[doc["id"]] = there["id"]
        if kind.noun == "dashboard":
            return self._dashboard(kind, doc, wanted, there)
        if there is None:
            if not self.dry_run:
                there = self._create(kind, doc, wanted)
                self._ids[doc["id"]] = there["id"]
                self._label(kind, doc, there)
            return "create"
        present = self._body(kind, there, translate=False)
        if kind.noun == "bucket":
            self._look_at_retention(wanted, present)
            same = True
        else:
            same = _without_secrets(wanted) == _without_secrets(present)
        if not self.dry_run:
            if not same:
                secrets = {key: present[key] for key in _SECRETS if key in present}
                body = {**wanted, **secrets, "orgID": self.target.org_id, "id": there["id"]}
                self.target.client.call(kind.update, {kind.id: there["id"]}, json=_body_of(kind, body))
            self._label(kind, doc, there)
        return "keep" if same else "change"

    def _body(self, kind: Kind, doc: Mapping[str, Any], *, translate: bool = True) -> Doc:
        """What counts of a resource, with IDs of the target."""
        body = {
            key: value for key, value in doc.items() if key not in _SERVERS_OWN and (not kind.keep or key in kind.keep)
        }
        if translate and body.get("endpointID"):
            body["endpointID"] = self._ids.get(body["endpointID"], body["endpointID"])
        return {key: value for key, value in body.items() if value not in (None, "")}

    def _create(self, kind: Kind, doc: Doc, body: Doc) -> Doc:
        if kind.noun == "task":
            body = {"status": "active", **body}
        made: Doc = self.target.client.call(kind.create, json={**body, "orgID": self.target.org_id}).json()
        made = made.get("label", made)
        if kind.noun == "bucket" and body.get("schemaType") == "explicit":
            self._schemas(doc, made)
        for key in _SECRETS:
            value = str(body.get(key) or "")
            if kind.noun == "notification-endpoint" and value.startswith(_MARK):
                secret = value.removeprefix(_MARK)
                self.note(
                    f"endpoint {doc['name']} uses the secret {secret}: set it there with 'influxctl secret update'"
                )
        return made

    def _schemas(self, doc: Doc, made: Doc) -> None:
        """The measurement schemas of an explicit bucket."""
        query = {"orgID": self.source.org_id}
        path, org = {"bucketID": made["id"]}, {"orgID": self.target.org_id}
        try:
            for schema in pages(self.source.client, "getMeasurementSchemas", query, path={"bucketID": doc["id"]}):
                body = {key: schema[key] for key in ("name", "columns")}
                self.target.client.call("createMeasurementSchema", path, org, json=body)
        except NotFound:  # InfluxDB OSS has none
            self.note(f"bucket {doc['name']} has a schema for each measurement; the other side knows no such thing")

    def _look_at_retention(self, wanted: Doc, present: Doc) -> None:
        def seconds(body: Doc) -> int:
            return int(next((rule.get("everySeconds", 0) for rule in body.get("retentionRules") or []), 0))

        if seconds(wanted) != seconds(present):
            self.note(
                f"bucket {wanted['name']} keeps its own retention there: {seconds(present)} s, {seconds(wanted)} s here (0: for ever)"
            )

    def _label(self, kind: Kind, doc: Doc, there: Doc) -> None:
        """The labels that the resource has at the source and lacks at the target."""
        if not kind.label:
            return
        has = {label["name"] for label in there.get("labels") or ()}
        for label in doc.get("labels") or ():
            if label["name"] not in has and label["id"] in self._ids:
                self.target.client.call(kind.label, {kind.id: there["id"]}, json={"labelID": self._ids[label["id"]]})

    def _dashboard(self, kind: Kind, doc: Doc, wanted: Doc, there: Doc | None) -> str:
        """A dashboard with its cells; one whose cells differ gets new ones."""
        cells = self._cells(self.source, doc["id"])
        present = self._cells(self.target, there["id"]) if there is not None else []
        same_cells = [_place(cell) for cell in cells] == [_place(cell) for cell in present]
        same = there is not None and self._body(kind, there, translate=False) == wanted and same_cells
        if self.dry_run or same:
            if same and there is not None and not self.dry_run:
                self._label(kind, doc, there)
            return "keep" if same else "change" if there is not None else "create"
        action = "change" if there is not None else "create"
        if there is None:
            there = self.target.client.call(kind.create, json={**wanted, "orgID": self.target.org_id}).json()
            self._ids[doc["id"]] = there["id"]
        else:
            path = {kind.id: there["id"]}
            self.target.client.call(kind.update, path, json={"description": "", **wanted})
        if not same_cells:
            self._replace_cells(there["id"], cells, present)
        self._label(kind, doc, there)
        return action

    def _cells(self, end: End, dashboard_id: str) -> list[Doc]:
        path = {"dashboardID": dashboard_id}
        found = end.client.call("GetDashboardsID", path, {"include": "properties"}).json()
        return list(found.get("cells") or [])

    def _replace_cells(self, dashboard_id: str, cells: Sequence[Doc], present: Sequence[Doc]) -> None:
        call, path = self.target.client.call, {"dashboardID": dashboard_id}
        for cell in present:
            try:
                call("DeleteDashboardsIDCellsID", {**path, "cellID": cell["id"]})
            except NotFound:
                continue  # somebody else was faster
        for cell in cells:
            made = call("PostDashboardsIDCells", path, json={key: cell[key] for key in "xywh" if key in cell}).json()
            view = {"name": cell.get("name", ""), "properties": cell.get("properties") or {}}
            call("PatchDashboardsIDCellsIDView", {**path, "cellID": made["id"]}, json=view)


def _place(cell: Doc) -> Doc:
    return {key: cell.get(key) for key in ("x", "y", "w", "h", "name", "properties")}


def _numbered(docs: Sequence[Doc]) -> Iterator[tuple[tuple[str, int], Doc]]:
    """Each with its name and how many of that name came before it: names need not differ."""
    seen: dict[str, int] = defaultdict(int)
    for doc in docs:
        name = str(doc.get("name", ""))
        yield (name, seen[name]), doc
        seen[name] += 1


def _without_secrets(body: Doc) -> Doc:
    return {key: value for key, value in body.items() if not (key in _SECRETS and str(value).startswith(_MARK))}


def _body_of(kind: Kind, body: Doc) -> Doc:
    """The body of a change; some operations refuse what they do not know."""
    return {key: body[key] for key in kind.keep if key in body} if kind.noun in ("label", "task") else body


def summed(done: Sequence[Mapping[str, Any]]) -> str:
    """What was done, in words: `3 buckets created, 2 tasks kept`."""
    words = {"create": "created", "change": "changed", "keep": "kept"}
    found = Counter((str(row["kind"]), words[str(row["action"])]) for row in done)
    return ", ".join(f"{count} {kind}{'s' * (count != 1)} {word}" for (kind, word), count in found.items())
