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


def quoted(text: str) -> str:
    """A string literal of Flux with this value."""
    for mark, escape in (("\\", "\\\\"), ('"', '\\"'), ("${", "\\${"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(mark, escape)
    return f'"{text}"'
