"""Every generated class of the official Python client, one for each tag of the API, does a round against the server on a socket.

Bodies are plain objects; answers are what the client's own models make of them, so a shape that they do not know fails here.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator
from typing import Any

import influxdb_client
import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException

from influxctl.testing import LocalServer, local_server

SERVICES = sorted(name for name in dir(influxdb_client) if name.endswith("Service"))
# The class of Cloud's scripts, which the contract does not have.
ELSEWHERE = ("InvokableScriptsService",)
SCRIPT = 'from(bucket: "my-bucket") |> range(start: -1h)'
TASK = f'option task = {{name: "t", every: 1h}}\n{SCRIPT}'


class Client:
    """The services over one connection, and what the rounds need to know of the server."""

    def __init__(self, server: LocalServer, client: InfluxDBClient) -> None:
        self.server = server
        self.raw = client
        self.org, self.bucket, self.user = server.org_id, server.bucket_id, server.user_id

    def service(self, name: str) -> Any:
        return getattr(influxdb_client, name)(self.raw.api_client)

    def label(self) -> str:
        labels = self.service("LabelsService")
        known = labels.get_labels(org_id=self.org).labels
        made = known[0] if known else labels.post_labels({"orgID": self.org, "name": "l"}).label
        return str(made.id)

    def other_user(self) -> str:
        users = self.service("UsersService")
        known = [user for user in users.get_users().users if user.name == "other"]
        return str((known[0] if known else users.post_users({"name": "other"})).id)

    def labels_round(self, service: Any, noun: str, id: str) -> None:
        """Put a label on a resource, find it there, take it off."""
        label = self.label()
        post = getattr(service, f"post_{noun}_id_labels", None) or getattr(service, f"post_{noun[:-1]}_id_labels")
        assert post(id, {"labelID": label}).label.id == label
        assert [one.id for one in getattr(service, f"get_{noun}_id_labels")(id).labels] == [label]
        getattr(service, f"delete_{noun}_id_labels_id")(id, label)
        assert getattr(service, f"get_{noun}_id_labels")(id).labels == []

    def members_round(self, service: Any, noun: str, id: str) -> None:
        """Make a user member and owner, and end it."""
        user = self.other_user()
        for role in ("members", "owners"):
            assert getattr(service, f"post_{noun}_id_{role}")(id, {"id": user}).name == "other"
            assert user in [one.id for one in getattr(service, f"get_{noun}_id_{role}")(id).users]
            getattr(service, f"delete_{noun}_id_{role}_id")(user, id)
            assert user not in [one.id for one in getattr(service, f"get_{noun}_id_{role}")(id).users]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        local_server() as server,
        InfluxDBClient(url=server.url, token=server.token, org=server.org) as client,
    ):
        yield Client(server, client)


def authorizations(client: Client) -> None:
    service = client.service("AuthorizationsService")
    permission = {"action": "read", "resource": {"type": "buckets", "orgID": client.org}}
    made = service.post_authorizations({"orgID": client.org, "description": "d", "permissions": [permission]})
    assert made.token and made.permissions[0].resource.type == "buckets"
    assert made.id in [one.id for one in service.get_authorizations(org_id=client.org).authorizations]
    assert service.get_authorizations_id(made.id).description == "d"
    assert service.patch_authorizations_id(made.id, {"status": "inactive"}).status == "inactive"
    service.delete_authorizations_id(made.id)


def backup(client: Client) -> None:
    service = client.service("BackupService")
    assert service.get_backup_kv(_preload_content=False).data.startswith(b"SQLite format 3")
    assert b'name="kv"' in service.get_backup_metadata(_preload_content=False).data
    shard = int(client.bucket, 16)
    assert service.get_backup_shard_id(shard, _preload_content=False).data


def restore(client: Client) -> None:
    service = client.service("RestoreService")
    shard = int(client.bucket, 16)
    kept = client.service("BackupService").get_backup_shard_id(shard, _preload_content=False).data
    assert service.post_restore_shard_id_with_http_info(str(shard), kept)[1] == 204
    with pytest.raises(ApiException) as refused:
        service.post_restore_kv(b"no backup", _preload_content=False)
    assert refused.value.status == 400


def bucket_schemas(client: Client) -> None:
    buckets = client.service("BucketsService")
    bucket = buckets.post_buckets({"orgID": client.org, "name": "strict", "schemaType": "explicit"})
    service = client.service("BucketSchemasService")
    columns = [{"name": "time", "type": "timestamp"}, {"name": "f", "type": "field", "dataType": "float"}]
    made = service.create_measurement_schema(bucket.id, {"name": "m", "columns": columns})
    assert [one.id for one in service.get_measurement_schemas(bucket.id).measurement_schemas] == [made.id]
    columns.append({"name": "host", "type": "tag"})
    assert len(service.update_measurement_schema(bucket.id, made.id, {"columns": columns}).columns) == 3
    assert service.get_measurement_schema(bucket.id, made.id).name == "m"
    buckets.delete_buckets_id(bucket.id)


def buckets(client: Client) -> None:
    service = client.service("BucketsService")
    rule = {"type": "expire", "everySeconds": 86400}
    made = service.post_buckets({"orgID": client.org, "name": "b", "retentionRules": [rule]})
    assert service.get_buckets(name="b").buckets[0].id == made.id
    assert service.patch_buckets_id(made.id, {"name": "c"}).name == "c"
    assert service.get_buckets_id(made.id).retention_rules[0].every_seconds == 86400
    client.labels_round(service, "buckets", made.id)
    client.members_round(service, "buckets", made.id)
    service.delete_buckets_id(made.id)


def dashboards(client: Client) -> None:
    service = client.service("DashboardsService")
    made = service.post_dashboards({"orgID": client.org, "name": "d"})
    assert made.id in [one.id for one in service.get_dashboards(org_id=client.org).dashboards]
    assert service.patch_dashboards_id(made.id, patch_dashboard_request={"name": "e"}).name == "e"
    assert service.get_dashboards_id(made.id).name == "e"
    client.labels_round(service, "dashboards", made.id)
    client.members_round(service, "dashboards", made.id)
    service.delete_dashboards_id(made.id)


def cells(client: Client) -> None:
    dashboard = client.service("DashboardsService").post_dashboards({"orgID": client.org, "name": "cells"}).id
    service = client.service("CellsService")
    cell = service.post_dashboards_id_cells(dashboard, {"x": 1, "y": 2, "w": 3, "h": 4})
    assert service.patch_dashboards_id_cells_id(dashboard, cell.id, {"x": 5}).x == 5
    place = {"id": cell.id, "x": 0, "y": 0, "w": 1, "h": 1}
    replaced = service.put_dashboards_id_cells(dashboard, [place], _preload_content=False)
    assert replaced.status == 201 and cell.id.encode() in replaced.data
    service.delete_dashboards_id_cells_id(dashboard, cell.id)
    client.service("DashboardsService").delete_dashboards_id(dashboard)


def views(client: Client) -> None:
    dashboard = client.service("DashboardsService").post_dashboards({"orgID": client.org, "name": "views"}).id
    cell = client.service("CellsService").post_dashboards_id_cells(dashboard, {"w": 1, "h": 1}).id
    service = client.service("ViewsService")
    properties = {"type": "markdown", "shape": "chronograf-v2", "note": "n"}
    view = {"name": "v", "properties": properties}
    assert service.patch_dashboards_id_cells_id_view(dashboard, cell, view).name == "v"
    assert service.get_dashboards_id_cells_id_view(dashboard, cell).properties["note"] == "n"
    client.service("DashboardsService").delete_dashboards_id(dashboard)


def _check(client: Client) -> dict[str, Any]:
    return {
        "orgID": client.org, "name": "c", "type": "deadman", "status": "active", "every": "1m", "timeSince": "90s", "staleTime": "30m",
        "level": "CRIT", "statusMessageTemplate": "m", "query": {"text": SCRIPT},
    }  # fmt: skip


def checks(client: Client) -> None:
    service = client.service("ChecksService")
    made = service.create_check(_check(client))
    assert made.id in [one.id for one in service.get_checks(client.org).checks]
    assert service.get_checks_id(made.id).name == "c"
    assert "influxdata/influxdb/monitor" in service.get_checks_id_query(made.id).flux
    assert service.patch_checks_id(made.id, {"status": "inactive"}).status == "inactive"
    assert service.put_checks_id(made.id, {**_check(client), "name": "changed"}).name == "changed"
    client.labels_round(service, "checks", made.id)
    service.delete_checks_id(made.id)


def _endpoint(client: Client) -> dict[str, Any]:
    fields = {"url": "http://localhost:1", "method": "POST", "authMethod": "none"}
    return {"orgID": client.org, "name": "e", "type": "http", "status": "active", **fields}


def endpoints(client: Client) -> None:
    service = client.service("NotificationEndpointsService")
    made = service.create_notification_endpoint(_endpoint(client))
    found = service.get_notification_endpoints(client.org).notification_endpoints
    assert made.id in [one.id for one in found]
    assert service.get_notification_endpoints_id(made.id).name == "e"
    assert service.patch_notification_endpoints_id(made.id, {"name": "f"}).name == "f"
    assert service.put_notification_endpoints_id(made.id, _endpoint(client)).name == "e"
    label = client.label()
    service.post_notification_endpoint_id_labels(made.id, {"labelID": label})
    assert len(service.get_notification_endpoints_id_labels(made.id).labels) == 1
    service.delete_notification_endpoints_id_labels_id(made.id, label)
    service.delete_notification_endpoints_id(made.id)


def rules(client: Client) -> None:
    endpoint = client.service("NotificationEndpointsService").create_notification_endpoint(_endpoint(client)).id
    fields = {
        "orgID": client.org, "name": "r", "type": "http", "status": "active", "every": "10m", "endpointID": endpoint,
        "statusRules": [{"currentLevel": "CRIT"}],
    }  # fmt: skip
    service = client.service("NotificationRulesService")
    made = service.create_notification_rule(fields)
    assert made.id in [one.id for one in service.get_notification_rules(client.org).notification_rules]
    assert service.get_notification_rules_id(made.id).name == "r"
    assert service.patch_notification_rules_id(made.id, {"name": "s"}).name == "s"
    assert service.put_notification_rules_id(made.id, {**fields, "every": "5m"}).every == "5m"
    script = client.service("RulesService").get_notification_rules_id_query(made.id).flux
    assert "influxdata/influxdb/monitor" in script
    label = client.label()
    service.post_notification_rule_id_labels(made.id, {"labelID": label})
    assert len(service.get_notification_rules_id_labels(made.id).labels) == 1
    service.delete_notification_rules_id_labels_id(made.id, label)
    service.delete_notification_rules_id(made.id)


def server_state(client: Client) -> None:
    assert client.service("HealthService").get_health().status == "pass"
    assert client.service("ReadyService").get_ready().status == "ready"
    assert client.service("PingService").get_ping_with_http_info()[1] == 204
    assert client.service("PingService").head_ping_with_http_info()[1] == 204
    assert "http_api_requests_total" in client.service("MetricsService").get_metrics()
    assert client.service("ConfigService").get_config().config
    assert isinstance(client.service("ConfigService").get_flags(), dict)
    assert client.service("RoutesService").get_routes().query._self == "/api/v2/query"
    assert "buckets" in client.service("ResourcesService").get_resources()


def dbrps(client: Client) -> None:
    service = client.service("DBRPsService")
    fields = {"orgID": client.org, "bucketID": client.bucket, "database": "d", "retention_policy": "r"}
    made = service.post_dbrp(fields)
    assert made.id in [one.id for one in service.get_dbr_ps(org_id=client.org).content]
    changed = service.patch_dbrpid(made.id, {"retention_policy": "s"}, org_id=client.org)
    assert changed.content.retention_policy == "s"
    assert service.get_dbr_ps_id(made.id, org_id=client.org).content.database == "d"
    service.delete_dbrpid(made.id, org_id=client.org)


def points(client: Client) -> None:
    client.service("WriteService").post_write("my-org", "my-bucket", b"m,h=a f=1 1\nm,h=b f=2 2")
    query = client.service("QueryService")
    ask = {"query": 'from(bucket: "my-bucket") |> range(start: 0)', "dialect": {"annotations": []}}
    answer = query.post_query(org="my-org", query=ask, _preload_content=False).data
    assert answer.count(b"_result") == 2
    gone = {"start": "1970-01-01T00:00:00Z", "stop": "2030-01-01T00:00:00Z", "predicate": 'h="a"'}
    client.service("DeleteService").post_delete(gone, org="my-org", bucket="my-bucket")
    assert query.post_query(org="my-org", query=ask, _preload_content=False).data.count(b"_result") == 1
    assert query.post_query_ast(language_request={"query": SCRIPT}).ast.files
    assert query.post_query_analyze(query={"query": "from(", "type": "flux"}).errors
    assert query.get_query_suggestions().funcs
    assert query.get_query_suggestions_name("range").name == "range"


def labels(client: Client) -> None:
    service = client.service("LabelsService")
    made = service.post_labels({"orgID": client.org, "name": "mine", "properties": {"color": "red"}}).label
    assert service.patch_labels_id(made.id, {"name": "yours"}).label.name == "yours"
    assert service.get_labels_id(made.id).label.properties["color"] == "red"
    service.delete_labels_id(made.id)


def legacy_authorizations(client: Client) -> None:
    service = client.service("LegacyAuthorizationsService")
    permission = {"action": "read", "resource": {"type": "buckets", "orgID": client.org}}
    fields = {"orgID": client.org, "token": "v1user", "permissions": [permission]}
    made = service.post_legacy_authorizations(fields)
    service.post_legacy_authorizations_id_password(made.id, {"password": "password1"})
    assert [one.id for one in service.get_legacy_authorizations(org_id=client.org).authorizations] == [made.id]
    assert service.patch_legacy_authorizations_id(made.id, {"status": "inactive"}).status == "inactive"
    assert service.get_legacy_authorizations_id(made.id).status == "inactive"
    service.delete_legacy_authorizations_id(made.id)


def organizations(client: Client) -> None:
    service = client.service("OrganizationsService")
    made = service.post_orgs({"name": "o"})
    assert service.get_orgs(org="o").orgs[0].id == made.id
    assert service.patch_orgs_id(made.id, {"name": "p"}).name == "p"
    assert service.get_orgs_id(made.id).name == "p"
    client.members_round(service, "orgs", made.id)
    service.delete_orgs_id(made.id)


def remotes(client: Client) -> None:
    service = client.service("RemoteConnectionsService")
    fields = {
        "orgID": client.org, "name": "r", "remoteURL": "http://localhost:1", "remoteAPIToken": "t", "remoteOrgID": client.org,
        "allowInsecureTLS": False,
    }  # fmt: skip
    remote = service.post_remote_connection(fields)
    assert [one.id for one in service.get_remote_connections(client.org).remotes] == [remote.id]
    assert service.patch_remote_connection_by_id(remote.id, {"name": "s"}).name == "s"
    assert service.get_remote_connection_by_id(remote.id).name == "s"
    replications = client.service("ReplicationsService")
    fields = {
        "orgID": client.org, "name": "x", "remoteID": remote.id, "localBucketID": client.bucket, "remoteBucketID": client.bucket,
        "maxQueueSizeBytes": 67108860, "dropNonRetryableData": False, "maxAgeSeconds": 0,
    }  # fmt: skip
    made = replications.post_replication(fields)
    assert [one.id for one in replications.get_replications(client.org).replications] == [made.id]
    assert replications.patch_replication_by_id(made.id, {"name": "y"}).name == "y"
    assert replications.get_replication_by_id(made.id).name == "y"
    with pytest.raises(ApiException) as failed:
        replications.post_validate_replication_by_id(made.id)
    assert failed.value.status == 400  # nothing listens there
    replications.delete_replication_by_id(made.id)
    service.delete_remote_connection_by_id(remote.id)


def scrapers(client: Client) -> None:
    service = client.service("ScraperTargetsService")
    fields = {"orgID": client.org, "name": "s", "type": "prometheus", "url": "http://x", "bucketID": client.bucket}
    made = service.post_scrapers(fields)
    assert made.id in [one.id for one in service.get_scrapers(org_id=client.org).configurations]
    assert service.patch_scrapers_id(made.id, {**fields, "name": "t"}).name == "t"
    assert service.get_scrapers_id(made.id).name == "t"
    client.labels_round(service, "scrapers", made.id)
    client.members_round(service, "scrapers", made.id)
    service.delete_scrapers_id(made.id)


def secrets(client: Client) -> None:
    service = client.service("SecretsService")
    service.patch_orgs_id_secrets(client.org, {"one": "1", "two": "2", "three": "3"})
    assert service.get_orgs_id_secrets(client.org).secrets == ["one", "three", "two"]
    service.post_orgs_id_secrets(client.org, {"secrets": ["one"]})
    service.delete_orgs_id_secrets_id(client.org, "two")
    assert service.get_orgs_id_secrets(client.org).secrets == ["three"]


def sessions(client: Client) -> None:
    assert client.service("SetupService").get_setup().allowed is False
    with pytest.raises(ApiException) as again:
        client.service("SetupService").post_setup({"username": "u", "org": "o", "bucket": "b"})
    assert again.value.status == 422
    with InfluxDBClient(url=client.server.url, username="my-user", password="my-password") as signed_in:
        signin = influxdb_client.SigninService(signed_in.api_client)
        assert signin.post_signin_with_http_info()[1] == 204
        assert influxdb_client.UsersService(signed_in.api_client).get_me().name == "my-user"
        influxdb_client.SignoutService(signed_in.api_client).post_signout()
        with pytest.raises(ApiException):
            influxdb_client.UsersService(signed_in.api_client).get_me()
        signed_in.api_client.cookie = None  # or the client signs out once more when it is closed


def sources(client: Client) -> None:
    service = client.service("SourcesService")
    made = service.post_sources({"orgID": client.org, "name": "s", "type": "v2", "url": "http://localhost:1"})
    assert made.id in [one.id for one in service.get_sources(org="my-org").sources]
    assert service.patch_sources_id(made.id, {"name": "t"}).name == "t"
    own = next(one for one in service.get_sources(org="my-org").sources if one.default)
    assert service.get_sources_id(own.id).type == "self"
    assert service.get_sources_id_health(own.id).status == "pass"
    assert "my-bucket" in [one.name for one in service.get_sources_id_buckets(own.id).buckets]
    service.delete_sources_id(made.id)


def tasks(client: Client) -> None:
    service = client.service("TasksService")
    made = service.post_tasks({"orgID": client.org, "flux": TASK, "status": "active"})
    assert made.id in [one.id for one in service.get_tasks(org_id=client.org).tasks]
    assert service.patch_tasks_id(made.id, {"every": "2h"}).every == "2h"
    assert service.get_tasks_id(made.id).name == "t"
    run = service.post_tasks_id_runs(made.id, run_manually={"scheduledFor": "2020-01-01T00:00:00Z"})
    assert run.id in [one.id for one in service.get_tasks_id_runs(made.id).runs]
    assert service.get_tasks_id_runs_id(made.id, run.id).id == run.id
    while service.get_tasks_id_runs_id(made.id, run.id).status not in ("success", "failed"):
        time.sleep(0.02)
    assert service.get_tasks_id_runs_id_logs(made.id, run.id) is not None
    assert service.get_tasks_id_logs(made.id) is not None
    client.labels_round(service, "tasks", made.id)
    client.members_round(service, "tasks", made.id)
    service.delete_tasks_id(made.id)


def telegrafs(client: Client) -> None:
    plugins = client.service("TelegrafPluginsService")
    # The client's model takes `config` for an object; it is a text.
    assert b'"cpu"' in plugins.get_telegraf_plugins(_preload_content=False).data
    service = client.service("TelegrafsService")
    fields = {"orgID": client.org, "name": "a", "config": "[[inputs.cpu]]\n", "metadata": {"buckets": ["b"]}}
    made = service.post_telegrafs(fields)
    assert made.id in [one.id for one in service.get_telegrafs(org_id=client.org).configurations]
    assert b"[[inputs.cpu]]" in service.get_telegrafs_id(made.id, _preload_content=False).data
    assert service.put_telegrafs_id(made.id, {**fields, "name": "b"}).name == "b"
    client.labels_round(service, "telegrafs", made.id)
    client.members_round(service, "telegrafs", made.id)
    service.delete_telegrafs_id(made.id)


def templates(client: Client) -> None:
    service = client.service("TemplatesService")
    bucket = {"apiVersion": "influxdata.com/v2alpha1", "kind": "Bucket", "metadata": {"name": "templated"}}
    stack = service.create_stack(post_stack_request={"orgID": client.org, "name": "s", "urls": []})
    apply = {"orgID": client.org, "stackID": stack.id, "template": {"contents": [bucket]}}
    assert service.apply_template({**apply, "dryRun": True}).summary.buckets[0].name == "templated"
    assert service.apply_template(apply).summary.buckets[0].name == "templated"
    assert stack.id in [one.id for one in service.list_stacks(client.org).stacks]
    assert service.read_stack(stack.id).events[0].name == "s"
    assert service.update_stack(stack.id, patch_stack_request={"name": "t"}) is not None
    exported = service.export_template(template_export_by_id={"stackID": stack.id})
    assert [one["kind"] for one in exported] == ["Bucket"]
    with pytest.raises(ApiException) as refused:  # the server wants `orgID`, which this class cannot send
        service.uninstall_stack(stack.id)
    assert refused.value.status == 400
    service.delete_stack(stack.id, client.org)


def users(client: Client) -> None:
    service = client.service("UsersService")
    made = service.post_users({"name": "u"})
    assert made.id in [one.id for one in service.get_users().users]
    assert service.patch_users_id(made.id, {"name": "v"}).name == "v"
    assert service.get_users_id(made.id).name == "v"
    assert service.get_me().name == "my-user"
    service.post_users_id_password(made.id, {"password": "password1"})
    service.delete_users_id(made.id)


def variables(client: Client) -> None:
    service = client.service("VariablesService")
    fields = {"orgID": client.org, "name": "v", "arguments": {"type": "constant", "values": ["a"]}}
    made = service.post_variables(fields)
    assert made.id in [one.id for one in service.get_variables(org_id=client.org).variables]
    assert service.patch_variables_id(made.id, {"description": "d"}).description == "d"
    assert service.put_variables_id(made.id, {**fields, "name": "w"}).name == "w"
    assert service.get_variables_id(made.id).name == "w"
    client.labels_round(service, "variables", made.id)
    service.delete_variables_id(made.id)


ROUNDS = (
    authorizations, backup, restore, bucket_schemas, buckets, cells, checks, dashboards, dbrps, endpoints, labels, legacy_authorizations,
    organizations, points, remotes, rules, scrapers, secrets, server_state, sessions, sources, tasks, telegrafs, templates, users,
    variables, views,
)  # fmt: skip


@pytest.mark.filterwarnings("ignore::influxdb_client.client.warnings.CloudOnlyWarning")  # ours has them too
@pytest.mark.parametrize("one", ROUNDS, ids=lambda one: one.__name__)
def test_a_round_of_the_class(one: Any, client: Client) -> None:
    one(client)


def test_no_class_is_left_out() -> None:
    text = "".join(inspect.getsource(one) for one in ROUNDS)
    assert [name for name in SERVICES if name not in text] == list(ELSEWHERE)
