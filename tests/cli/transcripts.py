"""Transcripts: a session at a terminal as a test.

    ## a comment
    = points.lp               the file points.lp in the working folder, its lines indented by two blanks
      m v=1 1
    $ influxctl bucket list   a command; pipes between influxctl commands and VAR=value in front work
    $ T=$(influxctl …)        its output is $T in the commands that follow
    < text                    a line of its standard input
    NAME ID                   expected standard output, line by line
    ! Error: …                expected standard error, line by line
    ? 5                       expected exit code, 0 if left out

`<id>` stands for an ID, `<time>` for a time, `<token>` for a token, `<dir>` for the working folder, `<…>` for anything. Blanks and
tabs between columns count as one. INFLUXCTL_UPDATE_TRANSCRIPTS=1 writes what came instead of comparing.
"""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from influxctl.cli.app import main
from influxctl.cli.context import Context

PLACEHOLDERS = {
    "<id>": r"[0-9a-f]{16}",
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "<token>": r"[\w=-]{20,}",
    "<…>": r".*",
}
MASKS = (
    (re.compile(r"(?<![.\w])[0-9a-f]{16}\b"), "<id>"),
    (re.compile(r"\b202[5-9]-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"), "<time>"),
    (re.compile(r"\b[\w-]{43,}=*"), "<token>"),
)


@dataclass
class Step:
    """One command and what it should do."""

    line: int
    command: str
    stdin: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    code: int = 0
    head: list[str] = field(default_factory=list)  # comments and files before it, as they stand


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: list[str]
    err: list[str]


def read(path: Path) -> tuple[list[Step], dict[str, str]]:
    """The steps and files of a transcript."""
    steps: list[Step] = []
    files: dict[str, str] = {}
    head: list[str] = []
    current = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        mark, rest = line[:1], line[2:]
        if current and line.startswith("  "):
            files[current] += line[2:] + "\n"
            head.append(line)
            continue
        current = ""
        if mark == "$":
            steps.append(Step(number, rest, head=head))
            head = []
        elif mark == "=":
            current = rest.strip()
            files[current] = ""
            head.append(line)
        elif line.startswith("## ") or (not line and (not steps or head)):  # a table of a query begins with one #
            head.append(line)
        elif line.startswith("< "):
            steps[-1].stdin.append(rest)
        elif mark == "!":
            steps[-1].err.append(rest)
        elif mark == "?":
            steps[-1].code = int(rest)
        else:
            steps[-1].out.append(line)
    for step in steps:
        while step.out and not step.out[-1]:
            step.out.pop()
    return steps, files


def perform(step: Step, env: Mapping[str, str], kept: dict[str, str]) -> Result:
    """Run a step's command. `kept` holds the variables of the transcript."""
    command = step.command
    for name, value in kept.items():
        command = command.replace(f"${name}", value)
    keep = re.fullmatch(r"([A-Z]+)=\$\((.*)\)", command)
    result = _run(keep[2] if keep else command, step, env)
    if keep:
        kept[keep[1]] = "\n".join(result.out)
        return Result(result.code, [], result.err)
    return result


def _run(command: str, step: Step, env: Mapping[str, str]) -> Result:
    text = "".join(line + "\n" for line in step.stdin)
    err = io.StringIO()
    code, out = 0, ""
    for part in pipeline(command):
        extra = {}
        while part and re.fullmatch(r"[A-Z_]+=.*", part[0]):
            name, _, value = part.pop(0).partition("=")
            extra[name] = value
        assert part.pop(0) == "influxctl", step.command
        stdout = io.StringIO()
        context = Context(stdin=io.StringIO(text), stdout=stdout, stderr=err, env={**env, **extra})
        code = main(part, context)
        text = out = stdout.getvalue()
    return Result(code, _lines(out), _lines(err.getvalue()))


def _lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def pipeline(command: str) -> list[list[str]]:
    """The words of each command of a line."""
    parts: list[list[str]] = [[]]
    for word in shlex.split(command):
        if word == "|":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def matches(expected: list[str], actual: list[str], folder: str) -> bool:
    """Whether the lines are what the transcript says."""
    return len(expected) == len(actual) and all(
        re.fullmatch(_pattern(want, folder), _plain(have)) for want, have in zip(expected, actual, strict=True)
    )


def _plain(line: str) -> str:
    return re.sub(r"[ \t]+", " ", line).rstrip()


def _pattern(line: str, folder: str) -> str:
    text = re.escape(_plain(line.replace("<dir>", folder)))
    for name, pattern in PLACEHOLDERS.items():
        text = text.replace(re.escape(name), pattern)
    return text


def masked(lines: list[str], folder: str) -> list[str]:
    """Output as it goes into a transcript."""
    found = []
    for line in lines:
        line = line.replace(folder, "<dir>").expandtabs(8)
        for pattern, name in MASKS:
            line = pattern.sub(name, line)
        found.append(line)
    return found


def render(steps: list[Step], results: list[Result], folder: str) -> str:
    """The transcript with what came."""
    lines: list[str] = []
    for step, result in zip(steps, results, strict=True):
        lines += [*step.head, f"$ {step.command}", *(f"< {text}" for text in step.stdin)]
        out, err = (
            was if matches(was, now, folder) else masked(now, folder)  # what is right stays as it is written
            for was, now in ((step.out, result.out), (step.err, result.err))
        )
        lines += [*out, *(f"! {text}" for text in err)]
        lines += [f"? {result.code}"] if result.code else []
    return "\n".join(lines) + "\n"
