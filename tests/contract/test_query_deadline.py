"""A query that takes longer than it may is ended with 503, also in the middle of one long computation."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import pytest

from influxctl.local.options import Options
from influxctl.testing import LocalServer, local_server

STEPS = 3000
FLUX = 'from(bucket: "{}") |> range(start: 0) |> holtWinters(n: 5, interval: 1m, seasonality: 7)'
INFLUXQL = "SELECT holt_winters(mean(f), 5, 7) FROM m WHERE time >= 0 AND time < {}s GROUP BY time(1m)"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server(options=Options(password_cost=1, query_seconds=0.3)) as server:
        body = "\n".join(f"m f={i % 17} {i * 60}" for i in range(STEPS))
        path = f"/api/v2/write?org={server.org}&bucket={server.bucket}&precision=s"
        assert server.call("POST", path, data=body.encode()).status_code == 204
        yield server


@pytest.mark.parametrize("language", ["flux", "influxql"])
def test_a_long_search_is_ended(server: LocalServer, language: str) -> None:
    begin = perf_counter()
    if language == "flux":
        text = FLUX.format(server.bucket)
        answer = server.call("POST", f"/api/v2/query?org={server.org}", json={"query": text})
    else:
        answer = server.call(
            "GET", "/query", params={"db": server.bucket, "q": INFLUXQL.format(STEPS * 60), "org": server.org}
        )
    assert perf_counter() - begin < 5  # the search takes half a minute
    assert "longer than 0.3 s" in answer.text
    assert answer.status_code == (503 if language == "flux" else 200)
