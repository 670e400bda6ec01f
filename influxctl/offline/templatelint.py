"""Templates examined without a server: what the server would refuse, and what it would take and the author hardly wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from influxctl.local.templates.parse import GROUPS, read
from influxctl.offline.fluxtools import Script, errors_of
from influxctl.offline.gitops import SECRET_FIELDS, display_name, key_of

Doc = dict[str, Any]

_MAY_SHARE_NAMES = frozenset({"Dashboard", "Task", "Telegraf"})
_GIVEN = ("undefined identifier task",)  # the option of the script around a task's query


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: `rule` is `error` for what the server refuses; `path` as in `spec.thresholds[0].value`."""

    source: str
    kind: str
    name: str
    path: str
    rule: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """As a row of output."""
        return {key: getattr(self, key) for key in ("source", "kind", "name", "path", "rule", "message")}


def findings(sources: Sequence[tuple[str, Sequence[Any]]]) -> list[Finding]:
    """All findings of templates that are applied together: (where from, its objects)."""
    placed = [(source, doc if isinstance(doc, dict) else {}) for source, docs in sources for doc in docs]
    docs = [doc for _, doc in placed]
    found = list(_refused(placed))
    for source, doc in placed:
        if doc.get("kind") in GROUPS:
            for path, rule, message in (*_scripts(doc), *_open_secrets(doc)):
                found.append(Finding(source, doc["kind"], display_name(doc), path, rule, message))
    found += _shared_names(placed)
    found += _unused(placed, docs)
    return found


def _refused(placed: Sequence[tuple[str, Doc]]) -> Iterator[Finding]:
    """What reading the template finds wrong."""
    for error in read([doc for _, doc in placed], {}, set(), set()).errors:
        number = next((index for index in error["idxs"] if index is not None), 0)
        source, doc = placed[number] if number < len(placed) else ("", {})
        yield Finding(source, error["kind"], display_name(doc), _path(error), "error", error["reason"])


def _path(error: Mapping[str, Any]) -> str:
    """`root, spec, thresholds` with `n, null, 0` as `spec.thresholds[0]`."""
    indexes = [*error["idxs"][1:], *[None] * len(error["fields"])]
    pairs = zip(error["fields"][1:], indexes, strict=False)
    return ".".join(field if index is None else f"{field}[{index}]" for field, index in pairs)


def _scripts(doc: Doc) -> Iterator[tuple[str, str, str]]:
    """Errors in the Flux of an object."""
    spec = doc.get("spec") or {}
    queries = [("spec.query", spec.get("query"))]
    for number, chart in enumerate(spec.get("charts") or ()):
        for place, query in enumerate((chart if isinstance(chart, dict) else {}).get("queries") or ()):
            text = query.get("query") if isinstance(query, dict) else None
            queries.append((f"spec.charts[{number}].queries[{place}].query", text))
    variable = doc["kind"] == "Variable"
    for path, text in queries:
        if not isinstance(text, str) or (variable and spec.get("language", "flux") != "flux"):
            continue
        for one in errors_of(Script(path, text)):
            if one.message not in _GIVEN:
                line, column = one.location.start
                yield path, "error" if doc["kind"] == "Task" else "flux", f"{line}:{column}: {one.message}"


def _open_secrets(doc: Doc) -> Iterator[tuple[str, str, str]]:
    for field in SECRET_FIELDS:
        if doc["kind"].startswith("NotificationEndpoint") and isinstance((doc.get("spec") or {}).get(field), str):
            yield (
                f"spec.{field}",
                "open-secret",
                f"stands in the template as it is; use {field}: {{secretRef: {{key: …}}}}",
            )


def _shared_names(placed: Sequence[tuple[str, Doc]]) -> Iterator[Finding]:
    counts = Counter(key_of(doc) for _, doc in placed if doc.get("kind") in GROUPS)
    told: set[tuple[str, str]] = set()
    for source, doc in placed:
        key = key_of(doc)
        if counts[key] > 1 and doc["kind"] in _MAY_SHARE_NAMES and key not in told:
            told.add(key)
            message = f"{counts[key]} resources have this name; they cannot be told apart by it"
            yield Finding(source, doc["kind"], key[1], "spec.name", "shared-name", message)


def _unused(placed: Sequence[tuple[str, Doc]], docs: Sequence[Doc]) -> Iterator[Finding]:
    """Labels on nothing and endpoints without a rule."""
    labels, endpoints = set(), set()
    for doc in docs:
        spec = doc.get("spec") or {}
        labels |= {str(one.get("name")) for one in spec.get("associations") or () if isinstance(one, dict)}
        endpoints.add(str(spec.get("endpointName")))
    for source, doc in placed:
        kind, meta = str(doc.get("kind", "")), str((doc.get("metadata") or {}).get("name"))
        if kind == "Label" and meta not in labels:
            yield Finding(source, kind, display_name(doc), "", "unused", "no resource of the templates has this label")
        elif kind.startswith("NotificationEndpoint") and meta not in endpoints:
            yield Finding(source, kind, display_name(doc), "", "unused", "no rule of the templates sends to it")
