"""Rates of `influxctl top`."""

from __future__ import annotations

from influxctl.cli.groups.top import routes, sample, summed

TEXT = """# HELP http_api_requests_total Number of requests
http_api_requests_total{method="GET",path="/api/v2/buckets",status="2XX"} %d
http_api_requests_total{method="GET",path="/api/v2/buckets",status="4XX"} %d 1395066363000
http_api_request_duration_seconds_sum{method="GET",path="/api/v2/buckets"} %g
influxdb_uptime_seconds 12.5
"""


def test_samples_add_up_by_labels() -> None:
    found = sample(TEXT % (3, 1, 0.5))
    assert summed(found, "http_api_requests_total", "path") == {("/api/v2/buckets",): 4}
    assert summed(found, "influxdb_uptime_seconds") == {(): 12.5}
    assert summed(found, "nothing") == {}


def test_rates_are_what_happened_between_two_samples() -> None:
    [row] = routes(sample(TEXT % (3, 1, 0.5)), sample(TEXT % (11, 3, 0.7)), 2.0)
    assert row == {"method": "GET", "route": "/api/v2/buckets", "rate": 5.0, "ms": 20.0, "errors": 1.0, "total": 14}
