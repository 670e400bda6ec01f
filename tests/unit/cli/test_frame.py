"""The frame of every command: options anywhere, errors, exit codes, previews, secrets, names, questions."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from fake import ID, OTHER, Terminal, run

from influxctl.__main__ import main as program
from influxctl.cli.lookup import KINDS
from influxctl.cli.options import GLOBAL
from influxctl.cli.walk import walk
from influxctl.contract.operations import OPERATIONS
from influxctl.core.errors import CODES, Exit

BUCKETS = {("GET", "/api/v2/buckets"): (200, {"buckets": [{"id": ID, "name": "cpu"}]})}


@pytest.mark.parametrize(
    "line",
    [
        "--json bucket list",
        "bucket --json list",
        "bucket list --json",
        "-O json bucket list",
        "bucket list --output=json",
        "bucket list -Ojson",
    ],
)
def test_global_options_stand_anywhere(line: str) -> None:
    ran = run(*line.split(), answers=BUCKETS)
    assert (ran.code, json.loads(ran.out)[0]["name"]) == (0, "cpu")


def test_the_later_of_two_global_options_counts() -> None:
    assert run("-O", "json", "bucket", "list", "-O", "csv", "--fields", "name", answers=BUCKETS).out == "Name\ncpu\n"


@pytest.mark.parametrize(
    "code", sorted(CODES.keys() - {"unavailable", "too many requests"})
)  # those are tried again: unit/client
@pytest.mark.parametrize("as_json", [False, True])
def test_each_code_of_the_api_has_its_exit_code_and_one_line(code: str, as_json: bool) -> None:
    answers = {("GET", "/api/v2/orgs"): (CODES[code].status, {"code": code, "message": "no\nway"})}
    ran = run("org", "list", *(["--json"] if as_json else []), answers=answers)
    assert ran.code == CODES[code].exit
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    if as_json:
        document = json.loads(ran.err)
        assert document["exit"] == ran.code
        assert document["error"]["code"] == code
        assert document["error"]["operation"] == "GetOrgs"
    else:
        assert ran.err.startswith("Error: no; way")


@pytest.mark.parametrize(
    "line",
    [
        "bucket list --limit 0",
        "bucket list --limit many",
        "bucket list --offset -1",
        "bucket create x --schema-type odd",
        "task list --status maybe",
        "bucket get",
        "bucket labels add",
        "bucket labels add cpu",
        "variable create",
        "api",
        "api PostBuckets -F novalue",
        "api PostBuckets -H nocolon",
        "api GetBucketsID x=1",
        "config create",
        "delete --bucket b --start x --stop now --yes",
        "write --bucket b --precision h m",
        "query -f /nonexistent/q.flux",
        "check create -f /nonexistent/c.yml",
        "cell replace d",
        "template apply",
        "completion tcsh",
        "--timeout soon bucket list",
        "nonsense",
        "bucket nonsense",
        "bucket list --nonsense",
        "bucket list extra words",
    ],
)
def test_a_wrong_command_line_is_exit_2_one_line_and_no_request(line: str) -> None:
    ran = run(*line.split(), answers=BUCKETS)
    assert ran.code == Exit.USAGE, ran.err
    assert ran.err.startswith("Error: ")
    assert ran.err.count("\n") == 1
    assert ran.out == ""
    assert [asked for asked in ran.asked if not asked.startswith("GET")] == []


@pytest.mark.parametrize("words", [[], ["labels"]])
def test_a_bare_group_explains_itself_on_stderr(words: list[str]) -> None:
    ran = run("bucket", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "Commands:" in ran.err


def test_names_become_ids_and_ids_stay() -> None:
    assert f"GET /api/v2/buckets/{ID}" in run("bucket", "get", "cpu", answers=BUCKETS).asked
    assert run("bucket", "get", OTHER, answers=BUCKETS).asked == [f"GET /api/v2/buckets/{OTHER}"]


def test_a_name_that_two_have_is_refused() -> None:
    twins = {("GET", "/api/v2/tasks"): (200, {"tasks": [{"id": ID, "name": "t"}, {"id": OTHER, "name": "t"}]})}
    ran = run("task", "delete", "t", answers=twins)
    assert ran.code == 2
    assert ID in ran.err and OTHER in ran.err
    assert all(asked.startswith("GET") for asked in ran.asked)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_kinds_name_operations_and_filters_that_exist(kind: object) -> None:
    operation = OPERATIONS[kind.operation]  # type: ignore[attr-defined]
    assert not kind.filter or operation.param(kind.filter) is not None  # type: ignore[attr-defined]


def test_a_dry_run_changes_nothing_and_hides_secrets() -> None:
    ran = run("bucket", "delete", "cpu", "--dry-run", answers=BUCKETS)
    assert (ran.code, ran.asked) == (0, ["GET /api/v2/buckets"])
    assert ran.out.startswith("curl -X DELETE")
    assert "secret-token" not in ran.out
    ran = run("user", "password", ID, "--password", "very-secret", "--dry-run")
    assert ran.asked == []
    assert "very-secret" not in ran.out


def test_curl_prints_reads_too() -> None:
    ran = run("bucket", "list", "--curl", answers=BUCKETS)
    assert ran.asked == []
    assert ran.out.startswith("curl -X GET 'http://server.test/api/v2/buckets?")
    assert "secret-token" not in ran.out


def test_the_trace_goes_to_stderr_without_the_token() -> None:
    ran = run("bucket", "list", "--trace", "--json", answers=BUCKETS)
    assert json.loads(ran.out)
    assert "> GET http://server.test/api/v2/buckets" in ran.err
    assert "secret-token" not in ran.err


def test_the_token_comes_from_standard_input() -> None:
    ran = run("--token-stdin", "bucket", "list", stdin="from-stdin\n", answers=BUCKETS)
    assert ran.requests[-1].headers["Authorization"] == "Token from-stdin"


def test_headers_and_trace_ids_pass_through() -> None:
    ran = run(
        "bucket",
        "list",
        "--extra-http-header",
        "A: b",
        "--extra-http-header",
        "C:d",
        "--trace-debug-id",
        "t1",
        answers=BUCKETS,
    )
    headers = ran.requests[-1].headers
    assert (headers["A"], headers["C"], headers["Zap-Trace-Span"]) == ("b", "d", "t1")


def test_questions_are_asked_on_a_terminal_only() -> None:
    ran = run("bucket", "delete", ID, stdin=Terminal("n\n"), err=Terminal())
    assert (ran.code, ran.asked) == (1, [])
    assert "[y/N]" in ran.err
    ran = run("bucket", "delete", ID, stdin=Terminal("yes\n"), err=Terminal())
    assert ran.asked == [f"DELETE /api/v2/buckets/{ID}"]
    ran = run("bucket", "delete", ID, "--yes", stdin=Terminal(""), err=Terminal())
    assert ran.asked == [f"DELETE /api/v2/buckets/{ID}"]
    assert run("bucket", "delete", ID).asked == [f"DELETE /api/v2/buckets/{ID}"]


def test_deleting_points_needs_a_yes() -> None:
    line = ("delete", "--bucket", ID, "--start", "2020-01-01T00:00:00Z", "--stop", "2021-01-01T00:00:00Z")
    ran = run(*line)
    assert (ran.code, ran.asked) == (2, [])
    assert run(*line, "--yes").body() == {"start": "2020-01-01T00:00:00Z", "stop": "2021-01-01T00:00:00Z"}


def test_quiet_leaves_notes_out() -> None:
    assert run("bucket", "delete", ID).err == f"Deleted bucket {ID}.\n"
    assert run("bucket", "delete", ID, "--quiet").err == ""


def test_a_body_from_a_file_and_flags_that_win(tmp_path: Path) -> None:
    file = tmp_path / "v.yml"
    file.write_text("name: from file\narguments: {type: constant, values: [a]}\n")
    ran = run("variable", "create", "-f", str(file), "--name", "from flag")
    assert ran.body() == {"name": "from flag", "arguments": {"type": "constant", "values": ["a"]}, "orgID": ID}


@pytest.mark.parametrize("text", ["{", "a: [", "- 1\n- 2", "name: 5\n"])
def test_a_wrong_body_is_named_before_anything_is_sent(text: str, tmp_path: Path) -> None:
    file = tmp_path / "b.yml"
    file.write_text(text)
    ran = run("label", "create", "-f", str(file))
    assert (ran.code, ran.asked) == (2, [])


def test_skeletons_are_bodies_that_pass(tmp_path: Path) -> None:
    for noun in (
        "label",
        "check",
        "notification-rule",
        "notification-endpoint",
        "variable",
        "telegraf",
        "dashboard",
        "stack",
    ):
        text = run(noun, "create", "--skeleton").out
        answers = {
            ("GET", "/api/v2/notificationEndpoints"): (200, {"notificationEndpoints": [{"id": ID, "name": "string"}]})
        }
        ran = run(noun, "create", "-f", "-", stdin=text, answers=answers)
        assert ran.code == 0, (noun, ran.err)


def test_a_short_password_makes_no_user() -> None:
    ran = run("user", "create", "ann", "--password", "short")
    assert (ran.code, ran.asked) == (2, [])


def test_an_environment_variable_never_renames_or_deletes() -> None:
    env = {"INFLUX_ORG": "x", "INFLUX_BUCKET_NAME": "y"}
    ran = run("org", "update", ID, "-d", "text", env=env)
    assert ran.body() == {"description": "text"}
    assert run("bucket", "update", ID, "-d", "text", env=env).body() == {"description": "text"}
    assert run("org", "delete", env={"INFLUX_ORG": "", "INFLUX_ORG_ID": ID}).code == 2


def test_permissions_of_a_token() -> None:
    answers = {("GET", "/api/v2/resources"): (200, ["buckets", "orgs", "users"])}
    made = run("auth", "create", "--read-bucket", ID, "--write-tasks").body()["permissions"]
    assert made == [
        {"action": "read", "resource": {"type": "buckets", "id": ID, "orgID": ID}},
        {"action": "write", "resource": {"type": "tasks", "orgID": ID}},
    ]
    made = run("auth", "create", "--operator", answers=answers).body()["permissions"]
    assert len(made) == 6 and not any("orgID" in p["resource"] for p in made)
    made = run("auth", "create", "--all-access", answers=answers).body()["permissions"]
    assert all(p["resource"].get("orgID") == ID or p["resource"].get("id") == ID for p in made)


@pytest.mark.parametrize(
    ("flags", "option"),
    [
        (["--every", "1h"], 'option task = {name: "t", every: 1h}'),
        (["--cron", "0 * * * *", "--offset", "5m"], 'option task = {name: "t", cron: "0 * * * *", offset: 5m}'),
    ],
)
def test_flags_of_a_task_become_its_option(flags: list[str], option: str) -> None:
    body = run("task", "create", "--name", "t", *flags, "buckets()").body()
    assert body["flux"] == f"{option}\n\nbuckets()"


def test_write_never_reads_standard_input_beside_a_file(tmp_path: Path) -> None:
    class Untouched(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            raise AssertionError("standard input was read")

        readline = read  # type: ignore[assignment]

    file = tmp_path / "a.lp"
    file.write_text("m v=1 1\n")
    ran = run("write", "-b", "b", "-f", str(file), "--no-gzip", stdin=Untouched())
    assert (ran.code, ran.requests[-1].body) == (0, b"m v=1 1")


@pytest.mark.parametrize("name", ["a.lp", "a.lp.gz", "a.txt"])
def test_packed_files_are_told_by_their_bytes(name: str, tmp_path: Path) -> None:
    import gzip

    file = tmp_path / name
    file.write_bytes(gzip.compress(b"m v=1 1\n") + gzip.compress(b"m v=2 2\n"))
    ran = run("write", "-b", "b", "-f", str(file), "--no-gzip")
    assert (ran.code, ran.requests[-1].body) == (0, b"m v=1 1\nm v=2 2")


def test_a_damaged_packed_file_is_a_clear_error(tmp_path: Path) -> None:
    import gzip

    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(b"m v=1 1\n" * 1000)[:30])
    ran = run("write", "-b", "b", "-f", str(file))
    assert ran.code == 2
    assert "breaks off" in ran.err


def test_api_takes_method_and_path_with_its_query() -> None:
    ran = run("api", "GET", f"/buckets/{ID}/labels?a=b", "-q", "c=d")
    assert ran.requests[0].path_url == f"/api/v2/buckets/{ID}/labels?a=b&c=d"
    ran = run("api", "PostBuckets", "-F", "name=5", "-F", "rules.every=1", "-F", "text=a b")
    assert ran.body() == {"name": 5, "rules": {"every": 1}, "text": "a b"}


def test_version_and_help_are_quick_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert program(["--version"]) == 0
    assert capsys.readouterr().out.startswith("influxctl ")
    assert program([]) == 0
    assert "Accounts and access" in capsys.readouterr().out


def test_help_of_every_command() -> None:
    """Each says what it does in a sentence, and each of its options what it means."""
    for node in walk():
        ran = run(*node.words, "--help")
        assert ran.code == 0
        assert ran.out.startswith("Usage: influxctl " + " ".join(node.words))
        assert node.help, node.words
        for param in node.params:
            record = param.get_help_record(node.context())
            assert record is None or record[1], (node.words, param.name)


def test_help_noun_is_noun_help() -> None:
    assert run("help", "bucket", "list").out == run("bucket", "list", "--help").out


def test_no_option_of_a_command_hides_a_global_one_by_accident() -> None:
    """Where a command takes a spelling of a global option, it means nearly the same; all such cases are listed here."""
    meant = {
        "setup": {"--token", "-t", "--org", "-o"},
        "config create": {"--host", "--token", "-t", "--org", "-o", "--timeout", "--data-dir"},
        "config set": {"--host", "--token", "-t", "--org", "-o", "--timeout", "--data-dir"},
        "delete": {"--dry-run"},
        "write": {"--dry-run"},
        "template apply": {"--dry-run"},
        "sync": {"--dry-run"},
        "task retry-failed": {"--dry-run"},
        "local": {"--data-dir"},
        "local push": {"--data-dir", "--dry-run"},
        "local pull": {"--data-dir", "--dry-run"},
        "flux": {"-c"},
    }
    spelled = {spelling for option in GLOBAL for spelling in option.decls}
    for node in walk():
        taken = {s for param in node.params for s in (*param.opts, *param.secondary_opts)} & spelled
        allowed = meant.get(" ".join(node.words), meant.get(node.words[0], set()))
        assert taken <= allowed, (node.words, taken)


def test_topics_are_explained_without_a_server() -> None:
    from influxctl.cli.topics import TOPICS

    listed = run("help", "topics").out
    for name in TOPICS:
        assert name in listed
        text = run("help", name).out
        assert text.startswith(name + ":")
        assert max(map(len, text.splitlines())) <= 140
    assert all(str(int(code)) in TOPICS["exit-codes"][1] for code in Exit)


def test_operations_are_described_from_the_contract() -> None:
    ran = run("api", "GetBucketsIDLabels", "--describe", "-O", "csv")
    assert (ran.code, ran.asked) == (0, [])
    assert "path,bucketID,string,true" in ran.out
    assert "GET /api/v2/buckets/{bucketID}/labels" in ran.err
    assert json.loads(run("api", "PostBuckets", "--describe", "--json").out)["method"] == "POST"
