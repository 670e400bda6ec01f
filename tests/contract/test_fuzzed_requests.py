"""Requests made from the contract by schemathesis, right and wrong ones: nothing of them is a server error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from influxctl.testing import LocalServer, local_server
from tests.contract.exceptions import NOT_YET

_TEXT = resources.files("influxctl.contract").joinpath("cloud-2.0.1.json").read_text(encoding="utf-8")
_CONTRACT = json.loads(_TEXT)
for _item in _CONTRACT["paths"].values():
    for _operation in list(_item):
        if isinstance(_item[_operation], dict) and _item[_operation].get("operationId") in NOT_YET:
            del _item[_operation]
_CONTRACT["paths"]["/query"]["post"]["requestBody"]["content"].pop(
    "application/vnd.flux"
)  # schemathesis cannot make that
schema = schemathesis.openapi.from_dict(_CONTRACT)
pytestmark = pytest.mark.slow  # about two minutes


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


@schema.parametrize()
@settings(
    max_examples=5,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_is_a_server_error(case: Any, server: LocalServer) -> None:
    arguments = case.as_transport_kwargs(base_url=f"{server.base}/api/v2")
    arguments["headers"]["Authorization"] = "Token my-token"
    try:
        answer = server.session.request(**arguments)
    except (UnicodeError, ValueError):  # a header that no client can send
        return
    assert answer.status_code < 500, f"{case.method} {arguments['url']}: {answer.text}"
