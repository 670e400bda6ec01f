"""The bash script in a real bash: words, aliases, options, choices, without starting Python."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "completions" / "influxctl.bash"
DRIVER = r"""
export PATH=/nonexistent
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )); COMPREPLY=()
_influxctl
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["b"], ["bucket", "bucket-schema"]),
        (["bucket", "l"], ["list", "labels"]),
        (["buckets", "owners", "a"], ["add"]),
        (["--org", "list", "bucket", "cr"], ["create"]),
        (["--json", "task", "run", "re"], ["retry"]),
        (["bucket", "create", "--ret"], ["--retention"]),
        (["bucket", "list", "--outp"], ["--output"]),
        (["--output", "js"], ["json", "jsonl"]),
        (["bucket", "create", "--schema-type", ""], ["implicit", "explicit"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["nonsense", ""], [""]),
    ],
)
def test_bash_completes(words: list[str], expected: list[str]) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    ran = subprocess.run(
        [bash, "-c", DRIVER, "bash", str(SCRIPT), "influxctl", *words], capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""
    assert ran.stdout.split("\n")[:-1] == expected


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
