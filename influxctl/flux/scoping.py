"""Rules about the shape of functions and blocks and about names assigned twice, which need no types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from influxctl.flux import ast
from influxctl.flux.errors import FluxError
from influxctl.flux.types import BASIC, BIT


def shape_errors(file: ast.File) -> list[FluxError]:
    """What the reference finds when it turns the tree into its semantic graph: returns, pipe parameters, labels."""
    found = [
        FluxError(s.location, "return not valid in file block") for s in file.body if isinstance(s, ast.ReturnStatement)
    ]
    allowed: set[ast.Node] = set()
    for node in ast.walk(file):
        if isinstance(node, ast.FunctionExpression):
            found += _function_errors(node, allowed)
        elif isinstance(node, ast.PipeLiteral) and node not in allowed:
            message = "a pipe literal may only be used as a default value for an argument in a function definition"
            found.append(FluxError(node.location, message))
        elif isinstance(node, ast.LabelLiteral):
            message = "Labels are currently experimental. (See the labelPolymorphism feature)"
            found.append(FluxError(node.location, message))
        elif isinstance(node, ast.NamedType) and node.name.name not in BASIC:
            found.append(FluxError(node.location, f"invalid named type {node.name.name}"))
        elif isinstance(node, ast.TypeConstraint):
            for kind in node.kinds:
                if kind.name not in BIT:
                    found.append(FluxError(kind.location, f"invalid constraint {kind.name}"))
    return found


def _function_errors(node: ast.FunctionExpression, allowed: set[ast.Node]) -> Iterator[FluxError]:
    pipes = [p.value for p in node.params if isinstance(p.value, ast.PipeLiteral)]
    allowed.update(pipes)
    for pipe in pipes[1:]:
        yield FluxError(pipe.location, "function types can have at most one pipe parameter")
    if isinstance(node.body, ast.Block):
        body = node.body.body
        if not body or not isinstance(body[-1], ast.ReturnStatement):
            last = body[-1] if body else node.body
            yield FluxError(last.location, "missing return statement in block")
        for statement in body[:-1]:
            if isinstance(statement, ast.ReturnStatement):
                yield FluxError(statement.location, "invalid return statement in function block")


def twice_assigned(file: ast.File) -> list[FluxError]:
    """Names that are assigned twice in one scope; a function's parameters belong to the scope of its block."""
    found: list[FluxError] = []
    _scope(file.body, set(), found)
    return found


def _scope(body: Sequence[ast.Statement], names: set[str], found: list[FluxError]) -> None:
    options = {
        s.assignment.id.name
        for s in body
        if isinstance(s, ast.OptionStatement) and isinstance(s.assignment, ast.VariableAssignment)
    }
    seen_options: set[str] = set()
    for statement in body:
        if isinstance(statement, ast.OptionStatement):
            if isinstance(statement.assignment, ast.VariableAssignment):
                name = statement.assignment.id.name
                if name in seen_options:
                    found.append(FluxError(statement.location, f'option "{name}" reassigned'))
                seen_options.add(name)
        elif isinstance(statement, ast.VariableAssignment):
            name = statement.id.name
            if name in options:
                message = f'variable "{name}" conflicts with option of same name'
                found.append(FluxError(statement.location, message))
            elif name in names:
                found.append(FluxError(statement.location, f'variable "{name}" reassigned'))
            names.add(name)
        elif isinstance(statement, ast.TestCaseStatement):
            _scope(statement.block.body, set(), found)
        _inner_scopes(statement, found)


def _inner_scopes(statement: ast.Statement, found: list[FluxError]) -> None:
    """The blocks of functions inside a statement; a block inside a block is met when that is checked."""
    if isinstance(statement, ast.TestCaseStatement):
        return
    stack: list[ast.Node] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionExpression) and isinstance(node.body, ast.Block):
            names = {p.key.name if isinstance(p.key, ast.Identifier) else p.key.value for p in node.params}
            _scope(node.body.body, names, found)
            stack.extend(reversed(node.params))
            continue
        stack.extend(reversed(list(ast.children(node))))
