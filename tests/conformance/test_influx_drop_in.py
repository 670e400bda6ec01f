"""What the drop-in mode does better than influx 2.8, and what no recording shows: each defect that docs/influx-tool.md calls mended."""

from __future__ import annotations

import json
import os
import random
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from influxctl.cli.compat import table
from influxctl.cli.compat.table.model import Command
from tests.conformance.influx_server import Influx, fresh_server

TOKEN = "operator-token-of-this-test"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "*")
        with fresh_server(tmp_path_factory.mktemp("server")) as address:
            first = Influx({"INFLUX_CONFIGS_PATH": str(tmp_path_factory.mktemp("home") / "configs")})
            first(
                *f"setup -f --host {address} -u dana -p longenough1 -o acme -b plant -t {TOKEN}".split(),
            )
            assert first.code == 0, first.err
            yield address


@pytest.fixture
def influx(host: str, tmp_path: Path) -> Influx:
    """The tool with a configuration `base` that is active, and `other` that is not."""
    tool = Influx({"INFLUX_CONFIGS_PATH": str(tmp_path / "deep" / "configs"), "HOME": str(tmp_path)})
    tool("config", "create", "-n", "base", "-u", host, "-t", TOKEN, "-o", "acme", "-a")
    assert tool.code == 0, tool.err
    tool("config", "create", "-n", "other", "-u", host, "-t", TOKEN, "-o", "acme")
    return tool


def id_of(text: str) -> str:
    found = re.search(r"\b[0-9a-f]{16}\b", text)
    assert found, text
    return found[0]


def bucket(influx: Influx, name: str) -> dict[str, object]:
    found = json.loads(influx("bucket", "list", "-n", name, "--json"))
    assert isinstance(found[0], dict)
    return found[0]


def test_a_configuration_for_one_call_does_not_stay(influx: Influx) -> None:
    path = Path(influx.env["INFLUX_CONFIGS_PATH"])
    before = path.read_bytes()
    assert "plant" in influx("bucket", "list", "-c", "other")
    assert "plant" in influx("bucket", "list", INFLUX_ACTIVE_CONFIG="other")
    assert path.read_bytes() == before


def test_the_file_of_configurations_is_for_its_owner_only_and_keeps_the_order_of_influx(influx: Influx) -> None:
    path = Path(influx.env["INFLUX_CONFIGS_PATH"])
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    influx("config", "create", "-n", "aaa", "-u", "http://a:1", "-p", "user:secret")
    names = re.findall(r"(?m)^\[(\w+)\]$", path.read_text())
    assert names == ["aaa", "base", "other"]
    assert [line.split(" = ")[0].strip() for line in path.read_text().splitlines()[1:5]] == [
        "url",
        "token",
        "org",
        "cookie",
    ]


def test_removing_the_active_configuration_makes_another_one_active(influx: Influx) -> None:
    influx("config", "rm", "base")
    assert influx("config").splitlines()[1].startswith("*\tother")


@pytest.mark.parametrize("name", ["-", "list", "update", "set", "delete", "switch", "create"])
def test_names_that_are_words_of_the_command_are_refused(influx: Influx, name: str) -> None:
    influx("config", "create", "-n", name, "-u", "http://a:1", "-t", "t")
    assert influx.code == 1


def test_user_and_password_of_a_configuration_sign_in(influx: Influx, host: str) -> None:
    influx("config", "create", "-n", "person", "-u", host, "-p", "dana:longenough1", "-o", "acme")
    assert "plant" in influx("bucket", "list", "-c", "person")
    influx("config", "create", "-n", "wrong", "-u", host, "-p", "dana:nonsense", "-o", "acme")
    influx("bucket", "list", "-c", "wrong")
    assert influx.code == 1 and "401 Unauthorized" in influx.err


def test_variables_do_not_rename_or_delete(influx: Influx) -> None:
    org = id_of(influx("org", "create", "-n", "kept"))
    influx("org", "update", "-i", org, "-d", "text", INFLUX_ORG="renamed")
    assert "kept" in influx("org", "list", "-i", org)
    influx("org", "delete", INFLUX_ORG_ID=org)
    assert influx.code == 1 and "kept" in influx("org", "list", "-i", org)
    one = str(bucket(influx, "plant")["id"])
    influx("bucket", "update", "-i", one, "-d", "text", INFLUX_BUCKET_NAME="renamed")
    assert bucket(influx, "plant")["description"] == "text"


def test_a_new_shard_group_duration_leaves_the_retention_alone(influx: Influx) -> None:
    one = id_of(influx("bucket", "create", "-n", "ever"))
    influx("bucket", "update", "-i", one, "--shard-group-duration", "12h")
    rules = [{"type": "expire", "everySeconds": 0, "shardGroupDurationSeconds": 43200}]
    assert bucket(influx, "ever")["retentionRules"] == rules


def test_no_user_is_left_when_the_password_is_refused(influx: Influx) -> None:
    influx("user", "create", "-n", "shorty", "-p", "abc")
    assert influx.code == 1 and "passwords must be between 8 and 72 characters long" in influx.err
    assert "shorty" not in influx("user", "list")
    influx("v1", "auth", "create", "--username", "v1shorty", "--password", "abc", "--read-bucket", "0" * 15 + "1")
    assert influx.code == 1 and "v1shorty" not in influx("v1", "auth", "list")


def test_a_password_is_set_only_for_a_user_who_is_named(influx: Influx) -> None:
    plant = str(bucket(influx, "plant")["id"])
    influx("v1", "auth", "create", "--username", "meter", "--password", "meterpass", "--read-bucket", plant)
    influx("v1", "auth", "set-password", "--password", "otherpass")
    assert influx.code == 1 and influx.err == "Error: must specify id or username\n"


def test_debugging_shows_requests_without_their_secrets(influx: Influx) -> None:
    influx("bucket", "list", "--http-debug")
    assert "GET" in influx.err and "Authorization" in influx.err
    assert TOKEN not in influx.err + influx.out


def test_tokens_can_be_switched_off_and_on_with_any_server_and_configuration(influx: Influx) -> None:
    made = json.loads(influx("auth", "create", "--read-orgs", "--json"))
    assert json.loads(influx("auth", "inactive", "-i", made["id"], "--json"))["status"] == "inactive"
    assert json.loads(influx("auth", "list", "-i", made["id"], "--json"))["status"] == "inactive"
    influx("auth", "active", "-i", made["id"], "-c", "other")
    assert json.loads(influx("auth", "list", "-i", made["id"], "--json"))["status"] == "active"
    influx("auth", "active", "-i", made["id"], "-t", "nonsense")
    assert influx.code == 1 and "401 Unauthorized" in influx.err


@pytest.mark.parametrize(
    "args",
    [
        ["--hide-headers", "bucket", "list", "-n", "plant"],
        ["bucket", "--hide-headers", "list", "-n", "plant"],
        ["-c", "other", "bucket", "-n", "plant", "--hide-headers", "ls"],
        ["--hide-headers=true", "-c=other", "bucket", "find", "--name=plant"],
    ],
    ids=" ".join,
)
def test_flags_may_stand_anywhere(influx: Influx, args: list[str]) -> None:
    assert influx(*args).split("\t")[1] == "plant"


def test_a_flag_beats_a_variable_of_the_other_kind(influx: Influx) -> None:
    org = id_of(influx("org", "list", "-n", "acme"))
    assert "plant" in influx("bucket", "list", "--org-id", org, INFLUX_ORG="nonsense")
    assert "plant" in influx("bucket", "list", "--org", "acme", INFLUX_ORG_ID="0" * 16)
    influx("bucket", "list", INFLUX_ORG="acme", INFLUX_ORG_ID=org)
    assert influx.code == 1 and "ambiguous org" in influx.err


def test_all_pages_of_a_list_are_read(influx: Influx) -> None:
    for number in range(5):
        influx("bucket", "create", "-n", f"page{number}")
    names = [
        line.split("\t")[1] for line in influx("bucket", "list", "--page-size", "2", "--hide-headers").splitlines()
    ]
    assert {f"page{number}" for number in range(5)} <= set(names)
    assert len(influx("bucket", "list", "--limit", "3", "--page-size", "2", "--hide-headers").splitlines()) == 3


def test_the_shell_reads_a_pipe(influx: Influx) -> None:
    influx("v1", "shell", stdin=b"use plant\ninsert cpu,h=a v=1 7\nselect * from cpu\nexit\nselect * from cpu\n")
    assert (influx.code, influx.out) == (0, "name: cpu\ntime h v\n---- - -\n7    a 1\n\n")
    influx("v1", "shell", stdin=b"use plant\nformat csv\nprecision s\nnonsense\nselect v from cpu\n")
    assert (influx.code, influx.out) == (1, "name,tags,time,v\ncpu,,0,1\n")
    assert influx.err.startswith("ERR: 400 Bad Request: ")


@pytest.mark.parametrize("packed", ["gzip", "none"])
def test_a_back_up_comes_back(influx: Influx, tmp_path: Path, packed: str) -> None:
    name = f"saved-{packed}"
    influx("bucket", "create", "-n", name, "-r", "0")
    influx("v1", "shell", stdin=f'use "{name}"\ninsert m v=1 5\ninsert m v=2 6\n'.encode())
    folder = str(tmp_path / "copy")
    influx("backup", folder, "--bucket", name, "--compression", packed)
    assert (influx.code, influx.out) == (0, ""), influx.err
    influx("restore", folder, "--bucket", name, "--new-bucket", f"{name}-again")
    assert (influx.code, influx.out) == (0, ""), influx.err
    read = f'use "{name}-again"\nformat csv\nselect v from m\n'.encode()
    assert influx("v1", "shell", stdin=read) == "name,tags,time,v\nm,,5,1\nm,,6,2\n"
    for file in Path(folder).glob("*.tar*"):
        file.unlink()
    influx("restore", folder, "--bucket", name, "--new-bucket", "third")
    assert influx.code == 1 and "the backup lacks its file" in influx.err
    assert "third" not in influx("bucket", "list")


COMMANDS = [command for entry in table.GROUPS for command in table.tree(entry).below()]
ODD = (
    "",
    "x",
    "acme",
    "plant",
    "absent",
    "0" * 15 + "1",
    "-1",
    "5",
    "1h",
    "2020-01-01T00:00:00Z",
    "a,b",
    '"',
    "é\n",
    "{}",
)
SHARED = frozenset(
    {"host", "token", "configs-path", "active-config", "skip-verify", "trace-debug-id", "extra-http-header"}
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_odd_values_never_break_a_command(
    influx: Influx, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chance = random.Random(command.words)
    for _ in range(3):
        args = command.words.split()
        for flag in command.all_flags:
            if flag.name not in SHARED and (flag.required or chance.random() < 0.4):
                args.append(f"--{flag.name}")
                args += [chance.choice(("0", "1", "-1") if flag.kind == "number" else ODD)] if flag.takes_value else []
        args += [chance.choice(ODD)] if command.arguments and chance.random() < 0.5 else []
        if command.words != "org delete":
            influx(*args, stdin=chance.choice((b"", b"x\n")))
            assert influx.code in (0, 1) and "defect of influxctl" not in influx.err, (args, influx.err)
