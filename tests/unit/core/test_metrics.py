"""Metrics read from the Prometheus text format."""

from __future__ import annotations

import pytest

from influxctl.cli.groups.top import routes
from influxctl.core.metrics import parse_metrics, summed

TEXT = """# HELP http_api_requests_total Number of requests
# TYPE http_api_requests_total counter
http_api_requests_total{method="GET",path="/api/v2/buckets",status="2XX"} %d
http_api_requests_total{method="GET",path="/api/v2/buckets",status="4XX"} %d 1395066363000
http_api_request_duration_seconds_sum{method="GET",path="/api/v2/buckets"} %g
influxdb_uptime_seconds 12.5
odd{a="x\\"y\\nz"} +Inf
not a sample
"""


def test_samples_and_labels() -> None:
    found = parse_metrics(TEXT % (3, 1, 0.5))
    assert found["influxdb_uptime_seconds", ()] == 12.5
    assert found["odd", (("a", 'x"y\nz'),)] == float("inf")
    assert summed(found, "http_api_requests_total", "path") == {("/api/v2/buckets",): 4}
    assert summed(found, "http_api_requests_total") == {(): 4}


def test_rates_are_what_happened_between_two_samples() -> None:
    [row] = routes(parse_metrics(TEXT % (3, 1, 0.5)), parse_metrics(TEXT % (11, 3, 0.7)), 2.0)
    assert row == {"method": "GET", "route": "/api/v2/buckets", "rate": 5.0, "ms": 20.0, "errors": 1.0, "total": 14}


@pytest.mark.parametrize("text", ["", "x", "x{", 'x{a="b} 1', "x 1 2 3", "x one"])
def test_what_is_no_sample_is_left_out(text: str) -> None:
    assert parse_metrics(text) == {}
