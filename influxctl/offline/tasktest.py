"""Tasks and checks tried out on points from a file, at a time that is chosen, in a server that lasts for one run.

Nothing leaves the machine: what a script would send by HTTP is caught. Buckets that a script names are made.
"""

from __future__ import annotations

import contextlib
import csv
import difflib
import io
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from influxctl.core.errors import Invalid
from influxctl.local.onboard import ensure_setup
from influxctl.local.options import Options
from influxctl.local.services import Services
from influxctl.local.services.buckets import retention_rule
from influxctl.local.services.permissions import OPERATOR
from influxctl.offline.dataquery import named_buckets

_STATUSES = """from(bucket: "_monitoring")
    |> range(start: 0, stop: 2262-04-11T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "statuses" and r._field == "_message")
    |> drop(columns: ["_start", "_stop", "_field", "_measurement", "_check_id"])
    |> rename(columns: {_value: "_message"})
    |> group(columns: ["_level"])
    |> sort(columns: ["_time", "_message"])"""
_IGNORED = ("", "result", "table")


def try_task(script: str, points: bytes, now: int, bucket: str = "") -> str:
    """What a task's script gives when it runs at `now` (ns) on points in line protocol, as CSV; `Invalid` for a script that is no task.

    `bucket`: where the points are; the first bucket that the script names if it is empty.
    """
    from influxctl.local.tasks.options import task_options

    task_options(script)
    with _trial(script, points, bucket) as services:
        return _run(services, script, now)


def try_check(check: dict[str, Any], points: bytes, now: int, bucket: str = "") -> str:
    """The statuses that a check, shaped as in the API, writes when it runs at `now` on points in line protocol, as CSV."""
    text = str((check.get("query") or {}).get("text", ""))
    with _trial(text, points, bucket) as services:
        org_id = services.resources.find("orgs")[0]["id"]
        fields = {**check, "orgID": org_id, "status": "active"}
        made = services.checks.create_check(
            replace(OPERATOR, user_id=services.resources.find("users")[0]["id"]), fields
        )
        _run(services, services.checks.script(OPERATOR, made["id"]), now)
        return _run(services, _STATUSES, now)


@contextlib.contextmanager
def _trial(script: str, points: bytes, bucket: str) -> Iterator[Services]:
    """A fresh server with the script's buckets and the points."""
    with tempfile.TemporaryDirectory(prefix="influxctl-trial-") as directory:
        services = Services(Path(directory), Options(password_cost=1))
        try:
            ensure_setup(services)
            org = services.resources.find("orgs")[0]
            for system in services.resources.find("buckets", org_id=org["id"]):
                # The chosen time may be long ago: nothing expires.
                services.resources.update("buckets", {**system, "retentionRules": [retention_rule(0, None)]})
            names = named_buckets(script)
            where = bucket or next(iter(names), "")
            if points.strip() and not where:
                raise Invalid("no bucket for the points: the script names none", hint="name it with --bucket")
            for name in dict.fromkeys([*names, *([where] if where else [])]):
                if services.resources.named("buckets", name, org["id"]) is None:
                    services.buckets.create_bucket(OPERATOR, {"orgID": org["id"], "name": name})
            if points.strip():
                target = services.resources.named("buckets", where, org["id"])
                assert target is not None
                services.write.write_points(target, points, "ns")
            yield services
        finally:
            services.close()


def _run(services: Services, script: str, now: int) -> str:
    from influxctl.core.csvblocks import write_results
    from influxctl.flux.run import run
    from influxctl.local.query.network import Catching
    from influxctl.local.store.inbox import Inbox

    org = services.resources.find("orgs")[0]
    world = replace(services.query.world(OPERATOR, org), http=Catching(Inbox(services.db)))
    return b"".join(write_results(run(script, world, now=now))).decode()


# Comparing.


def differences(got: str, expected: str) -> list[str]:
    """What two CSV results do not share, line by line (`-` expected, `+` got); the order of tables and columns does not count."""
    want, have = _lines(expected), _lines(got)
    lines = difflib.unified_diff(want, have, lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _lines(text: str) -> list[str]:
    """One line a row, `column=value` in the order of the columns' names; rows keep their order inside a table."""
    tables: dict[tuple[int, str, str], list[str]] = {}
    header: list[str] = []
    block = 0
    for row in csv.reader(io.StringIO(text, newline="")):
        if not any(row) or row[0].startswith("#"):
            header = []
        elif not header:
            header, block = row, block + 1
        else:
            named = dict(zip(header, row, strict=False))
            cells = sorted((key, value) for key, value in named.items() if key not in _IGNORED)
            line = " ".join(f"{key}={value}" for key, value in cells)
            tables.setdefault((block, named.get("result", ""), named.get("table", "")), []).append(line)
    return [line for table in sorted(tables.values()) for line in table]
