"""Every operation of the contract on the server: route, credentials, unknown IDs, and answers that are valid against the schema."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

import pytest

from influxctl.contract.operations import OPERATIONS
from influxctl.contract.schemas import validator
from influxctl.core.errors import Invalid
from influxctl.local.http.router import PUBLIC
from influxctl.testing import local_server
from tests.contract.exceptions import EXCEPTIONS, NOT_YET
from tests.contract.world import World

ALL = sorted(OPERATIONS)
READY = [op for op in ALL if op not in NOT_YET]
IDS = [op for op in READY if OPERATIONS[op].path_params and op not in ("DeleteOrgsIDSecretsID",)]
UNKNOWN = "0000000000000001"
# Taking something away that is not there is no error: what was wanted is so.
FORGIVING = ("IDLabelsID", "IDMembersID", "IDOwnersID", "IDLabels", "DemoDataBucketMembers")


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    fresh = request.node.name == "test_a_good_request_gets_an_answer_of_the_contract[PostSetup]"
    with local_server(setup=not fresh) as server:
        yield World(server)


def excused(operation: str, field: str) -> bool:
    return any(e.operation == operation and fnmatch.fnmatch(field, e.field) for e in EXCEPTIONS)


@pytest.mark.parametrize("operation", ALL)
def test_the_operation_has_a_handler(operation: str, world: World) -> None:
    answer = world.call(operation, path=OPERATIONS[operation].path.replace("{", "").replace("}", ""), body=b"{}")
    if operation in NOT_YET:
        assert answer.status_code == 501, f"{operation} has a handler now: take it off NOT_YET"
    else:
        assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("operation", [op for op in ALL if op not in PUBLIC])
def test_without_credentials_it_is_refused(operation: str, world: World) -> None:
    world.server.session.headers.pop("Authorization")
    answer = world.call(
        operation, path=OPERATIONS[operation].path.replace("{", "").replace("}", ""), body=b"{}", token=None
    )
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize("operation", READY)
def test_a_good_request_gets_an_answer_of_the_contract(operation: str, world: World) -> None:
    answer = world.call(operation)
    spec = OPERATIONS[operation]
    declared = {one.status: one for one in spec.answers}
    if "default" in declared and declared["default"].schema != "Error":
        declared.setdefault(str(answer.status_code), declared["default"])
    if excused(operation, f"status {answer.status_code}"):
        return
    assert str(answer.status_code) in declared, f"{answer.status_code} is not in the contract: {answer.text[:500]}"
    assert answer.status_code < 400, answer.text
    schema = declared[str(answer.status_code)].schema
    if not schema or not answer.headers.get("Content-Type", "").startswith("application/json"):
        return
    try:
        validator(schema)(answer.json())
    except Invalid as error:
        field = ".".join(str(part) for part in error.details["path"])  # type: ignore[attr-defined]
        assert excused(operation, field), f"{error.message}: {answer.text[:600]}"


@pytest.mark.parametrize("operation", IDS)
def test_an_unknown_id_is_not_found(operation: str, world: World) -> None:
    path = world.path(operation, unknown=UNKNOWN)
    answer = world.call(operation, path=path)
    if operation.endswith(FORGIVING) or excused(operation, f"unknown {answer.status_code}"):
        assert answer.status_code < 500
        return
    assert answer.status_code == 404, f"{path}: {answer.status_code} {answer.text}"
    assert answer.json()["code"] == "not found"
