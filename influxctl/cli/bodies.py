"""Bodies of requests: read from JSON or YAML files or standard input, and printed as examples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from influxctl.core.errors import UsageError

if TYPE_CHECKING:
    from influxctl.cli.context import Context


def read_text(ctx: Context, path: str) -> str:
    """The text of a file, `-` being standard input; `UsageError` if it cannot be read."""
    if path == "-":
        return ctx.stdin.read()
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"cannot read {path!r}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path!r} is not UTF-8 text: byte {error.start} cannot be read") from None


def read_any(ctx: Context, path: str) -> Any:
    """A JSON or YAML document; `UsageError` with line and column if it is neither."""
    return parse_any(read_text(ctx, path), path)


def parse_any(text: str, path: str) -> Any:
    """The JSON or YAML document in a text that came from `path`."""
    where = "standard input" if path == "-" else repr(path)
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError as error:
            json_error = error
        if path.endswith(".json"):
            raise UsageError(f"{where} is not JSON: {json_error}")
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise UsageError(f"{where} is neither JSON nor YAML: {problem}{place}") from None


def read_body(ctx: Context, path: str | None) -> dict[str, Any]:
    """The object in a file, empty without a file."""
    return {} if path is None else parse_body(read_text(ctx, path), path)


def parse_body(text: str, path: str) -> dict[str, Any]:
    """The object in a text that came from `path`."""
    body = parse_any(text, path)
    if not isinstance(body, dict):
        raise UsageError(f"{path!r} holds {type(body).__name__}, and an object is needed", hint="--skeleton prints one")
    return body


def skeleton_text(schema: str, format: str) -> str:
    """An example body of a schema: JSON when that is asked for, else YAML."""
    if not schema:
        raise UsageError("this command has no schema to print an example of")
    from influxctl.contract.schemas import skeleton

    example = skeleton(schema)
    if format in ("json", "jsonl"):
        return json.dumps(example, indent=2, ensure_ascii=False) + "\n"
    import yaml

    return yaml.safe_dump(example, sort_keys=False, allow_unicode=True)
