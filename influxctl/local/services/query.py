"""Queries in Flux: the request's forms (text, AST, extern, params, now, dialect) and the run over the caller's data."""

from __future__ import annotations

import itertools
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.times import now_ns
from influxctl.local.services.deadline import deadline
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Doc

if TYPE_CHECKING:
    from influxctl.core.csvblocks import Dialect
    from influxctl.flux import ast
    from influxctl.flux.world import World
    from influxctl.local.services import Services

MAX_SCRIPT = 4 << 20  # characters
_USUAL = """from(bucket: "b") |> range(start: -1h) |> filter(fn: (r) => r._measurement == "m")
    |> aggregateWindow(every: 1m, fn: mean) |> map(fn: (r) => ({r with _value: r._value}))"""
_BAD = "failed to decode request body: "


@dataclass(frozen=True)
class Question:
    """A query as asked: a script as text or as AST, and what goes with it."""

    script: str | ast.Package
    dialect: Dialect
    now: int | None = None
    extern: ast.File | None = None


@dataclass
class Query:
    """The language behind /api/v2/query."""

    services: Services

    def org_of(self, org: str | None, org_id: str | None) -> Doc:
        """The organization of a query; every failure is a 400 here."""
        try:
            return self.services.write.org_of(org, org_id)
        except InfluxctlError as error:
            raise Invalid(f"{_BAD}{error.message}") from None

    def question(self, fields: Doc) -> Question:
        """The query in a JSON body that has been checked for types."""
        from influxctl.core.csvblocks import Dialect
        from influxctl.core.times import parse_time

        type = fields.get("type") or "flux"
        if type != "flux":
            raise Invalid(f"{_BAD}unknown query type: {type}")
        text: str = fields.get("query", "")
        if not text and not fields.get("ast"):
            raise Invalid(f"{_BAD}request body requires either query or AST")
        if len(text) > MAX_SCRIPT:
            raise Invalid(f"{_BAD}the script is longer than {MAX_SCRIPT} characters")
        script: str | ast.Package = text or _package(fields["ast"])
        now = parse_time(fields["now"]) if fields.get("now") else None
        extern, params = fields.get("extern"), fields.get("params")
        if extern is not None and params:
            raise Invalid(f"{_BAD}extern and params cannot be used together")
        dialect = Dialect.from_json(fields.get("dialect"))
        return Question(
            script, dialect, now, _params(params) if params else None if extern is None else _extern(extern)
        )

    def plain_question(self, script: str) -> Question:
        """The query in a body that is the script itself."""
        return self.question({"query": script})

    def run(
        self, actor: Actor, org: Doc, question: Question, alive: Callable[[], bool] | None = None
    ) -> Iterator[bytes]:
        """The answer as CSV. What goes wrong before the first byte is raised now, what goes wrong later ends the CSV.

        `alive` tells whether somebody still waits for the answer; the run ends soon after it says no.
        """
        from influxctl.core.csvblocks import write_results
        from influxctl.flux.run import run

        world = self.world(actor, org, alive)
        results = run(
            question.script, world, now=question.now if question.now is not None else now_ns(), extern=question.extern
        )
        pieces = write_results(results, question.dialect)
        first = next(pieces, b"")
        return itertools.chain((first,), self._rest(pieces, question.dialect))

    @staticmethod
    def _rest(pieces: Iterator[bytes], dialect: Dialect) -> Iterator[bytes]:
        """The pieces after the first. A fault of ours there must not cut the answer off without a word: it ends as errors do."""
        from influxctl.core.csvblocks import error_table

        try:
            yield from pieces
        except Exception:
            sys.stderr.write(f"a query failed in the middle of its answer:\n{traceback.format_exc()}")
            yield error_table("an internal error has occurred; the log of the server has the details", dialect)

    def world(self, actor: Actor, org: Doc, alive: Callable[[], bool] | None = None) -> World:
        """All that a script of this caller can touch."""
        from influxctl.flux.world import World
        from influxctl.local.query.bridge import Access, Secrets, Sink, Source
        from influxctl.local.query.network import Network

        services = self.services
        access = Access(actor, org, services.resources, lambda: services.points.engine, services.demo_data.joined)
        return World(
            source=Source(access),
            sink=Sink(access, lambda bucket, lines: services.write.write_points(bucket, lines, "ns")),
            secrets=Secrets(access, services.accounts),
            http=Network(),
            org_id=org["id"],
            check=deadline(services.options.query_seconds, alive),
            memory_limit=services.options.query_memory,
        )

    # Tools.

    def parse(self, script: str) -> Doc:
        """The AST of a script; `Invalid` if it has errors."""
        from influxctl.flux.analyze import syntax_tree

        return syntax_tree(script)

    def analyze(self, script: str) -> list[Doc]:
        """The syntax errors of a script. Types are not looked at, as in the reference."""
        from influxctl.flux.analyze import syntax_errors

        return syntax_errors(script)

    def suggestions(self) -> list[Doc]:
        """All functions of the prelude with the kinds of their parameters."""
        from influxctl.flux.analyze import suggestions

        return [{"name": one.name, "params": dict(one.params)} for one in suggestions()]

    def suggestion(self, name: str) -> Doc:
        """One function; `NotFound`."""
        from influxctl.flux.analyze import suggestion

        one = suggestion(name)
        return {"name": one.name, "params": dict(one.params)}


def warm() -> None:
    """Load what a usual query needs: 50 ms that the first queries, when they come together, would wait for one another."""
    from influxctl.flux import packages, stdlib
    from influxctl.flux.compiled import compiled

    for module in ("core.csvblocks", "flux.run", "local.query.bridge", "local.query.network"):
        import_module(f"influxctl.{module}")
    for path in packages.PRELUDE:
        packages.declarations(path)
        stdlib.load(path)
    compiled(_USUAL)


def _package(data: object) -> ast.Package:
    """A script given as AST: a Package, or a File alone."""
    from influxctl.flux import ast
    from influxctl.flux.astjson import from_json

    node = from_json(data, "Package")
    if isinstance(node, ast.File):
        return ast.package_of(node)
    if isinstance(node, ast.Package):
        return node
    raise Invalid(f"{_BAD}ast must be a Package or a File, not {type(node).__name__}")


def _extern(data: object) -> ast.File:
    """Declarations that come before the script."""
    from influxctl.flux import ast
    from influxctl.flux.astjson import from_json

    if not isinstance(data, dict):
        raise Invalid("compilation failed: extern must be a File")
    for name in ("imports", "body"):  # either may be null, and both must be there, as in the reference
        if name not in data:
            raise Invalid(f"compilation failed: extern json parse error: missing field `{name}`")
    node = from_json(data, "File")  # the official Python client sends no type
    if not isinstance(node, ast.File):
        raise Invalid("compilation failed: extern must be a File")
    return node


def _params(params: Doc) -> ast.File:
    """`params` as Cloud has them: a record of that name, declared before the script."""
    from influxctl.flux.parser import parse

    return parse(f"option params = {_literal(params, 0)}")


def _literal(value: Any, depth: int) -> str:
    if depth > 50:
        raise Invalid(f"{_BAD}params are nested too deep")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:f}" if abs(value) < 1e15 else f"{value:.1f}"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return f"[{', '.join(_literal(item, depth + 1) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)}: {_literal(item, depth + 1)}" for key, item in value.items()) + "}"
    raise Invalid(f"{_BAD}params cannot hold {json.dumps(value)}")


def _text(value: str) -> str:
    """A Flux string literal."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'
