"""Mappings of InfluxQL databases and retention policies (DBRP) to buckets, stored and virtual.

Every bucket is a virtual mapping whose ID is the bucket's: its name is `database/policy`, or the database alone with the policy
`autogen`, which is the default then. A stored mapping hides a virtual one of the same names. Rules as recorded on 2.9.1 (scenarios/dbrps).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from influxctl.core.errors import Conflict, Invalid, NotFound
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources

_NAME = re.compile(r"[\w.-]+\Z")
AUTOGEN = "autogen"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of mappings asks for; None is anything."""

    id: str | None = None
    bucket_id: str | None = None
    database: str | None = None
    rp: str | None = None
    default: bool | None = None
    virtual: bool | None = None

    def lets(self, doc: Doc) -> bool:
        """Whether the mapping is asked for."""
        wanted = (
            (self.id, doc["id"]),
            (self.bucket_id, doc["bucketID"]),
            (self.database, doc["database"]),
            (self.rp, doc["retention_policy"]),
            (self.default, doc["default"]),
            (self.virtual, doc["virtual"]),
        )
        return all(value is None or value == found for value, found in wanted)


def split_name(bucket: str) -> tuple[str, str]:
    """Database and policy of a bucket's virtual mapping."""
    database, slash, rp = bucket.partition("/")
    return (database, rp) if slash else (bucket, AUTOGEN)


class DBRPs:
    """The mappings of all organizations."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def mappings(self, actor: Actor, org_id: str, database: str | None = None) -> list[tuple[Doc, Doc]]:
        """The mappings whose buckets the caller may read, each with its bucket: stored ones by ID, then virtual ones by bucket name."""
        stored = self.resources.find("dbrps", org_id=org_id, name=database)
        names = {(doc["database"], doc["retention_policy"]) for doc in stored}
        defaults = {doc["database"] for doc in stored if doc["default"]}
        found = []
        for doc in stored:
            bucket = self.resources.peek("buckets", doc["bucketID"])
            if bucket is not None:
                found.append((doc, bucket))
        for bucket in self._buckets(org_id, database):
            doc = _virtual(bucket)
            if (doc["database"], doc["retention_policy"]) not in names:
                found.append(({**doc, "default": doc["default"] and doc["database"] not in defaults}, bucket))
        return [(doc, bucket) for doc, bucket in found if actor.may_doc("read", "buckets", bucket)]

    def _buckets(self, org_id: str, database: str | None) -> list[Doc]:
        """The buckets whose virtual mappings belong to a database."""
        if database is None:
            found = self.resources.find("buckets", org_id=org_id)
        else:
            exact = self.resources.named("buckets", database, org_id) if "/" not in database else None
            found = ([exact] if exact else []) + self.resources.prefixed("buckets", f"{database}/", org_id)
        return sorted(found, key=lambda bucket: str(bucket["name"]))

    def find_dbrps(self, actor: Actor, org_id: str, wanted: Filter) -> list[Doc]:
        """The mappings that the caller may read."""
        return [
            doc
            for doc, _ in self.mappings(actor, org_id, wanted.database)
            if wanted.lets(doc) and (doc["virtual"] or actor.may_doc("read", "dbrps", doc))
        ]

    def get_dbrp(self, actor: Actor, org_id: str, id: str) -> Doc:
        """One mapping, stored or virtual; `NotFound`."""
        doc = self.resources.peek("dbrps", id)
        if doc is not None and doc["orgID"] == org_id:
            actor.check_doc("read", "dbrps", doc)
            return doc
        bucket = self.resources.peek("buckets", id)
        if bucket is None or bucket["orgID"] != org_id:
            raise NotFound("unable to find DBRP")
        actor.check_doc("read", "buckets", bucket)
        return _virtual(bucket)

    def create_dbrp(self, actor: Actor, org_id: str, fields: Doc) -> Doc:
        """A new stored mapping; the first of its database is the default whatever is asked for."""
        bucket_id = fields["bucketID"]
        database, rp = fields.get("database", ""), fields.get("retention_policy", "")
        _check_name("database", database)
        _check_name("retentionPolicy", rp)
        actor.check("write", "dbrp", org_id)
        bucket = self.resources.get("buckets", bucket_id)
        if bucket["orgID"] != org_id:
            raise NotFound("bucket not found")
        with self.resources.db.transaction():
            others = self.resources.find("dbrps", org_id=org_id, name=database)
            _check_free(others, rp, "")
            default = bool(fields.get("default")) or not others
            doc = self.resources.create(
                "dbrps", {"name": database, **_mapping("", database, rp, default, False, org_id, bucket_id)}, parent_id=bucket_id
            )  # fmt: skip
            if default:
                self._demote(others)
        return doc

    def _stored(self, actor: Actor, org_id: str, id: str) -> Doc:
        doc = self.resources.peek("dbrps", id)
        if doc is None or doc["orgID"] != org_id:
            raise NotFound("unable to find DBRP")
        actor.check_doc("write", "dbrps", doc)
        return doc

    def update_dbrp(self, actor: Actor, org_id: str, id: str, fields: Doc) -> Doc:
        """Change the policy's name, or make the mapping the default of its database, or give that up to another one."""
        doc = self._stored(actor, org_id, id)
        with self.resources.db.transaction():
            others = [o for o in self.resources.find("dbrps", org_id=org_id, name=doc["database"]) if o["id"] != id]
            rp = fields.get("retention_policy")
            if rp is not None:
                _check_name("retentionPolicy", rp)
                _check_free(others, rp, id)
                doc = {**doc, "retention_policy": rp}
            default = fields.get("default")
            if default is not None:
                if doc["default"] and not default and others:
                    self.resources.update("dbrps", {**others[0], "default": True})
                elif default:
                    self._demote(others)
                doc = {**doc, "default": bool(default) or not others}
            return self.resources.update("dbrps", doc)

    def delete_dbrp(self, actor: Actor, org_id: str, id: str) -> None:
        """Remove a stored mapping; if it was the default, the oldest other one of the database becomes it."""
        doc = self._stored(actor, org_id, id)
        with self.resources.db.transaction():
            self.resources.delete("dbrps", id)
            others = self.resources.find("dbrps", org_id=org_id, name=doc["database"], limit=1)
            if doc["default"] and others:
                self.resources.update("dbrps", {**others[0], "default": True})

    def _demote(self, others: list[Doc]) -> None:
        for other in others:
            if other["default"]:
                self.resources.update("dbrps", {**other, "default": False})


def _check_name(what: str, value: str) -> None:
    if not _NAME.match(value):
        raise Invalid(f"the DBRP is invalid: {what} must be a name of letters, digits, '_', '-' and '.'")


def _check_free(others: list[Doc], rp: str, id: str) -> None:
    if any(other["retention_policy"] == rp and other["id"] != id for other in others):
        raise Conflict("another DBRP mapping of the organization has this database and retention policy")


def _mapping(id: str, database: str, rp: str, default: bool, virtual: bool, org_id: str, bucket_id: str) -> Doc:
    return {
        "id": id,
        "database": database,
        "retention_policy": rp,
        "default": default,
        "virtual": virtual,
        "orgID": org_id,
        "bucketID": bucket_id,
    }


def _virtual(bucket: Doc) -> Doc:
    database, rp = split_name(bucket["name"])
    default = "/" not in bucket["name"]
    return _mapping(bucket["id"], database, rp, default, True, bucket["orgID"], bucket["id"])


def shown(doc: Doc) -> Doc:
    """A mapping as it is answered."""
    return _mapping(
        doc["id"], doc["database"], doc["retention_policy"], doc["default"], doc["virtual"], doc["orgID"], doc["bucketID"]
    )  # fmt: skip
