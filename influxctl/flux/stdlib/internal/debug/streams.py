"""internal/debug: streams passed on, options and nulls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from influxctl.core.columns import Block
from influxctl.core.errors import Invalid, NotFound
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls
from influxctl.flux.tables import Stream
from influxctl.flux.values import BASIC_TYPES, TypedNull, Value


def _same(blocks: Iterable[Block]) -> Iterable[Block]:
    return blocks


@builtin("internal/debug", "pass")
@no_nulls
def pass_(tables: Stream) -> Stream:
    """The stream as it is."""
    return tables.then("debug.pass", _same)


@builtin("internal/debug", "opaque")
@no_nulls
def opaque(tables: Stream) -> Stream:
    """The stream as it is, behind an operation that no rule knows."""
    return tables.then("debug.opaque", _same)


@builtin("internal/debug", "slurp")
@no_nulls
def slurp(tables: Stream) -> Stream:
    """The stream gathered, then given on."""
    return tables.then("debug.slurp", list)


@builtin("internal/debug", "sink")
@no_nulls
def sink(tables: Stream) -> Stream:
    """Reads the stream to its end and gives no table."""

    def transform(blocks: Iterable[Block]) -> Iterator[Block]:
        for _ in blocks:
            pass
        return iter(())

    return tables.then("debug.sink", transform)


@builtin("internal/debug", "getOption")
@no_nulls
def get_option(ctx: Any, pkg: str, name: str) -> Value:
    """The value of an option of a package."""
    return ctx.packages.load(pkg).member(name)


@builtin("internal/debug", "feature")
@no_nulls
def feature(key: str) -> Value:
    """There are no feature flags here: `NotFound` for every key."""
    raise NotFound(f"feature flag {key} is not known")


@builtin("internal/debug", "null")
@no_nulls
def null(type: str = "") -> TypedNull | None:
    """Null of a basic type."""
    if type and type not in BASIC_TYPES:
        raise Invalid(f'"{type}" is not a basic type')
    return TypedNull(type) if type else None
