"""One resource of every kind, made when a test needs its ID, and a good body for every operation that takes one."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from influxctl.contract.operations import OPERATIONS
from influxctl.testing import LocalServer
from influxctl.testing.server import PASSWORD, USER

_BASIC = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
FLUX = 'option task = {name: "t", every: 1h} from(bucket: "my-bucket") |> range(start: -1h)'
CHECK = {
    "type": "deadman",
    "name": "c",
    "status": "active",
    "every": "1h",
    "timeSince": "90s",
    "staleTime": "10m",
    "level": "CRIT",
    "reportZero": False,
    "statusMessageTemplate": "m",
    "tags": [],
    "query": {"text": 'from(bucket: "my-bucket") |> range(start: -1m) |> filter(fn: (r) => r._field == "a")'},
}
ENDPOINT = {
    "type": "http",
    "name": "e",
    "status": "active",
    "url": "http://localhost:9/",
    "method": "POST",
    "authMethod": "none",
}
SCHEMA_COLUMNS = [{"name": "time", "type": "timestamp"}, {"name": "f", "type": "field", "dataType": "float"}]

# Path parameter -> the operation that makes such a thing.
MAKERS = {
    "bucketID": "PostBuckets",
    "authID": "PostAuthorizations",
    "labelID": "PostLabels",
    "dashboardID": "PostDashboards",
    "cellID": "PostDashboardsIDCells",
    "variableID": "PostVariables",
    "telegrafID": "PostTelegrafs",
    "taskID": "PostTasks",
    "runID": "PostTasksIDRuns",
    "checkID": "CreateCheck",
    "ruleID": "CreateNotificationRule",
    "endpointID": "CreateNotificationEndpoint",
    "dbrpID": "PostDBRP",
    "templateID": "PostDocumentsTemplates",
    "measurementID": "createMeasurementSchema",
    "stack_id": "CreateStack",
    "sourceID": "PostSources",
    "scraperTargetID": "PostScrapers",
    "remoteID": "PostRemoteConnection",
    "replicationID": "PostReplication",
}


class World:
    """A server and the IDs of what was made on it."""

    def __init__(self, server: LocalServer) -> None:
        self.server = server
        self.ids: dict[str, str] = {"orgID": server.org_id, "userID": server.user_id}

    def id(self, parameter: str, operation: str = "") -> str:
        """The ID of something that the path parameter names; made now if need be."""
        if operation.startswith(("GetLegacy", "PatchLegacy", "DeleteLegacy", "PostLegacy")) and parameter == "authID":
            return self._make("legacyID", "PostLegacyAuthorizations")
        if parameter == "bucketID" and "Schema" in operation:
            return self._make(
                "explicitID", "PostBuckets", {**self.body("PostBuckets"), "name": "x", "schemaType": "explicit"}
            )
        if parameter == "bucketID" and "DemoData" in operation:
            return str(self.call("GetDemoDataBuckets").json()["buckets"][0]["id"])
        if parameter == "shardID":
            return str(int(self.server.bucket_id, 16))
        if parameter == "secretID":
            return "a-secret"
        if parameter == "name":
            return "filter"
        if parameter not in self.ids:
            return self._make(parameter, MAKERS[parameter])
        return self.ids[parameter]

    def _make(self, name: str, operation: str, body: Any = None) -> str:
        if name not in self.ids:
            answer = self.call(operation, body=body)
            assert answer.status_code in (200, 201), f"{operation}: {answer.status_code} {answer.text}"
            made = answer.json()
            self.ids[name] = str((made.get("label") or made)["id"])
        return self.ids[name]

    def path(self, operation: str, unknown: str = "") -> str:
        """The path with IDs filled in; the last one may be replaced by one that does not exist."""
        path = OPERATIONS[operation].path
        parameters = [p.name for p in OPERATIONS[operation].path_params]
        for name in parameters:
            value = unknown if unknown and name == parameters[-1] else self.id(name, operation)
            path = path.replace(f"{{{name}}}", value)
        return path

    def call(self, operation: str, *, body: Any = None, path: str = "", token: str | None = "my-token") -> Any:
        """A good request of the operation."""
        spec = OPERATIONS[operation]
        body = self.body(operation) if body is None else body
        sent: dict[str, Any] = (
            {"data": body} if isinstance(body, (bytes, str)) else {"json": body} if body is not None else {}
        )
        headers = {"Authorization": f"Token {token}" if token else None}
        if operation in ("PutMePassword", "PostSignout") and token:
            self.call("PostSignin")
        if operation in ("PostSignin", "PutMePassword", "PostSignout") and token:
            headers = {"Authorization": _BASIC}
        return self.server.session.request(
            spec.method,
            f"{self.server.base}{path or self.path(operation)}",
            params=self.query(operation),
            headers=headers,
            **sent,
        )

    def query(self, operation: str) -> dict[str, str]:
        """The query parameters without which an operation makes no sense."""
        org = {"orgID": self.server.org_id}
        special: dict[str, dict[str, str]] = {
            "PostWrite": {**org, "bucket": "my-bucket"},
            "PostDelete": {**org, "bucket": "my-bucket"},
            "PostQuery": org,
            "GetOrgUsageID": {"start": str(int(time.time()) - 3600)},
            "PostWriteV1": {"db": "my-bucket"},
            "PostQueryV1": {"db": "my-bucket", "q": "SHOW DATABASES"},
            "GetQueryV1": {"db": "my-bucket", "q": "SHOW DATABASES"},
        }
        needs_org = (
            "GetChecks",
            "GetNotificationRules",
            "GetNotificationEndpoints",
            "GetDBRPs",
            "ListStacks",
            "GetDocumentsTemplates",
        )
        more = (
            "GetDBRPsID",
            "PatchDBRPID",
            "DeleteDBRPID",
            "UninstallStack",
            "DeleteStack",
            "GetRemoteConnections",
            "GetReplications",
        )
        if operation in needs_org or operation in more:
            return org
        return special.get(operation, {})

    def body(self, operation: str) -> Any:
        """A good body of the operation; None where it takes none."""
        maker = BODIES.get(operation)
        return maker(self) if callable(maker) else maker


def _org(**fields: Any) -> Any:
    return lambda world: {
        "orgID": world.server.org_id,
        **{k: v(world) if callable(v) else v for k, v in fields.items()},
    }


def _manifest(world: World) -> Any:
    parts = world.call("GetBackupMetadata").text.split("\r\n\r\n")
    return json.loads(parts[-1].partition("\r\n")[0])[0]


def _id(name: str) -> Any:
    return lambda world: world.id(name)


_PERMISSION = [{"action": "read", "resource": {"type": "buckets"}}]
_VIEW = {
    "name": "v",
    "properties": {
        "type": "markdown",
        "shape": "chronograf-v2",
        "note": "text",
    },
}
_CELL = {"name": "cell", "x": 0, "y": 0, "w": 1, "h": 1}
_CONSTANT = {"type": "constant", "values": ["a"]}
_TELEGRAF = {"name": "t", "config": "[[inputs.cpu]]", "metadata": {"buckets": []}}
_DELETE = {"start": "1970-01-01T00:00:00Z", "stop": "2030-01-01T00:00:00Z"}
_RULE = {
    "type": "http",
    "name": "r",
    "status": "active",
    "every": "1h",
    "offset": "0s",
    "statusRules": [{"currentLevel": "CRIT"}],
    "tagRules": [],
    "endpointID": _id("endpointID"),
}
_DOCUMENT = {"meta": {"name": "d", "version": "1"}, "content": {"a": 1}}
_REMOTE = {"name": "far", "allowInsecureTLS": False}

BODIES: dict[str, Any] = {
    "PostSetup": {"username": "u2", "password": "password", "org": "o2", "bucket": "b2"},
    "PostSetupUser": {"username": "u2", "password": "password", "org": "o2", "bucket": "b2"},
    "PostUsers": {"name": "somebody"},
    "PatchUsersID": {"name": "renamed"},
    "PostUsersIDPassword": {"password": "password"},
    "PutUsersIDPassword": {"password": "password"},
    "PutMePassword": {"password": "password"},
    "PostOrgs": {"name": "new-org"},
    "PatchOrgsID": {"description": "changed"},
    "PatchOrgsIDSecrets": {"a-secret": "value"},
    "PostOrgsIDSecrets": {"secrets": ["a-secret"]},
    "PostBuckets": _org(name="b", retentionRules=[{"type": "expire", "everySeconds": 86400}]),
    "PatchBucketsID": {"description": "changed"},
    "createMeasurementSchema": {"name": "m", "columns": SCHEMA_COLUMNS},
    "updateMeasurementSchema": {"columns": [*SCHEMA_COLUMNS, {"name": "g", "type": "tag"}]},
    "PostAuthorizations": _org(permissions=_PERMISSION),
    "PatchAuthorizationsID": {"description": "changed"},
    "PostLegacyAuthorizations": _org(token="v1-user", permissions=_PERMISSION),
    "PatchLegacyAuthorizationsID": {"description": "changed"},
    "PostLegacyAuthorizationsIDPassword": {"password": "password"},
    "PostLabels": _org(name="l"),
    "PatchLabelsID": {"name": "l2"},
    "PostWrite": b"m f=1 1",
    "PostDelete": _DELETE,
    "PostQuery": {"query": 'import "array" array.from(rows: [{a: 1}])'},
    "PostQueryAst": {"query": "x = 1"},
    "PostQueryAnalyze": {"query": "x = 1", "type": "flux"},
    "PostDashboards": _org(name="d"),
    "PatchDashboardsID": {"name": "d2"},
    "PostDashboardsIDCells": _CELL,
    "PutDashboardsIDCells": [],
    "PatchDashboardsIDCellsID": {"x": 1, "y": 1, "w": 2, "h": 2},
    "PatchDashboardsIDCellsIDView": _VIEW,
    "PostVariables": _org(name="v", arguments=_CONSTANT),
    "PutVariablesID": _org(id=_id("variableID"), name="v2", arguments=_CONSTANT),
    "PatchVariablesID": {"name": "v3"},
    "PostTelegrafs": _org(**_TELEGRAF),
    "PutTelegrafsID": _org(**_TELEGRAF),
    "PostTasks": _org(flux=FLUX),
    "PatchTasksID": {"status": "inactive"},
    "PostTasksIDRuns": {},
    "CreateCheck": _org(**CHECK),
    "PutChecksID": _org(**CHECK),
    "PatchChecksID": {"name": "c2"},
    "CreateNotificationRule": _org(**_RULE),
    "PutNotificationRulesID": _org(**_RULE),
    "PatchNotificationRulesID": {"name": "r2"},
    "CreateNotificationEndpoint": _org(**ENDPOINT),
    "PutNotificationEndpointsID": _org(**ENDPOINT),
    "PatchNotificationEndpointsID": {"name": "e2"},
    "PostDBRP": _org(bucketID=_id("bucketID"), database="db", retention_policy="rp", default=True),
    "PatchDBRPID": {"retention_policy": "rp2"},
    "PostDocumentsTemplates": _org(**_DOCUMENT),
    "PutDocumentsTemplatesID": _DOCUMENT,
    "PostSources": _org(name="s", type="v1", url="http://localhost:1"),
    "PatchSourcesID": {"name": "s2"},
    "PostScrapers": _org(name="s", type="prometheus", url="http://localhost:1/metrics", bucketID=_id("bucketID")),
    "PatchScrapersID": {"name": "s2"},
    "PostRemoteConnection": _org(
        **_REMOTE,
        remoteOrgID=lambda world: world.server.org_id,
        remoteURL=lambda world: world.server.url,
        remoteAPIToken=lambda world: world.server.token,
    ),
    "PatchRemoteConnectionByID": {"name": "farther"},
    "PostReplication": _org(
        name="rep", remoteID=_id("remoteID"), localBucketID=_id("bucketID"), remoteBucketName="my-bucket"
    ),
    "PatchReplicationByID": {"name": "rep2"},
    "CreateStack": _org(name="s", urls=[]),
    "UpdateStack": {"name": "s2"},
    "ApplyTemplate": lambda world: {"orgID": world.server.org_id, "dryRun": True, "template": {"contents": []}},
    "ExportTemplate": lambda world: {"orgIDs": [{"orgID": world.server.org_id}]},
    "PostRestoreKV": lambda world: world.call("GetBackupKV").content,
    "PostRestoreSQL": b"",
    "PostRestoreBucketMetadata": lambda world: _manifest(world) | {"bucketName": "restored"},
    "PostRestoreBucketID": lambda world: _manifest(world),
    "PostRestoreShardId": lambda world: world.call("GetBackupShardId").content,
    "PostWriteV1": b"m f=1 1",
    "PostQueryV1": b"",
}
for _operation, _spec in OPERATIONS.items():
    if _operation.endswith("Labels") and _spec.method == "POST" and _operation != "PostLabels":
        BODIES[_operation] = lambda world: {"labelID": world.id("labelID")}
    if _operation.endswith(("IDMembers", "IDOwners")) and _spec.method == "POST" and "DemoData" not in _operation:
        BODIES[_operation] = lambda world: {"id": world.call("PostUsers").json()["id"]}
