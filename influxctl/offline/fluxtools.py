"""Tools for Flux files that need no server: format, check, lint, syntax tree, types, documentation of functions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from influxctl.core.errors import NotFound
from influxctl.flux import ast, library
from influxctl.flux.astjson import package_to_json
from influxctl.flux.errors import FluxError, FluxErrors
from influxctl.flux.infer import check, types_of
from influxctl.flux.lint import lint
from influxctl.flux.parser import parse
from influxctl.flux.printer import print_file
from influxctl.flux.source import SourceLocation
from influxctl.flux.types import Function, prune
from influxctl.flux.typetext import signature


@dataclass(frozen=True)
class Script:
    """A text and the name it has for people: a path, or `<stdin>`."""

    name: str
    text: str


@dataclass(frozen=True)
class Diagnostic:
    """Something wrong or doubtful in a script. `rule` is "error" for what keeps it from running."""

    script: Script
    location: SourceLocation
    rule: str
    message: str
    better: str = ""

    def to_json(self) -> dict[str, Any]:
        """The finding as a row of output."""
        (line, column), (end_line, end_column) = self.location.start, self.location.end
        return {
            "file": self.script.name,
            "line": line,
            "column": column,
            "endLine": end_line,
            "endColumn": end_column,
            "rule": self.rule,
            "message": self.message,
            "better": self.better,
        }

    def to_text(self) -> str:
        """The finding for people: `file:line:column: rule: message`, the line, carets under the offending text, what is better."""
        line, column = self.location.start
        head = f"{self.script.name}:{line}:{column}: {self.rule}: {self.message}"
        parts = [head, *excerpt(self.script.text, self.location)]
        if self.better:
            parts.append(f"  better: {self.better}")
        return "\n".join(parts)


def scripts_of(paths: list[Path]) -> Iterator[Path]:
    """The files themselves, and the `.flux` files in folders, sorted."""
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.flux"))
        else:
            yield path


def excerpt(text: str, location: SourceLocation) -> list[str]:
    """The first line of a place and a line of carets under it. Columns count bytes, carets stand under characters."""
    line, column = location.start
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return []
    source = lines[line - 1].rstrip("\r")
    start = _character(source, column)
    end_line, end_column = location.end
    end = _character(source, end_column) if end_line == line else len(source)
    number = str(line)
    lead = re.sub(r"[^\t]", " ", source[:start])
    carets = "^" * max(1, end - start)
    return [f"  {number} | {source}", f"  {' ' * len(number)} | {lead}{carets}"]


def _character(line: str, column: int) -> int:
    """The index of the character at a column in bytes."""
    return len(line.encode()[: column - 1].decode(errors="ignore"))


def format_script(script: Script) -> str:
    """The canonical text; `FluxErrors` if the script does not parse."""
    file = parse(script.text)
    if file.errors:
        raise FluxErrors(file.errors, f"{script.name} cannot be formatted: ")
    return print_file(file)


def difference(script: Script, formatted: str) -> str:
    """A unified diff from the script to its canonical text."""
    before, after = script.text.splitlines(keepends=True), formatted.splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, script.name, f"{script.name} (formatted)"))


def errors_of(script: Script) -> list[Diagnostic]:
    """What keeps a script from running: syntax, else names and types."""
    file = parse(script.text)
    return [_diagnostic(script, error) for error in file.errors or check(file, declared=_given(file))]


def findings_of(script: Script) -> list[Diagnostic]:
    """Errors, or if there are none what the linter finds."""
    errors = errors_of(script)
    if errors:
        return errors
    return [Diagnostic(script, f.location, f.rule, f.message, f.better) for f in lint(parse(script.text))]


def _diagnostic(script: Script, error: FluxError) -> Diagnostic:
    return Diagnostic(script, error.location, "error", error.message)


def _given(file: ast.File) -> list[str]:
    """Names that a dashboard gives its queries (`v`), unless the script has them itself."""
    own = {n.id.name for n in ast.walk(file) if isinstance(n, ast.VariableAssignment)}
    return [name for name in ("v",) if name not in own]


def tree(script: Script) -> dict[str, Any]:
    """The syntax tree as the API shows it, errors included."""
    return package_to_json(ast.package_of(parse(script.text)))


def types(script: Script) -> list[dict[str, str]]:
    """Name and type of everything that the script assigns at the top; `FluxErrors` if it does not type-check."""
    file = parse(script.text)
    if file.errors:
        raise FluxErrors(file.errors, f"{script.name}: ")
    found, errors = types_of(file)
    if errors:
        raise FluxErrors(errors, f"{script.name}: ")
    return [{"name": name, "type": signature(t)} for name, t in found.items()]


# ---------------------------------------------------------------- documentation


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function: how it is given ("required", "optional", "pipe"), its type, its default as Flux text."""

    name: str
    given: str
    type: str
    default: str = ""


@dataclass(frozen=True)
class Page:
    """What is known of a function or value of the library."""

    package: str
    name: str
    type: str
    description: str
    introduced: str
    parameters: tuple[Parameter, ...]

    def to_json(self) -> dict[str, Any]:
        """The page as an object of output."""
        parameters = [{"name": p.name, "given": p.given, "type": p.type, "default": p.default} for p in self.parameters]
        facts = {"package": self.package, "name": self.name, "type": self.type, "description": self.description}
        return {**facts, "introduced": self.introduced, "parameters": parameters}

    def to_text(self) -> str:
        """The page for people."""
        home = "no import needed" if self.package in library.PRELUDE else f'import "{self.package}"'
        lines = [f"{self.name} ({home})"]
        if self.description:
            lines += ["", self.description]
        lines += ["", f"  {self.type}"]
        if self.parameters:
            lines += ["", "Parameters"]
            width = max(len(p.name) for p in self.parameters)
            for p in self.parameters:
                given = f"default {p.default}" if p.default else p.given
                lines.append(f"  {p.name:<{width}}  {p.type} ({given})")
        if self.introduced:
            lines += ["", f"Since Flux {self.introduced}"]
        return "\n".join(lines)


def documentation(name: str) -> list[Page]:
    """The pages of `name`, `package.name` or `import/path.name`; `NotFound` if nothing is called that."""
    path, _, last = name.rpartition(".")
    found = [
        _page(package, last)
        for package in library.packages()
        if library.type_text(package, last) is not None and _names_package(path, package)
    ]
    if not path:
        prelude = [page for page in found if page.package in library.PRELUDE]
        found = prelude or found
    if not found:
        names = sorted({n for p in library.packages() for n in library.declarations()[p]})
        near = difflib.get_close_matches(last, names, 2, 0.8)
        hint = f"did you mean {' or '.join(near)}?" if near else "influxctl flux doc lists the packages"
        raise NotFound(f"the library of Flux has no {name!r}", hint=hint)
    return found


def _names_package(path: str, package: str) -> bool:
    return not path or package == path or package.rsplit("/", 1)[-1] == path


def contents(package: str = "") -> list[dict[str, str]]:
    """Packages with the number of their names, or the names of one package with their types; `NotFound`."""
    if not package:
        counts = {path: len(library.declarations()[path]) for path in library.packages()}
        return [{"package": path, "names": str(count)} for path, count in counts.items()]
    paths = [path for path in library.packages() if _names_package(package, path)]
    if not paths:
        raise NotFound(f"there is no package {package!r}", hint="influxctl flux doc lists the packages")
    return [
        {"package": path, "name": name, "type": library.type_text(path, name) or ""}
        for path in paths
        for name in library.declarations()[path]
    ]


def _page(package: str, name: str) -> Page:
    t = library.member_type(package, name)
    assert t is not None
    return Page(
        package,
        name,
        library.type_text(package, name) or "",
        descriptions(package).get(name, ""),
        library.introduced(package, name),
        _parameters(package, name),
    )


def _parameters(package: str, name: str) -> tuple[Parameter, ...]:
    t = library.member_type(package, name)
    t = prune(t) if t is not None else None
    if not isinstance(t, Function):
        return ()
    defaults = library.defaults(package, name)
    found = [Parameter(t.pipe[0], "pipe", signature(t.pipe[1]))] if t.pipe else []
    found += [Parameter(n, "required", signature(p)) for n, p in t.required.items()]
    found += [Parameter(n, "optional", signature(p), defaults.get(n, "")) for n, p in t.optional.items()]
    return tuple(found)


def descriptions(package: str) -> dict[str, str]:
    """Name to description: the comment in front of a declaration in the package's `.flux` file."""
    last = package.rsplit("/", 1)[-1]
    path = resources.files("influxctl.flux").joinpath("stdlib", *package.split("/"), f"{last}.flux")
    if not path.is_file():
        return {}
    text = path.read_text("utf-8")
    found = {}
    for match in re.finditer(r"((?:^//[^\n]*\n)+)(?:builtin|option)?[ ]*(\w+)[ ]*[:=]", text, re.MULTILINE):
        lines = [line.removeprefix("//").strip() for line in match[1].splitlines()]
        words = " ".join(line for line in lines if line)
        words = words.removeprefix(f"{match[2]} ")
        found[match[2]] = words[:1].upper() + words[1:]
    return found
