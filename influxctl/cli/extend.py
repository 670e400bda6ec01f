"""First words that are no commands of ours: the user's aliases, then programs called `influxctl-NAME` on PATH.

Commands of ours always win: nothing can stand in for them unseen.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from influxctl.cli.options import GLOBAL
from influxctl.cli.tree import WORDS
from influxctl.core.errors import NotFound, UsageError

if TYPE_CHECKING:
    from influxctl.cli.context import Context

PREFIX = "influxctl-"
MOST = 10  # aliases that stand for one another
_PLACE = re.compile(r"\$(\d|@)")
_SINGLE = frozenset(spelling for option in GLOBAL if option.flag for spelling in option.decls)
_VALUED = frozenset(spelling for option in GLOBAL if not option.flag for spelling in option.decls)


def expanded(ctx: Context, args: Sequence[str]) -> list[str]:
    """The arguments with aliases replaced. A program of that name takes over and does not come back."""
    words, used = list(args), list[str]()
    while (at := _command_place(words)) is not None and (name := words[at]) not in WORDS and name != "help":
        text = _aliases(ctx).get(name)
        if text is None:
            program = find_program(ctx.env, name)
            if program is not None:
                _become(ctx, program, words[:at], words[at + 1 :])
            return words
        if name in used or len(used) == MOST:
            raise UsageError(f"the alias {name!r} stands for itself", hint="'influxctl alias list' shows them all")
        used.append(name)
        words = [*words[:at], *_filled(name, text, words[at + 1 :])]
    return words


def programs(env: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """(name, path) of each program `influxctl-NAME` on PATH, the first of each name."""
    seen: set[str] = set()
    for folder in env.get("PATH", os.defpath).split(os.pathsep):
        try:
            files = sorted(Path(folder or ".").iterdir())
        except OSError:
            continue
        for file in files:
            name = file.name.removeprefix(PREFIX)
            if (
                file.name.startswith(PREFIX)
                and name
                and name not in seen
                and file.is_file()
                and os.access(file, os.X_OK)
            ):
                seen.add(name)
                yield name, file


def find_program(env: Mapping[str, str], name: str) -> Path | None:
    """The program `influxctl-NAME`."""
    if not name or "/" in name or name.startswith("-"):
        return None
    return next((path for each, path in programs(env) if each == name), None)


def _command_place(words: Sequence[str]) -> int | None:
    """Where the command word stands, behind global options."""
    at = 0
    while at < len(words):
        word = words[at]
        if not word.startswith("-"):
            return at
        bare = word.partition("=")[0]
        if bare not in _SINGLE and bare not in _VALUED:
            return None
        at += 2 if bare in _VALUED and "=" not in word else 1
    return None


def _aliases(ctx: Context) -> dict[str, str]:
    from influxctl.config.files import read_profiles
    from influxctl.config.paths import profiles_file

    return read_profiles(profiles_file(ctx.env)).aliases


def _filled(name: str, text: str, given: Sequence[str]) -> list[str]:
    """The words of an alias: `$1` and the like replaced, `$@` by all arguments; those without a place come last."""
    words: list[str] = []
    used: set[int] = set()
    whole = False
    for word in shlex.split(text):
        if word == "$@":
            words += given
            whole = True
            continue
        for digit in _PLACE.findall(word):
            number = int(digit) if digit != "@" else 0
            if number > len(given):
                raise UsageError(
                    f"the alias {name!r} needs {number} argument{'s' * (number != 1)}", hint=f"it stands for: {text}"
                )
            used.add(number)
        words.append(_PLACE.sub(lambda match: given[int(match[1]) - 1] if match[1] not in "@0" else match[0], word))
    rest = [] if whole else [word for number, word in enumerate(given, 1) if number not in used]
    return [*words, *rest]


def _become(ctx: Context, program: Path, before: Sequence[str], after: Sequence[str]) -> None:
    if before:
        raise UsageError(f"options go behind the name: influxctl {program.name.removeprefix(PREFIX)} …")
    ctx.stdout.flush()
    try:
        os.execve(program, [str(program), *after], {**os.environ, **ctx.env})
    except OSError as error:
        raise NotFound(f"cannot run {str(program)!r}: {error.strerror}", hint="is its first line right?") from None
