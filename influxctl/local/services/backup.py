"""Backup and restore: metadata as a copy of the SQLite file, points as framed line protocol. The format is our own, the routes are not.

A bucket's points are one shard whose number is the bucket's ID read as a number. A shard file is `MAGIC`, then frames of a length, a
CRC-32 and that many bytes of line protocol with nanosecond times (whole lines only), and a frame of length 0 as its end.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from influxctl.core.errors import Invalid, NotFound, Unauthorized
from influxctl.core.ids import is_id
from influxctl.core.times import MAX_TIME, MIN_TIME, format_time
from influxctl.local.services.buckets import Buckets, retention_rule
from influxctl.local.services.permissions import OPERATOR, Actor
from influxctl.local.services.points import Points
from influxctl.local.store.db import FILE, Database
from influxctl.local.store.resources import Doc, Resources

MAGIC = b"influxctl shard 1\n"
_FRAME = struct.Struct(">II")
_MAX_FRAME = 256 << 20
_NS = 10**9


class Backup:
    """Copies of everything, for operators."""

    def __init__(self, resources: Resources, buckets: Buckets, points: Points, restored: Callable[[], None]) -> None:
        """`restored` is called when the metadata was replaced."""
        self._restored = restored
        self.resources = resources
        self.buckets = buckets
        self.points = points

    @staticmethod
    def check_operator(actor: Actor) -> None:
        """Backup and restore see everything: only a token that may do everything may use them."""
        if actor.refusal or not all(actor.covers(permission) for permission in OPERATOR.permissions):
            raise Unauthorized(actor.refusal or "backup and restore take an operator token")

    # Backup.

    def metadata(self, actor: Actor) -> bytes:
        """A consistent copy of the metadata."""
        self.check_operator(actor)
        with tempfile.TemporaryDirectory(prefix="influxctl-") as directory:
            copy = Path(directory) / FILE
            self.resources.db.backup(copy)
            return copy.read_bytes()

    def manifests(self, actor: Actor) -> list[Doc]:
        """What every bucket is and which shards it has, as the contract's BucketMetadataManifest."""
        self.check_operator(actor)
        return [self._manifest(bucket) for bucket in self.resources.find("buckets")]

    def _manifest(self, bucket: Doc) -> Doc:
        rule = bucket["retentionRules"][0]
        org = self.resources.peek("orgs", bucket["orgID"])
        policy = {
            "name": "autogen",
            "replicaN": 1,
            "duration": rule["everySeconds"] * _NS,
            "shardGroupDuration": rule["shardGroupDurationSeconds"] * _NS,
            "shardGroups": self._shard_groups(bucket["id"]),
            "subscriptions": [],
        }
        return {
            "organizationID": bucket["orgID"],
            "organizationName": org["name"] if org else "",
            "bucketID": bucket["id"],
            "bucketName": bucket["name"],
            **({"description": bucket["description"]} if "description" in bucket else {}),
            "defaultRetentionPolicy": "autogen",
            "retentionPolicies": [policy],
        }

    def _shard_groups(self, bucket_id: str) -> list[Doc]:
        stats = self.points.engine.stats(bucket_id)
        if stats.first is None or stats.last is None:
            return []
        number = int(bucket_id, 16)
        shard = {"id": number, "shardOwners": [{"nodeID": 1}]}
        times = {"startTime": format_time(stats.first), "endTime": format_time(min(stats.last + 1, MAX_TIME))}
        return [{"id": number, **times, "shards": [shard]}]

    def shard(self, actor: Actor, number: int, since: int | None) -> Iterator[bytes]:
        """The points of a shard, only those at or after `since` (ns) if it is given."""
        self.check_operator(actor)
        bucket = self._bucket_of(number)
        return self._frames(bucket["id"], MIN_TIME if since is None else since)

    def _frames(self, bucket_id: str, start: int) -> Iterator[bytes]:
        from influxctl.core.blocklines import block_lines
        from influxctl.core.readspec import ReadSpec

        yield MAGIC
        spec = ReadSpec(bucket_id=bucket_id, start=start, stop=MAX_TIME + 1, shape="wide")
        for block in self.points.engine.read(spec):
            for texts in block_lines(block):
                lines = "\n".join(texts.to_list()).encode()
                yield _FRAME.pack(len(lines), zlib.crc32(lines)) + lines
        yield _FRAME.pack(0, 0)

    def _bucket_of(self, number: int) -> Doc:
        id = f"{number:016x}"
        bucket = self.resources.peek("buckets", id) if is_id(id) else None
        if bucket is None:
            raise NotFound(f"shard {number} not found")
        return bucket

    # Restore.

    def restore_metadata(self, actor: Actor, data: bytes) -> None:
        """Replace all metadata, tokens and passwords included, by a copy made before; the present points are dropped."""
        self.check_operator(actor)
        db = self.resources.db
        with tempfile.TemporaryDirectory(prefix="influxctl-") as directory:
            copy = Path(directory) / FILE
            copy.write_bytes(data)
            try:
                with contextlib.closing(sqlite3.connect(copy)) as check:
                    sound = check.execute("PRAGMA quick_check").fetchone() == ("ok",)
                    tables = {row[0] for row in check.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            except sqlite3.DatabaseError as error:
                raise Invalid(f"this is not a copy of metadata: {error}") from None
            if not sound or "resource" not in tables:
                raise Invalid("this is not a sound copy of metadata of influxctl")
            Database(Path(directory)).close()  # brings an older layout up to date
            before = [bucket["id"] for bucket in self.resources.find("buckets")]
            db.replace(copy)
            with db.transaction() as tx:
                tx.executemany("INSERT OR IGNORE INTO dropped_bucket (bucket_id) VALUES (?)", [(id,) for id in before])
        self._restored()
        engine = self.points.engine
        for bucket_id in before:
            engine.drop_bucket(bucket_id)
            self.resources.bucket_dropped(bucket_id)

    def restore_bucket(self, actor: Actor, manifest: Doc) -> Doc:
        """Make a bucket as a manifest describes it; which shard of the backup becomes which shard here."""
        self.check_operator(actor)
        org = self.resources.named("orgs", manifest["organizationName"]) or self.resources.get(
            "orgs", manifest["organizationID"]
        )
        policy = _policy(manifest)
        rule = retention_rule(policy.get("duration", 0) // _NS, policy.get("shardGroupDuration", 0) // _NS or None)
        more = {"description": manifest["description"]} if manifest.get("description") else None
        bucket = self.buckets.add_bucket(org["id"], manifest["bucketName"], rule, more=more)
        return {"id": bucket["id"], "name": bucket["name"], "shardMappings": self._mappings(policy, bucket)}

    def restore_into(self, actor: Actor, bucket_id: str, manifest: Doc) -> str:
        """The shards of a manifest are to go into a bucket that exists: its mapping as base-64 JSON (deprecated in the contract)."""
        self.check_operator(actor)
        bucket = self.resources.get("buckets", bucket_id)
        return base64.b64encode(json.dumps(self._mappings(_policy(manifest), bucket)).encode()).decode()

    @staticmethod
    def _mappings(policy: Doc, bucket: Doc) -> list[Doc]:
        here = int(bucket["id"], 16)
        shards = [shard["id"] for group in policy.get("shardGroups", []) for shard in group["shards"]]
        return [{"oldId": id, "newId": here} for id in shards]

    def restore_shard(self, actor: Actor, number: int, chunks: Iterable[bytes]) -> None:
        """Write the points of a shard file; every frame is checked before it is written."""
        self.check_operator(actor)
        bucket = self._bucket_of(number)
        rules = self.points.rules(bucket)
        for lines in read_frames(chunks):
            self.points.engine.write(rules, lines)


def _policy(manifest: Doc) -> Doc:
    policies = manifest.get("retentionPolicies") or [{}]
    default = manifest.get("defaultRetentionPolicy", "")
    found: Doc = next((policy for policy in policies if policy.get("name") == default), policies[0])
    return found


def read_frames(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The frames of a shard file; `Invalid` where it is damaged or ends too early."""
    held = bytearray()
    source = iter(chunks)

    def take(size: int) -> bytes:
        while len(held) < size:
            chunk = next(source, b"")
            if not chunk:
                raise Invalid("the shard file ends too early")
            held.extend(chunk)
        out = bytes(held[:size])
        del held[:size]
        return out

    if take(len(MAGIC)) != MAGIC:
        raise Invalid("this is not a shard file of influxctl")
    while True:
        size, checksum = _FRAME.unpack(take(_FRAME.size))
        if size == 0:
            return
        if size > _MAX_FRAME:
            raise Invalid("the shard file is damaged: a frame is too large")
        lines = take(size)
        if zlib.crc32(lines) != checksum:
            raise Invalid("the shard file is damaged: a checksum does not match")
        yield lines
