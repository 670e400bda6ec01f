"""Findings in scripts that run and still are not what their author wants: unused names, missing range, slow and deprecated forms.

A finding has the name of its rule, a place, what is wrong, and what to write instead. A comment `// lint:ignore` (or `// lint:ignore
rule`) at the end of the line, or on a line of its own before it, silences it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from influxctl.flux import ast, library
from influxctl.flux.deprecated import DEPRECATED
from influxctl.flux.source import SourceLocation

_READS = frozenset({"from"})
_SERIES_COLUMNS = frozenset({"_measurement", "_field"})
_RESHAPING = frozenset({"pivot", "schema.fieldsAsCols", "v1.fieldsAsCols"})
_PLAIN_REGEX = re.compile(r"\^([\w \-/:.@,;=]*)\$\Z")
_IGNORE = re.compile(r"//\s*lint:ignore(?:\s+([\w-]+))?")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: the rule's name, the place, what is wrong, and what would be better ("" if that is clear)."""

    rule: str
    location: SourceLocation
    message: str
    better: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a pipeline: the name of what is called, and the call."""

    name: str
    call: ast.CallExpression

    def argument(self, name: str) -> ast.Expression | None:
        """The argument of this name."""
        for arguments in self.call.arguments:
            for item in arguments.properties:
                if isinstance(item.key, ast.Identifier) and item.key.name == name:
                    return item.value
        return None


def lint(file: ast.File) -> list[Finding]:
    """All findings of a file that parsed without errors, in the order of their places."""
    script = _Script(file)
    findings = [finding for rule in RULES for finding in rule(script)]
    places = {(f.rule, f.location.start): f for f in findings if not script.ignores(f)}
    return [places[key] for key in sorted(places, key=lambda key: (key[1], key[0]))]


class _Script:
    """A file with what several rules want to know of it."""

    def __init__(self, file: ast.File) -> None:
        self.file = file
        self.nodes = list(ast.walk(file))
        self.imports = {_import_name(i): i for i in file.imports}
        self.assigned = {s.id.name: s for s in file.body if isinstance(s, ast.VariableAssignment)}
        self.pipelines = list(self._pipelines())
        self._ignored: dict[int, str] = {}
        for comment in file.all_comments:
            if match := _IGNORE.match(comment.text):
                place = file.location.origin.position(comment.offset)
                before = file.location.origin.between(comment.offset - place.column + 1, comment.offset)
                self._ignored[place.line if before.strip() else place.line + 1] = match[1] or ""

    def ignores(self, finding: Finding) -> bool:
        """Whether a comment silences the finding."""
        return self._ignored.get(finding.location.start.line) in ("", finding.rule)

    def path(self, node: ast.Expression) -> str:
        """`name` or `package path.name` of what is called, the package by its import path."""
        if isinstance(node, ast.Identifier):
            return node.name
        if isinstance(node, ast.MemberExpression) and isinstance(node.object, ast.Identifier):
            declaration = self.imports.get(node.object.name)
            if declaration is not None:
                return f"{declaration.path.value}.{_key(node.property)}"
        return ""

    def steps(self, node: ast.Expression) -> list[Step]:
        """The links of a pipeline, the first one first; a variable at its head is followed to its pipeline."""
        calls: list[ast.CallExpression] = []
        seen: set[str] = set()
        while True:
            if isinstance(node, ast.PipeExpression):
                calls.append(node.call)
                node = node.argument
            elif isinstance(node, ast.ParenExpression):
                node = node.expression
            elif isinstance(node, ast.Identifier) and node.name in self.assigned and node.name not in seen:
                seen.add(node.name)
                node = self.assigned[node.name].init
            else:
                break
        if isinstance(node, ast.CallExpression):
            calls.append(node)
        return [Step(self.path(call.callee), call) for call in reversed(calls)]

    def _pipelines(self) -> Iterator[tuple[ast.Expression, list[Step]]]:
        """Every pipeline that is not part of a longer one, with its links."""
        inner = {n.argument for n in self.nodes if isinstance(n, ast.PipeExpression)}
        inner |= {n.call for n in self.nodes if isinstance(n, ast.PipeExpression)}
        for node in self.nodes:
            if isinstance(node, ast.PipeExpression | ast.CallExpression) and node not in inner:
                yield node, self.steps(node)


def _import_name(declaration: ast.ImportDeclaration) -> str:
    return declaration.as_.name if declaration.as_ else declaration.path.value.rsplit("/", 1)[-1]


def _key(key: ast.Identifier | ast.StringLiteral) -> str:
    return key.name if isinstance(key, ast.Identifier) else key.value


# ---------------------------------------------------------------- rules


def unused_names(script: _Script) -> Iterator[Finding]:
    """Imports and variables that nothing uses. Names that begin with _ are meant to be unused."""
    used = {n.name for n in _uses(script.nodes)}
    for name, declaration in script.imports.items():
        if name not in used and name != "_":
            yield Finding("unused-import", declaration.location, f'"{declaration.path.value}" is imported and not used')
    if script.file.package is not None and script.file.package.name.name != "main":
        return  # a library: others use its names
    for name, statement in script.assigned.items():
        if name not in used and not name.startswith("_"):
            yield Finding("unused-variable", statement.id.location, f"{name} is assigned and not used")


def _uses(nodes: list[ast.Node]) -> Iterator[ast.Identifier]:
    """Identifiers that stand for their value."""
    names: set[ast.Node] = set()
    for node in nodes:
        if isinstance(node, ast.VariableAssignment):
            names.add(node.id)
        elif isinstance(node, ast.MemberExpression):
            names.add(node.property)
        elif isinstance(node, ast.Property) and node.value is not None:
            names.add(node.key)
        elif isinstance(node, ast.FunctionExpression):
            names.update(p.key for p in node.params)
        elif isinstance(node, ast.ImportDeclaration) and node.as_ is not None:
            names.add(node.as_)
        elif isinstance(node, ast.PackageClause | ast.BuiltinStatement | ast.TestCaseStatement):
            names.add(node.name if isinstance(node, ast.PackageClause) else node.id)
    for node in nodes:
        if isinstance(node, ast.Identifier) and node not in names:
            yield node


def missing_range(script: _Script) -> Iterator[Finding]:
    """A result that reads a bucket without a time range: the server refuses it."""
    results = {s.expression for s in script.file.body if isinstance(s, ast.ExpressionStatement)}
    for node, steps in script.pipelines:
        if node not in results or not steps or steps[0].name not in _READS:
            continue
        if not any(step.name in ("range", "experimental.range") for step in steps):
            yield Finding(
                "missing-range",
                steps[0].call.location,
                "from() is read without a time range",
                "add |> range(start: -1h) right after from()",
            )


def unbounded_range(script: _Script) -> Iterator[Finding]:
    """A range from the beginning of time."""
    for node in script.nodes:
        if not isinstance(node, ast.CallExpression) or script.path(node.callee) != "range":
            continue
        start = Step("range", node).argument("start")
        if isinstance(start, ast.IntegerLiteral) and start.value == 0:
            message = "range(start: 0) reads everything the bucket holds"
            yield Finding("unbounded-range", start.location, message, "name the oldest time that matters")


def late_filters(script: _Script) -> Iterator[Finding]:
    """Filters on measurement, field or tags that stand behind a pivot, where they cannot be pushed down to storage."""
    for _, steps in script.pipelines:
        if not steps or steps[0].name not in _READS:
            continue
        pivot = ""
        for step in steps:
            if step.name.removeprefix("influxdata/influxdb/") in _RESHAPING:
                pivot = step.name.rsplit("/", 1)[-1]
            elif pivot and step.name == "filter" and _columns(step.argument("fn")) & _SERIES_COLUMNS:
                message = f"this filter on series stands after {pivot}(), which has read them all by then"
                yield Finding("filter-after-pivot", step.call.location, message, f"move it in front of {pivot}()")


def _columns(fn: ast.Expression | None) -> set[str]:
    """The columns that a row function reads."""
    if not isinstance(fn, ast.FunctionExpression):
        return set()
    found = set()
    for node in ast.walk(fn.body):
        if isinstance(node, ast.MemberExpression) and isinstance(node.object, ast.Identifier):
            found.add(_key(node.property))
    return found


def deprecated_names(script: _Script) -> Iterator[Finding]:
    """Functions and packages that others have taken the place of."""
    for declaration in script.file.imports:
        path = declaration.path.value
        if path in DEPRECATED:
            message = f'package "{path}" is deprecated'
            yield Finding("deprecated", declaration.path.location, message, f"use {DEPRECATED[path]}")
    for node in script.nodes:
        if isinstance(node, ast.MemberExpression):
            name = script.path(node)
            if name in DEPRECATED:
                yield Finding("deprecated", node.location, f"{name} is deprecated", f"use {DEPRECATED[name]}")


def plain_regexps(script: _Script) -> Iterator[Finding]:
    """Regular expressions that a comparison could replace."""
    for node in script.nodes:
        if not isinstance(node, ast.BinaryExpression) or node.operator not in ("=~", "!~"):
            continue
        match = _PLAIN_REGEX.match(node.right.value) if isinstance(node.right, ast.RegexpLiteral) else None
        if match and "." not in match[1]:
            sign = "==" if node.operator == "=~" else "!="
            better = f'{node.left.location.source} {sign} "{match[1]}"'
            yield Finding(
                "plain-regexp", node.location, "this expression matches one text only; comparing is faster", better
            )


def slow_contains(script: _Script) -> Iterator[Finding]:
    """contains() in a filter: it keeps the filter from being pushed down to storage."""
    for _, steps in script.pipelines:
        for step in steps:
            fn = step.argument("fn") if step.name == "filter" else None
            for node in ast.walk(fn) if fn is not None else ():
                if isinstance(node, ast.CallExpression) and script.path(node.callee) == "contains":
                    better = 'write r.tag == "a" or r.tag == "b", or a regular expression'
                    message = "contains() in a filter is evaluated row by row"
                    yield Finding("slow-contains", node.location, message, better)


def sorted_limit(script: _Script) -> Iterator[Finding]:
    """sort() |> limit(n: 1), which a selector answers without sorting."""
    for _, steps in script.pipelines:
        for first, second in pairwise(steps):
            count = second.argument("n")
            if first.name != "sort" or second.name != "limit" or not isinstance(count, ast.IntegerLiteral):
                continue
            desc = first.argument("desc")
            descending = isinstance(desc, ast.Identifier) and desc.name == "true"
            columns = first.argument("columns")
            names = (
                [e.value for e in columns.elements if isinstance(e, ast.StringLiteral)]
                if isinstance(columns, ast.ArrayExpression)
                else ["_value"]
            )
            if count.value == 1 and len(names) == 1:
                if names == ["_time"]:
                    better = "last()" if descending else "first()"
                else:
                    column = "" if names == ["_value"] else f'column: "{names[0]}"'
                    better = f"{'max' if descending else 'min'}({column})"
                yield Finding("sort-limit", first.call.location, "the whole table is sorted to keep one row", better)


def split_windows(script: _Script) -> Iterator[Finding]:
    """window() |> aggregate |> duplicate() |> window(every: inf), the long form of aggregateWindow()."""
    for _, steps in script.pipelines:
        names = [step.name for step in steps]
        for number, step in enumerate(steps):
            if (
                step.name == "window"
                and "duplicate" in names[number + 1 : number + 3]
                and "window" in names[number + 2 : number + 4]
            ):
                better = f"aggregateWindow(every: …, fn: {names[number + 1]})"
                yield Finding("long-window", step.call.location, "this is the long form of aggregateWindow()", better)


def hidden_builtins(script: _Script) -> Iterator[Finding]:
    """Variables that hide a function of the language."""
    for name, statement in script.assigned.items():
        if library.prelude_type(name) is not None:
            yield Finding("hidden-builtin", statement.id.location, f"this {name} hides the function of that name")


def joins_by_name(script: _Script) -> Iterator[Finding]:
    """The join() of the prelude, which holds both sides in memory."""
    for node in script.nodes:
        if isinstance(node, ast.CallExpression) and script.path(node.callee) == "join":
            better = 'import "join" and use join.inner(), join.left() …; for fields of one series use pivot()'
            yield Finding("slow-join", node.callee.location, "join() holds both sides in memory", better)


RULES: tuple[Callable[[_Script], Iterator[Finding]], ...] = (
    unused_names,
    missing_range,
    unbounded_range,
    late_filters,
    deprecated_names,
    plain_regexps,
    slow_contains,
    sorted_limit,
    split_windows,
    hidden_builtins,
    joins_by_name,
)
