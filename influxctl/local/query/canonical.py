"""Scripts in the form in which the server stores what it wrote or changed itself."""

from __future__ import annotations

import itertools

from influxctl.core.errors import Invalid
from influxctl.flux import ast
from influxctl.flux.parser import parse
from influxctl.flux.printer import print_file


def parsed(script: str) -> ast.File:
    """The tree of a script; `Invalid` with the first places that are wrong."""
    file = parse(script)
    if file.errors:
        raise Invalid("; ".join(str(error) for error in file.errors[:3]))
    return file


def canonical(script: str) -> str:
    """The script as the formatter prints it, statements of different kinds an empty line apart, as in the reference."""
    parts = list(_statements(parsed(script)))
    out, done = [], 0
    for before, after in itertools.pairwise(parts):
        end, start = before.location.until, after.location.at
        out.append(script[done:end])
        gap = script[end:start]
        if type(before) is not type(after) and gap.count("\n") < 2:
            out.append("\n" * (2 - gap.count("\n")))
        done = end
    return print_file(parsed("".join([*out, script[done:]])))


def _statements(file: ast.File) -> list[ast.Node]:
    package: list[ast.Node] = [] if file.package is None else [file.package]
    return [*package, *file.imports, *file.body]


def quoted(text: str) -> str:
    """A string literal of Flux with this value."""
    for mark, escape in (("\\", "\\\\"), ('"', '\\"'), ("${", "\\${"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(mark, escape)
    return f'"{text}"'
