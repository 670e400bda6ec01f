"""No token reads or changes anything outside its rights: all operations with three kinds of tokens that have no business there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from influxctl.contract.operations import OPERATIONS
from influxctl.local.http.router import PUBLIC
from influxctl.testing import local_server
from tests.contract.exceptions import NOT_YET
from tests.contract.world import MAKERS, World

ALL = sorted(op for op in OPERATIONS if op not in PUBLIC and op not in NOT_YET)
# These take nothing of the organization: the syntax of a script, what functions there are, the caller itself.
HARMLESS = {
    "PostQueryAst", "PostQueryAnalyze", "GetQuerySuggestions", "GetQuerySuggestionsName", "GetMe", "GetFlags", "GetResources",
    "PostSignin", "PostSignout", "PutMePassword", "GetRoutes", "ApplyTemplate", "ExportTemplate",  # of nothing, in the world's bodies
    "GetDemoDataBucketMembers", "DeleteDemoDataBucketMembers",  # join the caller's own organization
}  # fmt: skip


class Tokens:
    """A world, and the tokens that have no business in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.bodies: dict[str, object] = {}
        server = world.server
        for name in MAKERS:
            world.id(name)

        def post(path: str, doc: object) -> dict[str, object]:
            answer = server.session.post(f"{server.base}{path}", json=doc, headers={"Authorization": "Token my-token"})
            assert answer.status_code in (200, 201), answer.text
            found: dict[str, object] = answer.json()
            return found

        other = post("/api/v2/orgs", {"name": "other"})["id"]
        bucket = post("/api/v2/buckets", {"orgID": other, "name": "theirs", "retentionRules": []})["id"]
        auth = {"Authorization": "Token my-token"}
        operator = server.session.get(f"{server.base}/api/v2/authorizations", headers=auth).json()["authorizations"][0]
        kinds = sorted({p["resource"]["type"] for p in operator["permissions"]} - {"instance"})

        def rights(org: object, types: list[str], **more: object) -> list[dict[str, object]]:
            return [
                {"action": a, "resource": {"type": k, "orgID": org, **more}} for a in ("read", "write") for k in types
            ]

        foreign, one, every = rights(other, kinds), rights(other, ["buckets"], id=bucket), rights(server.org_id, kinds)
        switched_off = {"orgID": server.org_id, "permissions": every, "status": "inactive"}
        self.by_name = {
            "foreign": str(post("/api/v2/authorizations", {"orgID": other, "permissions": foreign})["token"]),
            "one bucket": str(post("/api/v2/authorizations", {"orgID": other, "permissions": one})["token"]),
            "inactive": str(post("/api/v2/authorizations", switched_off)["token"]),
        }


@pytest.fixture(scope="module")
def tokens() -> Iterator[Tokens]:
    with local_server() as server:
        yield Tokens(World(server))


@pytest.mark.parametrize("kind", ["foreign", "one bucket", "inactive"])
@pytest.mark.parametrize("operation", ALL)
def test_nothing_is_given_away(operation: str, kind: str, tokens: Tokens) -> None:
    if operation in HARMLESS:
        return
    world = tokens.world
    if operation not in tokens.bodies:
        joins = operation.endswith(("Members", "Owners"))
        tokens.bodies[operation] = {"id": world.server.user_id} if joins else world.body(operation)
    body = tokens.bodies[operation]
    if operation == "PostQuery":
        body = {"query": f'from(bucketID: "{world.server.bucket_id}") |> range(start: 0)'}
    answer = world.call(operation, body=body, token=tokens.by_name[kind])
    shown = [name for name, id in world.ids.items() if id in answer.text and name not in ("orgID", "userID")]
    assert answer.status_code >= 400 or not shown, f"{answer.status_code} shows {shown}: {answer.text[:300]}"
    if OPERATIONS[operation].method != "GET" and operation != "PostQueryV1":  # which shows nothing
        assert answer.status_code >= 400, answer.text[:300]
