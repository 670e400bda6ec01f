"""Scripts in the form in which the server stores what it wrote or changed itself."""

from __future__ import annotations

from influxctl.core.errors import Invalid
from influxctl.flux import ast
from influxctl.flux.parser import parse
from influxctl.flux.printer import print_stored


def parsed(script: str) -> ast.File:
    """The tree of a script; `Invalid` with the first places that are wrong."""
    file = parse(script)
    if file.errors:
        raise Invalid("; ".join(str(error) for error in file.errors[:3]))
    return file


def canonical(script: str, *, generated: bool = False) -> str:
    """The script as the reference would store it; `generated` tells that the server wrote all of it."""
    return print_stored(parsed(script), generated=generated)


def with_task_option(script: str, option: str) -> str:
    """A script with this option `task` instead of its own, in front of it or behind its imports; one that is no Flux with it in front."""
    file = parse(script)
    if file.errors or not (file.imports or _own_option(file)):
        return f"{option}\n{script}"
    own = _own_option(file)
    if own is not None:
        script = (script[: own.location.at] + script[own.location.until :]).strip()
        file = parse(script)
    at = max((each.location.until for each in file.imports), default=0)
    return f"{script[:at]}\n\n{option}\n{script[at:]}".lstrip()


def _own_option(file: ast.File) -> ast.OptionStatement | None:
    options = (statement for statement in file.body if isinstance(statement, ast.OptionStatement))
    return next((option for option in options if _is_task(option.assignment)), None)


def _is_task(assignment: ast.Node) -> bool:
    return isinstance(assignment, ast.VariableAssignment) and assignment.id.name == "task"


def quoted(text: str) -> str:
    """A string literal of Flux with this value."""
    for mark, escape in (("\\", "\\\\"), ('"', '\\"'), ("${", "\\${"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(mark, escape)
    return f'"{text}"'
