"""The table of commands: words and flags are unambiguous, every command has a handler and a help text, and words are found."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys

import pytest

from influxctl.cli.compat import route, table, usage
from influxctl.cli.compat.call import Streams
from influxctl.cli.compat.handlers import handler
from influxctl.cli.compat.main import main
from influxctl.cli.compat.table.model import Command, Node

TREES = [table.tree(entry) for entry in table.GROUPS]
COMMANDS = [command for tree in TREES for command in tree.below()]
# commands by group, as the manual of influx 2.8 lists them
COUNTS = {
    "version": 1, "write": 2, "bucket": 4, "completion": 1, "query": 1, "config": 4 + 1, "org": 7, "delete": 1, "user": 5,
    "task": 8, "telegrafs": 4, "dashboards": 1, "export": 3, "secret": 3, "v1": 11, "auth": 5, "apply": 1, "stacks": 4,
    "template": 2, "bucket-schema": 3, "scripts": 6, "ping": 1, "setup": 1, "backup": 1, "restore": 1, "remote": 4,
    "replication": 4, "server-config": 1,
}  # fmt: skip


def run(*args: str, **env: str) -> tuple[int, str, str]:
    out, err = io.BytesIO(), io.StringIO()
    code = main(args, Streams(out, err, io.BytesIO(), env))
    return code, out.getvalue().decode(), err.getvalue()


def test_every_command_is_there() -> None:
    assert {tree.words: len(tree.below()) for tree in TREES} == COUNTS
    assert len(COMMANDS) == 91


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_flags_of_a_command_have_different_names(command: Command) -> None:
    names = [name for flag in command.all_flags for name in flag.names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.words)
def test_every_command_has_a_handler_and_help(command: Command) -> None:
    assert callable(handler(command.words))
    code, out, err = run(*command.words.split(), "-h")
    assert (code, err) == (0, "")
    shown = [name for flag in command.all_flags if not flag.hidden for name in flag.names]
    missing = [name for name in shown if f"-{name}" not in out]
    assert command.about in out and not missing


def nodes(node: Node) -> list[Node]:
    return [node, *(inner for child in node.children for inner in nodes(child))]


@pytest.mark.parametrize("node", [node for tree in TREES for node in nodes(tree)], ids=lambda node: node.words)
def test_words_and_aliases_lead_to_their_node(node: Node) -> None:
    *before, last = node.words.split()
    for word in (last, *node.aliases):
        found = route.find([*before, word]).node
        assert found is not None and found.words == node.words


@pytest.mark.parametrize(
    ("args", "words", "rest"),
    [
        (["--json", "bucket", "list", "-n", "x"], "bucket list", ["--json", "-n", "x"]),
        (["--host", "bucket", "org", "ls"], "org list", ["--host", "bucket"]),
        (["org", "-t=x", "members", "-c", "y", "add"], "org members add", ["-t=x", "-c", "y"]),
        (["config", "base", "--json"], "config", ["base", "--json"]),
        (["write", "-b", "dryrun", "dryrun"], "write dryrun", ["-b", "dryrun"]),
        (["-f", "setup", "-u", "x"], "setup", ["-f", "-u", "x"]),
        (["-f", "setup", "task", "create"], "task create", ["-f", "setup"]),
        (["-r", "1h", "bucket", "create"], "bucket create", ["-r", "1h"]),
        (["query", "--", "bucket"], "query", ["--", "bucket"]),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_flags_may_stand_before_words(args: list[str], words: str, rest: list[str]) -> None:
    found = route.find(args)
    assert found.node is not None and (found.node.words, found.rest) == (words, rest)


def test_the_help_of_a_group_lists_its_commands_with_aliases() -> None:
    text = usage.of(table.tree(table.GROUPS[2]))
    assert "   list, find, ls  List buckets\n   update, set     Update bucket\n" in text


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["frobnicate"], 'unknown command "frobnicate" for "influx"'),
        (["bucket", "help"], 'unknown command "help" for "influx bucket"'),
        (["org", "members", "x"], 'unknown command "x" for "influx org members"'),
        (["bucket", "ls", "extra", "words"], 'unknown command "extra" for "list"'),
        (["---json", "bucket"], "bad flag syntax: ---json"),
        (["--", "bucket", "x"], 'unknown command "x" for "influx bucket"'),
        (["--version"], "flag provided but not defined: -version"),
        (["bucket", "--json"], "flag provided but not defined: -json"),
        (["task", "run", "list"], 'Required flag "task-id" not set'),
        (["remote", "create", "-n", "x"], 'Required flags "remote-url, remote-api-token" not set'),
        (["completion", "fish"], "usage: influx completion [bash|zsh|powershell]"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_wrong_command_lines_fail_with_1(args: list[str], message: str) -> None:
    code, _, err = run(*args)
    assert (code, err) == (1, f"Error: {message}\n")


def test_required_flags_may_come_from_the_environment() -> None:
    code, _, err = run("org", "update", INFLUX_ORG_ID="0" * 16, INFLUX_HOST="ftp://nowhere")
    assert code == 1 and 'unsupported protocol scheme "ftp"' in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "powershell"])
def test_completion_knows_every_word(shell: str) -> None:
    code, out, _ = run("completion", shell)
    assert code == 0 and all(f"'{command.words}'" in out for command in COMMANDS)
    assert "'organization members find'" in out


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("bu", "bucket bucket-schema"),
        ("organization members l", "list ls"),
        ("--json v1 dbrp c", "create"),
        ("bucket create --na", "--name"),
        ("write d", "dryrun"),
    ],
)
def test_completion_in_bash(line: str, found: str) -> None:
    words = line.split()
    ask = f"COMP_WORDS=(influx {line}); COMP_CWORD={len(words)}; _influx; echo ${{COMPREPLY[@]}}"
    script = run("completion", "bash")[1] + ask
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == found


@pytest.mark.parametrize("args", [["version"], ["bucket", "list", "-h"], ["frobnicate"]], ids=" ".join)
def test_nothing_heavy_is_loaded_before_it_is_needed(args: list[str]) -> None:
    code = (
        "import sys, os\n"
        "before = set(sys.modules)  # an editable install loads some itself\n"
        "os.environ['INFLUXCTL_COMPAT'] = 'influx'\n"
        "from influxctl.__main__ import main\n"
        f"main({args!r})\n"
        "print(' '.join(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {"typer", "click", "rich", "requests", "yaml", "polars", "numpy", "dataclasses", "pathlib"}
