"""Help texts in the layout of influx: what a command or group is, how it is called, its commands and flags."""

from __future__ import annotations

from collections.abc import Iterable

from influxctl.cli.compat.flags import Flag, Value, Values
from influxctl.cli.compat.gotext import aligned, quoted
from influxctl.cli.compat.table import GROUPS
from influxctl.cli.compat.table.model import Command, Node

HELP = "--help, -h\tshow help"
HINT = 'HINT: If you are looking for the InfluxQL shell from 1.x, run "influx v1 shell"'


def root() -> str:
    """The help of the program itself."""
    commands = [(", ".join((entry.name, *entry.aliases)), entry.about) for entry in GROUPS]
    commands.append(("help, h", "Shows a list of commands or help for one command"))
    lines = ["NAME:", "   influx - Influx Client", "", "USAGE:", "   influx [command]", "", HINT, "", "COMMANDS:"]
    lines += [f"   {names}\t{about}" for names, about in commands]
    return _columns([*lines, "", "GLOBAL OPTIONS:", f"   {HELP}", ""])


def of(node: Node, values: Values | None = None) -> str:
    """The help of a node of the tree; flags that may be given often show what they hold (`values`) as their default."""
    if node.children:
        return _group(node, values)
    assert node.command is not None
    return _command(node.command, values)


def _group(node: Node, values: Values | None) -> str:
    about = node.command.about if node.command else node.about
    lines = ["NAME:", f"   influx {node.words} - {about}", "", "USAGE:"]
    lines += [f"   influx {node.words} command [command options] [arguments...]", ""]
    if node.command and node.command.description:
        lines += ["DESCRIPTION:", f"   {node.command.description}", ""]
    lines.append("COMMANDS:")
    for child in node.children:
        about = child.command.about if child.command else child.about
        lines.append(f"   {', '.join((child.word, *child.aliases))}\t{about}")
    lines += ["", "OPTIONS:"]
    lines += _flags(node.command.all_flags if node.command else (), values)
    return _columns([*lines, f"   {HELP}", "   ", ""])


def _command(command: Command, values: Values | None) -> str:
    # a command that stands alone is called without the program's name, with a blank in its place
    name = f"influx {command.words}" if " " in command.words else f" {command.words}"
    lines = ["NAME:", f"   {name} - {command.about}", "", "USAGE:", f"   {name} [command options] {command.takes}", ""]
    if command.description:
        lines += ["DESCRIPTION:", f"   {command.description}", ""]
    if command.shared:
        lines += ["COMMON OPTIONS:", *_flags(command.shared, values), "   "]
    lines += ["OPTIONS:", *_flags(command.flags, values), "   ", ""]
    return _columns(lines)


def _flags(flags: Iterable[Flag], values: Values | None) -> list[str]:
    return [_flag(flag, values) for flag in flags if not flag.hidden]


def _flag(flag: Flag, values: Values | None) -> str:
    value = " value" if flag.takes_value else ""
    names = ", ".join(f"{'--' if len(name) > 1 else '-'}{name}{value}" for name in flag.names)
    default = _default(flag, values.values.get(flag.name) if values else None)
    env = f" [${flag.env}]" if flag.env else ""
    return f"   {names}\t{flag.usage}{f' (default: {default})' if default else ''}{env}"


def _default(flag: Flag, held: Value | None) -> str:
    if flag.shown is not None:
        return flag.shown
    if flag.kind == "number":
        return str(flag.default)
    if flag.kind == "many" and isinstance(held, list) and held:
        return ", ".join(quoted(item) for item in held)
    return quoted(str(flag.default)) if flag.kind == "text" and flag.default else ""


def _columns(lines: list[str]) -> str:
    return aligned("\n".join(lines), minimum=1, tab=8, padding=2, fill=" ")
