"""`replication`: streams that send what is written to a bucket to another server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command

COLUMNS = {
    "ID": "id",
    "Name": "name",
    "Org ID": "orgID",
    "Remote ID": "remoteID",
    "Local Bucket ID": "localBucketID",
    "Remote Bucket ID": "remoteBucketID",
    "Remote Bucket Name": "remoteBucketName",
    "Remaining Bytes to be Synced": "remainingBytesToBeSynced",
    "Current Queue Bytes on Disk": "currentQueueSizeBytes",
    "Max Queue Bytes": "maxQueueSizeBytes",
    "Latest Status Code": "latestResponseCode",
    "Drop Non-Retryable Data": "dropNonRetryableData",
}
_NUMBERS = frozenset({"remainingBytesToBeSynced", "currentQueueSizeBytes", "latestResponseCode"})
_JSON = frozenset({*COLUMNS.values(), "description", "latestErrorMessage"})
_BODY = {
    "name": "name",
    "description": "description",
    "remote-id": "remoteID",
    "local-bucket-id": "localBucketID",
    "remote-bucket-id": "remoteBucketID",
    "remote-bucket": "remoteBucketName",
}


@command("replication create")
def create(call: Call) -> None:
    """Make a stream."""
    if not call.flags.text("remote-bucket-id") and not call.flags.text("remote-bucket"):
        raise Failed("please supply one of: remote-bucket-id, remote-bucket-name")
    body = {"orgID": call.org_id(), "dropNonRetryableData": False, **_body(call)}
    body["maxQueueSizeBytes"] = call.flags.number("max-queue-bytes")
    body["maxAgeSeconds"] = call.flags.number("max-age")
    failing = f'failed to create replication stream "{call.flags.text("name")}"'
    _show(call, call.json(failing, "PostReplication", json=body))


@command("replication update")
def update(call: Call) -> None:
    """Change a stream; what is not given stays."""
    id, body = call.flags.text("id"), _body(call)
    for flag, key in (("max-queue-bytes", "maxQueueSizeBytes"), ("max-age", "maxAgeSeconds")):
        if call.flags.is_set(flag):
            body[key] = call.flags.number(flag)
    failing = f'failed to update replication stream "{id}"'
    _show(call, call.json(failing, "PatchReplicationByID", path={"replicationID": id}, json=body))


@command("replication list")
def list_(call: Call) -> None:
    """Print streams; it fails when there are none."""
    query = {
        "orgID": call.org_id(),
        "name": call.flags.text("name"),
        "remoteID": call.flags.text("remote-id"),
        "localBucketID": call.flags.text("local-bucket-id"),
    }
    found = call.json("failed to get replication streams", "GetReplications", query=query).get("replications")
    if not found:
        raise Failed("no replication streams found for specified parameters")
    if call.wants_json:
        call.print_json([_known(item) for item in found])
    else:
        call.table(tuple(COLUMNS), _rows(found))


@command("replication delete")
def delete(call: Call) -> None:
    """Delete a stream."""
    id = call.flags.text("id")
    path = {"replicationID": id}
    item = call.json(f'could not find replication stream with ID "{id}"', "GetReplicationByID", path=path)
    call.api(f'failed to delete replication stream "{id}"', "DeleteReplicationByID", path=path)
    _show(call, item, deleted=True)


def _body(call: Call) -> dict[str, object]:
    body: dict[str, object] = {key: call.flags.text(flag) for flag, key in _BODY.items() if call.flags.text(flag)}
    drop, keep = (call.flags.switch(f"{no}drop-non-retryable-data") for no in ("", "no-"))
    if drop and keep:
        raise Failed("cannot specify both --drop-non-retryable-data and --no-drop-non-retryable-data at the same time")
    if drop or keep:
        body["dropNonRetryableData"] = drop
    return body


def _known(item: Mapping[str, Any]) -> dict[str, Any]:
    known = {"remoteBucketName": "", **item}
    return {key: value for key, value in known.items() if key in _JSON and value is not None}


def _rows(found: Iterable[Mapping[str, Any]]) -> list[Sequence[object]]:
    return [[item.get(key, 0 if key in _NUMBERS else "") for key in COLUMNS.values()] for item in found]


def _show(call: Call, item: Mapping[str, Any], *, deleted: bool = False) -> None:
    if call.wants_json:
        call.print_json(_known(item))
    elif deleted:
        call.table((*COLUMNS, "Deleted"), [[*row, True] for row in _rows([item])])
    else:
        call.table(tuple(COLUMNS), _rows([item]))
