"""Every command is shown in the transcripts with each outcome it can have: success, not found, not authorized, bad input.

Which outcomes a command can have follows from facts (it calls no operation, it takes no name); the rest is listed with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import render_completions
import transcripts

from influxctl.cli.app import root
from influxctl.cli.lazy import Command, Group, TyperContext, global_options
from influxctl.cli.tree import NOUNS
from influxctl.cli.walk import Node, walk
from influxctl.contract.operations import OPERATIONS

HERE = Path(__file__).parent
LEAVES = {node.words: node for node in walk() if not node.is_group}
VALUED = {spelling for option in global_options() if not option.is_flag for spelling in option.opts}
CODES = {"success": {0, 8}, "not found": {3}, "not authorized": {4}, "bad input": {2}}
# Anybody may call these (seen with InfluxDB 2.9.1).
OPEN = {"GetHealth", "GetReady", "GetMetrics", "GetPing", "HeadPing", "GetSetup", "PostSetup"}
MAKES = {"create", "set"}  # what they name is not there before

# Outcomes that a transcript cannot show (other processes, a session, output of a whole file): the test that does, and a text in it.
FAKE = "../unit/cli/lines.py"
ELSEWHERE = {
    ("completion", "success"): ("test_completion.py", '["completion", "bash"]'),
    ("demo", "success"): ("test_demo.py", '"demo"'),
    ("local serve", "success"): ("../e2e/test_served_fixtures.py", '"serve"'),
    ("local start", "success"): ("test_local.py", '"local", "start"'),
    ("local stop", "success"): ("test_local.py", '"local", "stop")[0] == 0'),
    ("local status", "success"): ("test_local.py", '"local", "status", "--json"'),
    ("local logs", "success"): ("test_local.py", '"local", "logs")[0] == 0'),
    ("local inbox", "success"): ("test_local.py", '"local", "inbox")[0] == 0'),
    ("local reset", "success"): ("test_local.py", '"local", "reset", "--yes")[0] == 0'),
    ("local pull", "success"): ("test_transfer.py", '"local", "pull"'),
    ("local mirror", "success"): ("test_transfer.py", '"mirror"'),
    ("local import", "success"): ("test_local_data.py", '"local", "import"'),
    ("server metrics", "success"): (FAKE, "server metrics"),
    ("signin", "success"): (FAKE, "signin -u"),
    ("signout", "success"): (FAKE, '"signout"'),
    ("task run cancel", "success"): (FAKE, "task run cancel"),
    ("user my-password", "success"): (FAKE, "user my-password"),
    ("replication validate", "success"): (FAKE, "replication validate"),
}
# Outcomes that a command does not have although the facts say so.
NEVER = {
    ("secret update", "not found"): "makes the secret that is not there",
    ("secret list", "not found"): "the organization is one's own",
    ("doctor", "not authorized"): "that is a finding",
    ("top", "not authorized"): "the metrics are open; it says that the tasks are not",
    ("task test", "not found"): "--bucket names one that the trial makes",
    ("check test", "not found"): "--bucket names one that the trial makes",
    ("wait", "not found"): "waits until it is there",
}


def outcomes(node: Node) -> set[str]:
    """The outcomes that a command can have."""
    found = {"success", "bad input"}
    if set(node.operations) - OPEN:
        found.add("not authorized")
    arguments = [param for param in node.params if param.param_type_name == "argument"]
    in_path = any(OPERATIONS[operation].path_params for operation in node.operations)
    names = {(param.metavar or "").strip("[].") for param in node.params if not getattr(param, "hidden", False)}
    names_one = names & render_completions.NAMED.keys() or {"NAME"} & {
        (p.metavar or "").strip("[].") for p in arguments
    }
    if node.words[-1] not in MAKES and (names_one or (in_path and arguments)):
        found.add("not found")
    name = " ".join(node.words)
    return {outcome for outcome in found if (name, outcome) not in NEVER}


def words_of(argv: list[str]) -> tuple[str, ...]:
    """The command that is meant, by the words of the tree."""
    command: object = root()
    context, words, rest = TyperContext(root(), info_name="influxctl"), (), list(argv)
    while rest and not isinstance(command, Command):
        word = rest.pop(0)
        if word.startswith("-"):
            if word in VALUED:
                rest.pop(0)
            continue
        found = command.get_command(context, word)
        if found is None:
            break
        command, words = found, (*words, found.name)
        context = TyperContext(found, info_name=word, parent=context)
    if isinstance(command, Group) and context.info_name in command.bare:
        words = (*words, command.bare[context.info_name][0])
    return SAME.get(words, words)


SAME = {(noun.name,): tuple(noun.help.split()[2:]) for noun in NOUNS if not noun.section}  # `apply` is `template apply`


def meant(step: transcripts.Step) -> Iterator[tuple[tuple[str, ...], int]]:
    """Each command of a step, and how it ends."""
    kept = re.fullmatch(r"[A-Z]+=\$\((.*)\)", step.command)
    *firsts, last = transcripts.pipeline(kept[1] if kept else step.command)
    for part, code in (*((part, 0) for part in firsts), (last, step.code)):
        while re.fullmatch(r"[A-Z_]+=.*", part[0]):
            part.pop(0)
        yield words_of(part[1:]), code


@pytest.fixture(scope="module")
def shown() -> dict[tuple[str, ...], set[int]]:
    """The exit codes with which each command stands in a transcript or recipe."""
    found: dict[tuple[str, ...], set[int]] = {words: set() for words in LEAVES}
    recipes = HERE.parents[1] / "influxctl" / "cli" / "recipes"
    for path in (*HERE.glob("*.txt"), *recipes.glob("*.txt")):
        for step in transcripts.read(path)[0]:
            for words, code in meant(step):
                found.setdefault(words, set()).add(code)
    return found


def test_the_transcripts_show_every_outcome_of_every_command(shown: dict[tuple[str, ...], set[int]]) -> None:
    missing = [
        f"{' '.join(words)}: {outcome}"
        for words, node in LEAVES.items()
        for outcome in sorted(outcomes(node))
        if not shown[words] & CODES[outcome] and (" ".join(words), outcome) not in ELSEWHERE
    ]
    assert not missing, f"{len(missing)} outcomes are shown nowhere:\n" + "\n".join(missing)


def test_the_lists_of_exceptions_are_still_needed(shown: dict[tuple[str, ...], set[int]]) -> None:
    names = {" ".join(words): words for words in LEAVES}
    for (name, outcome), (file, text) in ELSEWHERE.items():
        assert outcome in outcomes(LEAVES[names[name]]), f"{name} cannot end with {outcome}"
        assert not shown[names[name]] & CODES[outcome], f"{name}: {outcome} stands in a transcript"
        assert text in (HERE / file).read_text(encoding="utf-8"), f"{name}: {file} does not show it"
    for name, outcome in NEVER:
        assert not shown[names[name]] & CODES[outcome], f"{name}: {outcome} stands in a transcript"


def test_a_missing_outcome_is_noticed() -> None:
    node = LEAVES["bucket", "get"]
    assert outcomes(node) == {"success", "not found", "not authorized", "bad input"}
    assert outcomes(LEAVES["config", "path"]) == {"success", "bad input"}
    assert words_of(["--org", "o", "buckets", "--json", "find", "x"]) == ("bucket", "list")
    assert words_of(["apply", "-f", "x"]) == ("template", "apply")
