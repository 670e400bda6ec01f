"""Flux and InfluxQL over files: a server for one query, in this process, whose buckets are the files.

Nothing is kept, and nothing of a configured server is touched.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.flux import ast
from influxctl.flux.parser import parse
from influxctl.local.adapter import LocalAdapter
from influxctl.local.options import Options
from influxctl.local.services.permissions import OPERATOR
from influxctl.offline.datafiles import blocks_of

EVERYTHING = "range(start: 1677-09-22T00:00:00Z, stop: 2262-04-11T00:00:00Z)"


def named_buckets(script: str) -> list[str]:
    """The buckets that a script reads or writes by name, in their order."""
    found = []
    for node in ast.walk(parse(script)):
        if isinstance(node, ast.CallExpression) and node.arguments:
            for one in node.arguments[0].properties:
                key = one.key.name if isinstance(one.key, ast.Identifier) else one.key.value
                if key == "bucket" and isinstance(one.value, ast.StringLiteral) and one.value.value:
                    found.append(one.value.value)
    return list(dict.fromkeys(found))


def completed(script: str, bucket: str) -> str:
    """A script that begins with `|>` is about the bucket, and about all times unless it says which."""
    text = script.lstrip()
    if not text.startswith("|>"):
        return script
    ranged = text[2:].lstrip().startswith("range")
    return f'from(bucket: "{bucket}") {"" if ranged else f"|> {EVERYTHING}"}\n{text}'


@contextlib.contextmanager
def file_server(buckets: Mapping[str, Sequence[Path]]) -> Iterator[LocalAdapter]:
    """A server in process with these buckets, each filled from its files. `Invalid` names the line that cannot be read."""
    with tempfile.TemporaryDirectory(prefix="influxctl-files-") as folder:
        adapter = LocalAdapter(Path(folder), options=Options(password_cost=1))
        try:
            services = adapter.app.services
            org_id = services.resources.find("orgs")[0]["id"]
            for name, files in buckets.items():
                bucket = services.resources.named("buckets", name, org_id) or services.buckets.create_bucket(
                    OPERATOR, {"orgID": org_id, "name": name}
                )
                for file in files:
                    for first, lines in blocks_of(file):
                        with _named(file, first):
                            services.write.write_points(bucket, lines, "ns")
            yield adapter
        finally:
            adapter.close()


@contextlib.contextmanager
def _named(file: Path, first: int) -> Iterator[None]:
    """Errors of a block with the file in front, and the line counted from its beginning."""
    try:
        yield
    except InfluxctlError as error:
        lines = error.details.get("lines")
        line = error.details.get("line")
        reason = error.message
        if isinstance(lines, list) and lines:
            line, reason = lines[0]["line"], lines[0]["reason"]
        place = f" line {first + int(line) - 1}:" if isinstance(line, int) else ""
        raise Invalid(f"{file}:{place} {reason}") from None
