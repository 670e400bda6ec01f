"""What users of the influx tool ask for (docs/influx-tool.md): each of the 25 wishes has a test, here or where its subject is."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
from fake import ID, OTHER, Recorder, Terminal, run
from requests.models import Response

ROOT = Path(__file__).parents[3]
CSV = "#datatype,string,long,double\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,_value\r\n,,0,1.5\r\n"
# The tests of wishes whose subject has a file of its own: `file::function`, or a transcript and a command in it.
ELSEWHERE = {
    2: "tests/cli/test_shell_on_a_terminal.py",
    3: "tests/cli/test_completion.py",
    4: "tests/unit/cli/test_resume.py::test_a_stopped_write_goes_on",
    5: "tests/cli/write_query.txt: write -b b -f bad.lp --errors-file refused.lp",
    8: "tests/unit/cli/test_influx_defects.py::test_05_with_a_file_standard_input_is_not_touched",
    12: "tests/cli/tools.txt: config show --origin",
    15: "tests/cli/files.txt: -O lp",
    16: "tests/cli/write_query.txt: bucket describe b",
    17: "tests/unit/cli/test_again.py::test_a_run_that_was_started_is_waited_for",
    18: "tests/unit/client/test_paging.py::test_every_item_comes_once",
    19: "tests/cli/write_query.txt: delete --bucket b --start 2020-01-01T00:00:00Z --stop 2020-01-01T00:01:00Z",
    21: "tests/cli/tools.txt: config list",
    22: "tests/unit/cli/test_influx_defects.py::test_a_flag_beats_a_variable_of_the_other_kind",
    25: "tests/unit/cli/test_reachable.py::test_its_json_is_json",
}
WHY_NOT = {
    14: "restoring into what exists is a matter of the embedded server: influxctl local restore",
    23: "a name becomes the ID of the bucket before the token is made, so that it can be read",
}


def test_each_wish_has_a_line_in_the_docs_and_a_test_or_a_reason() -> None:
    text = (ROOT / "docs" / "influx-tool.md").read_text(encoding="utf-8").partition("## What its users ask for")[2]
    assert [int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)] == list(range(1, 26))
    here = {int(name[10:12]) for name in globals() if re.match(r"test_wish_\d\d_", name)}
    assert here | ELSEWHERE.keys() | WHY_NOT.keys() == set(range(1, 26))


@pytest.mark.parametrize("place", ELSEWHERE.values())
def test_the_tests_elsewhere_are_there(place: str) -> None:
    file, mark, what = place.partition("::") if "::" in place else place.partition(": ")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not mark or (f"def {what}(" if mark == "::" else what) in text


@pytest.mark.parametrize(
    ("format", "start"),
    [("json", "[\n"), ("jsonl", "{"), ("csv", "result,table,_value\n"), ("yaml", "- "), ("markdown", "| ")],
)
def test_wish_01_results_in_every_format(format: str, start: str) -> None:
    ran = run("query", "buckets()", "-O", format, answers={("POST", "/api/v2/query"): (200, CSV)})
    assert ran.code == 0 and ran.out.startswith(start) and "1.5" in ran.out


def test_wish_06_progress_is_a_line_on_a_terminal_and_silence_for_short_writes_elsewhere() -> None:
    lines = "\n".join(f"m v={i} {i}" for i in range(20))
    for err, words in ((Terminal(), "stdin: 20 lines, "), (io.StringIO(), "")):
        ran = run("write", "-b", "b", "-", stdin=lines, err=err, answers={("POST", "/api/v2/write"): (204, "")})
        assert ran.code == 0 and words in ran.err and (words or ran.err == "")


def test_wish_07_the_flags_of_csv_work_for_line_protocol(tmp_path: Path) -> None:
    (tmp_path / "a.lp").write_text("m v=1 1\n" + "m v=" + "2" * 50 + " 2\n")
    refused = tmp_path / "refused"
    ran = run("write", "-b", "b", "-f", str(tmp_path / "a.lp"), "--errors-file", str(refused), "--max-line-length", "20",
              "--skipRowOnError", "--debug", answers={("POST", "/api/v2/write"): (204, "")})  # fmt: skip
    assert ran.code == 7 and "2222" in refused.read_text()


def test_wish_09_names_where_a_token_is_made() -> None:
    answers = {
        ("GET", "/api/v2/buckets"): (200, {"buckets": [{"id": OTHER, "name": "cpu"}]}),
        ("GET", "/api/v2/orgs"): (200, {"orgs": [{"id": ID, "name": "plant"}]}),
    }
    ran = run("auth", "create", "--read-bucket", "cpu", "--org", "plant", answers=answers)
    assert ran.code == 0 and ran.body()["permissions"][0]["resource"]["id"] == OTHER


def test_wish_10_a_token_of_ones_own() -> None:
    ran = run("auth", "create", "--read-bucket", ID, "--token-value", "my-token")
    assert ran.code == 0 and ran.body()["token"] == "my-token"


def test_wish_11_a_token_from_standard_input() -> None:
    ran = run("org", "get", ID, "--token-stdin", stdin="from-stdin\n", env={"INFLUX_TOKEN": ""})
    assert ran.requests[-1].headers["Authorization"] == "Token from-stdin"


class Exporting(Recorder):
    """A server that exports nothing with the broken Telegraf configuration in it."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> Response:  # type: ignore[override]
        self.answers = {
            ("GET", "/api/v2/telegrafs"): (200, {"configurations": [{"id": OTHER, "name": "broken"}]}),
            ("GET", "/api/v2/labels"): (200, {"labels": [{"id": ID, "name": "good"}]}),
            ("GET", "/api/v2/buckets"): (200, {"buckets": [{"id": OTHER, "name": "_tasks", "type": "system"}]}),
            **{("GET", f"/api/v2/{kind}"): (200, {kind: []})
               for kind in ("checks", "dashboards", "tasks", "variables", "notificationRules", "notificationEndpoints")},
        }  # fmt: skip
        if request.method == "POST":
            body = json.loads(request.body or b"")
            broken = "resources" not in body or any(each["id"] == OTHER for each in body["resources"])
            error = {"code": "internal error", "message": "failed to export"}
            self.answers[("POST", "/api/v2/templates/export")] = (500, error) if broken else (200, [{"kind": "Label"}])
        return super().send(request, **options)


def test_wish_13_one_broken_resource_does_not_break_an_export(tmp_path: Path) -> None:
    ran = run("export", "all", "--json", recorder=Exporting({}))
    assert (ran.code, ran.out) == (1, "")
    ran = run("export", "all", "--skip-invalid", "--json", recorder=Exporting({}))
    assert ran.code == 7 and json.loads(ran.out) == [{"kind": "Label"}]
    assert "left out: Telegraf broken: failed to export" in ran.err
    assert '"message": "1 resources are exported, 1 left out: Telegraf broken"' in ran.err
    ran = run("export", "all", "--skip-invalid", "--label", "other", recorder=Exporting({}))
    assert ran.code == 1 and ran.out == ""  # the filter leaves nothing that could be tried alone
    out = tmp_path / "all.yml"
    ran = run("template", "export", "--skip-invalid", "-f", str(out), recorder=Exporting({}))
    assert ran.code == 7 and out.read_text() == "kind: Label\n"


def test_wish_20_a_template_without_arguments_says_what_is_missing() -> None:
    for words in (["template", "summary"], ["apply"]):
        ran = run(*words)
        assert ran.code == 2 and "-f FILE" in ran.err


def test_wish_24_signing_in() -> None:
    ran = run("signin", "-u", "alice", "-p", "password", env={"INFLUX_TOKEN": ""})
    assert (ran.code, ran.asked) == (0, ["POST /api/v2/signin"])
    assert json.dumps(dict(ran.requests[0].headers)).count("Basic ") == 1
