"""`restore`: a back-up to a server: everything, or buckets into organizations that exist."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from influxctl.cli.compat import manifest
from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command


@command("restore")
def restore(call: Call) -> None:
    """Restore; nothing is printed but its progress on stderr."""
    if len(call.arguments) != 1:
        raise Failed("restore path must be specified as a single positional argument")
    _check_flags(call)
    path = Path(call.arguments[0])
    found = manifest.read(path)
    found["buckets"] = [bucket for bucket in found["buckets"] if _wanted(call, bucket)]
    manifest.check(path, found)
    if call.flags.switch("full"):
        _everything(call, path, found)
        return
    if not found["buckets"]:
        raise Failed("no buckets of the backup match the flags")
    for bucket in found["buckets"]:
        _bucket(call, path, bucket)


def _check_flags(call: Call) -> None:
    given = [
        name for name in ("org", "org-id", "bucket", "bucket-id", "new-org", "new-bucket") if name in call.flags.given
    ]
    if call.flags.switch("full") and given:
        raise Failed("--full restore cannot be limited to a single org or bucket")
    if call.flags.text("new-org") and not (call.flags.text("org") or call.flags.text("org-id")):
        raise Failed("--org-id or --org must be set to use --new-org")
    if call.flags.text("new-bucket") and not (call.flags.text("bucket") or call.flags.text("bucket-id")):
        raise Failed("--bucket-id or --bucket must be set to use --new-bucket")


def _wanted(call: Call, bucket: Mapping[str, Any]) -> bool:
    if call.flags.switch("full"):
        return True
    filters = {"org-id": "organizationID", "org": "organizationName", "bucket-id": "bucketID", "bucket": "bucketName"}
    named = any(call.flags.text(flag) for flag in ("bucket", "bucket-id"))
    system = str(bucket["bucketName"]).startswith("_") and not named  # every organization has its own
    return not system and all(call.flags.text(flag) in ("", bucket[key]) for flag, key in filters.items())


def _everything(call: Call, path: Path, found: Mapping[str, Any]) -> None:
    """Replaces all metadata, tokens included, then sends the points; from then on the tokens of the back-up count."""
    call.streams.note("INFO: Restoring KV snapshot")
    kv = b"".join(manifest.chunks(path, found["kv"]))
    answer = call.api("failed to restore KV snapshot", "PostRestoreKV", body=kv)
    told = answer.json() if answer.media == "application/json" else None
    token = call.flags.text("operator-token") or (told.get("token") if isinstance(told, dict) else None)
    if token:
        call.use_token(str(token))
    if found.get("sql"):
        call.streams.note("INFO: Restoring SQL snapshot")
        call.api("failed to restore SQL snapshot", "PostRestoreSQL", body=b"".join(manifest.chunks(path, found["sql"])))
    for bucket in found["buckets"]:
        for shard in manifest.shards(bucket):
            _shard(call, path, shard, str(shard["id"]))


def _bucket(call: Call, path: Path, bucket: Mapping[str, Any]) -> None:
    """Makes a bucket as the back-up describes it and sends its points."""
    org = call.flags.text("new-org") or bucket["organizationName"]
    name = call.flags.text("new-bucket") or bucket["bucketName"]
    call.streams.note(f'INFO: Restoring bucket "{bucket["bucketID"]}" as "{name}"')
    body = {**_described(bucket), "bucketName": name, "organizationName": org, "organizationID": call.find_org(org)}
    made = call.json(f'failed to restore bucket "{name}"', "PostRestoreBucketMetadata", json=body)
    places = {mapping["oldId"]: mapping["newId"] for mapping in made.get("shardMappings") or ()}
    for shard in manifest.shards(bucket):
        if shard["id"] in places:
            _shard(call, path, shard, str(places[shard["id"]]))
        else:
            call.streams.note(f"WARN: Server didn't map ID for shard {shard['id']} in bucket {name}, skipping")


def _described(bucket: Mapping[str, Any]) -> dict[str, Any]:
    """A bucket of a manifest as the server wants it: without what is said of files."""
    policies = []
    for policy in bucket["retentionPolicies"]:
        groups = []
        for group in policy["shardGroups"]:
            shards = [{"id": shard["id"], "shardOwners": shard.get("shardOwners", [])} for shard in group["shards"]]
            groups.append({**group, "shards": shards})
        policies.append({**policy, "shardGroups": groups})
    return {**bucket, "retentionPolicies": policies}


def _shard(call: Call, path: Path, shard: Mapping[str, Any], number: str) -> None:
    call.streams.note(f"INFO: Restoring TSM snapshot for shard {number}")
    body = manifest.chunks(path, shard)
    call.api(
        f"failed to restore snapshot for shard {number}", "PostRestoreShardId", path={"shardID": number}, body=body
    )
