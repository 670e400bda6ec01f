"""The generated table of operations: complete, consistent, and exactly what the contract files give."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from influxctl.cli.options import GLOBAL
from influxctl.contract.flags import OWN_OPTIONS, RENAMED, SAME_MEANING, flag, kebab
from influxctl.contract.operations import OPERATIONS

ROOT = Path(__file__).parents[3]


def test_generated_table_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "operations.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_cloud_contract_has_188_operations_on_109_paths_with_32_tags() -> None:
    cloud = [op for op in OPERATIONS.values() if op.contract == "cloud"]
    assert len(cloud) == 188
    assert len({op.path for op in cloud}) == 109
    assert len({tag for op in cloud for tag in op.tags}) == 32
    assert sum(len(op.tags) > 1 for op in cloud) == 6


def test_keys_are_the_operations_ids() -> None:
    assert all(key == op.id for key, op in OPERATIONS.items())


def test_method_and_path_are_unique() -> None:
    count = Counter((op.method, re.sub(r"{\w+}", "{}", op.path)) for op in OPERATIONS.values())
    assert [pair for pair, n in count.items() if n > 1] == []


def test_path_parameters_are_those_in_the_path() -> None:
    for op in OPERATIONS.values():
        assert sorted(re.findall(r"{(\w+)}", op.path)) == sorted(p.name for p in op.path_params), op.id
        assert all(p.required for p in op.path_params), op.id


@pytest.mark.parametrize(
    ("name", "method", "path", "contract"),
    [
        ("GetBucketsID", "GET", "/api/v2/buckets/{bucketID}", "cloud"),
        ("GetOrgLimitsID", "GET", "/api/v2/orgs/{orgID}/limits", "cloud"),
        ("GetOrgUsageID", "GET", "/api/v2/orgs/{orgID}/usage", "cloud"),
        ("GetPing", "GET", "/ping", "cloud"),
        ("HeadPing", "HEAD", "/ping", "cloud"),
        ("GetHealth", "GET", "/health", "oss"),
        ("GetReady", "GET", "/ready", "oss"),
        ("GetMetrics", "GET", "/metrics", "oss"),
        ("GetBackupKV", "GET", "/api/v2/backup/kv", "oss"),
        ("PostLegacyAuthorizations", "POST", "/private/legacy/authorizations", "oss"),
        ("PostQueryV1", "POST", "/query", "v1"),
        ("GetQueryV1", "GET", "/query", "v1"),
        ("PostWriteV1", "POST", "/write", "v1"),
    ],
)
def test_paths_count_from_the_root(name: str, method: str, path: str, contract: str) -> None:
    op = OPERATIONS[name]
    assert (op.method, op.path, op.contract) == (method, path, contract)


def test_parameters_keep_type_enum_default_and_bounds() -> None:
    limit = OPERATIONS["GetTasks"].param("limit")
    assert limit is not None
    assert (limit.type, limit.minimum, limit.maximum, limit.default) == ("integer", -1, 500, 100)
    precision = OPERATIONS["PostWrite"].param("precision")
    assert precision is not None and precision.enum == ("ms", "s", "us", "ns")
    ids = OPERATIONS["GetDashboards"].param("id")
    assert ids is not None and ids.type == "array"
    assert OPERATIONS["GetUsers"].param("after") is not None  # only the OSS contract lists it


def test_bodies_and_answers_name_their_schemas() -> None:
    op = OPERATIONS["PostBuckets"]
    assert op.body is not None and op.body.schema == "PostBucketRequest" and op.body.required
    assert [a.schema for a in op.answers if a.status == "201"] == ["Bucket"]
    write = OPERATIONS["PostWrite"].body
    assert write is not None and write.media == ("text/plain",) and write.schema == ""


def test_flags_do_not_clash_with_our_own_options() -> None:
    for op in OPERATIONS.values():
        flags = [flag(p.name) for p in op.query_params]
        assert len(flags) == len(set(flags)), op.id
        clashing = [p.name for p in op.query_params if flag(p.name) in OWN_OPTIONS and p.name not in SAME_MEANING]
        assert clashing == [], op.id


def test_options_of_every_command_are_among_our_own() -> None:
    long_names = {name.removeprefix("--") for option in GLOBAL for name in option.decls if name.startswith("--")}
    assert long_names <= OWN_OPTIONS


def test_renamed_flags_are_needed() -> None:
    used = {p.name for op in OPERATIONS.values() for p in op.query_params}
    assert set(RENAMED) <= used
    assert all(name in OWN_OPTIONS or len(name) == 1 for name in RENAMED)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("orgID", "org-id"),
        ("sortBy", "sort-by"),
        ("chunk_size", "chunk-size"),
        ("remoteURL", "remote-url"),
        ("org", "org"),
    ],
)
def test_kebab(name: str, expected: str) -> None:
    assert kebab(name) == expected
