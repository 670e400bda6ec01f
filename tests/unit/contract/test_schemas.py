"""Schemas of the contract: what validators accept and refuse, and that skeletons are valid bodies."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from influxctl.contract.operations import OPERATIONS
from influxctl.contract.schemas import schema, skeleton, validator
from influxctl.core.errors import Invalid

BODIES = sorted({op.body.schema for op in OPERATIONS.values() if op.body is not None and op.body.schema})


@pytest.mark.parametrize("name", BODIES)
def test_skeleton_is_valid(name: str) -> None:
    validator(name)(skeleton(name))


def test_every_schema_compiles() -> None:
    for op in OPERATIONS.values():
        for answer in op.answers:
            if answer.schema:
                validator(answer.schema)


BUCKET = {"orgID": "0000000000000001", "name": "b", "retentionRules": []}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("PostBucketRequest", BUCKET),
        ("PostBucketRequest", {**BUCKET, "id": "x", "unknown": 1}),
        ("Bucket", {"name": "b", "retentionRules": [], "createdAt": None, "links": 3}),  # read-only: not looked at
        ("UpdateStackRequest", {"name": None}),  # nullable
        ("Check", {"type": "deadman", "name": "n", "orgID": "1", "query": {"text": ""}, "statusMessageTemplate": ""}),
    ],
)
def test_accepts(name: str, body: object) -> None:
    validator(name)(body)


@pytest.mark.parametrize(
    ("name", "body", "place"),
    [
        ("PostBucketRequest", {}, "the body lacks orgID, name, retentionRules"),
        ("PostBucketRequest", [], "the body must be object"),
        ("PostBucketRequest", {**BUCKET, "orgID": 1}, "orgID must be string"),
        (
            "PostBucketRequest",
            {**BUCKET, "retentionRules": [{"type": "expire", "everySeconds": "x"}]},
            "retentionRules.0.everySeconds",
        ),
        ("Check", {"type": "nonsense"}, "type must be one of"),
        ("Check", {"type": "deadman"}, "lacks"),
        ("TaskCreateRequest", {"flux": None}, "flux must be string"),
    ],
)
def test_refuses_and_names_the_place(name: str, body: object, place: str) -> None:
    with pytest.raises(Invalid) as caught:
        validator(name)(body)
    assert place in caught.value.message
    assert caught.value.details["schema"] == name


def test_skeleton_shows_writable_properties_only() -> None:
    example = skeleton("PostBucketRequest")
    assert set(example) == {"orgID", "name", "description", "rp", "retentionRules", "schemaType"}
    assert skeleton("Check")["type"] == "deadman"
    assert "id" not in skeleton("Bucket")


def test_schema_of_every_contract_can_be_named() -> None:
    assert "properties" in schema("Bucket")  # cloud
    assert "properties" in schema("RemoteConnection")  # OSS
    assert "properties" in schema("InfluxQLResponse")  # v1
    with pytest.raises(KeyError):
        schema("NoSuchSchema")


def _prose(node: Any, inside_properties: bool = False) -> list[str]:
    if isinstance(node, list):
        return [text for part in node for text in _prose(part)]
    if not isinstance(node, dict):
        return []
    found = (
        []
        if inside_properties
        else [str(node[k]) for k in ("description", "summary", "example", "title") if node.get(k)]
    )
    return found + [text for key, part in node.items() for text in _prose(part, key == "properties")]


@pytest.mark.parametrize("file", ["cloud-2.0.1.json", "oss.json", "v1.json", "unlisted.json"])
def test_contract_files_carry_no_prose(file: str) -> None:
    document = json.loads(resources.files("influxctl.contract").joinpath(file).read_text())
    del document["info"]
    assert _prose(document) == []
