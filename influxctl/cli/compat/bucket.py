"""`bucket`: buckets, their retention and their shard groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from influxctl.cli.compat import durations
from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.gotext import duration
from influxctl.cli.compat.handlers import command

HEADINGS = ("ID", "Name", "Retention", "Shard group duration", "Organization ID", "Schema Type")
_SECOND = durations.UNITS["s"]


@command("bucket create")
def create(call: Call) -> None:
    """Make a bucket."""
    body: dict[str, object] = {"name": call.flags.text("name"), "schemaType": call.flags.text("schema-type")}
    rule = {"type": "expire", "everySeconds": _seconds(call, "retention")}
    shards = _seconds(call, "shard-group-duration")
    if shards:
        rule["shardGroupDurationSeconds"] = shards
    body["retentionRules"] = [rule] if rule["everySeconds"] or shards else []
    if call.flags.text("description"):
        body["description"] = call.flags.text("description")
    body["orgID"] = call.org_id()
    _show(call, call.json("failed to create bucket", "PostBuckets", json=body))


@command("bucket list")
def list_(call: Call) -> None:
    """Print one bucket, or all of an organization, page by page."""
    if call.flags.text("id"):
        query: dict[str, object] = {"id": call.flags.text("id")}
        found = call.json("failed to find bucket by ID", "GetBuckets", query=query)["buckets"]
    elif call.flags.text("name"):
        query = {"name": call.flags.text("name"), **call.org()}
        found = call.json("failed to find bucket by name", "GetBuckets", query=query)["buckets"]
        if not found:
            raise Failed(f'failed to find bucket by name: 404 Not Found: bucket "{query["name"]}" not found')
    else:
        found = _pages(call)
    if call.wants_json:
        call.print_json(found)
    else:
        call.table(HEADINGS, rows(found))


def _pages(call: Call) -> list[Mapping[str, Any]]:
    """Buckets from `--offset` on, at most `--limit` (0 is all), so many a request as `--page-size` says."""
    limit, offset, size = (call.flags.number(name) for name in ("limit", "offset", "page-size"))
    org = call.org()
    found: list[Mapping[str, Any]] = []
    if limit and limit < size:
        size = limit
    while True:
        query = {**org, "limit": size, "offset": offset or None}
        page = call.json("failed to list buckets", "GetBuckets", query=query)["buckets"]
        found += page
        offset += len(page)
        if len(page) < size or (limit and len(found) >= limit):
            return found[:limit] if limit else found


@command("bucket update")
def update(call: Call) -> None:
    """Change a bucket. A name from the environment is no wish to rename, and retention stays unless it is given."""
    id = call.flags.text("id")
    body: dict[str, object] = {key: call.flags.text(key) for key in ("name", "description") if key in call.flags.given}
    rule: dict[str, object] = {}
    if call.flags.is_set("retention"):
        rule["everySeconds"] = _seconds(call, "retention")
    if call.flags.is_set("shard-group-duration"):
        rule["shardGroupDurationSeconds"] = _seconds(call, "shard-group-duration")
        if "everySeconds" not in rule:  # influx sends 30 days then, and old points are gone
            rule["everySeconds"] = _retention(find(call, f'failed to find bucket "{id}"', id=id))
    if rule:
        body["retentionRules"] = [{"type": "expire", **rule}]
    _show(call, call.json(f'failed to update bucket "{id}"', "PatchBucketsID", path={"bucketID": id}, json=body))


@command("bucket delete")
def delete(call: Call) -> None:
    """Delete a bucket by ID or name."""
    id, name = call.flags.text("id"), call.flags.text("name")
    if not id and not name:
        raise Failed("must specify bucket ID or bucket name")
    shown = id or name
    bucket = find(call, f'failed to find bucket "{shown}"', id=id, name=name)
    call.api(f'failed to delete bucket "{shown}"', "DeleteBucketsID", path={"bucketID": bucket["id"]})
    _show(call, bucket, deleted=True)


def find(call: Call, failing: str, *, id: str = "", name: str = "") -> Mapping[str, Any]:
    """The bucket of this ID, or of this name in the organization."""
    query = {"id": id} if id else {"name": name, **call.org()}
    found: list[Mapping[str, Any]] = call.json(failing, "GetBuckets", query=query)["buckets"]
    if not found:
        raise Failed(f'{failing}: 404 Not Found: bucket "{id or name}" not found')
    return found[0]


def rows(buckets: Iterable[Mapping[str, Any]]) -> list[tuple[object, ...]]:
    """Buckets as rows of a table."""
    found: list[tuple[object, ...]] = []
    for bucket in buckets:
        every = _retention(bucket)
        rules = bucket.get("retentionRules") or [{}]
        shards = int(rules[0].get("shardGroupDurationSeconds") or 0)
        found.append(
            (
                bucket["id"],
                bucket["name"],
                duration(every * _SECOND) if every else "infinite",
                duration(shards * _SECOND) if shards else "n/a",
                bucket.get("orgID", ""),
                bucket.get("schemaType") or "implicit",
            )
        )
    return found


def _retention(bucket: Mapping[str, Any]) -> int:
    rules = bucket.get("retentionRules") or [{}]
    return int(rules[0].get("everySeconds") or 0)


def _seconds(call: Call, flag: str) -> int:
    try:
        nanoseconds = durations.parse(call.flags.text(flag))
    except ValueError as error:
        raise Failed(str(error)) from None
    return (nanoseconds + _SECOND // 2) // _SECOND


def _show(call: Call, bucket: Mapping[str, Any], *, deleted: bool = False) -> None:
    if call.wants_json:
        call.print_json(bucket)
    elif deleted:
        call.table((*HEADINGS, "Deleted"), [(*row, True) for row in rows([bucket])])
    else:
        call.table(HEADINGS, rows([bucket]))
