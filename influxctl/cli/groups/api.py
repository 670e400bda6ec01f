"""`influxctl api`: any operation, by its ID or by method and path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.core.errors import NotFound, UsageError
from influxctl.output.columns import Column

if TYPE_CHECKING:
    from influxctl.contract.model import Operation

COLUMNS = (Column("ID", "id"), Column("Method", "method"), Column("Path", "path"), Column("Tag", "tag"))
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


def api(
    ctx: Context,
    operation: Annotated[
        str | None, Argument(metavar="OPERATION", help="Operation ID, or a method followed by a path.")
    ] = None,
    words: Annotated[
        list[str] | None, Argument(metavar="[PATH] [NAME=VALUE]...", help="The path after a method; path parameters.")
    ] = None,
    query: Annotated[list[str] | None, Option("--query", "-q", metavar="NAME=VALUE", help="A query parameter.")] = None,
    field: Annotated[
        list[str] | None,
        Option(
            "--field",
            "-F",
            metavar="NAME=VALUE",
            help="A property of the body: JSON, or else text; a.b for inner ones.",
        ),
    ] = None,
    file: Annotated[str | None, Option("--file", "-f", metavar="FILE", help="The body; - is standard input.")] = None,
    header: Annotated[list[str] | None, Option("--header", "-H", metavar="NAME:VALUE", help="A header.")] = None,
    paginate: Annotated[bool, Option("--paginate", help="Follow all pages and print one list.")] = False,
    include: Annotated[bool, Option("--include", help="Print the status and headers on stderr.")] = False,
    show_list: Annotated[bool, Option("--list", help="List all operations.")] = False,
    skeleton: Annotated[bool, Option("--skeleton", help="Print an example of the body and stop.")] = False,
    describe: Annotated[bool, Option("--describe", help="Say what the operation takes and answers, and stop.")] = False,
) -> None:
    """Call any operation: 'api GetBucketsID bucketID=ID', or 'api GET /api/v2/buckets -q limit=5'."""
    from influxctl.contract.operations import OPERATIONS

    if show_list:
        rows = [
            {"id": o.id, "method": o.method, "path": o.path, "tag": o.tags[0] if o.tags else ""}
            for o in OPERATIONS.values()
        ]
        ctx.show(rows, COLUMNS)
        return
    if not operation:
        raise UsageError("which operation?", hint="'influxctl api --list' shows all")
    if describe:
        _describe(ctx, operation, list(words or ()))
        return
    found, path, more = _find(operation, list(words or ()))
    if skeleton:
        from influxctl.cli.bodies import skeleton_text

        ctx.stdout.write(skeleton_text(found.body.schema if found.body else "", ctx.format))
        return
    pairs = more | _pairs(query or (), "-q")
    if paginate:
        from influxctl.client.paging import pages

        ctx.show(pages(ctx.client, found.id, pairs, path=path), _columns())
        return
    json, body = _body(ctx, found, field, file)
    headers = dict(_header(text) for text in header or ())
    streamed = found.id == "PostQuery"
    answer = ctx.call(found.id, path=path, query=pairs, json=json, body=body, headers=headers, stream=streamed)
    if include:
        ctx.note("\n".join([f"HTTP {answer.status}", *(f"{name}: {value}" for name, value in answer.headers.items())]))
    _print(ctx, answer)


def _describe(ctx: Context, word: str, words: list[str]) -> None:
    """The operation from the contract: method, path, parameters, body, answers."""
    from influxctl.contract.operations import OPERATIONS

    known = OPERATIONS.get(word)
    operation = known if known is not None and not words else _find(word, words)[0]
    rows = [
        {
            "part": param.where,
            "name": param.name,
            "type": "|".join(param.enum) or param.type,
            "required": param.required,
        }
        for param in operation.params
    ]
    if operation.body:
        kind = operation.body.schema or ", ".join(operation.body.media)
        rows.append({"part": "body", "name": "", "type": kind, "required": operation.body.required})
    rows += [
        {"part": "answer", "name": a.status, "type": a.schema or ", ".join(a.media), "required": None}
        for a in operation.answers
    ]
    if ctx.format in ("table", "csv"):
        ctx.note(f"{operation.id}: {operation.method} {operation.path} ({operation.contract})")
        headings = (
            Column("Part", "part"),
            Column("Name", "name"),
            Column("Type", "type"),
            Column("Required", "required"),
        )
        ctx.show(rows, headings)
    else:
        ctx.show({"id": operation.id, "method": operation.method, "path": operation.path, "parts": rows}, ())


def _find(word: str, words: list[str]) -> tuple[Operation, dict[str, str], dict[str, object]]:
    """The operation, its path parameters, and the query that stood in a path."""
    from influxctl.contract.operations import OPERATIONS

    if word.upper() in METHODS and words:
        address = words.pop(0)
        if words:
            raise UsageError(f"{words[0]!r} is too much", hint="query parameters go with -q, the body with -F or -f")
        return _by_path(word.upper(), address)
    names = {name.lower(): name for name in OPERATIONS}
    if word.lower() not in names:
        from difflib import get_close_matches

        near = [names[hit] for hit in get_close_matches(word.lower(), names, 3)]
        hint = f"did you mean {' or '.join(near)}?" if near else "'influxctl api --list' shows all"
        raise NotFound(f"no operation is called {word!r}", hint=hint)
    operation = OPERATIONS[names[word.lower()]]
    path: dict[str, str] = {}
    free = [param.name for param in operation.path_params]
    for text in words:
        name, equals, value = text.partition("=")
        if not equals:
            name, value = (free[0] if free else ""), text
        if name not in free:
            raise UsageError(
                f"{operation.id} has no path parameter {name or text!r}", hint="query parameters go with -q"
            )
        free.remove(name)
        path[name] = value
    if free:
        raise UsageError(f"{operation.id} needs {', '.join(free)}", hint=f"influxctl api {operation.id} {free[0]}=…")
    return operation, path, {}


def _by_path(method: str, address: str) -> tuple[Operation, dict[str, str], dict[str, object]]:
    from urllib.parse import parse_qs, unquote, urlsplit

    from influxctl.contract.operations import OPERATIONS

    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise UsageError(f"{address!r} is not a path: {error}", hint="write it like /api/v2/buckets") from None
    for candidate in (parts.path, "/api/v2" + parts.path):
        plain = candidate.rstrip("/") or "/"
        for operation in sorted(OPERATIONS.values(), key=lambda o: o.path.count("{")):
            if operation.method != method:
                continue
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(operation.path.rstrip("/") or "/"))
            if match := re.fullmatch(pattern, plain):
                query: dict[str, object] = dict(parse_qs(parts.query, keep_blank_values=True))
                return operation, {name: unquote(value) for name, value in match.groupdict().items()}, query
    raise NotFound(f"no operation is {method} {parts.path}", hint="'influxctl api --list' shows all")


def _pairs(texts: list[str] | tuple[str, ...], option: str) -> dict[str, object]:
    pairs: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"{option} {text!r} is not of the form name=value")
        known = pairs.get(name)
        pairs[name] = value if known is None else [*known, value] if isinstance(known, list) else [known, value]
    return pairs


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise UsageError(f"-H {text!r} is not of the form name:value")
    return name.strip(), value.strip()


def _body(
    ctx: Context, operation: Operation, fields: list[str] | None, file: str | None
) -> tuple[object, bytes | None]:
    """(JSON, bytes): one of them at most."""
    if fields and file:
        raise UsageError("-F and -f exclude one another")
    if fields:
        return _object(fields), None
    if file is None:
        return None, None
    media = operation.body.media if operation.body else ()
    if media and any("json" in name for name in media) and not file.endswith((".flux", ".gz")):
        from influxctl.cli.bodies import read_any

        return read_any(ctx, file), None
    if file == "-":
        return None, ctx.stdin.buffer.read()
    try:
        with open(file, "rb") as stream:
            return None, stream.read()
    except OSError as error:
        raise UsageError(f"cannot read {file!r}: {error.strerror}") from None


def _object(fields: list[str]) -> dict[str, Any]:
    import json

    whole: dict[str, Any] = {}
    for name, text in _pairs(fields, "-F").items():
        *parents, last = name.split(".")
        place = whole
        for part in parents:
            place = place.setdefault(part, {})
        try:
            place[last] = json.loads(str(text)) if isinstance(text, str) else text
        except ValueError:
            place[last] = text
    return whole


def _columns() -> tuple[Column, ...]:
    return (Column("ID", "id"), Column("Name", "name"))


def _print(ctx: Context, answer: Any) -> None:
    """JSON indented, or shaped by --output, --fields and --select; anything else byte for byte."""
    import json

    if "json" in answer.media:
        value = answer.json()
        if ctx.flags.get("output") or ctx.flags.get("fields") or ctx.flags.get("select"):
            from influxctl.client.paging import items_of

            items = items_of(value)
            tabular = ctx.format in ("table", "csv", "jsonl") or ctx.flags.get("fields")
            ctx.show(items if items and tabular and not ctx.flags.get("select") else value, _columns())
        else:
            ctx.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
        return
    binary = getattr(ctx.stdout, "buffer", None)
    for chunk in answer.iter_bytes():
        if binary is None:
            ctx.stdout.write(chunk.decode("utf-8", "replace"))
        else:
            binary.write(chunk)


command = command_of(api, "api", [])
