"""Flux typed piece by piece: what is remembered between the pieces, and how a piece becomes a script that runs.

Imports, options and assignments stay; an expression runs with all of them before it. A value that is no table is shown through
`display`. The lines of what was typed keep their columns, so that errors can point at them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from influxctl.flux import ast
from influxctl.flux.errors import FluxErrors
from influxctl.flux.parser import parse

_UNFINISHED = "got EOF"  # what the parser says when the text ends too early
_QUOTE = re.compile(r'(?<!\\)"')
_CONTINUED = ("|>", "=", "(", "{", "[", ",", "+", "-", "*", " and", " or", "=>")


@dataclass(frozen=True, slots=True)
class Piece:
    """A script to run, and how many of its lines stand before what was typed. `runs`: it has a result."""

    script: str
    before: int
    runs: bool
    text: str  # what a line that begins with a pipe goes on with, if this one ran well


@dataclass(slots=True)
class Program:
    """What a session has defined."""

    imports: dict[str, str] = field(default_factory=dict)  # name to text
    definitions: dict[str, str] = field(default_factory=dict)
    last: str = ""  # the last text that ran well

    def add(self, text: str) -> Piece:
        """What was typed as a script; its imports and definitions are remembered. `FluxErrors` if it does not parse.

        A text that begins with a pipe goes on with the last one.
        """
        if text.lstrip().startswith("|>") and self.last:
            text = f"{self.last}\n{text}"
        file = parse(text)
        if file.errors:
            raise FluxErrors(file.errors, "")
        lines = text.encode().split(b"\n")
        for one in file.imports:
            name = one.as_.name if one.as_ else one.path.value.rpartition("/")[2]
            self.imports[name] = _cut(lines, one)
        remembered = {_name(one): _cut(lines, one, erase=False) for one in file.body if _name(one)}
        results = [one for one in file.body if isinstance(one, ast.ExpressionStatement)]
        before = [*self.imports.values(), *(text for name, text in self.definitions.items() if name not in remembered)]
        body = b"\n".join(lines).decode()
        self.definitions |= remembered
        if results:
            body = self._shown(body, file, before)
        head = "\n".join(before)
        return Piece(f"{head}\n{body}" if head else body, head.count("\n") + 1 if head else 0, bool(results), text)

    def _shown(self, body: str, file: ast.File, before: list[str]) -> str:
        """The body, its only expression wrapped when that is a value and no stream of tables."""
        from influxctl.flux.infer import types_of
        from influxctl.flux.typetext import signature

        *others, last = file.body
        if not isinstance(last, ast.ExpressionStatement) or any(
            isinstance(one, ast.ExpressionStatement) for one in others
        ):
            return body
        lines = body.encode().split(b"\n")
        expression = _cut(lines, last)
        rest = b"\n".join(lines).decode().rstrip()
        found, errors = types_of(parse("\n".join([*before, rest, f"it__ = {expression}"])))
        kind = signature(found["it__"]) if "it__" in found and not errors else ""
        if not kind or kind.startswith("stream[") or kind in ("A", "{}") or "=>" in kind:
            return body
        if 'import "array"' not in before:
            self.imports["array"] = 'import "array"'
            before.insert(0, 'import "array"')
        shown = f"array.from(rows: [{{value: display(v: {expression})}}])"
        return f"{rest}\n{shown}" if rest else shown

    def forget(self) -> None:
        """Begin anew."""
        self.imports.clear()
        self.definitions.clear()
        self.last = ""


def _name(statement: ast.Statement) -> str:
    """What a statement defines; empty for one that defines nothing."""
    if isinstance(statement, ast.VariableAssignment):
        return statement.id.name
    if isinstance(statement, ast.OptionStatement):
        target = statement.assignment
        return (
            f"option {target.id.name}"
            if isinstance(target, ast.VariableAssignment)
            else f"option {target.member.location.source}"
        )
    return ""


def _cut(lines: list[bytes], node: ast.Node, *, erase: bool = True) -> str:
    """The text of a node; blanks take its place in the lines, so that what is behind it keeps its columns."""
    (line, column), (end_line, end_column) = node.location.start, node.location.end
    taken = []
    for number in range(line - 1, end_line):
        begin = column - 1 if number == line - 1 else 0
        end = end_column - 1 if number == end_line - 1 else len(lines[number])
        taken.append(lines[number][begin:end])
        if erase:
            lines[number] = lines[number][:begin] + b" " * (end - begin) + lines[number][end:]
    return b"\n".join(taken).decode()


def is_complete(text: str) -> bool:
    """Whether Enter may end the input: it parses, and it is no `from(…)` that still waits for its range."""
    if not text.strip():
        return True
    if text.rstrip().endswith(_CONTINUED) or len(_QUOTE.findall(text)) % 2:
        return False
    file = parse(text)
    if any(_UNFINISHED in error.message for error in file.errors):
        return False
    last = file.body[-1] if file.body and not file.errors else None
    if isinstance(last, ast.ExpressionStatement) and isinstance(last.expression, ast.CallExpression):
        callee = last.expression.callee
        return not (isinstance(callee, ast.Identifier) and callee.name == "from")
    return True
