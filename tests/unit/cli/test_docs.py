"""`influxctl docs`: every operation and schema can be explained without a server."""

from __future__ import annotations

import json

import pytest
from fake import run

from influxctl.cli.groups import docs
from influxctl.contract.operations import OPERATIONS
from influxctl.contract.schemas import schema_names


def test_an_operation_is_explained_with_its_commands_and_body() -> None:
    ran = run("docs", "postbuckets")
    assert (ran.code, ran.asked) == (0, [])
    text = " ".join(ran.out.split())
    assert text.startswith("PostBuckets POST /api/v2/buckets Tag Buckets; InfluxDB Cloud and OSS.")
    for part in (
        "influxctl bucket create influxctl api PostBuckets",
        "Body (application/json): PostBucketRequest",
        "name string required",
        "retentionRules.everySeconds int64 required",
        "422 Error",
    ):
        assert part in text


def test_a_path_explains_all_its_operations() -> None:
    out = run("docs", "/labels/{labelID}").out
    assert [word for word in out.split() if word.endswith("LabelsID") and word in OPERATIONS][::2] == [
        "GetLabelsID", "PatchLabelsID", "DeleteLabelsID",
    ]  # fmt: skip
    assert [each["id"] for each in json.loads(run("docs", "/labels", "--json").out)] == ["PostLabels", "GetLabels"]


def test_a_schema_is_explained() -> None:
    out = run("docs", "DeadmanCheck").out
    assert out.startswith("DeadmanCheck\n") and "timeSince" in out
    assert json.loads(run("docs", "Label", "--json").out)["properties"]["name"]["type"] == "string"


def test_what_is_not_there_is_exit_3_with_a_suggestion() -> None:
    ran = run("docs", "PostBucket")
    assert ran.code == 3 and "did you mean PostBuckets" in ran.err
    assert run("docs", "xyzzy").code == 3


@pytest.mark.parametrize("name", schema_names())
def test_every_schema_has_rows_or_is_a_plain_type(name: str) -> None:
    rows = docs._properties(name)
    assert all(row[0] and row[1] for row in rows)
    assert rows or docs._kind({"$ref": f"#/components/schemas/{name}"})


def test_every_operation_can_be_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "_commands", lambda operation: [])
    for operation in OPERATIONS.values():
        lines = list(docs._explained(operation))
        assert operation.path in lines[0] and "Answers:" in lines
