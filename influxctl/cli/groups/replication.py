"""`influxctl replication`: replications of buckets to remote servers."""

from __future__ import annotations

from typing import Any

from influxctl.cli.context import Context
from influxctl.cli.factories import DESCRIPTION, NAME, Flag, Group
from influxctl.cli.lookup import find
from influxctl.output.columns import Column

COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Remote ID", "remoteID"),
    Column("Local bucket ID", "localBucketID"),
    Column("Remote bucket", "remoteBucketName"),
    Column("Queue bytes", "currentQueueSizeBytes"),
    Column("Latest status", "latestResponseCode"),
)
QUEUE = Flag("maxQueueSizeBytes", ("--max-queue-bytes",), "Largest queue on disk.", type=int, metavar="BYTES")
AGE = Flag("maxAgeSeconds", ("--max-age",), "Oldest data in the queue, in seconds.", type=int, metavar="SECONDS")
DROP = Flag(
    "dropNonRetryableData",
    ("--drop-non-retryable-data/--no-drop-non-retryable-data",),
    "Whether data that the remote refuses is dropped.",
    type=bool,
)
REMOTE = Flag("remoteID", ("--remote-id", "--remote"), "The remote, by name or ID.", metavar="REMOTE")
LOCAL = Flag(
    "localBucketID", ("--local-bucket-id", "--local-bucket"), "The local bucket, by name or ID.", metavar="BUCKET"
)
TARGET = (
    Flag("remoteBucketID", ("--remote-bucket-id",), "Bucket on the remote server, by ID.", metavar="ID"),
    Flag("remoteBucketName", ("--remote-bucket",), "Bucket on the remote server, by name.", metavar="NAME"),
)
DEFAULTS = {"maxQueueSizeBytes": 67108860, "maxAgeSeconds": 604800, "dropNonRetryableData": False}


def _ids(ctx: Context, body: dict[str, Any]) -> None:
    """Remote and bucket by their IDs."""
    if body.get("remoteID"):
        body["remoteID"] = find(ctx, "remote", str(body["remoteID"]))
    if body.get("localBucketID"):
        body["localBucketID"] = find(ctx, "bucket", str(body["localBucketID"]))


group = Group(
    "replication", "Replications of buckets to remote servers.", id="replicationID", kind="replication", columns=COLUMNS
)
group.list("GetReplications")
group.get("GetReplicationByID")
group.body(
    "create",
    "PostReplication",
    (NAME, DESCRIPTION, REMOTE, LOCAL, *TARGET, QUEUE, AGE, DROP),
    org="orgID",
    fixed=DEFAULTS,
    finish=_ids,
    help="Create a replication.",
)
group.body(
    "update",
    "PatchReplicationByID",
    (NAME, DESCRIPTION, REMOTE, *TARGET, QUEUE, AGE, DROP),
    finish=_ids,
    help="Change a replication.",
)
group.edit("GetReplicationByID", "PatchReplicationByID")
group.delete("DeleteReplicationByID")
group.call(
    "validate", "PostValidateReplicationByID", "Try whether a replication can write to its remote.", note="It works."
)
