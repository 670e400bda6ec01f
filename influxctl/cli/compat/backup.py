"""`backup`: all metadata of a server and the points of its buckets, into a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import gmtime, strftime
from typing import Any

from influxctl.cli.compat import manifest
from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.handlers import command
from influxctl.core.errors import InfluxctlError

_NAME = re.compile(rb'name="([^"]*)"')


@command("backup")
def backup(call: Call) -> None:
    """Make a back-up; nothing is printed but its progress on stderr."""
    if len(call.arguments) != 1:
        raise Failed("backup path must be specified as a single positional argument")
    folder = manifest.Folder(
        Path(call.arguments[0]),
        strftime("%Y%m%dT%H%M%SZ", gmtime()),
        packed=call.flags.text("compression") == "gzip",
        level=call.flags.text("gzip-compression-level"),
    )
    call.streams.note("INFO: Downloading metadata snapshot")
    answer = call.api("failed to download metadata snapshot", "GetBackupMetadata")
    parts = dict(_parts(answer.content, answer.headers.get("Content-Type", "")))
    if "kv" not in parts or "buckets" not in parts:
        raise Failed("failed to download metadata snapshot: the answer has no parts kv and buckets")
    written: dict[str, object] = {"kv": folder.add("bolt", [parts["kv"]])}
    if "sql" in parts:
        written["sql"] = folder.add("sqlite", [parts["sql"]])
    chosen = [bucket for bucket in json.loads(parts["buckets"]) if _wanted(call, bucket)]
    for bucket in chosen:
        _shards(call, folder, bucket)
    folder.finish({**written, "buckets": chosen})


def _wanted(call: Call, bucket: Mapping[str, Any]) -> bool:
    """Whether the flags select a bucket of the manifest."""
    filters = {
        "org-id": "organizationID",
        "org": "organizationName",
        "bucket-id": "bucketID",
        "bucket": "bucketName",
    }
    return all(call.flags.text(flag) in ("", bucket[key]) for flag, key in filters.items())


def _shards(call: Call, folder: manifest.Folder, bucket: Mapping[str, Any]) -> None:
    """Fetches the shards of a bucket and notes their files in its manifest. A shard that is gone meanwhile is passed over."""
    call.streams.note(f"INFO: Backing up TSM for bucket {bucket['bucketName']}")
    for policy in bucket["retentionPolicies"]:
        for group in policy["shardGroups"]:
            for shard in () if group.get("deletedAt") else group["shards"]:
                number = str(shard["id"])
                try:
                    answer = call.client.call("GetBackupShardId", {"shardID": number}, stream=True)
                    shard |= folder.add(f"s{number}.tar", answer.iter_bytes())
                except InfluxctlError as error:
                    if error.details.get("status") != 404:
                        raise Failed(f"failed to download shard {number}: {error.message}") from None
                    call.streams.note(f"WARN: Shard {number} removed during backup")


def _parts(body: bytes, media: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a multipart answer."""
    mark = re.search(r'boundary="?([^";]+)', media)
    if mark is None:
        raise Failed("failed to download metadata snapshot: the answer is not in parts")
    for part in body.split(b"--" + mark[1].encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name:
            yield name[1].decode(), content.removesuffix(b"\r\n")
