"""A round of the official Python client's API classes against the server on a socket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from influxdb_client import (
    BucketRetentionRules,
    InfluxDBClient,
    Permission,
    PermissionResource,
    Point,
)
from influxdb_client.client.write_api import SYNCHRONOUS

from influxctl.testing import LocalServer, local_server

ALL = 'from(bucket: "my-bucket") |> range(start: 0)'


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


@pytest.fixture(scope="module")
def client(server: LocalServer) -> Iterator[InfluxDBClient]:
    with InfluxDBClient(url=server.url, token=server.token, org=server.org) as client:
        yield client


def test_server_state(client: InfluxDBClient) -> None:
    assert client.ping()
    assert client.ready().status == "ready"
    assert client.version().startswith("v2.")
    assert client.build() == "OSS"


def test_write_query_and_delete(client: InfluxDBClient) -> None:
    with client.write_api(write_options=SYNCHRONOUS) as api:
        moment = datetime(2020, 9, 13, tzinfo=UTC)
        api.write("my-bucket", record=Point("m").tag("h", "a").field("f", 1.5).time(moment))
        api.write("my-bucket", record=[f"m,h=b f={n} {n}" for n in range(10)])
    query = client.query_api()
    assert sum(len(table.records) for table in query.query(ALL)) == 11
    assert [row.get_value() for row in query.query_stream(f'{ALL} |> filter(fn: (r) => r.h == "a")')] == [1.5]
    assert b"1.5" in query.query_raw(ALL).read()
    assert query.query('import "array" array.from(rows: [{v: x + 1}])', params={"x": 2})[0].records[0]["v"] == 3
    client.delete_api().delete(
        datetime(1970, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC), 'h="b"', "my-bucket", "my-org"
    )
    assert sum(len(table.records) for table in query.query(ALL)) == 1


def test_batches_are_packed_and_written_in_the_background(client: InfluxDBClient, server: LocalServer) -> None:
    with (
        InfluxDBClient(url=server.url, token=server.token, org=server.org, enable_gzip=True) as packed,
        packed.write_api() as api,
    ):
        api.write("my-bucket", record=[f"batch f={n} {n}" for n in range(2500)])
    tables = client.query_api().query(f'{ALL} |> filter(fn: (r) => r._measurement == "batch") |> count()')
    assert tables[0].records[0].get_value() == 2500


def test_buckets(client: InfluxDBClient) -> None:
    api = client.buckets_api()
    made = api.create_bucket(
        bucket_name="nb", org="my-org", retention_rules=BucketRetentionRules(type="expire", every_seconds=3600)
    )
    assert api.find_bucket_by_name("nb").id == made.id == api.find_bucket_by_id(made.id).id
    assert {"nb", "my-bucket"} <= {bucket.name for bucket in api.find_buckets_iter(limit=1)}
    made.description = "changed"
    assert api.update_bucket(made).description == "changed"
    api.delete_bucket(made)
    assert api.find_bucket_by_name("nb") is None


def test_organizations_and_users(client: InfluxDBClient) -> None:
    orgs, users = client.organizations_api(), client.users_api()
    made = orgs.create_organization(name="new")
    made.name = "renamed"
    assert orgs.update_organization(made).name == "renamed"
    assert orgs.find_organization(made.id).name == "renamed"
    orgs.delete_organization(made.id)
    assert [org.name for org in orgs.find_organizations()] == ["my-org"]
    user = users.create_user("new")
    users.update_password(user, "a-password")
    assert {one.name for one in users.find_users().users} == {"my-user", "new"}
    users.delete_user(user)
    assert users.me().name == orgs.me().name == "my-user"


def test_authorizations_and_labels(client: InfluxDBClient, server: LocalServer) -> None:
    api = client.authorizations_api()
    permission = Permission(action="read", resource=PermissionResource(type="buckets", org_id=server.org_id))
    made = api.create_authorization(org_id=server.org_id, permissions=[permission])
    made.status = "inactive"
    assert api.update_authorization(made).status == "inactive"
    assert made.id in {one.id for one in api.find_authorizations(org="my-org")}
    api.delete_authorization(made.id)
    labels = client.labels_api()
    label = labels.create_label("x", server.org_id, {"color": "red"})
    label.name = "y"
    assert labels.update_label(label).name == "y"
    assert [one.name for one in labels.find_labels()] == ["y"]
    labels.delete_label(label)


def test_tasks_and_their_runs(client: InfluxDBClient, server: LocalServer) -> None:
    api = client.tasks_api()
    org = client.organizations_api().find_organizations()[0]
    task = api.create_task_every("t", 'from(bucket: "my-bucket") |> range(start: -1h)', "1h", org)
    assert [one.name for one in api.find_tasks_iter(name="t")] == ["t"]
    run = api.run_manually(task.id)
    assert run.id in {one.id for one in api.get_runs(task.id)}
    label = client.labels_api().create_label("of a task", server.org_id)
    api.add_label(label.id, task.id)
    assert [one.name for one in api.get_labels(task.id).labels] == ["of a task"]
    task.status = "inactive"
    assert api.update_task(task).status == "inactive"
    api.delete_task(task.id)
    assert list(api.find_tasks_iter(name="t")) == []


def test_a_session_by_user_and_password(server: LocalServer) -> None:
    with InfluxDBClient(url=server.url, username="my-user", password="my-password", org="my-org") as client:
        assert client.users_api().me().name == "my-user"
        assert b"my-bucket" in client.query_api().query_raw("buckets()").read()
