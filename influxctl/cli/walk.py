"""The whole command tree, for generators and tests: every command with its words, help and parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from influxctl.cli.lazy import AnyCommand, Command, Group, Parameter, TyperContext, global_options, load
from influxctl.cli.tree import NOUNS


@dataclass(frozen=True, slots=True)
class Node:
    """A command or group. `words` are those after `influxctl`; `params` are its own, without the global ones."""

    words: tuple[str, ...]
    command: AnyCommand
    params: tuple[Parameter, ...]
    aliases: tuple[str, ...]

    @property
    def is_group(self) -> bool:
        """Whether it only holds commands."""
        return isinstance(self.command, Group)

    @property
    def help(self) -> str:
        """Its help text, whole."""
        return self.command.help or ""

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that it can call."""
        return self.command.operations if isinstance(self.command, Command) else ()

    def context(self) -> TyperContext:
        """A context to ask the command for its usage and help."""
        parent = TyperContext(self.command, info_name=" ".join(("influxctl", *self.words[:-1])))
        return TyperContext(self.command, info_name=self.words[-1], parent=parent)


def walk() -> Iterator[Node]:
    """Every command and group, parents first, in the order of the help texts."""
    for noun in NOUNS:
        if not noun.section:
            continue
        yield from _below(load(noun.name), (noun.name,), noun.aliases)


def _below(command: AnyCommand, words: tuple[str, ...], aliases: tuple[str, ...]) -> Iterator[Node]:
    known = {option.name for option in global_options()}
    params = tuple(p for p in command.params if p.name not in known and p.name != "help")
    yield Node(words, command, params, aliases)
    if isinstance(command, Group):
        for name, inner in command.commands.items():
            yield from _below(inner, (*words, name), tuple(getattr(inner, "aliases", ())))
