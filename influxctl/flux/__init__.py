"""Flux: the language. `run` executes a script against a `World`; importing this package alone imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from influxctl.flux import ast
    from influxctl.flux.run import Result
    from influxctl.flux.world import World


def run(
    script: str | ast.Package, world: World, *, now: int | None = None, extern: ast.File | None = None
) -> Iterator[Result]:
    """The results of a script, in the order in which it yields them (see `flux.run.run`)."""
    from influxctl.flux.run import run as execute

    return execute(script, world, now=now, extern=extern)


__all__ = ["run"]
