"""Running a script: parse, check, evaluate, plan, and hand out the results one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid
from influxctl.flux import ast
from influxctl.flux.compiled import checked, compiled
from influxctl.flux.interpreter import Run
from influxctl.flux.parser import parse
from influxctl.flux.plan import Plan
from influxctl.flux.profiles import RESULT, Profile
from influxctl.flux.tables import Stream
from influxctl.flux.world import World

NO_RESULT = (
    "error in query specification while starting program: this Flux script returns no streaming data. "
    'Consider adding a "yield" or invoking streaming functions directly, without performing an assignment'
)


@dataclass(frozen=True)
class Result:
    """A result of a script: its name and its tables."""

    name: str
    blocks: Iterator[Block]


def run(
    script: str | ast.Package, world: World, *, now: int | None = None, extern: ast.File | None = None
) -> Iterator[Result]:
    """The results of a script in the order in which it yields them.

    Everything up to the first table happens before this returns: `FluxErrors` for text and types, `Invalid` and others for what fails
    in evaluation or planning. Errors in tables come while blocks are read.
    """
    began = time.perf_counter_ns()
    if isinstance(script, str) and extern is None:
        files = [compiled(script)]
    else:
        files = list(script.files) if isinstance(script, ast.Package) else [parse(script)]
        files = [extern, *files] if extern is not None else files
        checked(*files)
    execution = Run(world, now)
    for file in files:
        execution.execute(file)
    outputs = results_of(execution.outputs)
    if not outputs:
        raise Invalid(NO_RESULT)
    profile = _profile(execution)
    planned = time.perf_counter_ns()
    plan = Plan([stream for _, stream in outputs])
    names = [name for name, _ in outputs]
    if profile is not None:
        plan.profile = profile
        profile.compile_ns, profile.plan_ns = planned - began, time.perf_counter_ns() - planned
        return _profiled(plan, names, profile)
    return (Result(name, plan.run(stream)) for name, stream in zip(names, plan.roots, strict=True))


def _profile(execution: Run) -> Profile | None:
    """What measures the run, if the script asks for it by the option `profiler.enabledProfilers`."""
    wanted = execution.packages.set_options("profiler").get("enabledProfilers") or ()
    profile = Profile([name for name in wanted if name])
    return profile if profile.wanted else None


def _profiled(plan: Plan, names: Sequence[str], profile: Profile) -> Iterator[Result]:
    """The results, and behind them that of the profilers."""
    for name, stream in zip(names, plan.roots, strict=True):
        yield Result(name, profile.timed(plan.run(stream)))
    yield Result(RESULT, profile.blocks(plan.roots))


def results_of(outputs: Sequence[Stream]) -> list[tuple[str, Stream]]:
    """The results that the streams of a script's statements make: every yield among their ancestors, and themselves."""
    found: list[tuple[str, Stream]] = []
    seen: set[int] = set()
    taken: set[str] = set()
    for output in outputs:
        for stream in _yields(output, seen):
            name = stream.args["name"]
            if name in taken:
                raise Invalid(
                    "error in building plan while starting program: "
                    f'found more than one call to yield() with the name "{name}"'
                )
            taken.add(name)
            found.append((name, stream))
        if output.kind != "yield":
            name = f"{output.args['side_effect']}{output.number - 1}" if "side_effect" in output.args else "_result"
            if name in taken and id(output) not in seen:
                raise Invalid(
                    f'failed to initialize execute state: tried to produce more than one result with the name "{name}"'
                )
            if id(output) not in seen:
                taken.add(name)
                found.append((name, output))
            seen.add(id(output))
    return found


def _yields(output: Stream, seen: set[int]) -> list[Stream]:
    """The yield operations at and above a stream that were not met yet, those above first."""
    found: list[Stream] = []
    visited: set[int] = set()
    stack = [output]
    while stack:
        stream = stack.pop()
        if id(stream) in visited:
            continue
        visited.add(id(stream))
        if stream.kind == "yield" and id(stream) not in seen:
            seen.add(id(stream))
            found.append(stream)
        stack.extend(stream.parents)
    return found[::-1]
