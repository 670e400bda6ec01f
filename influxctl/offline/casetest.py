"""Test cases written in Flux: the `testcase` blocks of users' own files, run without a server.

A case passes when everything it gives is empty: `testing.diff` and its kin give a row for every difference. It fails on a row and on an
error. What stands outside the blocks of a file (imports, options, functions) is there for each case anew. A case that extends another
takes over what stands outside it too, and its statements where `super()` is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from influxctl.core.columns import Block
from influxctl.core.errors import InfluxctlError, Invalid, NotFound
from influxctl.core.times import format_time
from influxctl.flux import ast
from influxctl.flux.errors import FluxErrors
from influxctl.flux.infer import check
from influxctl.flux.interpreter import Run
from influxctl.flux.parser import parse
from influxctl.flux.plan import Plan
from influxctl.flux.run import results_of
from influxctl.flux.values import display
from influxctl.flux.world import World
from influxctl.offline.fluxtools import Script

_DEPTH = 20  # cases that extend each other
_SHOWN = 10  # rows of a difference that are shown


@dataclass(frozen=True)
class Outcome:
    """What became of a case: `passed`, or `problem` with the rows that should not be there."""

    file: str
    name: str
    problem: str = ""
    rows: list[str] = field(default_factory=list)
    skipped: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.problem and not self.skipped

    def to_json(self) -> dict[str, object]:
        """The outcome as a row of output."""
        state = "skipped" if self.skipped else "passed" if self.passed else "failed"
        return {"file": self.file, "name": self.name, "state": state, "problem": self.problem, "rows": self.rows}


def run_cases(scripts: Iterable[Script], names: Iterable[str] = (), tags: Iterable[str] = ()) -> Iterator[Outcome]:
    """The outcome of every case, in the order of files and cases.

    `names`: only these cases. `tags`: a case whose option `testing.tags` names others runs only if they are all among these.
    """
    wanted, given = set(names), set(tags)
    files = [(script.name, parse(script.text, script.name)) for script in scripts]
    library = _Library(files)
    for name, file in files:
        if file.errors:
            yield Outcome(name, "", str(FluxErrors(file.errors)))
            continue
        for case in _cases(file):
            if not wanted or case.id.name in wanted:
                yield _run(name, file, case, given, library)


def _cases(file: ast.File) -> list[ast.TestCaseStatement]:
    return [s for s in file.body if isinstance(s, ast.TestCaseStatement)]


class _Library:
    """The cases that others may extend: those of the files at hand, and of files found beside them."""

    def __init__(self, files: Iterable[tuple[str, ast.File]]) -> None:
        self.files = dict(files)

    def find(self, reference: str, near: str) -> tuple[str, ast.File, ast.TestCaseStatement]:
        """The case that `path/file.case` names, seen from the file `near`; `NotFound` if there is none.

        The path begins with the name of a set of files, or at a folder: as much of its end as possible has to agree.
        """
        path, _, name = reference.rpartition(".")
        wanted = path.split("/")
        found = max(self.files, key=lambda file: _agreement(file, wanted), default="")
        if not found or not _agreement(found, wanted):
            found = self._on_disk(wanted, near)
        for case in _cases(self.files[found]) if found else []:
            if case.id.name == name:
                return found, self.files[found], case
        raise NotFound(f'there is no case "{reference}" to extend')

    def _on_disk(self, wanted: list[str], near: str) -> str:
        for folder in Path(near).absolute().parents:
            for parts in (wanted, wanted[1:]):
                path = folder.joinpath(*parts[:-1], f"{parts[-1]}.flux") if parts else folder
                if path.is_file():
                    self.files[str(path)] = parse(path.read_text("utf-8"), str(path))
                    return str(path)
        return ""


def _agreement(file: str, wanted: list[str]) -> int:
    """How many parts at the end of a path are those that are wanted."""
    have = [*Path(file).parts[:-1], Path(file).stem]
    count = 0
    for a, b in zip(reversed(have), reversed(wanted), strict=False):
        if a != b:
            break
        count += 1
    return count


def _program(name: str, file: ast.File, case: ast.TestCaseStatement, library: _Library) -> ast.File:
    """The script of a case: what stands outside the cases of its file, and then the block's statements."""
    files, body = [file], case.block.body
    while case.extends is not None:
        if len(files) > _DEPTH:
            raise Invalid(f'the case "{case.extends.value}" extends itself')
        name, other, case = library.find(case.extends.value, name)
        if other.errors:
            raise FluxErrors(other.errors)
        files.append(other)
        inherited = case.block.body
        body = [s for statement in body for s in (inherited if _is_super(statement) else [statement])]
    files = list({id(f): f for f in files}.values())
    imports = {(i.path.value, i.as_.name if i.as_ else ""): i for f in reversed(files) for i in f.imports}
    outside = [s for f in files for s in f.body if not isinstance(s, ast.TestCaseStatement)]
    return replace(file, imports=list(imports.values()), body=[*outside, *body])


def _is_super(statement: ast.Statement) -> bool:
    """Whether a statement is `super()`."""
    call = statement.expression if isinstance(statement, ast.ExpressionStatement) else None
    return (
        isinstance(call, ast.CallExpression) and isinstance(call.callee, ast.Identifier) and call.callee.name == "super"
    )


def _run(name: str, file: ast.File, case: ast.TestCaseStatement, tags: set[str], library: _Library) -> Outcome:
    title = case.id.name
    try:
        program = _program(name, file, case, library)
        errors = check(ast.package_of(program))
        if errors:
            raise FluxErrors(errors)
        run = Run(World())
        run.execute(program)
        if not _tags(run) <= tags:
            return Outcome(name, title, skipped=True)
        outputs = results_of(run.outputs)
        plan = Plan([stream for _, stream in outputs])
        rows = [row for stream in plan.roots for block in plan.run(stream) for row in _rows(block)]
    except (FluxErrors, InfluxctlError) as error:
        return Outcome(name, title, str(error))
    if not outputs:
        return Outcome(name, title, "the case gives no stream: let it end in testing.diff or the like")
    more = [f"… and {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else []
    problem = f"{len(rows)} row{'s' * (len(rows) != 1)} that should not be there" if rows else ""
    return Outcome(name, title, problem, rows[:_SHOWN] + more)


def _tags(run: Run) -> set[str]:
    return set(run.packages.set_options("testing").get("tags") or ())


def _rows(block: Block) -> Iterator[str]:
    """The rows of a block as text, the mark of a difference in front."""
    kinds = {c.label: c.type for c in block.columns}
    for key, frame in block.iter_tables():
        for row in frame.iter_rows(named=True):
            cells = {**key, **row}
            mark = cells.pop("_diff", "")
            shown = (
                f"{k}: {format_time(v) if kinds[k] == 'time' and v is not None else display(v)}"
                for k, v in cells.items()
            )
            yield f"{mark or ' '} {', '.join(shown)}"
