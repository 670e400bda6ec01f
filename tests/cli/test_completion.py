"""The scripts in their shells, where those are: words, aliases, options, choices, without starting Python."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from calls import PROGRAM, of_process

SCRIPT = Path(__file__).parents[2] / "completions" / "influxctl.bash"
DRIVER = r"""
export PATH=/nonexistent
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )); COMPREPLY=()
_influxctl
printf '%s\n' "${COMPREPLY[@]}"
"""


WORDS = [
    (["b"], ["bucket", "bucket-schema"]),
    (["bucket", "l"], ["list", "labels"]),
    (["buckets", "owners", "a"], ["add"]),
    (["--org", "list", "bucket", "cr"], ["create"]),
    (["--json", "task", "run", "re"], ["retry"]),
    (["bucket", "create", "--ret"], ["--retention"]),
    (["bucket", "list", "--outp"], ["--output"]),
    (["--output", "js"], ["json", "jsonl"]),
    (["bucket", "create", "--schema-type", ""], ["implicit", "explicit"]),
    (["completion", ""], ["bash", "zsh", "fish", "powershell"]),
    (["nonsense", ""], [""]),
]


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(("words", "expected"), WORDS)
def test_bash_completes(words: list[str], expected: list[str]) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    ran = subprocess.run(
        [bash, "-c", DRIVER, "bash", str(SCRIPT), "influxctl", *words], capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""
    assert ran.stdout.split("\n")[:-1] == expected


NAMES = r"""
influxctl() { [ "$1" = __names ] && [ "$2" = bucket ] && printf 'cpu\nmem use\n'; }
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["bucket", "get", ""], ["cpu", "mem\\ use"]),
        (["bucket", "get", "c"], ["cpu"]),
        (["bucket", "get", "cpu", ""], [""]),
        (["write", "--bucket", "m"], ["mem\\ use"]),
        (["auth", "create", "--read-bucket", ""], ["cpu", "mem\\ use"]),
        (["org", "get", ""], [""]),
    ],
)
def test_bash_completes_names_of_resources(words: list[str], expected: list[str]) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    ran = subprocess.run(
        [bash, "-c", NAMES + DRIVER, "bash", str(SCRIPT), "influxctl", *words],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split("\n")[:-1] == expected


def test_names_come_from_the_cache_without_further_imports(env: dict[str, str], tmp_path: Path) -> None:
    env = of_process(env)
    program = [*PROGRAM, "__names"]
    assert subprocess.run([*program, "bucket", "--renew"], env=env, capture_output=True, check=True).stdout == b""
    [file] = (tmp_path / "cache").iterdir()
    assert file.read_text().split() == ["_monitoring", "_tasks", "default"]
    assert file.stat().st_mode & 0o777 == 0o600
    script = "import sys\nfrom influxctl.__main__ import main\nmain(['__names', 'bucket'])\nprint(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert ran.stdout == file.read_text()
    assert {name for name in ran.stderr.split() if name.startswith("influxctl")} == {
        "influxctl", "influxctl.__main__", "influxctl.cli", "influxctl.cli.names",
    }  # fmt: skip
    assert "typer" not in ran.stderr.split()
    assert subprocess.run([*program, "../x"], env=env, capture_output=True, check=False).returncode == 2


SAID = [
    *((words, expected) for words, expected in WORDS if expected != [""]),
    (["bucket", "get", ""], ["cpu", "mem use"]),
    (["write", "--bucket", "m"], ["mem use"]),
]
FISH = """
function influxctl; test "$argv[1..2]" = '__names bucket'; and printf '%s\\n' cpu 'mem use'; end
source $argv[1]
complete -C "$argv[2]"
"""
# What the functions of zsh's completion system would be told; that system itself chooses what begins with what is typed.
ZSH = """
influxctl() { [ "$1 $2" = '__names bucket' ] && print -l cpu 'mem use' }
compdef() { : }
compadd() { [ "$1" = -- ] && shift; print -rl -- "$@" }
_describe() { print -rl -- "${(@)${(P)4}%%:*}" }
source "$1"; shift
words=("$@"); CURRENT=$#words
_influxctl
"""


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")
@pytest.mark.parametrize(("words", "expected"), SAID)
def test_fish_completes(words: list[str], expected: list[str], env: dict[str, str]) -> None:
    program = [
        "fish",
        "--no-config",
        "-c",
        FISH,
        str(SCRIPT.with_name("influxctl.fish")),
        " ".join(["influxctl", *words]),
    ]
    ran = subprocess.run(program, env=of_process(env), capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert [line.partition("\t")[0] for line in ran.stdout.splitlines()] == sorted(expected)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
@pytest.mark.parametrize(("words", "expected"), SAID)
def test_zsh_completes(words: list[str], expected: list[str], env: dict[str, str]) -> None:
    program = ["zsh", "-f", "-c", ZSH, "zsh", str(SCRIPT.with_name("_influxctl")), "influxctl", *words]
    ran = subprocess.run(program, env=of_process(env), capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert [line for line in ran.stdout.splitlines() if line.startswith(words[-1])] == expected


POWERSHELL = SCRIPT.with_name("influxctl.ps1")
# The names that a call would print, and what Tab gives for a line with the cursor at its end.
PRESS_TAB = """
$ErrorActionPreference = 'Stop'
function influxctl { if ($args[0] -eq '__names' -and $args[1] -eq 'bucket') { 'cpu'; 'mem use' } }
. $env:SCRIPT
$found = [System.Management.Automation.CommandCompletion]::CompleteInput($env:LINE, $env:LINE.Length, $null)
$found.CompletionMatches | Where-Object { $_.ResultType -eq 'ParameterValue' } | ForEach-Object { $_.CompletionText }
"""


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="no PowerShell here")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        *((words, expected) for words, expected in WORDS if expected != [""]),
        (["bucket", "get", ""], ["cpu", "'mem use'"]),
        (["bucket", "get", "c"], ["cpu"]),
        (["write", "--bucket=m"], ["--bucket='mem use'"]),
    ],
)
def test_powershell_completes(words: list[str], expected: list[str], env: dict[str, str]) -> None:
    pwsh = shutil.which("pwsh")
    assert pwsh is not None
    variables = of_process(env) | {"SCRIPT": str(POWERSHELL), "LINE": " ".join(["influxctl", *words])}
    ran = subprocess.run(
        [pwsh, "-NoProfile", "-Command", PRESS_TAB], env=variables, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split("\n")[:-1] == expected


def test_the_script_of_powershell_is_powershell() -> None:
    """Read by a grammar of the language: this finds what does not end, not what does not exist."""
    import tree_sitter
    import tree_sitter_powershell

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    text = POWERSHELL.read_bytes()
    assert not parser.parse(text).root_node.has_error
    assert parser.parse(text.replace(b"\n'@ -split", b"")).root_node.has_error
    assert parser.parse(text.replace(b"continue }", b"continue")).root_node.has_error


def test_the_script_of_powershell_knows_what_that_of_bash_knows() -> None:
    lines = POWERSHELL.read_text(encoding="utf-8").partition("(@'\n")[2].partition("\n'@ ")[0].splitlines()
    facts = {(kind, key): value for kind, key, value in (line.split("|", 2) for line in lines)}
    assert len(facts) == len(lines), "a fact stands twice"
    names = {"cmds": "cmds", "opts": "opts", "vals": "vals", "args": "args"}
    table = re.findall(r"^    '([^']*)'\) (.*) ;;$", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)
    seen = {
        (names[kind], at): value
        for at, rest in table
        for kind, value in re.findall(r"(cmds|opts|vals|args)='([^']*)'", rest)
    }
    assert {key: value for key, value in facts.items() if key[0] in names and key[1] != "*"} == seen
    assert facts["alias", "buckets"] == "bucket"
    assert facts["choices", "* -O"] != facts["choices", "* -o"]
    assert facts["help", "bucket get"] == "Show one bucket."


def test_the_package_carries_the_same_scripts() -> None:
    shipped = SCRIPT.parents[1] / "influxctl" / "_shipped" / "completions"
    assert {p.name: p.read_text() for p in shipped.iterdir()} == {
        p.name: p.read_text() for p in SCRIPT.parent.iterdir()
    }


def test_completion_prints_the_script() -> None:
    import io

    from influxctl.cli.app import main
    from influxctl.cli.context import Context

    out = io.StringIO()
    assert main(["completion", "bash"], Context(stdout=out, env={})) == 0
    assert out.getvalue() == SCRIPT.read_text()
