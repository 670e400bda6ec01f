"""What people type by mistake or paste: every command answers in one line with an exit code of docs/exit-codes.md, never a traceback."""

from __future__ import annotations

import pytest
from calls import run

from influxctl.cli.tree import NOUNS
from influxctl.cli.walk import Node, walk
from influxctl.core.errors import Exit

LEAVES = [node for node in walk() if not node.is_group]
# They go on until they are stopped, or make a process: tests of their own.
APART = {("local", "serve"), ("local", "start"), ("demo",)}
ODD = {"a line end": "a\nb", "an emoji": "\N{GRINNING FACE}", "nothing": "", "too much": "x" * 10_000}
LINES = {"write": 4}  # it names the lines that were refused
MOST = 1200  # characters of an error


def attempts(node: Node) -> list[list[str]]:
    """Command lines that make no sense, for a command."""
    words, arguments = list(node.words), [param for param in node.params if param.param_type_name == "argument"]
    options = [
        param.opts[0]
        for param in node.params
        if param.param_type_name != "argument" and not param.is_flag and not getattr(param, "hidden", False)
    ]
    return [
        words,
        [*words, "--nonsense"],
        *([*words, *[text] * len(arguments)] for text in ODD.values() if arguments),
        *([*words, *["x"] * min(len(arguments), 2), f"{option}={ODD['a line end']}"] for option in options),
    ]


@pytest.mark.parametrize("noun", [noun.name for noun in NOUNS if noun.section])
def test_odd_arguments_are_answered(
    noun: str,
    env: dict[str, str],
    one_server: object,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("work"))
    for node in LEAVES:
        if node.words[0] != noun or node.words in APART:
            continue
        for argv in attempts(node):
            code, _, err = run(env, *argv)
            shown = f"{argv}: {code}\n{err}"
            assert code in set(Exit), shown
            assert "defect of influxctl" not in err and "internal error" not in err, shown
            assert ("Traceback" not in err and len(err) < MOST) or code == Exit.OK, shown
            if code not in (Exit.OK, Exit.FINDINGS) and argv != list(node.words) and argv[:2] != ["local", "status"]:
                assert 1 <= err.count("\n") <= LINES.get(noun, 1), shown
