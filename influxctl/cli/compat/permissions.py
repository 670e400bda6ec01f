"""Permissions in influx's words: how tokens show them, and those that flags of `auth create` ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from influxctl.cli.compat.call import Call, Failed
from influxctl.core.ids import is_id

Permission = dict[str, Any]
GLOBAL = frozenset({"orgs", "users"})  # kinds that belong to no organization


def shown(permissions: Iterable[Mapping[str, Any]] | None) -> list[str]:
    """Permissions as texts: `read:orgs/ORG/buckets/ID`."""
    found = []
    for permission in permissions or ():
        resource = permission["resource"]
        place = f"orgs/{resource['orgID']}" if resource.get("orgID") else ""
        place += f"/{resource['type']}"
        if resource.get("id"):
            place += f"/{resource['id']}"
        found.append(f"{permission['action']}:{place}")
    return found


def of_kind(action: str, kind: str, org: str | None = None, id: str | None = None) -> Permission:
    """A permission for all of a kind, in an organization or everywhere, or for one."""
    resource = {"type": kind}
    if org and kind not in GLOBAL:
        resource["orgID"] = org
    if id:
        resource["id"] = id
    return {"action": action, "resource": resource}


def of_buckets(call: Call, org: str) -> list[Permission]:
    """What `--read-bucket` and `--write-bucket` ask for."""
    found = []
    for action in ("read", "write"):
        for bucket in call.flags.many(f"{action}-bucket"):
            if not is_id(bucket):
                reason = "id must have a length of 16 bytes (did you pass a bucket name instead of an ID?)"
                raise Failed(f"invalid bucket ID '{bucket}': {reason}")
            found.append(of_kind(action, "buckets", org, bucket))
    return found


def operator(kinds: Iterable[str]) -> list[Permission]:
    """Everything, everywhere."""
    return [of_kind(action, kind) for kind in kinds for action in ("read", "write")]


def all_access(kinds: Iterable[str], org: str, user: str) -> list[Permission]:
    """Everything in one organization; the organization itself is read only, and of users only the own."""
    found = []
    for kind in kinds:
        if kind == "orgs":
            found.append(of_kind("read", kind, id=org))
        else:
            found += [of_kind(action, kind, org, user if kind == "users" else None) for action in ("read", "write")]
    return found
