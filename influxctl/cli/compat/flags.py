"""Flags as Go programs read them: what a flag is, and a command line parsed into values by the rules of Go's flag package.

`-name`, `--name`, `-name=value` and `--name value` are one; a value may begin with a dash; switches take a value only after `=`;
`--` ends the flags. Unlike influx, flags may also follow the arguments. A flag that is not given takes its variable, else its
default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from influxctl.cli.compat.gotext import quoted

Kind = Literal["text", "switch", "number", "many"]
Value = str | bool | int | list[str]

TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_INT64 = 1 << 63


class FlagError(Exception):
    """The command line cannot be parsed; the message is Go's."""


class Flag(NamedTuple):
    """One flag: its names (the first is the one it is known by), its help, and what it takes.

    `check` looks at a text and raises `ValueError` with the words of the refusal. `shown` is the default in the help text when
    that is not the default as it is.
    """

    names: tuple[str, ...]
    usage: str = ""
    kind: Kind = "text"
    env: str = ""
    default: str | int = ""
    required: bool = False
    hidden: bool = False
    check: Callable[[str], object] | None = None
    shown: str | None = None

    @property
    def name(self) -> str:
        """The name it is known by."""
        return self.names[0]

    @property
    def takes_value(self) -> bool:
        """Whether the next argument belongs to it."""
        return self.kind != "switch"


def text(
    names: str,
    usage: str = "",
    *,
    env: str = "",
    default: str = "",
    required: bool = False,
    hidden: bool = False,
    check: Callable[[str], object] | None = None,
    shown: str | None = None,
) -> Flag:
    """A flag with a text."""
    return Flag(tuple(names.split()), usage, "text", env, default, required, hidden, check, shown)


def switch(names: str, usage: str = "", *, env: str = "", hidden: bool = False) -> Flag:
    """A flag that is given or not."""
    return Flag(tuple(names.split()), usage, "switch", env, hidden=hidden)


def number(names: str, usage: str = "", *, default: int = 0, env: str = "", required: bool = False) -> Flag:
    """A flag with a whole number."""
    return Flag(tuple(names.split()), usage, "number", env, default, required)


def many(
    names: str,
    usage: str = "",
    *,
    env: str = "",
    required: bool = False,
    hidden: bool = False,
    check: Callable[[str], object] | None = None,
    shown: str | None = None,
) -> Flag:
    """A flag that may be given often; only in its variable commas separate values."""
    return Flag(tuple(names.split()), usage, "many", env, "", required, hidden, check, shown)


class Values:
    """What a command line says: values by the flag's first name, where each came from, and the other arguments."""

    __slots__ = ("arguments", "from_env", "given", "help", "values")

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.given: set[str] = set()  # on the command line
        self.from_env: set[str] = set()
        self.arguments: list[str] = []
        self.help = False

    def text(self, name: str) -> str:
        """The text of a flag, '' if it is not there."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else ""

    def switch(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.values.get(name) is True

    def number(self, name: str) -> int:
        """The number of a flag."""
        value = self.values.get(name, 0)
        return value if isinstance(value, int) else 0

    def many(self, name: str) -> list[str]:
        """All values of a flag that may be given often."""
        value = self.values.get(name)
        return value if isinstance(value, list) else []

    def is_set(self, name: str) -> bool:
        """Whether the flag or its variable was given."""
        return name in self.given or name in self.from_env


def parse(flags: Sequence[Flag], args: Sequence[str], env: Mapping[str, str], found: Values | None = None) -> Values:
    """The values of `args`; `FlagError` in Go's words, with `found` filled as far as it went. Help is known everywhere."""
    by_name = {name: flag for flag in flags for name in flag.names}
    found = Values() if found is None else found
    seen: dict[str, set[str]] = {}
    defaults(flags, env, found)
    rest = list(args)
    while rest:
        arg = rest.pop(0)
        if arg == "--":
            found.arguments += rest
            break
        if not looks_like_flag(arg):
            found.arguments.append(arg)
            continue
        name, has_value, value = split(arg)
        flag = by_name.get(name)
        if flag is None:
            if name in ("h", "help"):
                found.help = True
                continue
            raise FlagError(f"flag provided but not defined: -{name}")
        if flag.kind == "switch":
            found.values[flag.name] = _switch(name, value) if has_value else True
        else:
            if not has_value:
                if not rest:
                    raise FlagError(f"flag needs an argument: -{name}")
                value = rest.pop(0)
            _store(flag, name, value, found)
        found.given.add(flag.name)
        seen.setdefault(flag.name, set()).add(name)
    for flag in flags:
        used = [name for name in flag.names if name in seen.get(flag.name, ())]
        if len(used) > 1:
            raise FlagError(f"Cannot use two forms of the same flag: {used[1]} {used[0]}")
    return found


def looks_like_flag(arg: str) -> bool:
    """Whether an argument is read as a flag: it begins with a dash and is not the dash alone."""
    return len(arg) > 1 and arg[0] == "-" and arg != "--"


def split(arg: str) -> tuple[str, bool, str]:
    """A flag's name, whether a value stands with it, and that value."""
    name = arg[2:] if arg.startswith("--") else arg[1:]
    if not name or name[0] in "-=":
        raise FlagError(f"bad flag syntax: {arg}")
    name, equals, value = name.partition("=")
    return name, bool(equals), value


def missing(flags: Sequence[Flag], found: Values) -> list[str]:
    """The names of required flags that were not given."""
    return [flag.name for flag in flags if flag.required and not found.is_set(flag.name)]


def defaults(flags: Sequence[Flag], env: Mapping[str, str], found: Values) -> None:
    """Fills in what variables and defaults say."""
    for flag in flags:
        if flag.kind == "switch":
            found.values[flag.name] = False
        elif flag.kind == "many":
            found.values[flag.name] = []
        else:
            found.values[flag.name] = flag.default
        if flag.env not in env:
            continue
        value = env[flag.env]
        if flag.kind == "text" and flag.check is None:
            found.values[flag.name] = value
        elif value:
            _from_variable(flag, value, found)
        found.from_env.add(flag.name)


def _from_variable(flag: Flag, value: str, found: Values) -> None:
    """The value of a variable; refusals name Go's function where that is what failed."""
    kinds = {"switch": ("bool value", "ParseBool"), "number": ("int value", "ParseInt")}
    what, function = kinds.get(flag.kind, ("value", ""))
    try:
        if flag.kind == "switch":
            found.values[flag.name] = boolean(value)
        elif flag.kind == "number":
            found.values[flag.name] = integer(value)
        elif flag.kind == "many":
            found.values[flag.name] = [part.strip() for part in value.split(",")]
        else:
            if flag.check is not None:
                flag.check(value)
            found.values[flag.name] = value
    except ValueError as error:
        reason = str(error).replace("parse error", "invalid syntax")
        if function:
            reason = f"strconv.{function}: parsing {quoted(value)}: {reason}"
        raise FlagError(f"could not parse {quoted(value)} as {what} for flag {flag.name}: {reason}") from None


def _switch(name: str, value: str) -> bool:
    try:
        return boolean(value)
    except ValueError as error:
        raise FlagError(f"invalid boolean value {quoted(value)} for -{name}: {error}") from None


def _store(flag: Flag, name: str, value: str, found: Values) -> None:
    try:
        if flag.kind == "number":
            found.values[flag.name] = integer(value)
            return
        if flag.check is not None:
            flag.check(value)
        if flag.kind == "many":
            old = found.many(flag.name) if flag.name in found.given else []
            found.values[flag.name] = [*old, value]
        else:
            found.values[flag.name] = value
    except ValueError as error:
        raise FlagError(f"invalid value {quoted(value)} for flag -{name}: {error}") from None


def boolean(value: str) -> bool:
    """A truth value as Go spells it."""
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ValueError("parse error")


def integer(value: str) -> int:
    """A whole number as Go reads it: signs, and the prefixes 0x, 0o, 0b and 0."""
    sign = value[:1] if value[:1] in ("+", "-") else ""
    digits = value[len(sign) :]
    try:
        if not digits or digits[0] in "+-_ " or digits != digits.strip():
            raise ValueError
        old_octal = len(digits) > 1 and digits[0] == "0" and (digits[1].isdigit() or digits[1] == "_")
        number = int(digits.replace("_", "", 1) if old_octal else digits, 8 if old_octal else 0)
    except ValueError:
        raise ValueError("parse error") from None
    number = -number if sign == "-" else number
    if not -_INT64 <= number < _INT64:
        raise ValueError("value out of range")
    return number
