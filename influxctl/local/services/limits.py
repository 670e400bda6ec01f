"""Limits as Cloud has them: none unless the server was started with some; then rates, quotas and sizes are enforced.

Rates are counted over fixed windows of five minutes: 429 with Retry-After until the window ends. Quotas are checked when a resource is
made (403), sizes of bodies while they are read (413). 0 means unlimited (server-behaviour.md, section 1).
"""

from __future__ import annotations

import contextlib
import copy
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influxctl.core.errors import Forbidden, Invalid, NotFound, TooManyRequests, Unprocessable
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc, Resources

if TYPE_CHECKING:
    from influxctl.local.services.points import Points

WINDOW = 300  # seconds
MAX_SENT, MAX_UNPACKED = 50_000_000, 250_000_000  # bytes of a write in Cloud
_CARDINALITY_SECONDS = 5  # how long a count of series is believed

UNLIMITED: dict[str, dict[str, Any]] = {
    "rate": {
        "readKBs": 0,
        "concurrentReadRequests": 0,
        "writeKBs": 0,
        "concurrentWriteRequests": 0,
        "cardinality": 0,
        "concurrentDeleteRequests": 0,
        "deleteRequestsPerSecond": 0,
    },
    "bucket": {"maxBuckets": 0, "maxRetentionDuration": 0},
    "task": {"maxTasks": 0},
    "dashboard": {"maxDashboards": 0},
    "check": {"maxChecks": 0},
    "notificationRule": {"maxNotifications": 0, "blockedNotificationRules": ""},
    "notificationEndpoint": {"blockedNotificationEndpoints": ""},
    "features": {"allowDelete": True},
}
# The free plan as its documentation describes it.
FREE: dict[str, dict[str, Any]] = {
    "rate": {"readKBs": 1000, "writeKBs": 17, "cardinality": 10_000, "deleteRequestsPerSecond": 1},
    "bucket": {"maxBuckets": 2, "maxRetentionDuration": 30 * 86_400 * 10**9},
    "task": {"maxTasks": 5},
    "dashboard": {"maxDashboards": 5},
    "check": {"maxChecks": 2},
    "notificationRule": {"maxNotifications": 2, "blockedNotificationRules": "http,pagerduty"},
    "notificationEndpoint": {"blockedNotificationEndpoints": "http,pagerduty"},
}
_QUOTAS = {
    "buckets": ("bucket", "maxBuckets"),
    "tasks": ("task", "maxTasks"),
    "dashboards": ("dashboard", "maxDashboards"),
    "checks": ("check", "maxChecks"),
    "notificationRules": ("notificationRule", "maxNotifications"),
}
_BLOCKED = {
    "notificationRules": ("notificationRule", "blockedNotificationRules"),
    "notificationEndpoints": ("notificationEndpoint", "blockedNotificationEndpoints"),
}


def load(source: str) -> dict[str, dict[str, Any]] | None:
    """The limits that `--limits` names: `free`, a JSON file shaped as the contract's Limit, or None for an empty text."""
    if not source:
        return None
    chosen = FREE
    if source != "free":
        try:
            chosen = json.loads(Path(source).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Invalid(f"cannot read the limits of {source}: {error}") from None
    limits = copy.deepcopy(UNLIMITED)
    if not isinstance(chosen, dict):
        raise Invalid(f"the limits of {source} are not an object")
    for group, values in chosen.items():
        for name, value in values.items() if isinstance(values, dict) and group in limits else ():
            if name not in limits[group] or type(value) is not type(limits[group][name]):
                raise Invalid(f"{source} has no limit {group}.{name} of this type")
            limits[group][name] = value
    return limits


class Limits:
    """The limits of every organization of this server."""

    def __init__(self, resources: Resources, points: Points, source: str) -> None:
        self.resources = resources
        self.points = points
        self.limits = load(source)
        self._lock = threading.Lock()
        self._used: dict[tuple[str, str], int] = defaultdict(int)
        self._running: dict[tuple[str, str], int] = defaultdict(int)
        self._window = 0
        self._series: dict[str, tuple[float, int]] = {}
        if self.limits is not None:
            resources.before_create = self.check_new

    def find_limits(self, actor: Actor, org_id: str) -> Doc:
        """The limits of an organization, as the contract shows them."""
        if self.resources.peek("orgs", org_id) is None or not actor.may("read", "orgs", id=org_id):
            raise NotFound("organization not found")
        return {"orgID": org_id, **copy.deepcopy(self.limits or UNLIMITED)}

    # Quotas.

    def check_new(self, kind: str, doc: Doc) -> None:
        """`Forbidden` when one more resource of the kind would be too many, `Unprocessable` when a retention is too long."""
        limits = self.limits
        if limits is None or doc.get("type") == "system":
            return
        org_id = doc.get("orgID", "")
        if kind in _BLOCKED:
            group, name = _BLOCKED[kind]
            if doc.get("type") in limits[group][name].split(","):
                raise Forbidden(f"{kind} of type {doc['type']} are not part of this plan")
        if kind in _QUOTAS:
            group, name = _QUOTAS[kind]
            allowed = limits[group][name]
            if allowed and self._count(kind, org_id) >= allowed:
                raise Forbidden(f"the organization has reached its limit of {allowed} {kind}")
        if kind == "buckets":
            longest = limits["bucket"]["maxRetentionDuration"] // 10**9
            every = doc["retentionRules"][0]["everySeconds"]
            if longest and (every == 0 or every > longest):
                raise Unprocessable(f"the retention must not be longer than {longest} seconds")

    def _count(self, kind: str, org_id: str) -> int:
        return sum(doc.get("type") not in ("system", "demodata") for doc in self.resources.find(kind, org_id=org_id))

    # Rates.

    def check_delete(self, org_id: str) -> None:
        """`TooManyRequests` above the rate of deletes; `Forbidden` if they are not part of the plan."""
        if self.limits is None:
            return
        if not self.limits["features"]["allowDelete"]:
            raise Forbidden("deleting points is not part of this plan")
        self._spend(org_id, "delete", 1, self.limits["rate"]["deleteRequestsPerSecond"] * WINDOW)

    def spend_write(self, org_id: str, size: int) -> None:
        """Count a write of `size` unpacked bytes; `TooManyRequests` when the window is used up, or there are too many series."""
        if self.limits is None:
            return
        rate = self.limits["rate"]
        self._spend(org_id, "write", size, rate["writeKBs"] * 1000 * WINDOW)
        if rate["cardinality"] and self._cardinality(org_id) >= rate["cardinality"]:
            raise self._refusal("too many series: the limit of cardinality is reached")

    def check_read(self, org_id: str) -> None:
        """`TooManyRequests` when more was read in this window than allowed."""
        if self.limits is not None:
            self._spend(org_id, "read", 0, self.limits["rate"]["readKBs"] * 1000 * WINDOW)

    def metered(self, org_id: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The same chunks, counted as read."""
        if self.limits is None:
            return chunks
        return self._metered(org_id, chunks)

    def _metered(self, org_id: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            with self._lock:
                self._turn()
                self._used[org_id, "read"] += len(chunk)
            yield chunk

    @contextlib.contextmanager
    def running(self, org_id: str, what: str) -> Iterator[None]:
        """While a request of this sort (`Read`, `Write`, `Delete`) runs; `TooManyRequests` if too many do."""
        allowed = self.limits["rate"][f"concurrent{what}Requests"] if self.limits is not None else 0
        if not allowed:
            yield
            return
        with self._lock:
            if self._running[org_id, what] >= allowed:
                raise TooManyRequests(f"more than {allowed} requests at the same time", details={"retry_after": 1})
            self._running[org_id, what] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[org_id, what] -= 1

    def _spend(self, org_id: str, what: str, amount: int, allowed: int) -> None:
        if not allowed:
            return
        with self._lock:
            self._turn()
            if self._used[org_id, what] + amount > allowed or (not amount and self._used[org_id, what] >= allowed):
                raise self._refusal(f"the limit of this plan for five minutes of {what} requests is used up")
            self._used[org_id, what] += amount

    def _turn(self) -> None:
        """Begin a new window when the old one is over."""
        window = int(time.time()) // WINDOW
        if window != self._window:
            self._used.clear()
            self._window = window

    @staticmethod
    def _refusal(message: str) -> TooManyRequests:
        return TooManyRequests(message, details={"retry_after": WINDOW - int(time.time()) % WINDOW})

    def _cardinality(self, org_id: str) -> int:
        now = time.monotonic()
        known = self._series.get(org_id)
        if known is None or now - known[0] > _CARDINALITY_SECONDS:
            engine = self.points.engine
            total = sum(engine.stats(bucket["id"]).series for bucket in self.resources.find("buckets", org_id=org_id))
            known = self._series[org_id] = (now, total)
        return known[1]
