"""What `influxctl doctor` looks at then: mappings, retention, tasks, checks, rules, endpoints and secrets of the organization.

A list that the token may not read is left out: `checkup.token` has told so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from influxctl.cli.checkup import ERROR, OK, WARNING, Finding
from influxctl.cli.context import Context
from influxctl.core.errors import InfluxctlError
from influxctl.core.times import NS, format_time, now_ns, parse_duration, parse_time

QUIET = 2  # a task is late when so many of its intervals have passed without a run


class Lists:
    """The resources of the organization, each kind asked for once whatever the number of checks that look at it."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._known: dict[str, list[dict[str, Any]]] = {}

    def all(self, kind: str) -> list[dict[str, Any]]:
        """All of a kind; none if the token may not list them."""
        from influxctl.cli.lookup import every

        if kind not in self._known:
            try:
                self._known[kind] = [dict(one) for one in every(self.ctx, kind)]
            except InfluxctlError:
                self._known[kind] = []
        return self._known[kind]


def mappings(lists: Lists) -> Iterator[Finding]:
    """DBRP mappings: buckets that are gone, databases with no default or several."""
    from influxctl.cli.lookup import org_query

    try:
        listed = (lists.ctx.call("GetDBRPs", query=org_query(lists.ctx, "GetDBRPs")).json() or {}).get("content") or []
    except InfluxctlError:
        return
    buckets = {one["id"] for one in lists.all("bucket")}
    stored = [one for one in listed if not one.get("virtual")]
    for one in stored:
        if one["bucketID"] not in buckets:
            yield Finding("dbrp", ERROR, f"database {one['database']}/{one['retention_policy']} maps to a bucket that is gone",
                          f"influxctl dbrp delete {one['id']}")  # fmt: skip
    for database in sorted({one["database"] for one in stored}):
        defaults = [one for one in listed if one["database"] == database and one.get("default")]
        if len(defaults) != 1:
            message = f"database {database} has {len(defaults) or 'no'} default retention policies, it needs one"
            yield Finding("dbrp", WARNING, message, f"influxctl dbrp update {stored[0]['id']} --default")


def _retention(bucket: dict[str, Any]) -> int:
    """Nanoseconds that a bucket keeps its points; 0 means for ever."""
    return int(((bucket.get("retentionRules") or [{}])[0]).get("everySeconds") or 0) * NS["s"]


def retention(lists: Lists) -> Iterator[Finding]:
    """Scripts of tasks and checks that look back further than their bucket keeps points, or at buckets that are not there."""
    from influxctl.offline.ranges import reads

    buckets = {one["name"]: one for one in lists.all("bucket")}
    scripts = chain(
        (("task", one["name"], one.get("flux", "")) for one in lists.all("task")),
        (("check", one["name"], (one.get("query") or {}).get("text", "")) for one in lists.all("check")),
    )
    for noun, name, script in scripts:
        for bucket, back in dict.fromkeys(reads(script)):
            if bucket not in buckets:
                yield Finding(
                    "retention",
                    ERROR,
                    f"{noun} {name} reads bucket {bucket}, which is not there",
                    f"influxctl bucket create {bucket}",
                )
            elif back and (kept := _retention(buckets[bucket])) and back > kept:
                hours = back // NS["h"] + 1
                yield Finding("retention", WARNING,
                              f"{noun} {name} looks back further than bucket {bucket} keeps points ({_span(back)} against {_span(kept)})",
                              f"influxctl bucket update {bucket} --retention {hours}h")  # fmt: skip


def _span(ns: int) -> str:
    return next(
        (f"{ns // size}{unit}" for unit, size in (("d", NS["d"]), ("h", NS["h"]), ("m", NS["m"])) if ns >= size),
        f"{ns / 1e9:g}s",
    )


def tasks(lists: Lists) -> Iterator[Finding]:
    """Tasks whose last run failed, and active ones that are late."""
    found = lists.all("task")
    bad = 0
    for one in found:
        name = one["name"]
        if one.get("lastRunStatus") == "failed":
            bad += 1
            reason = " ".join(str(one.get("lastRunError") or "").split())
            yield Finding(
                "task",
                ERROR,
                f"the last run of {name} failed{': ' + reason if reason else ''}",
                f"influxctl task log list --id {one['id']}",
            )
        elif one.get("status") == "active" and _late(one):
            bad += 1
            yield Finding(
                "task",
                WARNING,
                f"{name} should have run since {one.get('latestCompleted')}",
                f"influxctl task run list --id {one['id']}",
            )
    if found and not bad:
        yield Finding("task", OK, f"{len(found)} tasks run as they should")


def _late(one: dict[str, Any]) -> bool:
    """Whether a task with an interval has missed some."""
    try:
        every = parse_duration(one.get("every") or "")
        last = parse_time(one.get("latestCompleted") or one.get("createdAt") or "")
    except InfluxctlError:
        return False
    return bool(every.ns) and not every.months and now_ns() - last > (QUIET + 1) * every.ns + NS["m"]


def monitoring(lists: Lists) -> Iterator[Finding]:
    """Checks that never ran or fail, checks nobody is told about, endpoints without a rule, secrets that are not there."""
    checks, rules, endpoints = (lists.all(kind) for kind in ("check", "notification-rule", "notification-endpoint"))
    for one in checks:
        if one.get("status") == "inactive":
            continue
        if one.get("lastRunStatus") == "failed":
            yield Finding(
                "check",
                ERROR,
                f"the last run of check {one['name']} failed: {one.get('lastRunError', '')}",
                f"influxctl check get {one['id']}",
            )
        elif _late(one):
            last, made = one.get("latestCompleted"), one.get("createdAt")
            what = f"has not run since {last}" if last and last != made else "never ran"
            yield Finding(
                "check", WARNING, f"check {one['name']} {what}", f"influxctl task run list --id {one.get('taskID', '')}"
            )
    if checks and not rules:
        yield Finding(
            "check",
            WARNING,
            "there are checks and no notification rule: nobody is told",
            "influxctl notification-rule create --skeleton",
        )
    used = {one.get("endpointID") for one in rules}
    known = {one["id"] for one in endpoints}
    for one in endpoints:
        if one["id"] not in used:
            yield Finding(
                "endpoint",
                WARNING,
                f"no rule sends to endpoint {one['name']}",
                "influxctl notification-rule create --skeleton",
            )
    for one in rules:
        if one.get("endpointID") not in known and endpoints:
            yield Finding(
                "rule",
                ERROR,
                f"rule {one['name']} sends to an endpoint that is gone",
                f"influxctl notification-rule get {one['id']}",
            )
    yield from _secrets(lists.ctx, endpoints)


def _secrets(ctx: Context, endpoints: list[dict[str, Any]]) -> Iterator[Finding]:
    try:
        have = set((ctx.call("GetOrgsIDSecrets", path={"orgID": ctx.org_id()}).json() or {}).get("secrets") or ())
    except InfluxctlError:
        return
    for one in endpoints:
        for field in ("token", "username", "password", "routingKey"):
            value = str(one.get(field) or "")
            key = value.removeprefix("secret: ")
            if value.startswith("secret: ") and key not in have:
                yield Finding(
                    "secret",
                    ERROR,
                    f"endpoint {one['name']} needs the secret {key}, which is not there",
                    f"influxctl secret set {key}",
                )


def losses(lists: Lists) -> Iterator[Finding]:
    """What the server says of its own health: damaged files of an embedded server, failing parts of others."""
    try:
        health = lists.ctx.call("GetHealth").json() or {}
    except InfluxctlError as error:
        yield Finding("health", ERROR, error.message)
        return
    parts = [one for one in health.get("checks") or () if one.get("status") not in (None, "pass")]
    for one in parts:
        yield Finding("health", ERROR, f"{one.get('name')}: {one.get('message', 'failing')}", "influxctl server health")
    if not parts:
        yield Finding("health", OK, f"the server says: {health.get('message') or health.get('status')}")


def seen(lists: Lists) -> Iterator[Finding]:
    """When the checkup was made, for those who keep its output."""
    yield Finding("time", OK, f"looked at {format_time(now_ns() // NS['s'] * NS['s'])}")


THEN: tuple[Callable[[Lists], Iterable[Finding]], ...] = (losses, mappings, retention, tasks, monitoring, seen)
