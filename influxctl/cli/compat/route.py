"""From arguments to a command: finds the words, wherever flags stand among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from influxctl.cli.compat import table
from influxctl.cli.compat.flags import FlagError, looks_like_flag, split
from influxctl.cli.compat.table.model import Node


@dataclass
class Route:
    """Where the words lead (`node`, None for the program itself) and the arguments that are left, flags included."""

    node: Node | None
    rest: list[str]
    help: bool = False
    unknown: str | None = None  # the first flag that nothing here knows
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
            name = split(arg)[0]
            return Route(node, before + rest, help=name in ("h", "help"), unknown=name)
        before += rest[:taken]
        del rest[:taken]
    unknown = split(before[0])[0] if before and (node is None or node.command is None) else None
    return Route(node, before + rest, unknown=unknown)


def _child(node: Node | None, word: str) -> Node | None:
    if node is not None:
        return node.child(word)
    entry = table.group(word)
    return table.tree(entry) if entry else None


def _flag(node: Node | None, rest: Sequence[str]) -> int | None:
    """How many arguments the flag at the start takes; None if no command below has it, or if they do not agree."""
    try:
        name, has_value, _ = split(rest[0])
    except FlagError:
        return None
    nodes = [node] if node is not None else [table.tree(entry) for entry in table.GROUPS]
    flags = [flag for top in nodes for command in top.below() for flag in command.all_flags if name in flag.names]
    own = node.command.all_flags if node is not None and node.command is not None else ()
    mine = [flag for flag in own if name in flag.names]
    takes = {flag.takes_value for flag in mine or flags}
    if len(takes) != 1:
        return None
    return 2 if takes.pop() and not has_value and len(rest) > 1 else 1
