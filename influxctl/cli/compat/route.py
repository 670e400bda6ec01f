"""From arguments to a command: finds the words, wherever flags stand among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from influxctl.cli.compat import table
from influxctl.cli.compat.flags import FlagError, looks_like_flag, split
from influxctl.cli.compat.table.model import Command, Node


class Route(NamedTuple):
    """Where the words lead (`node`, None for the program itself) and the arguments that are left, flags included."""

    node: Node | None
    rest: list[str]
    help: bool = False
    refused: str | None = None  # why the first flag cannot be taken
    wrong: str | None = None  # the first word that is no command


def find(args: Sequence[str]) -> Route:
    """The command that `args` name. Flags before a word go with the command; influx itself would refuse them."""
    node: Node | None = None
    before: list[str] = []
    rest = list(args)
    while rest:
        arg = rest[0]
        if node is not None and not node.children:
            break
        if arg == "--" and (node is None or node.command is None):
            rest.pop(0)
            continue
        if not looks_like_flag(arg):
            child = _child(node, arg)
            if child is None:
                if node is not None and node.command is not None:
                    break
                return Route(node, before, wrong=arg)
            node = child
            rest.pop(0)
            continue
        taken = _flag(node, rest)
        if taken is None:
            if node is not None and node.command is not None:
                break
            return Route(node, before + rest, help=arg.lstrip("-") in ("h", "help"), refused=_refusal(arg))
        before += rest[:taken]
        del rest[:taken]
    refused = _refusal(before[0]) if before and (node is None or node.command is None) else None
    return Route(node, before + rest, refused=refused)


def _refusal(arg: str) -> str:
    try:
        return f"flag provided but not defined: -{split(arg)[0]}"
    except FlagError as error:
        return str(error)


def _child(node: Node | None, word: str) -> Node | None:
    if node is not None:
        return node.child(word)
    entry = table.group(word)
    return table.tree(entry) if entry else None


def _flag(node: Node | None, rest: Sequence[str]) -> int | None:
    """How many arguments the flag at the start takes; None if no command below has it.

    Where commands differ (`-f` of `setup` takes none, others a file) the words behind it decide.
    """
    try:
        name, has_value, _ = split(rest[0])
    except FlagError:
        return None
    takes = _takes(node, name)
    if not takes:
        return None
    if has_value or len(rest) == 1 or takes == {False}:
        return 1
    if takes == {True}:
        return 2
    words = node.words.split() if node is not None else []
    for taken in (2, 1):
        there = find([*words, *rest[taken:]]).node
        if there is not None and there.command is not None and (taken == 2) in _takes_own(there.command, name):
            return taken
    return None


def _takes(node: Node | None, name: str) -> set[bool]:
    """Whether a flag takes a value, as the node itself says, else as the commands below it do."""
    if node is not None and node.command is not None and (own := _takes_own(node.command, name)):
        return own
    nodes = [node] if node is not None else [table.tree(entry) for entry in table.GROUPS]
    return {value for top in nodes for command in top.below() for value in _takes_own(command, name)}


def _takes_own(command: Command, name: str) -> set[bool]:
    return {flag.takes_value for flag in command.all_flags if name in flag.names}
