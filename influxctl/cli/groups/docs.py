"""`influxctl docs`: operations and schemas of the API, from the contract, offline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.core.errors import NotFound
from influxctl.output.as_table import tabbed

if TYPE_CHECKING:
    from influxctl.contract.model import Operation

_CONTRACTS = {"cloud": "InfluxDB Cloud and OSS", "oss": "InfluxDB OSS", "v1": "version 1 of the API"}
DEPTH = 3  # how far properties inside properties are shown


def docs(
    ctx: Context,
    name: Annotated[
        str,
        Argument(metavar="NAME", help="An operation (PostBuckets), a path (/api/v2/buckets), or a schema (Bucket)."),
    ],
) -> None:
    """Explain an operation or a schema of the API, offline: parameters, body, answers, and the commands that call it."""
    operations = list(_operations(name))
    if operations:
        if ctx.format not in ("table", "csv"):
            ctx.show(
                [_as_object(each) for each in operations] if len(operations) > 1 else _as_object(operations[0]), ()
            )
            return
        ctx.stdout.write("\n".join("\n".join(_explained(each)) + "\n" for each in operations))
        return
    from influxctl.contract.schemas import schema, schema_names

    known = {each.lower(): each for each in schema_names()}
    if name.lower() not in known:
        raise NotFound(f"the API has nothing called {name!r}", hint=_suggestion(name, list(known.values())))
    if ctx.format not in ("table", "csv"):
        ctx.show(schema(known[name.lower()]), ())
        return
    ctx.stdout.write("\n".join([known[name.lower()], "", *_table(_properties(known[name.lower()]))]) + "\n")


def _operations(name: str) -> Iterator[Operation]:
    """The operation of this ID, or all of this path."""
    from influxctl.contract.operations import OPERATIONS

    wanted = name.rstrip("/").lower()
    for operation in OPERATIONS.values():
        if operation.id.lower() == wanted or (
            name.startswith("/") and operation.path.lower() in (wanted, "/api/v2" + wanted)
        ):
            yield operation


def _suggestion(name: str, schemas: list[str]) -> str:
    from difflib import get_close_matches

    from influxctl.contract.operations import OPERATIONS

    near = get_close_matches(name, [*OPERATIONS, *schemas], 3, 0.5)
    return f"did you mean {' or '.join(near)}?" if near else "'influxctl api --list' shows all operations"


def _explained(operation: Operation) -> Iterator[str]:
    """The text about an operation."""
    yield f"{operation.id}  {operation.method} {operation.path}"
    yield f"Tag {', '.join(operation.tags) or '-'}; {_CONTRACTS[operation.contract]}."
    commands = _commands(operation)
    yield ""
    yield "Commands:" if commands else "No command calls it by itself."
    yield from (f"  influxctl {words}" for words in commands)
    yield f"  influxctl api {' '.join([operation.id, *(f'{param.name}=…' for param in operation.path_params)])}"
    if operation.params:
        yield ""
        yield "Parameters:"
        yield from _table(
            [(p.name, p.where, _type(p), "required" if p.required else _default(p)) for p in operation.params]
        )
    if operation.body is not None:
        yield ""
        yield f"Body ({', '.join(operation.body.media) or 'any'}){': ' + operation.body.schema if operation.body.schema else ''}"
        if operation.body.schema:
            yield from _table(_properties(operation.body.schema))
    yield ""
    yield "Answers:"
    yield from _table([(a.status, a.schema or ", ".join(a.media) or "nothing") for a in operation.answers])


def _commands(operation: Operation) -> list[str]:
    from influxctl.cli.walk import walk

    return [" ".join(node.words) for node in walk() if operation.id in node.operations]


def _type(param: Any) -> str:
    text = " | ".join(param.enum) if param.enum else param.type
    bounds = [
        f"{sign} {bound:g}" for sign, bound in ((">=", param.minimum), ("<=", param.maximum)) if bound is not None
    ]
    return " ".join([text, *bounds])


def _default(param: Any) -> str:
    return "" if param.default is None else f"default {param.default}"


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    return [f"  {line}".rstrip() for line in tabbed([list(row) for row in rows]).expandtabs(8).splitlines()]


def _properties(name: str, depth: int = DEPTH, seen: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """(property, type, what is to be said) of a schema and of those inside it."""
    from influxctl.contract.schemas import schema

    return _rows(schema(name), "", depth, (*seen, name))


def _rows(node: dict[str, Any], prefix: str, depth: int, seen: tuple[str, ...]) -> list[tuple[str, ...]]:
    from influxctl.contract.schemas import schema

    rows: list[tuple[str, ...]] = []
    required = set(node.get("required", ()))
    for name, part in node.get("properties", {}).items():
        notes = ["required"] * (name in required) + ["read-only"] * bool(part.get("readOnly"))
        notes += [f"default {part['default']}"] if "default" in part else []
        rows.append((prefix + name, _kind(part), ", ".join(notes)))
        inner, passed = _inner(part, seen)
        if inner.get("properties") and depth > 1 and name not in ("links", "labels") and not part.get("readOnly"):
            rows += _rows(inner, f"{prefix}{name}.", depth - 1, passed)
    for part in node.get("allOf", ()):
        target = part["$ref"].rpartition("/")[2] if "$ref" in part else ""
        if target not in seen:
            rows += _rows(schema(target) if target else part, prefix, depth, (*seen, target))
    choices = [part["$ref"].rpartition("/")[2] for part in node.get("oneOf", node.get("anyOf", ())) if "$ref" in part]
    if choices:
        rows.append((f"{prefix}…", " | ".join(choices), "one of these"))
    return rows


def _inner(part: dict[str, Any], seen: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The object that a property holds, or a list of which it holds, and the schemas passed on the way; {} for one seen before."""
    from influxctl.contract.schemas import schema

    while "$ref" in part or part.get("type") == "array":
        if "$ref" in part:
            target = part["$ref"].rpartition("/")[2]
            if target in seen:
                return {}, seen
            part, seen = schema(target), (*seen, target)
        else:
            part = part.get("items", {})
    return part, seen


def _kind(part: dict[str, Any]) -> str:
    """The type of a property in a few words."""
    if "$ref" in part:
        from influxctl.contract.schemas import schema

        name = str(part["$ref"].rpartition("/")[2])
        target = schema(name)
        return _kind(target) if "enum" in target or target.get("type") == "array" else name
    if "enum" in part:
        return " | ".join(map(str, part["enum"]))
    if part.get("type") == "array":
        return f"list of {_kind(part.get('items', {}))}"
    alternatives = part.get("oneOf") or part.get("anyOf") or part.get("allOf")
    if alternatives:
        return " | ".join(_kind(each) for each in alternatives)
    return str(part.get("format") or part.get("type") or "anything")


def _as_object(operation: Operation) -> dict[str, Any]:
    body = operation.body
    return {
        "id": operation.id, "method": operation.method, "path": operation.path, "tags": list(operation.tags),
        "contract": operation.contract, "commands": _commands(operation),
        "parameters": [
            {"name": p.name, "in": p.where, "type": p.type, "required": p.required, "enum": list(p.enum)} for p in operation.params
        ],
        "body": None if body is None else {"media": list(body.media), "schema": body.schema, "required": body.required},
        "answers": [{"status": a.status, "schema": a.schema, "media": list(a.media)} for a in operation.answers],
    }  # fmt: skip


command = command_of(docs, "docs", [])
