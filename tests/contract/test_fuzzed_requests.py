"""Requests made from the contract by schemathesis: nothing of them is a server error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from influxctl.testing import LocalServer, local_server

_TEXT = resources.files("influxctl.contract").joinpath("cloud-2.0.1.json").read_text(encoding="utf-8")
_CONTRACT = json.loads(_TEXT)
_CONTRACT["paths"]["/query"]["post"]["requestBody"]["content"].pop(
    "application/vnd.flux"
)  # schemathesis cannot make that
_OPERATIONS = {
    f"{found.ok().method} {found.ok().path}": found.ok()
    for found in schemathesis.openapi.from_dict(_CONTRACT).get_all_operations()
}
pytestmark = pytest.mark.slow  # some minutes


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


@pytest.mark.parametrize("name", sorted(_OPERATIONS))
def test_no_request_is_a_server_error(name: str, server: LocalServer) -> None:
    @given(_OPERATIONS[name].as_strategy())
    @settings(
        max_examples=20,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        arguments = case.as_transport_kwargs(base_url=f"{server.base}/api/v2")
        arguments["headers"]["Authorization"] = "Token my-token"
        try:
            answer = server.session.request(**arguments)
        except (UnicodeError, ValueError):  # a header that no client can send
            return
        assert answer.status_code < 500, f"{case.method} {arguments['url']}: {answer.text}"

    check()
