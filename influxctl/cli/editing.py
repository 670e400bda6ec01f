"""`edit`: a resource as YAML in the user's editor, and what was changed there sent to the server."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influxctl.cli.bodies import parse_body
from influxctl.cli.context import Previewed
from influxctl.contract.operations import OPERATIONS
from influxctl.core.errors import InfluxctlError, Invalid, UsageError

if TYPE_CHECKING:
    from influxctl.cli.context import Context


def edit(
    ctx: Context, update: str, path: Mapping[str, str], current: Mapping[str, Any], what: str, *, whole: bool = False
) -> dict[str, Any] | None:
    """The body of the operation `update` after the user has edited what it can change of `current`; None if nothing was changed.

    The body is valid. A text that is not stays in a file, whose name the error tells.
    """
    from influxctl.contract.schemas import validator, writable

    operation = OPERATIONS[update]
    schema = operation.body.schema if operation.body is not None else ""
    names = writable(schema)
    document = {key: _without_nulls(value) for key, value in current.items() if key in names and value is not None}
    before = yaml_text(document)
    file = _draft(what, before)
    after = _edited(ctx, file)
    try:
        changed = parse_body(after, str(file)) if after.strip() else document
        if changed == document:
            file.unlink()
            return None
        body = dict(changed) if whole or operation.method == "PUT" else _difference(document, changed)
        unknown = [key for key in changed if key not in names]
        if unknown:
            raise UsageError(
                f"{what} has no property {unknown[0]!r} that can be changed", hint=f"there are {', '.join(document)}"
            )
        if _is_valid(schema, document):  # some answers of servers are not; then the server judges
            validator(schema)(changed)
        ctx.call(update, path=path, json=body)
    except InfluxctlError as error:
        error.hint = f"{error.hint}; your text is in {file}" if error.hint else f"your text is in {file}"
        raise
    except Previewed:
        file.unlink()
        raise
    file.unlink()
    return body


def _is_valid(schema: str, document: Mapping[str, Any]) -> bool:
    from influxctl.contract.schemas import validator

    try:
        validator(schema)(dict(document))
    except Invalid:
        return False
    return True


def _without_nulls(value: Any) -> Any:
    """What servers answer as null cannot be sent back as null (seen with 2.9.1: previousLevel of a status rule)."""
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def yaml_text(document: Mapping[str, Any]) -> str:
    """YAML for people: texts of several lines as blocks."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        plain = "\n" in value and not any(line.endswith(" ") for line in value.split("\n")) and "\t" not in value
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if plain else None)

    Dumper.add_representer(str, text)
    return yaml.dump(dict(document), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)


def _draft(what: str, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=f"influxctl-{what.replace(' ', '-')}-", suffix=".yaml")  # mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    return Path(name)


def _edited(ctx: Context, file: Path) -> str:
    """The text after the editor has ended."""
    editor = ctx.env.get("VISUAL") or ctx.env.get("EDITOR") or ("vi" if ctx.stdin.isatty() else "")
    if not editor:
        file.unlink()
        raise UsageError("there is no terminal for an editor", hint="set EDITOR, or use 'update'")
    try:
        ran = subprocess.run([*shlex.split(editor), str(file)], env={**os.environ, **ctx.env}, check=False)
    except (OSError, ValueError) as error:
        file.unlink()
        raise UsageError(f"cannot run the editor {editor!r}: {error}", hint="set EDITOR") from None
    if ran.returncode != 0:
        file.unlink()
        raise InfluxctlError(
            f"nothing was changed: the editor {editor!r} ended with exit code {ran.returncode}", code="invalid"
        )
    return file.read_text(encoding="utf-8")


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What differs; what was taken away is emptied."""
    changed = {key: value for key, value in after.items() if key not in before or before[key] != value}
    gone: dict[str, Any] = {key: "" if isinstance(value, str) else [] if isinstance(value, list) else None
            for key, value in before.items() if key not in after}  # fmt: skip
    return changed | gone
