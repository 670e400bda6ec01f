"""Templates compared and made stable: objects under names that do not change from server to server, and their
differences field by field.

An object is one document of a template (`apiVersion`, `kind`, `metadata`, `spec`). Two objects are the same resource
when kind and display name agree; fields that say the same in other words (empty, default, `60m` for `1h`, a script
formatted differently) are no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from influxctl.core.errors import InfluxctlError
from influxctl.core.times import parse_duration

Doc = dict[str, Any]

# The order in which kinds stand in a stable export: what others refer to comes first.
ORDER = (
    "Label",
    "Bucket",
    "Variable",
    "CheckDeadman",
    "CheckThreshold",
    "NotificationEndpointHTTP",
    "NotificationEndpointPagerDuty",
    "NotificationEndpointSlack",
    "NotificationRule",
    "Task",
    "Telegraf",
    "Dashboard",
)
SECRET_FIELDS = ("token", "username", "password", "routingKey")
_DURATIONS = frozenset({"every", "offset", "timeSince", "staleTime"})
_SCRIPTS = frozenset({"query"})
_NO_SCRIPTS = frozenset({"Telegraf", "Variable"})  # a variable's query may use what only dashboards define
# What the server assumes where a template is silent; axes and legends of charts beside them.
_DEFAULTS: Doc = {
    "status": "active",
    "language": "flux",
    "staticLegend": {},
    "geom": "line",
    "domain": [],
    "statusMessageTemplate": "",
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: its path (`thresholds[0].value`), and what it was and will be; None where it is absent."""

    path: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One resource: `action` is create, change, delete or keep."""

    kind: str
    name: str
    action: str
    fields: tuple[FieldChange, ...] = ()
    id: str = ""

    def as_dict(self) -> Doc:
        """As a machine wants it."""
        fields = [{"path": one.path, "old": one.old, "new": one.new} for one in self.fields]
        return {"kind": self.kind, "name": self.name, "action": self.action, "id": self.id, "fields": fields}


def display_name(doc: Mapping[str, Any]) -> str:
    """What the resource is called: `spec.name`, or the name inside the template."""
    spec = doc.get("spec") or {}
    return _text(spec.get("name")) or _text((doc.get("metadata") or {}).get("name"))


def _text(value: object) -> str:
    """A name that may be a reference to the environment: its default counts."""
    if isinstance(value, Mapping):
        reference = value.get("envRef")
        if isinstance(reference, Mapping):
            return str(reference.get("default") or reference.get("key") or "")
        return ""
    return str(value or "")


def general(kind: str) -> str:
    """The kind without its variant: checks of both sorts are `Check`."""
    return next((word for word in ("Check", "NotificationEndpoint") if kind.startswith(word)), kind)


def key_of(doc: Mapping[str, Any]) -> tuple[str, str]:
    """What makes two objects the same resource."""
    return general(str(doc.get("kind", ""))), display_name(doc)


# -- stable exports ------------------------------------------------------------------------------------------------


def stable(docs: Iterable[Mapping[str, Any]]) -> list[Doc]:
    """The same objects under names made from kind and display name, in a fixed order, keys sorted.

    References (labels, endpoints) follow the new names. Two exports of the same resources are equal, whatever the IDs.
    """
    ordered = sorted((dict(doc) for doc in docs), key=_place)
    names: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for doc in ordered:
        kind = str(doc.get("kind", ""))
        new = _unused(slug(general(kind), display_name(doc)), taken)
        names[general(kind), str((doc.get("metadata") or {}).get("name", ""))] = new
    return [_renamed(doc, names) for doc in ordered]


def _place(doc: Mapping[str, Any]) -> tuple[int, str, str]:
    kind = str(doc.get("kind", ""))
    position = ORDER.index(kind) if kind in ORDER else len(ORDER)
    spec = {k: v for k, v in (doc.get("spec") or {}).items() if k != "associations"}
    # Resources of one name (dashboards may be called alike) are told apart by what they are, never by their IDs.
    return position, display_name(doc), _fingerprint(spec)


def _fingerprint(value: object) -> str:
    import json

    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def slug(kind: str, name: str) -> str:
    """A name that templates allow (lower case letters, digits, dashes; at most 63): `task-cpu-hourly`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"{words}-{plain}"[:63].strip("-") if plain else words


def _unused(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name[: 62 - len(str(number))]}-{number}"
    taken.add(found)
    return found


def _renamed(doc: Doc, names: Mapping[tuple[str, str], str]) -> Doc:
    kind = str(doc.get("kind", ""))
    old = str((doc.get("metadata") or {}).get("name", ""))
    spec = dict(doc.get("spec") or {})
    if isinstance(spec.get("associations"), list):
        links = [
            {**one, "name": names.get((general(str(one.get("kind", ""))), str(one.get("name", ""))), one.get("name"))}
            for one in spec["associations"]
        ]
        spec["associations"] = sorted(links, key=lambda one: (str(one.get("kind")), str(one.get("name"))))
    if isinstance(spec.get("endpointName"), str):
        spec["endpointName"] = names.get(("NotificationEndpoint", spec["endpointName"]), spec["endpointName"])
    renamed = {**doc, "metadata": {"name": names[general(kind), old]}, "spec": spec}
    sorted_doc = _sorted(renamed)
    assert isinstance(sorted_doc, dict)
    return sorted_doc


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


# -- differences ---------------------------------------------------------------------------------------------------


def compare(old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> list[Change]:
    """What turns `old` into `new`, one change a resource, in the order of a stable export.

    Secrets do not count: servers never show them, and templates name them as they like.
    """
    before, after = _by_key(old), _by_key(new)
    changes = []
    for key in sorted({*before, *after}, key=lambda one: _place((before | after)[one])):
        was, will = before.get(key), after.get(key)
        kind = str((will or was or {}).get("kind", ""))
        fields = tuple(_field_changes(kind, was, will)) if was and will else ()
        action = "create" if was is None else "delete" if will is None else "change" if fields else "keep"
        changes.append(Change(kind, key[1], action, fields))
    return changes


def _field_changes(kind: str, old: Doc, new: Doc) -> Iterator[FieldChange]:
    before, after = meaning(old), meaning(new)
    if kind == "NotificationRule" and ("messageTemplate" in before) != ("messageTemplate" in after):
        # Templates must have one; servers keep none in rules that send to HTTP endpoints.
        before.pop("messageTemplate", None)
        after.pop("messageTemplate", None)
    return _differences("", before, after)


def _by_key(docs: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Doc]:
    """Objects by resource. Labels and endpoints are known by their display names, which agree between servers."""
    docs = [dict(doc) for doc in docs]
    shown = {
        (general(str(doc.get("kind"))), str((doc.get("metadata") or {}).get("name"))): display_name(doc) for doc in docs
    }
    found: dict[tuple[str, str], Doc] = {}
    for doc in docs:
        spec = dict(doc.get("spec") or {})
        if spec.get("associations"):
            links = [shown.get(("Label", str(one.get("name"))), one.get("name")) for one in spec.pop("associations")]
            spec["labels"] = sorted(map(str, links))
        if "endpointName" in spec:
            meta = _text(spec["endpointName"])
            spec["endpointName"] = shown.get(("NotificationEndpoint", meta), meta)
        kind, name = key_of(doc)
        number = 1
        while (kind, name) in found:  # dashboards may share a name
            number += 1
            name = f"{key_of(doc)[1]} ({number})"
        found[kind, name] = {**doc, "spec": spec}
    return found


def meaning(doc: Mapping[str, Any] | None) -> Doc:
    """What a spec says: without what is empty or the default, durations and scripts in one spelling."""
    doc = doc or {}
    spec = {key: value for key, value in (doc.get("spec") or {}).items() if key != "name"}
    found = _meant(spec, scripts=doc.get("kind") not in _NO_SCRIPTS)
    assert isinstance(found, dict)
    if doc.get("kind") == "Dashboard":
        charts = found.get("charts", [])
        found["charts"] = sorted(charts, key=lambda one: (one.get("yPos", 0), one.get("xPos", 0), one.get("name", "")))
    return found


def _meant(value: object, name: str = "", *, scripts: bool = True) -> object:
    if name in SECRET_FIELDS and value:
        return "(secret)"
    if isinstance(value, Mapping):
        reference = value.get("envRef")
        if isinstance(reference, Mapping):
            return _meant(reference.get("default", f"${{{reference.get('key')}}}"), name, scripts=scripts)
        kept = {key: _meant(one, key, scripts=scripts) for key, one in value.items()}
        return {
            key: one
            for key, one in kept.items()
            if one not in (None, "", 0, False, [], {}) and one != _DEFAULTS.get(key, "")
        }
    if isinstance(value, list):
        return [_meant(one, scripts=scripts) for one in value]
    if isinstance(value, str) and name in _DURATIONS:
        return _duration(value)
    if isinstance(value, str) and name in _SCRIPTS and scripts:
        return _script(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _duration(text: str) -> str:
    try:
        found = parse_duration(text)
    except InfluxctlError:
        return text
    return f"{found.months}mo{found.ns}ns" if found.months else _plain(found.ns)


def _plain(ns: int) -> str:
    """Nanoseconds in the largest units that divide them: `1h30m`."""
    parts = []
    for unit, size in (("h", 3600 * 10**9), ("m", 60 * 10**9), ("s", 10**9), ("ms", 10**6), ("us", 10**3), ("ns", 1)):
        count, ns = divmod(ns, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts)


def _script(text: str) -> str:
    """A script in canonical form whatever its line breaks and comments, or as it stands when it cannot be read."""
    from influxctl.flux.ast import File
    from influxctl.flux.astjson import from_json, to_json
    from influxctl.flux.parser import parse
    from influxctl.flux.printer import print_file

    read = parse(text)
    file = None if read.errors else from_json(_without_places(to_json(read)), "File")
    return print_file(file).strip() if isinstance(file, File) else text.strip()


def _without_places(value: object) -> object:
    """A syntax tree as JSON without where its parts stood."""
    if isinstance(value, Mapping):
        return {key: _without_places(one) for key, one in value.items() if key not in ("location", "comments", "eof")}
    return [_without_places(one) for one in value] if isinstance(value, list) else value


def _differences(path: str, old: object, new: object) -> Iterator[FieldChange]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _differences(f"{path}.{key}" if path else str(key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list) and _nested(old, new):
        for number in range(max(len(old), len(new))):
            pair = [side[number] if number < len(side) else None for side in (old, new)]
            yield from _differences(f"{path}[{number}]", *pair)
    elif old != new:
        yield FieldChange(path, old, new)


def _nested(*lists: Sequence[object]) -> bool:
    return all(isinstance(one, Mapping) for side in lists for one in side)
