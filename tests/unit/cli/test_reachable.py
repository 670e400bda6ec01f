"""All 188 operations of the contract: a command line for each that makes just this request."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fake import ID, OTHER, run
from lines import LINES, OSS

from influxctl.cli.walk import walk
from influxctl.contract.operations import OPERATIONS

CLOUD = [o for o in OPERATIONS.values() if o.contract == "cloud"]
ANSWERS: dict[tuple[str, str], tuple[int, object]] = {
    ("GET", "/api/v2/resources"): (200, ["buckets"]),
    ("GET", "/api/v2/flags"): (200, {"a": True}),
    ("POST", "/api/v2/query"): (
        200,
        "#datatype,string,long\r\n#group,false,false\r\n#default,,\r\n,result,table\r\n,,0\r\n",
    ),
    ("POST", "/api/v2/users"): (201, {"id": ID, "name": "u"}),
    ("GET", f"/api/v2/telegrafs/{ID}"): (200, {"id": ID, "name": "x", "orgID": ID, "config": "c"}),
}


def test_the_contract_has_188_operations_and_each_has_a_line() -> None:
    assert len(CLOUD) == 188
    assert {o.id for o in CLOUD} == set(LINES)


@pytest.mark.parametrize("operation", OSS)
def test_operations_of_oss_have_commands_too(operation: str) -> None:
    answers = {**ANSWERS, ("GET", "/health"): (200, {"status": "pass"}), ("GET", "/metrics"): (200, "m 1")}
    ran = run(*OSS[operation].split(), answers=answers)
    assert (ran.code, ran.err if ran.code else "") == (0, "")
    wanted = re.compile(
        OPERATIONS[operation].method + " " + re.sub(r"{\w+}", "[^/]+", OPERATIONS[operation].path) + r"\Z"
    )
    assert any(wanted.match(asked) for asked in ran.asked), ran.asked


@pytest.mark.parametrize(
    ("influx", "here"),
    [
        ("org find", "GET /api/v2/orgs"),
        ("organization ls", "GET /api/v2/orgs"),
        ("auth find", "GET /api/v2/authorizations"),
        ("v1 dbrp list", "GET /api/v2/dbrps"),
        ("telegrafs list", "GET /api/v2/telegrafs"),
        ("stacks list", "GET /api/v2/stacks"),
        ("export", "POST /api/v2/templates/export"),
        (f"bucket rm -i {ID}", f"DELETE /api/v2/buckets/{ID}"),
        (f"bucket set -i {ID} -n n", f"PATCH /api/v2/buckets/{ID}"),
        (f"task list --id {ID}", "GET /api/v2/tasks"),
        (f"org members add -m {OTHER} -i {ID}", f"POST /api/v2/orgs/{ID}/members"),
        (f"org members add -m {OTHER} -i {ID} --owner", f"POST /api/v2/orgs/{ID}/owners"),
        ("org members list -n x", f"GET /api/v2/orgs/{ID}/members"),
        ("bucket delete -n x", f"DELETE /api/v2/buckets/{ID}"),
        ("bucket list --page-size 3", "GET /api/v2/buckets"),
        ("telegrafs --json", "GET /api/v2/telegrafs"),
        (f"dashboards -i {ID} --hide-headers", "GET /api/v2/dashboards"),
        ("stacks --stack-name x", "GET /api/v2/stacks"),
        ("stacks init -n x", "POST /api/v2/stacks"),
        (f"stacks rm --stack-id {ID} --force", f"DELETE /api/v2/stacks/{ID}"),
        (f"stacks update -i {ID} --addResource Bucket={ID}", f"PATCH /api/v2/stacks/{ID}"),
        ("template -f -", "POST /api/v2/templates/apply"),
        ("template validate -f -", "POST /api/v2/templates/apply"),
        ("apply -f - --force yes --disable-color -q", "POST /api/v2/templates/apply"),
        ("export all --filter resourceKind=Label", "POST /api/v2/templates/export"),
        ("export --bucket-names a,b --tasks 1", "POST /api/v2/templates/export"),
        (f"export stack {ID}", "POST /api/v2/templates/export"),
        (f"v1 auth delete --id {ID}", f"DELETE /private/legacy/authorizations/{ID}"),
        (f"telegrafs update -i {ID} -n n", f"PUT /api/v2/telegrafs/{ID}"),
    ],
)
def test_words_of_the_influx_tool(influx: str, here: str) -> None:
    found = {"id": ID, "name": "x", "orgID": ID}
    lists = {
        ("GET", f"/api/v2/{kind}"): (200, {kind: [found]})
        for kind in ("orgs", "buckets", "telegrafs", "dashboards", "stacks")
    }
    template = '{"apiVersion": "influxdata.com/v2alpha1", "kind": "Label", "metadata": {"name": "a"}, "spec": {}}'
    ran = run(*influx.split(), stdin=template, answers={**lists, ("GET", f"/api/v2/telegrafs/{ID}"): (200, found)})
    assert (ran.code, here in ran.asked) == (0, True), (ran.err, ran.asked)


@pytest.mark.parametrize("operation", CLOUD, ids=lambda o: o.id)
def test_its_command_line_calls_the_operation(operation: object, tmp_path: Path) -> None:
    line, _, stdin = LINES[operation.id].partition("|")  # type: ignore[attr-defined]
    ran = run(*line.split(), stdin=stdin, answers=ANSWERS, env={"INFLUXCTL_CONFIG_DIR": str(tmp_path)})
    assert (ran.code, ran.err if ran.code else "") == (0, "")
    wanted = re.compile(operation.method + " " + re.sub(r"{\w+}", "[^/]+", operation.path) + r"\Z")  # type: ignore[attr-defined]
    assert any(wanted.match(asked) for asked in ran.asked), ran.asked
    if ID in line and OTHER in line:  # the resource, then what belongs to it
        asked = next(asked for asked in ran.asked if wanted.match(asked))
        assert re.findall(f"{ID}|{OTHER}", asked + (ran.requests[-1].body or b"").decode()) == [ID, OTHER]


def test_each_operation_is_named_by_a_command() -> None:
    named = {operation for node in walk() for operation in node.operations}
    assert {o.id for o in CLOUD} <= named
    assert named <= set(OPERATIONS)


@pytest.mark.parametrize("operation", [o for o in CLOUD if o.query_params], ids=lambda o: o.id)
def test_each_query_parameter_has_a_flag_or_is_fed_by_another(operation: object) -> None:
    """Parameters of lists are flags; those of other operations are set by their command."""
    from influxctl.contract.flags import flag

    nodes = [node for node in walk() if operation.id in node.operations and not node.is_group]  # type: ignore[attr-defined]
    spelled = {opt for node in nodes for param in node.params for opt in (*param.opts, *param.secondary_opts)}
    own = {
        "org",
        "orgID",
        "bucket",
        "bucketID",
        "offset",
        "after",
        "precision",
        "name",
        "id",
        "user",
        "userID",
        "stackID",
    }
    missing = [
        p.name for p in operation.query_params if p.name not in own and not any(  # type: ignore[attr-defined]
            s.startswith(f"--{flag(p.name)}") for s in spelled)
    ]  # fmt: skip
    assert missing == []


@pytest.mark.parametrize("operation", CLOUD, ids=lambda o: o.id)
def test_its_json_is_json(operation: object, tmp_path: Path) -> None:
    line, _, stdin = LINES[operation.id].partition("|")  # type: ignore[attr-defined]
    ran = run(*line.split(), "--json", stdin=stdin, answers=ANSWERS, env={"INFLUXCTL_CONFIG_DIR": str(tmp_path)})
    assert ran.code == 0
    if ran.out and operation.id != "GetOrgUsageID":  # type: ignore[attr-defined]  # that answers CSV
        json.loads(ran.out)


def test_exports_of_the_influx_tool_name_their_resources() -> None:
    assert run("export", "--bucket-names", "a,b", "--tasks", ID).body() == {
        "resources": [{"kind": "Bucket", "name": "a"}, {"kind": "Bucket", "name": "b"}, {"kind": "Task", "id": ID}]
    }
    assert run("export", "stack", ID).body() == {"stackID": ID}
    ran = run("export", "all", "--filter", "resourceKind=Label", "--filter", "labelName=x")
    assert ran.body() == {"orgIDs": [{"orgID": ID, "resourceFilters": {"byLabel": ["x"], "byResourceKind": ["Label"]}}]}
