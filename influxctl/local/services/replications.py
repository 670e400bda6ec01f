"""Remote connections and replications: what they may be; `replicate.streams` does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from influxctl.core.errors import Conflict, Invalid
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources

if TYPE_CHECKING:
    from influxctl.local.replicate.streams import Streams

_REMOTE = ("name", "description", "remoteURL", "remoteAPIToken", "remoteOrgID", "allowInsecureTLS")
_REPLICATION = (
    *("name", "description", "remoteID", "remoteBucketID", "remoteBucketName", "maxQueueSizeBytes", "maxAgeSeconds"),
    "dropNonRetryableData",
)
QUEUE_BYTES, MIN_QUEUE_BYTES, AGE_SECONDS = 67_108_860, 33_554_430, 604_800


class Replications:
    """Remotes and replications of all organizations."""

    def __init__(self, resources: Resources, streams: Streams) -> None:
        self.resources = resources
        self.streams = streams

    def _find(self, actor: Actor, kind: str, org_id: str | None, wanted: dict[str, str | None]) -> list[Doc]:
        if org_id is None:
            raise Invalid("invalid or missing org ID")
        found = self.resources.find(kind, org_id=org_id)
        found = [doc for doc in found if all(value in (None, doc.get(key)) for key, value in wanted.items())]
        return actor.readable(kind, found)

    def _get(self, actor: Actor, kind: str, id: str) -> Doc:
        doc = self.resources.get(kind, id)
        actor.check_doc("read", kind, doc)
        return doc

    def _writable(self, actor: Actor, kind: str, id: str) -> Doc:
        doc = self.resources.get(kind, id)
        actor.check_doc("write", kind, doc)
        return doc

    # Remotes.

    def find_remotes(self, actor: Actor, org_id: str | None, **wanted: str | None) -> list[Doc]:
        """The remote connections of an organization."""
        return self._find(actor, "remotes", org_id, wanted)

    def get_remote(self, actor: Actor, id: str) -> Doc:
        """One remote connection."""
        return self._get(actor, "remotes", id)

    def create_remote(self, actor: Actor, fields: Doc) -> Doc:
        """A new remote connection."""
        missing = [name for name in ("name", "orgID", "remoteURL", "remoteAPIToken") if not fields.get(name)]
        if missing:
            raise Invalid(f"a remote connection needs {', '.join(missing)}")
        actor.check("write", "remotes", fields["orgID"])
        self.resources.get("orgs", fields["orgID"])
        doc = {key: fields[key] for key in _REMOTE if key in fields}
        return self.resources.create("remotes", {"orgID": fields["orgID"], "allowInsecureTLS": False, **doc})

    def update_remote(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change what is given."""
        doc = self._writable(actor, "remotes", id)
        doc = self.resources.update("remotes", {**doc, **{key: fields[key] for key in _REMOTE if key in fields}})
        self.streams.changed()
        return doc

    def delete_remote(self, actor: Actor, id: str) -> None:
        """Remove a remote connection that no replication uses."""
        doc = self._writable(actor, "remotes", id)
        if any(one["remoteID"] == id for one in self.resources.find("replications", org_id=doc["orgID"])):
            raise Conflict("a replication uses this remote connection")
        self.resources.delete("remotes", id)

    # Replications.

    def find_replications(self, actor: Actor, org_id: str | None, **wanted: str | None) -> list[Doc]:
        """The replications of an organization."""
        return self._find(actor, "replications", org_id, wanted)

    def get_replication(self, actor: Actor, id: str) -> Doc:
        """One replication."""
        return self._get(actor, "replications", id)

    def check_new(self, actor: Actor, fields: Doc) -> Doc:
        """The replication that these fields describe, checked and not stored."""
        missing = [name for name in ("name", "orgID", "remoteID", "localBucketID") if not fields.get(name)]
        if missing:
            raise Invalid(f"a replication needs {', '.join(missing)}")
        actor.check("write", "replications", fields["orgID"])
        doc = {"maxQueueSizeBytes": QUEUE_BYTES, "maxAgeSeconds": AGE_SECONDS, "dropNonRetryableData": False}
        doc |= {key: fields[key] for key in (*_REPLICATION, "orgID", "localBucketID") if key in fields}
        self._check(doc)
        return doc

    def _check(self, doc: Doc) -> None:
        if not doc.get("remoteBucketID") and not doc.get("remoteBucketName"):
            raise Invalid("a replication needs remoteBucketID or remoteBucketName")
        if doc["maxQueueSizeBytes"] < MIN_QUEUE_BYTES:
            raise Invalid(f"maxQueueSizeBytes must be at least {MIN_QUEUE_BYTES}")
        if doc["maxAgeSeconds"] < 0:
            raise Invalid("maxAgeSeconds must not be negative")
        remote, bucket = (
            self.resources.get("remotes", doc["remoteID"]),
            self.resources.get("buckets", doc["localBucketID"]),
        )
        if remote["orgID"] != doc["orgID"] or bucket["orgID"] != doc["orgID"]:
            raise Invalid("remote connection and bucket must belong to the organization of the replication")

    def create_replication(self, actor: Actor, fields: Doc) -> Doc:
        """A new replication."""
        doc = self.resources.create("replications", self.check_new(actor, fields))
        self.streams.changed()
        return doc

    def check_changed(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """The replication as it would be after a change."""
        doc = self._writable(actor, "replications", id)
        doc = {**doc, **{key: fields[key] for key in _REPLICATION if key in fields}}
        self._check(doc)
        return doc

    def update_replication(self, actor: Actor, id: str, fields: Doc) -> Doc:
        """Change what is given."""
        doc = self.resources.update("replications", self.check_changed(actor, id, fields))
        self.streams.changed()
        return doc

    def delete_replication(self, actor: Actor, id: str) -> None:
        """Remove a replication, with what waits in its queue."""
        self._writable(actor, "replications", id)
        self.resources.delete("replications", id)
        self.streams.changed()

    def figures(self, id: str) -> Doc:
        """The queue of a replication and what its remote said last."""
        return self.streams.figures(id)

    def try_out(self, doc: Doc) -> None:
        """Whether the remote takes a write that has no lines; `Invalid` with its reason."""
        from influxctl.local.replicate.sender import Sender

        sender = Sender()
        try:
            outcome = sender.send(self.resources.get("remotes", doc["remoteID"]), doc, b"", "ns")
        finally:
            sender.close()
        if not outcome.good:
            raise Invalid(f"the remote does not take writes: {outcome.message or outcome.status}")
