"""The 17 defects of the influx tool (docs/influx-tool.md numbers them): none of them is here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake import ID, OTHER, Terminal, run

CONFIGS = """[one]
  url = "http://one.test"
  token = "token-one"
  org = "o1"
  active = true

[two]
  url = "http://two.test"
  token = "token-two"
  org = "o2"
"""


def test_01_choosing_a_profile_for_a_call_writes_no_file(tmp_path: Path) -> None:
    file = tmp_path / "configs"
    file.write_text(CONFIGS)
    env = {
        "INFLUX_CONFIGS_PATH": str(file),
        "INFLUX_HOST": "",
        "INFLUX_TOKEN": "",
        "INFLUX_ORG": "",
        "INFLUXCTL_CONFIG_DIR": str(tmp_path / "c"),
    }
    ran = run("-c", "two", "org", "list", env=env)
    assert str(ran.requests[0].url).startswith("http://two.test/")
    assert ran.requests[0].headers["Authorization"] == "Token token-two"
    run("org", "list", env=env | {"INFLUX_ACTIVE_CONFIG": "two"})
    assert file.read_text() == CONFIGS
    assert [path.name for path in tmp_path.iterdir()] == ["configs"]


@pytest.mark.parametrize("word", ["active", "inactive"])
def test_02_changing_a_status_takes_the_global_options(word: str) -> None:
    ran = run("auth", word, "--id", ID, "--host", "http://other.test", "--token", "other", "--json")
    assert str(ran.requests[0].url).startswith("http://other.test/")
    assert ran.requests[0].headers["Authorization"] == "Token other"
    assert json.loads(ran.out)


def test_03_variables_neither_rename_nor_delete() -> None:
    env = {"INFLUX_ORG": "x", "INFLUX_BUCKET_NAME": "y", "INFLUX_NAME": "z"}
    assert run("org", "update", "-i", ID, "-d", "text", env=env).body() == {"description": "text"}
    assert run("bucket", "update", "-i", ID, "-d", "text", env=env).body() == {"description": "text"}
    ran = run("org", "delete", env={"INFLUX_ORG": "", "INFLUX_ORG_ID": ID})
    assert (ran.code, ran.asked) == (2, [])


@pytest.mark.parametrize("flags", [[], ["--skipRowOnError"]])
def test_04_a_bad_row_is_never_dropped_in_silence(flags: list[str], tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("#datatype measurement,double,time\nm,v,time\nm,1.5,1\nm,much,2\n")
    ran = run("write", "-b", "b", "-f", str(file), "--no-gzip", *flags)
    assert (ran.code, ran.requests[-1].body) == (7, b"m v=1.5 1")
    assert "line 4" in ran.err and "much" in ran.err


def test_05_with_a_file_standard_input_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "a.lp"
    file.write_text("m v=1 1\n")
    ran = run("write", "-b", "b", "-f", str(file), "--no-gzip", "--compression", "none", stdin="x v=9 9\n")
    assert [r.body for r in ran.requests] == [b"m v=1 1"]


def test_06_secrets_are_listed_with_key_and_organization() -> None:
    answers = {("GET", f"/api/v2/orgs/{ID}/secrets"): (200, {"secrets": ["a"]})}
    assert json.loads(run("secret", "list", "--json", answers=answers).out) == [{"key": "a", "orgID": ID}]
    assert json.loads(run("secret", "update", "-k", "a", "-v", "text", "--json").out) == {"key": "a", "orgID": ID}


def test_07_a_short_password_makes_no_user() -> None:
    ran = run("user", "create", "-n", "ann", "-p", "short")
    assert (ran.code, ran.asked) == (2, [])


def test_08_tokens_and_passwords_are_never_shown(tmp_path: Path) -> None:
    configs = tmp_path / "configs"
    configs.write_text(CONFIGS)
    shown = [
        run("org", "list", "--http-debug").err,
        run("user", "password", ID, "-p", "very-secret", "--trace").err,
        run("config", "list", "--json", env={"INFLUX_CONFIGS_PATH": str(configs)}).out,
        run("config", "show", "--origin", "--json").out,
        run("org", "create", "o", "--curl").out,
    ]
    assert all(shown)
    for text in shown:
        for secret in ("secret-token", "very-secret", "token-one", "token-two"):
            assert secret not in text


def test_09_no_colour_in_pipes() -> None:
    for line in ("template apply --dry-run -f -", "task list", "bucket list"):
        assert "\x1b" not in run(*line.split(), stdin='[{"kind": "Label", "metadata": {"name": "a"}, "spec": {}}]').out


def test_11_documented_arguments_are_taken() -> None:
    assert run("task", "update", ID, "buckets()").body() == {"flux": "buckets()"}
    assert run("task", "update", "-i", ID, "-f", "-", stdin="buckets()").body() == {"flux": "buckets()"}
    body = run("export", f"bucket={ID}").body()
    assert body == {"resources": [{"kind": "Bucket", "id": ID}]}
    template = '{"apiVersion": "influxdata.com/v2alpha1", "kind": "Label", "metadata": {"name": {"envRef": {"key": "n"}}}, "spec": {}}'
    sent = run("apply", "-f", "-", "--env-ref", "n=x", stdin=template).body()
    assert sent["templates"][0]["contents"][0]["metadata"]["name"] == {"envRef": {"key": "n"}}
    assert sent["envRefs"] == {"n": "x"}


def test_12_applied_resources_have_ids_and_names() -> None:
    answer = {"summary": {"checks": [{"kind": "CheckDeadman", "id": OTHER, "name": "dead"}]}}
    ran = run("apply", "-f", "-", "--fields", "id,name", "-O", "csv", answers={("POST", "/api/v2/templates/apply"): (200, answer)},
              stdin='{"kind": "Label", "metadata": {"name": "a"}, "spec": {}}')  # fmt: skip
    assert ran.out == f"ID,Name\n{OTHER},dead\n"


def test_13_errors_are_json_and_exit_codes_tell_them_apart() -> None:
    answers = {("GET", "/api/v2/orgs"): (401, {"code": "unauthorized", "message": "unauthorized access"})}
    ran = run("org", "list", "--json", answers=answers)
    assert (ran.code, json.loads(ran.err)["error"]["code"]) == (4, "unauthorized")
    ran = run("bucket")
    assert (ran.code, ran.out) == (2, "")
    ran = run("bucket", "list", "--nonsense")
    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize(
    "line", ["--host http://h.test org list", "org --json list", "org list --json -c prod --host http://h.test"]
)
def test_14_flags_stand_before_and_after(line: str, tmp_path: Path) -> None:
    (tmp_path / "profiles.toml").write_text('[profiles.prod]\nurl = "http://prod.test"\n')
    assert run(*line.split(), env={"INFLUXCTL_CONFIG_DIR": str(tmp_path)}).code == 0


def test_15_a_dry_run_prints_lines_only() -> None:
    ran = run("write", "dryrun", "m v=1 1", "--org", "acme")
    assert (ran.out, ran.asked) == ("m v=1 1\n", [])
    answers = {("GET", "/api/v2/dbrps"): (200, {"content": [{"id": ID, "database": "d", "virtual": True}]})}
    assert (
        run("v1", "dbrp", "list", "--fields", "database,virtual", "-O", "csv", answers=answers).out
        == "Database,Virtual\nd,true\n"
    )


def test_16_filters_of_tokens_are_sent() -> None:
    people = {("GET", "/api/v2/users"): (200, {"users": [{"id": OTHER, "name": "alice"}]})}
    for flags in (["--user", "alice"], ["--user-id", OTHER]):
        ran = run("auth", "list", *flags, answers=people)
        assert f"userID={OTHER}" in str(ran.requests[-1].url)
    assert f"orgID={OTHER}" in str(run("auth", "list", "--org-id", OTHER).requests[-1].url)


def test_17_limit_fields_yaml_quiet_and_timeout_are_there() -> None:
    answers = {("GET", "/api/v2/orgs"): (200, {"orgs": [{"id": ID, "name": "a"}, {"id": OTHER, "name": "b"}]})}
    ran = run(
        "org", "list", "--limit", "1", "--fields", "name", "-O", "yaml", "--quiet", "--timeout", "5", answers=answers
    )
    assert (ran.code, ran.out) == (0, "- name: a\n")


def test_a_terminal_is_asked_for_what_is_missing() -> None:
    ran = run("signin", stdin=Terminal(""), err=Terminal())
    assert "User name: " in ran.err


def test_a_flag_beats_a_variable_of_the_other_kind() -> None:
    ran = run("bucket", "list", "--org-id", OTHER, env={"INFLUX_ORG": "acme"})
    assert (ran.code, f"orgID={OTHER}" in str(ran.requests[0].url)) == (0, True)
    assert run("bucket", "list", "--org-id", OTHER, "--org", "acme").code == 2
