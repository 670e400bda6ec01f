"""All 188 operations of the contract: a command line for each that makes just this request."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fake import ID, OTHER, run

from influxctl.cli.walk import walk
from influxctl.contract.operations import OPERATIONS

ATTACHED = {
    "bucket": "BucketsID", "dashboard": "DashboardsID", "task": "TasksID", "telegraf": "TelegrafsID", "org": "OrgsID",
    "check": "ChecksID", "notification-rule": "NotificationRulesID", "notification-endpoint": "NotificationEndpointsID",
    "variable": "VariablesID", "document-template": "DocumentsTemplatesID",
}  # fmt: skip
ADD = {
    "PostNotificationRulesIDLabels": "PostNotificationRuleIDLabels",
    "PostNotificationEndpointsIDLabels": "PostNotificationEndpointIDLabels",
}
PREDICATE = "--start 2020-01-01T00:00:00Z --stop 2021-01-01T00:00:00Z --yes"
CHECK = json.dumps({
    "type": "custom", "name": "c", "orgID": ID, "query": {"text": "from(bucket: \"b\")"}, "status": "active",
})  # fmt: skip
RULE = json.dumps({
    "type": "slack", "name": "r", "orgID": ID, "status": "active", "endpointID": ID, "every": "1m", "messageTemplate": "m",
    "statusRules": [{"currentLevel": "CRIT"}], "tagRules": [],
})  # fmt: skip
ENDPOINT = json.dumps({"type": "slack", "name": "e", "orgID": ID, "status": "active", "url": "http://h.test"})
CELLS = "[]"

# operation: command line; text after | is standard input
LINES = {
    "PostSignin": "signin -u a -p password",
    "PostSignout": "signout",
    "GetPing": "ping",
    "HeadPing": "ping --head",
    "GetRoutes": "route list",
    "GetDocumentsTemplates": "document-template list",
    "PostDocumentsTemplates": "document-template create --name n --document-version 1",
    "GetDocumentsTemplatesID": f"document-template get {ID}",
    "PutDocumentsTemplatesID": f"document-template update {ID} --name n --document-version 1",
    "DeleteDocumentsTemplatesID": f"document-template delete {ID}",
    "ListStacks": "stack list",
    "CreateStack": "stack create s",
    "ReadStack": f"stack get {ID}",
    "UpdateStack": f"stack update {ID} --name n",
    "DeleteStack": f"stack delete {ID}",
    "UninstallStack": f"stack uninstall {ID}",
    "ApplyTemplate": 'template apply -f -|[{"apiVersion":"influxdata.com/v2alpha1","kind":"Label","metadata":{"name":"a"},"spec":{}}]',
    "ExportTemplate": "template export",
    "GetDBRPs": "dbrp list",
    "PostDBRP": f"dbrp create --db d --rp r --bucket {ID}",
    "GetDBRPsID": f"dbrp get {ID}",
    "PatchDBRPID": f"dbrp update {ID} --rp r --default",
    "DeleteDBRPID": f"dbrp delete {ID}",
    "GetTelegrafPlugins": "telegraf-plugin list",
    "GetTelegrafs": "telegraf list",
    "PostTelegrafs": "telegraf create --name n",
    "GetTelegrafsID": f"telegraf get {ID}",
    "PutTelegrafsID": f"telegraf update {ID} --name n",
    "DeleteTelegrafsID": f"telegraf delete {ID}",
    "GetVariables": "variable list",
    "PostVariables": "variable create v --value a --value b",
    "GetVariablesID": f"variable get {ID}",
    "DeleteVariablesID": f"variable delete {ID}",
    "PatchVariablesID": f"variable update {ID} --name n",
    "PutVariablesID": f"variable replace {ID} --name n --value a",
    "PostDelete": f"delete --bucket {ID} {PREDICATE}",
    "PostLabels": "label create l --color ff0000",
    "GetLabels": "label list",
    "GetLabelsID": f"label get {ID}",
    "PatchLabelsID": f"label update {ID} --name n",
    "DeleteLabelsID": f"label delete {ID}",
    "GetDashboards": "dashboard list",
    "PostDashboards": "dashboard create d",
    "GetDashboardsID": f"dashboard get {ID}",
    "PatchDashboardsID": f"dashboard update {ID} --name n",
    "DeleteDashboardsID": f"dashboard delete {ID}",
    "PutDashboardsIDCells": f"cell replace {ID} -f -|{CELLS}",
    "PostDashboardsIDCells": f"cell create {ID} --width 2",
    "PatchDashboardsIDCellsID": f"cell update {ID} {OTHER} --x 1",
    "DeleteDashboardsIDCellsID": f"cell delete {ID} {OTHER}",
    "GetDashboardsIDCellsIDView": f"cell view get {ID} {OTHER}",
    "PatchDashboardsIDCellsIDView": f"cell view update {ID} {OTHER} --name n",
    "PostQueryAst": "flux parse 1",
    "GetQuerySuggestions": "flux suggestions",
    "GetQuerySuggestionsName": "flux suggestions mean",
    "PostQueryAnalyze": "flux analyze 1",
    "PostQuery": "query buckets()",
    "GetBuckets": "bucket list",
    "PostBuckets": "bucket create b -r 30d",
    "GetBucketsID": f"bucket get {ID}",
    "PatchBucketsID": f"bucket update {ID} --name n",
    "DeleteBucketsID": f"bucket delete {ID}",
    "GetOrgs": "org list",
    "PostOrgs": "org create o",
    "GetOrgsID": f"org get {ID}",
    "PatchOrgsID": f"org update {ID} --name n",
    "DeleteOrgsID": f"org delete {ID}",
    "GetOrgsIDSecrets": "secret list",
    "PatchOrgsIDSecrets": "secret update k --value v",
    "PostOrgsIDSecrets": "secret delete a b",
    "DeleteOrgsIDSecretsID": "secret delete a",
    "GetResources": "resource list",
    "GetTasks": "task list",
    "PostTasks": "task create -f - --name t --every 1h|buckets()",
    "GetTasksID": f"task get {ID}",
    "PatchTasksID": f"task update {ID} --status inactive",
    "DeleteTasksID": f"task delete {ID}",
    "GetTasksIDRuns": f"task run list {ID}",
    "PostTasksIDRuns": f"task run start {ID}",
    "GetTasksIDRunsID": f"task run get {ID} {OTHER}",
    "DeleteTasksIDRunsID": f"task run cancel {ID} {OTHER}",
    "PostTasksIDRunsIDRetry": f"task run retry {ID} {OTHER}",
    "GetTasksIDLogs": f"task log list {ID}",
    "GetTasksIDRunsIDLogs": f"task run logs {ID} {OTHER}",
    "GetFlags": "user flags",
    "GetMe": "user me",
    "PutMePassword": "user my-password --password longenough",
    "PostUsersIDPassword": f"user password {ID} --password longenough",
    "GetUsers": "user list",
    "PostUsers": "user create u --no-org",
    "GetUsersID": f"user get {ID}",
    "PatchUsersID": f"user update {ID} --name n",
    "DeleteUsersID": f"user delete {ID}",
    "GetChecks": "check list",
    "CreateCheck": f"check create -f -|{CHECK}",
    "GetChecksID": f"check get {ID}",
    "PutChecksID": f"check replace {ID} -f -|{CHECK}",
    "PatchChecksID": f"check update {ID} --name n",
    "DeleteChecksID": f"check delete {ID}",
    "GetChecksIDQuery": f"check query {ID}",
    "GetNotificationRules": "notification-rule list",
    "CreateNotificationRule": f"notification-rule create -f -|{RULE}",
    "GetNotificationRulesID": f"notification-rule get {ID}",
    "PutNotificationRulesID": f"notification-rule replace {ID} -f -|{RULE}",
    "PatchNotificationRulesID": f"notification-rule update {ID} --name n",
    "DeleteNotificationRulesID": f"notification-rule delete {ID}",
    "GetNotificationRulesIDQuery": f"notification-rule query {ID}",
    "GetNotificationEndpoints": "notification-endpoint list",
    "CreateNotificationEndpoint": f"notification-endpoint create -f -|{ENDPOINT}",
    "GetNotificationEndpointsID": f"notification-endpoint get {ID}",
    "PutNotificationEndpointsID": f"notification-endpoint replace {ID} -f -|{ENDPOINT}",
    "PatchNotificationEndpointsID": f"notification-endpoint update {ID} --name n",
    "DeleteNotificationEndpointsID": f"notification-endpoint delete {ID}",
    "GetSetup": "setup --check",
    "PostSetup": "setup -u a -p longenough -o o -b b --no-profile --force",
    "PostSetupUser": "setup --add-user -u a -p longenough -o o -b b --no-profile --force",
    "GetAuthorizations": "authorization list",
    "PostAuthorizations": f"authorization create --read-bucket {ID}",
    "GetAuthorizationsID": f"authorization get {ID}",
    "PatchAuthorizationsID": f"authorization inactive {ID}",
    "DeleteAuthorizationsID": f"authorization delete {ID}",
    "GetDemoDataBuckets": "demo-data-bucket list",
    "GetDemoDataBucketMembers": f"demo-data-bucket add {ID}",
    "DeleteDemoDataBucketMembers": f"demo-data-bucket remove {ID}",
    "getMeasurementSchemas": f"bucket-schema list --bucket {ID}",
    "createMeasurementSchema": f'bucket-schema create --bucket {ID} --name m -f -|[{{"name": "time", "type": "timestamp"}}]',
    "getMeasurementSchema": f"bucket-schema get {OTHER} --bucket {ID}",
    "updateMeasurementSchema": f'bucket-schema update --id {OTHER} --bucket {ID} -f -|[{{"name": "time", "type": "timestamp"}}]',
    "GetOrgLimitsID": f"org limits {ID}",
    "GetOrgUsageID": "org usage --start 2020-01-01T00:00:00Z",
    "PostWrite": f"write --bucket {ID} -|m v=1 1",
}
for noun, stem in ATTACHED.items():
    for what, word in (("Labels", "label"), ("Members", "member"), ("Owners", "owner")):
        if f"Get{stem}{what}" in OPERATIONS:
            add = f"Post{stem}{what}"
            LINES[f"Get{stem}{what}"] = f"{noun} {word}s list {ID}"
            LINES[ADD.get(add, add)] = f"{noun} {word}s add {ID} {OTHER}"
            LINES[f"Delete{stem}{what}ID"] = f"{noun} {word}s remove {ID} {OTHER}"

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


OSS = {
    "GetHealth": "server health", "GetReady": "server ready", "GetMetrics": "server metrics", "GetConfig": "server config",
    "GetRemoteConnections": "remote list", "GetRemoteConnectionByID": f"remote get {ID}",
    "PostRemoteConnection": "remote create --name r --remote-url http://h.test --remote-api-token t",
    "PatchRemoteConnectionByID": f"remote update {ID} --name n", "DeleteRemoteConnectionByID": f"remote delete {ID}",
    "GetReplications": "replication list", "GetReplicationByID": f"replication get {ID}",
    "PostReplication": f"replication create --name r --remote {ID} --local-bucket {ID}",
    "PatchReplicationByID": f"replication update {ID} --max-age 60", "DeleteReplicationByID": f"replication delete {ID}",
    "PostValidateReplicationByID": f"replication validate {ID}",
    "GetScrapers": "scraper list", "GetScrapersID": f"scraper get {ID}", "PatchScrapersID": f"scraper update {ID} --name n",
    "PostScrapers": f"scraper create --name s --url http://h.test/metrics --bucket {ID}", "DeleteScrapersID": f"scraper delete {ID}",
    "GetScrapersIDLabels": f"scraper labels list {ID}", "PostScrapersIDMembers": f"scraper members add {ID} {OTHER}",
    "GetSources": "source list", "GetSourcesID": f"source get {ID}", "PostSources": "source create --name s",
    "PatchSourcesID": f"source update {ID} --name n", "DeleteSourcesID": f"source delete {ID}",
    "GetSourcesIDHealth": f"source health {ID}", "GetSourcesIDBuckets": f"source buckets {ID}",
    "GetLegacyAuthorizations": "v1 auth list", "GetLegacyAuthorizationsID": f"v1 auth get {ID}",
    "PostLegacyAuthorizations": f"v1 auth create --username u --password longenough --read-bucket {ID}",
    "PatchLegacyAuthorizationsID": f"v1 auth set-inactive {ID}", "DeleteLegacyAuthorizationsID": f"v1 auth delete {ID}",
    "PostLegacyAuthorizationsIDPassword": f"v1 auth set-password {ID} --password longenough",
}  # fmt: skip


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
