"""/api/v2/backup and /api/v2/restore."""

from __future__ import annotations

import json
import secrets

from influxctl.core.errors import Invalid, NotFound
from influxctl.core.times import parse_time
from influxctl.local.http.request import Request
from influxctl.local.http.response import Response, answer, no_content
from influxctl.local.http.router import handles

_BYTES = "application/octet-stream"
_SHARDS = [{"id": int, "startTime": str, "endTime": str, "shards": [{"id": int}]}]
_POLICY = {"name": str, "replicaN": int, "duration": int, "shardGroupDuration": int, "shardGroups": _SHARDS}
_MANIFEST = {
    "organizationID": str,
    "organizationName": str,
    "bucketID": str,
    "bucketName": str,
    "description": str,
    "defaultRetentionPolicy": str,
    "retentionPolicies": [_POLICY],
}


@handles("GetBackupKV")
def get_metadata_file(request: Request) -> Response:
    """All metadata."""
    return Response(200, request.services.backup.metadata(request.actor), _BYTES)


@handles("GetBackupMetadata")
def get_metadata(request: Request) -> Response:
    """All metadata and the manifests of the buckets, in parts. The part `sql` is empty: all is in `kv`."""
    backup = request.services.backup
    parts = (
        ("kv", _BYTES, backup.metadata(request.actor)),
        ("sql", _BYTES, b""),
        ("buckets", "application/json; charset=utf-8", json.dumps(backup.manifests(request.actor)).encode()),
    )
    mark = secrets.token_hex(30)
    body = b""
    for name, media, data in parts:
        head = f'--{mark}\r\nContent-Disposition: attachment; name="{name}"; filename="{name}"\r\nContent-Type: {media}\r\n\r\n'
        body += head.encode() + data + b"\r\n"
    return Response(200, body + f"--{mark}--\r\n".encode(), f"multipart/mixed; boundary={mark}")


@handles("GetBackupShardId")
def get_shard(request: Request) -> Response:
    """The points of a shard."""
    since = request.arg("since")
    number = _number(request)
    return Response(
        200, request.services.backup.shard(request.actor, number, parse_time(since) if since else None), _BYTES
    )


def _number(request: Request) -> int:
    text = request.path["shardID"]
    if not text.isdigit():
        raise Invalid("a shard's ID is a number")
    if int(text) >= 1 << 64:
        raise NotFound(f"shard {text} not found")
    return int(text)


@handles("PostRestoreKV")
def restore_metadata(request: Request) -> Response:
    """Replace all metadata."""
    request.services.backup.restore_metadata(request.actor, request.body())
    return no_content()


@handles("PostRestoreSQL")
def restore_rest(request: Request) -> Response:
    """The part `sql` of a backup of this server is empty; anything else comes from elsewhere."""
    request.services.backup.check_operator(request.actor)
    if request.body():
        raise Invalid("a backup of this server keeps everything in its part kv; its part sql is empty")
    return no_content()


@handles("PostRestoreBucketMetadata")
def restore_bucket(request: Request) -> Response:
    """Make a bucket as a manifest describes it."""
    manifest = request.json(_MANIFEST)
    for name in ("organizationName", "bucketName"):
        if not manifest.get(name):
            raise Invalid(f"the manifest has no {name}")
    manifest.setdefault("organizationID", "")
    return answer(request.services.backup.restore_bucket(request.actor, manifest), 201)


@handles("PostRestoreBucketID")
def restore_into_bucket(request: Request) -> Response:
    """The shards of a manifest are to go into a bucket that exists."""
    return answer(request.services.backup.restore_into(request.actor, request.id("bucketID"), request.json(_MANIFEST)))


@handles("PostRestoreShardId")
def restore_shard(request: Request) -> Response:
    """Write the points of a shard."""
    request.services.backup.restore_shard(request.actor, _number(request), request.stream())
    return no_content()
