"""Test cases written in Flux: the `testcase` blocks of users' own files, run without a server.

A case passes when everything it gives is empty: `testing.diff` and its kin give a row for every difference. It fails on a row and on an
error. What stands outside the blocks of a file (imports, options, functions) is there for each case anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from influxctl.core.columns import Block
from influxctl.core.errors import InfluxctlError
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
    for script in scripts:
        file = parse(script.text, script.name)
        if file.errors:
            yield Outcome(script.name, "", str(FluxErrors(file.errors)))
            continue
        for statement in file.body:
            if isinstance(statement, ast.TestCaseStatement) and (not wanted or statement.id.name in wanted):
                yield _run(script.name, file, statement, given)


def _run(name: str, file: ast.File, case: ast.TestCaseStatement, tags: set[str]) -> Outcome:
    """One case: the file without its cases, and then the block's statements."""
    title = case.id.name
    if case.extends is not None:
        return Outcome(name, title, f'extending "{case.extends.value}" is not supported: put the case in the same file')
    outside = [s for s in file.body if not isinstance(s, ast.TestCaseStatement)]
    program = replace(file, body=[*outside, *case.block.body])
    try:
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
