"""What the template commands of influx know of an answer: fields by kind of object, those that are always printed and those that
are printed when the answer has them. Everything else of the answer is left out of their JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

Json = Any
Shape = Callable[[Json], Json]


@dataclass(frozen=True)
class Model:
    """An object: `always` gives names with the value that stands for a missing one, `maybe` names that may be missing."""

    always: Mapping[str, Json] = field(default_factory=dict)
    maybe: Sequence[str] = ()
    inside: Mapping[str, Shape] = field(default_factory=dict)

    def __call__(self, value: Json) -> Json:
        if not isinstance(value, Mapping):
            return None
        out = {}
        for name, missing in self.always.items():
            found = value.get(name)
            out[name] = missing if found is None else self._inner(name, found)
        for name in self.maybe:
            if value.get(name) is not None:
                out[name] = self._inner(name, value[name])
        return out

    def _inner(self, name: str, value: Json) -> Json:
        shape = self.inside.get(name)
        if shape is None:
            return value
        return [shape(item) for item in value] if isinstance(value, list) else shape(value)


_REFERENCE = Model({"resourceField": "", "envRefKey": ""}, ("value", "defaultValue"))
_CORE = {"kind": "", "templateMetaName": "", "envReferences": []}
_LABEL = Model(
    {**_CORE, "id": 0, "name": "", "properties": {"color": ""}},
    ("orgID",),
    {"envReferences": _REFERENCE, "properties": Model({"color": ""}, ("description",))},
)
_INSIDE = {"envReferences": _REFERENCE, "labelAssociations": _LABEL}
_MAPPING = {
    "status": "", "resourceTemplateMetaName": "", "resourceName": "", "resourceID": 0, "resourceType": "",
    "labelTemplateMetaName": "", "labelName": "", "labelID": 0,
}  # fmt: skip
_ARGUMENTS = Model({"type": ""}, ("values",))
_TELEGRAF = Model({"id": "", "name": ""}, ("description",))


def _summary(always: Mapping[str, Json], maybe: Sequence[str] = (), inside: Mapping[str, Shape] | None = None) -> Model:
    return Model({**_CORE, "labelAssociations": [], **always}, maybe, {**_INSIDE, **(inside or {})})


_SUMMARIES: dict[str, Model] = {
    "buckets": _summary({"id": 0, "name": "", "retentionPeriod": 0}, ("description", "schemaType")),
    "checks": _summary({"id": 0, "name": ""}, ("description",)),
    "dashboards": _summary({"id": 0, "name": ""}, ("description",)),
    "labels": _LABEL,
    "labelMappings": Model(_MAPPING),
    "notificationEndpoints": _summary({"id": 0, "name": "", "status": ""}, ("description",)),
    "notificationRules": _summary(
        {
            "id": 0,
            "name": "",
            "endpointTemplateMetaName": "",
            "endpointID": 0,
            "endpointType": "",
            "every": "",
            "offset": "",
        },
        ("description",),
    ),
    "tasks": _summary({"id": 0, "name": ""}, ("description", "cron", "every", "offset")),
    "telegrafConfigs": _summary({"telegrafConfig": {"id": "", "name": ""}}, (), {"telegrafConfig": _TELEGRAF}),
    "variables": _summary({"id": 0, "name": ""}, ("description", "arguments"), {"arguments": _ARGUMENTS}),
}

_FIELDS: dict[str, Model] = {
    "buckets": Model({"name": "", "retentionRules": None, "measurementSchemas": None}, ("description", "schemaType")),
    "checks": Model({"name": ""}, ("description",)),
    "dashboards": Model({"name": "", "charts": None}, ("description",)),
    "labels": Model({"name": "", "color": ""}, ("description",)),
    "notificationEndpoints": Model({"name": ""}),
    "notificationRules": Model(
        {"name": "", "endpointName": "", "endpointID": 0, "endpointType": "", "every": "", "offset": ""},
        ("description", "messageTemplate"),
    ),
    "tasks": Model({"name": "", "status": ""}, ("cron", "description", "every", "offset", "query")),
    "telegrafConfigs": _TELEGRAF,
    "variables": Model({"name": ""}, ("description", "args"), {"args": _ARGUMENTS}),
}


def summary_json(summary: Mapping[str, Json]) -> dict[str, Json]:
    """The summary of an answer. The list of tasks has another name there than influx looks for, so it is always null."""
    out = {name: _each(summary.get(name), model) for name, model in _SUMMARIES.items()}
    out |= {name: summary.get(name) for name in ("missingEnvRefs", "missingSecrets")}
    return cast(dict[str, Json], _sorted(out))


def diff_json(diff: Mapping[str, Json]) -> dict[str, Json]:
    """The differences of an answer."""
    out: dict[str, Json] = {}
    for name, fields in _FIELDS.items():
        model = Model(
            {"kind": "", "stateStatus": "", "id": 0, "templateMetaName": ""},
            ("new", "old"),
            {"new": fields, "old": fields},
        )
        out[name] = _each(diff.get(name), model)
    out["labelMappings"] = _each(diff.get("labelMappings"), Model({**_MAPPING, "stateStatus": ""}))
    return cast(dict[str, Json], _sorted(out))


def _sorted(value: Json) -> Json:
    """The keys of objects in order, at every depth."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _each(items: Json, model: Model) -> Json:
    return [model(item) for item in items] if isinstance(items, list) else None
