"""Buckets: names, retention rules, shard lengths, and the dropping of points of buckets that are gone."""

from __future__ import annotations

from collections.abc import Callable

from influxctl.core.errors import Conflict, Invalid, NotFound, Unprocessable
from influxctl.core.ids import is_id
from influxctl.core.times import format_time, now_ns
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources

HOUR, DAY, WEEK = 3600, 86400, 604800
MIN_RETENTION = HOUR
SYSTEM_BUCKETS = (
    ("_monitoring", 7 * DAY, "System bucket for monitoring logs"),
    ("_tasks", 3 * DAY, "System bucket for task logs"),
)


def shard_seconds(retention: int) -> int:
    """The length of a shard that suits a retention in seconds, 0 being for ever (documented by InfluxDB, seen in 2.9.1)."""
    if 0 < retention < 2 * DAY:
        return HOUR
    return DAY if 0 < retention <= 180 * DAY else WEEK


def retention_rule(every: int, shard: int | None) -> Doc:
    """A checked retention rule; `shard` None chooses."""
    if every < 0:
        raise Unprocessable("expiration seconds cannot be negative")
    if 0 < every < MIN_RETENTION:
        raise Unprocessable(f"the retention must be 0 (for ever) or at least {MIN_RETENTION} seconds")
    if shard is not None and shard < 0:
        raise Unprocessable("shard-group duration seconds cannot be negative")
    shard = max(shard, HOUR) if shard else shard_seconds(every)  # seen in 2.9.1: half an hour becomes one
    if 0 < every < shard:
        raise Unprocessable("the shard-group duration must not be longer than the retention")
    return {"type": "expire", "everySeconds": every, "shardGroupDurationSeconds": shard}


def one_rule(rules: list[Doc] | None) -> Doc:
    """The only rule of a request, empty if there is none."""
    if rules and len(rules) > 1:
        raise Unprocessable("buckets cannot have more than one retention rule at this time")
    return rules[0] if rules else {}


def check_name(name: str) -> None:
    """`Invalid` for names that buckets may not have."""
    if name.startswith("_"):
        raise Invalid(f"bucket name {name} is invalid. Buckets may not start with underscore")
    if '"' in name:
        raise Invalid(f"bucket name {name} is invalid. Bucket names may not include quotation marks")


class Buckets:
    """The buckets of all organizations."""

    def __init__(
        self,
        resources: Resources,
        drop: Callable[[str], bool],
        changed: Callable[[Doc], None],
        joined: Callable[[str], list[Doc]],
    ) -> None:
        """`drop(bucket_id)` removes a bucket's points if the engine is open in this process and tells whether it did; `changed(bucket)`
        tells the engine of new rules; `joined(org_id)` are the demo buckets that an organization reads."""
        self.resources = resources
        self._drop = drop
        self._changed = changed
        self._joined = joined

    def create_bucket(self, actor: Actor, fields: Doc) -> Doc:
        """A new bucket."""
        if not fields.get("orgID"):
            raise Invalid("organization id must be provided")
        name = fields.get("name", "")
        check_name(name)
        if fields.get("schemaType") not in (None, "implicit", "explicit"):
            raise Invalid(f"unknown schema type {fields['schemaType']!r}: it is implicit or explicit")
        rule = one_rule(fields.get("retentionRules"))
        rule = retention_rule(rule.get("everySeconds", 0), rule.get("shardGroupDurationSeconds"))
        self.resources.get("orgs", fields["orgID"])
        actor.check("write", "buckets", fields["orgID"])
        more = {key: fields[key] for key in ("description", "rp", "schemaType") if fields.get(key)}
        if more.get("schemaType") == "implicit":
            del more["schemaType"]  # that is every bucket's, and 2.9.1 does not show it
        return self.add_bucket(fields["orgID"], name, rule, more=more)

    def add_bucket(self, org_id: str, name: str, rule: Doc, *, type: str = "user", more: Doc | None = None) -> Doc:
        """Store a bucket whose fields have been checked."""
        now = format_time(now_ns())
        doc: Doc = {"orgID": org_id, "type": type, "name": name, "retentionRules": [rule]}
        return self.resources.create("buckets", {**doc, **(more or {}), "createdAt": now, "updatedAt": now})

    def create_system_buckets(self, org_id: str) -> None:
        """The two buckets that every organization has."""
        for name, seconds, text in SYSTEM_BUCKETS:
            self.add_bucket(org_id, name, retention_rule(seconds, None), type="system", more={"description": text})

    def find_buckets(
        self,
        actor: Actor,
        *,
        id: str | None = None,
        name: str | None = None,
        org_id: str | None = None,
        org_named: bool = False,
        after: str | None = None,
        descending: bool = False,
    ) -> list[Doc]:
        """The buckets that the caller may read. `NotFound` for an unknown ID, and for an unknown name when an org is named too."""
        if id is not None:
            return (
                [self.get_bucket(actor, id)]
                if self._demo(actor, id)
                else actor.readable("buckets", [self.resources.get("buckets", id)])
            )
        found = self.resources.find("buckets", org_id=org_id, name=name, after=after, descending=descending)
        found = actor.readable("buckets", found)
        if after is None:
            if org_id is not None:  # seen in 2.9.1: within an organization by name, without one by ID
                found.sort(key=lambda bucket: str(bucket["name"]).encode(), reverse=descending)
            found += [bucket for bucket in self._demos(actor, org_id) if name in (None, bucket["name"])]
        if not found and name is not None and org_named:
            raise NotFound(f'bucket "{name}" not found')
        return found

    def _demos(self, actor: Actor, org_id: str | None) -> list[Doc]:
        """The demo buckets of an organization (or of all that the caller may read buckets of)."""
        if not self.resources.any_members("demodata"):
            return []
        orgs = [org_id] if org_id else [org["id"] for org in self.resources.find("orgs")]
        found = {
            bucket["id"]: bucket for org in orgs if actor.may("read", "buckets", org) for bucket in self._joined(org)
        }
        return list(found.values())

    def _demo(self, actor: Actor, id: str) -> Doc | None:
        return next((bucket for bucket in self._demos(actor, None) if bucket["id"] == id), None)

    def get_bucket(self, actor: Actor, id: str) -> Doc:
        """One bucket."""
        demo = self._demo(actor, id)
        if demo is not None:
            return demo
        doc = self.resources.get("buckets", id)
        actor.check_doc("read", "buckets", doc)
        return doc

    def update_bucket(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change name, description or retention. A rule without a shard length keeps the present one, which must still fit."""
        doc = self.resources.get("buckets", id)
        rules = fields.get("retentionRules")
        if rules:
            given, old = one_rule(rules), doc["retentionRules"][0]
            every = given.get("everySeconds", 0)
            shard = given.get("shardGroupDurationSeconds") or old["shardGroupDurationSeconds"]
            if 0 < every < shard and "shardGroupDurationSeconds" not in given:
                raise Unprocessable(
                    "shard-group duration must also be updated to be smaller than new retention duration"
                )
            doc = {**doc, "retentionRules": [retention_rule(every, shard)]}
        if "name" in fields and fields["name"] != doc["name"]:
            if doc["type"] == "system":
                raise Invalid("system buckets cannot be renamed")
            check_name(fields["name"])
            doc = {**doc, "name": fields["name"]}
        if "description" in fields:
            doc = {**doc, "description": fields["description"]}
        actor.check_doc("write", "buckets", doc)
        try:
            doc = self.resources.update("buckets", {**doc, "updatedAt": format_time(now_ns())})
        except Conflict:
            raise Conflict("bucket name is not unique") from None
        self._changed(doc)
        return doc

    def delete_bucket(self, actor: Actor, id: str) -> None:
        """Remove a bucket and its points."""
        doc = self.resources.get("buckets", id)
        actor.check_doc("write", "buckets", doc)
        if doc["type"] == "system":
            raise Invalid("system buckets cannot be deleted")
        self.resources.delete("buckets", id)
        self.drop_points()

    def drop_points(self) -> None:
        """Drop the points of deleted buckets; what cannot be dropped now is dropped when the engine is opened next."""
        for bucket_id in self.resources.dropped_buckets():
            if self._drop(bucket_id):
                self.resources.bucket_dropped(bucket_id)

    def named_or_id(self, org_id: str, text: str) -> Doc:
        """The bucket that a request names by ID (tried first, as the reference does) or by name; `NotFound`."""
        if is_id(text):
            doc = self.resources.peek("buckets", text)
            if doc is not None and doc["orgID"] == org_id:
                return doc
        found = self.resources.named("buckets", text, org_id)
        if found is None:
            raise NotFound(f'bucket "{text}" not found')
        return found
