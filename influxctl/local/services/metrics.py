"""The figures behind /metrics, in the text format of Prometheus."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from influxctl.local.services import Services

_COUNTED = {
    "influxdb_buckets_total": ("buckets", "Number of buckets on the server"),
    "influxdb_dashboards_total": ("dashboards", "Number of dashboards on the server"),
    "influxdb_organizations_total": ("orgs", "Number of organizations on the server"),
    "influxdb_scrapers_total": ("scrapers", "Number of scraper targets on the server"),
    "influxdb_telegrafs_total": ("telegrafs", "Number of Telegraf configurations on the server"),
    "influxdb_tokens_total": ("authorizations", "Number of tokens on the server"),
    "influxdb_users_total": ("users", "Number of users on the server"),
}


def _label(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def render(services: Services, version: str) -> str:
    """All figures."""
    lines: list[str] = []

    def family(name: str, kind: str, help: str, rows: list[tuple[str, float]]) -> None:
        lines.append(f"# HELP {name} {help}")
        lines.append(f"# TYPE {name} {kind}")
        lines.extend(
            f"{name}{labels} {value:g}" if value < 1e6 else f"{name}{labels} {value:.0f}" for labels, value in rows
        )

    metering = services.metering
    requests = sorted(metering.requests.items())
    rows = [
        (f'{{method="{m}",path="{_label(p)}",response_code="{s}",status="{s // 100}XX"}}', float(n))
        for (m, p, s), n in requests
    ]
    family("http_api_requests_total", "counter", "Number of HTTP requests received", rows)
    times = sorted(metering.seconds.items())
    rows = [(f'{{method="{m}",path="{_label(p)}"}}', seconds) for (m, p), seconds in times]
    family("http_api_request_duration_seconds_sum", "counter", "Time taken to answer HTTP requests", rows)
    for name, (kind, help) in sorted(_COUNTED.items()):
        family(name, "gauge", help, [("", float(services.resources.count(kind)))])
    family("influxdb_info", "gauge", "Information about the server", [(f'{{os="{os.name}",version="{version}"}}', 1.0)])
    family(
        "influxdb_uptime_seconds", "gauge", "Seconds since the server started", [("", time.time() - metering.started)]
    )
    _storage(services, family)
    return "\n".join(lines) + "\n"


def _storage(services: Services, family: Callable[[str, str, str, list[tuple[str, float]]], None]) -> None:
    """Figures of the engine; none while it is not open: asking must not open it."""
    if not services.points.is_open:
        return
    engine = services.points.engine
    stats = [(bucket["id"], engine.stats(bucket["id"])) for bucket in services.resources.find("buckets")]
    for name, help, attribute in (
        ("storage_bucket_series_num", "Series of a bucket", "series"),
        ("storage_bucket_measurement_num", "Measurements of a bucket", "measurements"),
        ("storage_bucket_rows_num", "Points of a bucket as stored", "rows"),
        ("storage_bucket_values_num", "Field values of a bucket as stored", "values"),
        ("storage_bucket_bytes", "Bytes of a bucket on the disk", "bytes"),
    ):
        family(name, "gauge", help, [(f'{{bucket="{id}"}}', float(getattr(one, attribute))) for id, one in stats])
