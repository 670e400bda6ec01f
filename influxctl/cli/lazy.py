"""Commands and groups as Typer objects: a noun's module is imported only when its noun is used, and global options are
accepted by every command and group, before and after the command words.

The only module that touches the copy of Click inside Typer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, cast

from typer._click import Command as AnyCommand
from typer._click import Context as TyperContext
from typer._click import Parameter
from typer._click.exceptions import ClickException, NoArgsIsHelpError, UsageError
from typer._click.formatting import HelpFormatter
from typer._click.types import IntRange
from typer._types import TyperChoice as Choice
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from influxctl.cli.options import GLOBAL, GlobalOption
from influxctl.cli.tree import NOUNS, WORDS
from influxctl.core.errors import Exit, InfluxctlError

__all__ = ["AnyCommand", "Choice", "ClickException", "Command", "Group", "IntRange", "NoArgsIsHelpError", "Parameter", "Root",
           "TyperArgument", "TyperContext", "TyperOption", "UsageError", "global_options"]  # fmt: skip

HELP_NAMES = ("--help", "-h")
ALIASES = {"find": "list", "ls": "list", "remove": "delete", "rm": "delete", "show": "get", "add": "create", "new": "create",
           "set": "update"}  # fmt: skip
MORE = "'influxctl --help' explains the options of all commands: --profile, --org, --output and more."
_globals: list[TyperOption] = []


def global_options() -> list[TyperOption]:
    """The options that every command takes; made once."""
    if not _globals:
        _globals.extend(_global_option(option) for option in GLOBAL)
    return _globals


def _global_option(option: GlobalOption) -> TyperOption:
    def record(ctx: TyperContext, param: Parameter, value: object) -> object:
        if value not in (None, (), False):
            flags = cast("dict[str, object]", ctx.find_root().obj.flags)
            if option.multiple:
                flags[option.name] = [
                    *cast("list[object]", flags.get(option.name, [])),
                    *cast("Sequence[object]", value),
                ]
            else:
                flags[option.name] = value if option.value is None else option.value
        return value

    return TyperOption(
        param_decls=[f"global_{option.name}_{option.decls[0].lstrip('-').replace('-', '_')}", *option.decls],
        type=Choice(list(option.choices)) if option.choices else option.type,
        is_flag=True if option.flag else None,
        default=None,
        multiple=option.multiple,
        metavar=option.metavar or None,
        help=option.help,
        hidden=option.hidden,
        expose_value=False,
        callback=record,
    )


def _with_globals(own: list[Parameter]) -> list[Parameter]:
    """A command's own parameters and the global options, which give way where a spelling is taken."""
    taken = {spelling for param in own for spelling in (*param.opts, *param.secondary_opts)}
    merged = list(own)
    for option in global_options():
        if taken.isdisjoint(option.opts):
            merged.append(option)
        elif free := [spelling for spelling in option.opts if spelling not in taken]:
            merged.append(_shortened(option, free))
    return merged


def _shortened(option: TyperOption, spellings: list[str]) -> TyperOption:
    from copy import copy

    twin = copy(option)
    twin.opts = spellings
    return twin


def _help_names(params: Sequence[Parameter]) -> list[str]:
    """The spellings of the help option that no other option takes, in a fixed order."""
    taken = {spelling for param in params for spelling in (*param.opts, *param.secondary_opts)}
    return [name for name in HELP_NAMES if name not in taken]


def _write_options(
    params: Sequence[Parameter], ctx: TyperContext, formatter: HelpFormatter, *, root: bool = False
) -> None:
    """Sections of arguments and options; the global ones for the root only."""
    known = {option.name for option in global_options()}
    sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": [], "Global options": []}
    for param in params:
        record = param.get_help_record(ctx)
        if record is None:
            continue
        if param.name in known and not root:
            continue
        section = (
            "Arguments"
            if param.param_type_name == "argument"
            else "Global options"
            if param.name in known
            else "Options"
        )
        sections[section].append(record)
    for title, records in sections.items():
        if records:
            with formatter.section(title):
                formatter.write_dl(records)
    if not root:
        formatter.write_paragraph()
        formatter.write_text(MORE)


class Command(TyperCommand):
    """A command. `operations` are the IDs of the operations it can call; `schema` is that of its body file, if it takes
    one.
    """

    def __init__(
        self, name: str | None, *, operations: Sequence[str] = (), aliases: Sequence[str] = (), **attrs: Any
    ) -> None:
        super().__init__(name, rich_markup_mode=None, **attrs)
        self.operations = tuple(operations)
        self.aliases = tuple(aliases)
        self.params = _with_globals(self.params)

    def invoke(self, ctx: TyperContext) -> Any:
        context = ctx.find_root().obj
        try:
            if context.flags.get("watch"):
                from influxctl.cli.watching import watch

                return watch(context, context.flags["watch"], self.operations, lambda: super(Command, self).invoke(ctx))
            return super().invoke(ctx)
        except KeyboardInterrupt:  # Typer would leave without a word
            raise InfluxctlError("interrupted", exit=Exit.INTERRUPTED) from None

    def get_help_option_names(self, ctx: TyperContext) -> list[str]:
        return _help_names(self.params)

    def format_options(self, ctx: TyperContext, formatter: HelpFormatter) -> None:
        _write_options(self.get_params(ctx), ctx, formatter)


class Group(TyperGroup):
    """A group of commands that knows aliases and, without a command, explains itself on stderr with exit code 2."""

    def __init__(
        self, *, aliases: Sequence[str] = (), bare: Mapping[str, tuple[str, str]] | None = None, **attrs: Any
    ) -> None:
        """`bare`: under this spelling of the group, the command that is meant without a command word, alone and with arguments."""
        super().__init__(rich_markup_mode=None, no_args_is_help=True, **attrs)
        self.aliases = tuple(aliases)
        self.bare = dict(bare or {})
        self.params = _with_globals(self.params)

    def get_command(self, ctx: TyperContext, cmd_name: str) -> AnyCommand | None:
        found = self.commands.get(cmd_name)
        if found is None:
            found = next((c for c in self.commands.values() if cmd_name in getattr(c, "aliases", ())), None)
        return found or self.commands.get(ALIASES.get(cmd_name, ""))

    def parse_args(self, ctx: TyperContext, args: list[str]) -> list[str]:
        meant = self.bare.get(ctx.info_name or "")
        words = [arg for arg in args if not arg.startswith("-") or arg == "-"]
        if meant and not set(HELP_NAMES) & set(args) and not any(self.get_command(ctx, word) for word in words):
            args = [meant[bool(words)], *args]
        return super().parse_args(ctx, args)

    def get_help_option_names(self, ctx: TyperContext) -> list[str]:
        return _help_names(self.params)

    def format_options(self, ctx: TyperContext, formatter: HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        formatter.write_paragraph()
        formatter.write_text(MORE)


class Root(TyperGroup):
    """The program itself: nouns from `cli.tree`, each loaded when it is asked for."""

    def __init__(self, name: str, **attrs: Any) -> None:
        super().__init__(name=name, rich_markup_mode=None, no_args_is_help=True, **attrs)
        self.params = _with_globals([])
        self.commands = cast("dict[str, AnyCommand]", dict.fromkeys(WORDS))  # for suggestions after a typo

    def list_commands(self, ctx: TyperContext) -> list[str]:
        return [noun.name for noun in NOUNS if noun.section]

    def get_command(self, ctx: TyperContext, cmd_name: str) -> AnyCommand | None:
        noun = WORDS.get(cmd_name)
        return load(noun.name) if noun else None

    def get_help_option_names(self, ctx: TyperContext) -> list[str]:
        return _help_names(self.params)

    def format_options(self, ctx: TyperContext, formatter: HelpFormatter) -> None:
        for section in dict.fromkeys(noun.section for noun in NOUNS if noun.section):
            with formatter.section(section):
                formatter.write_dl([(noun.name, noun.help) for noun in NOUNS if noun.section == section])
        _write_options(self.get_params(ctx), ctx, formatter, root=True)


def load(name: str) -> AnyCommand:
    """The command or group behind a noun or alias."""
    noun = WORDS[name]
    module = import_module(f"influxctl.cli.groups.{noun.module}")
    found = getattr(module, noun.attribute) if noun.attribute else getattr(module, "group", None) or module.command
    build: Callable[[], AnyCommand] | None = getattr(found, "build", None)
    return build() if build is not None else cast(AnyCommand, found)
