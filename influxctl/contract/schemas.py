"""The component schemas of the contract: as they are, as validators, and as example bodies.

The contract is OpenAPI 3.0; validators need JSON Schema. `_convert` says how one becomes the other: `nullable` adds null; a
property that is `readOnly` may hold anything and is never required, because servers ignore it in a request; a `oneOf` with a
discriminator becomes a choice by that property, so that errors name the real fault; any other `oneOf` becomes `anyOf`, because
its alternatives overlap (Flux nodes are told apart by a `type` that the contract leaves open).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

from influxctl.core.errors import Invalid

Json = dict[str, Any]
Validator = Callable[[object], None]

_FILES = ("cloud-2.0.1.json", "oss.json", "v1.json", "unlisted.json")
_KEPT = (
    "type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
    "required",
)  # fmt: skip


@cache
def _schemas() -> dict[str, Json]:
    """All component schemas; where two files have a name, the first of `_FILES` counts."""
    found: dict[str, Json] = {}
    for name in reversed(_FILES):
        text = resources.files("influxctl.contract").joinpath(name).read_text(encoding="utf-8")
        found |= json.loads(text)["components"]["schemas"]
    return found


def schema(name: str) -> Json:
    """The schema as it stands in the contract (OpenAPI 3.0); KeyError for a name that it does not have."""
    return _schemas()[name]


def schema_names() -> list[str]:
    """The names of all schemas."""
    return sorted(_schemas())


def _target(ref: str) -> str:
    return ref.rsplit("/", 1)[1]


def _convert(node: Json) -> Json:
    """An OpenAPI 3.0 schema as JSON Schema (draft 7)."""
    if "$ref" in node:  # OpenAPI 3.0: what stands beside a reference does not count
        return {"$ref": f"#/definitions/{_target(node['$ref'])}"}
    out: Json = {key: node[key] for key in _KEPT if key in node}
    if node.get("format") == "date-time":
        out["format"] = "date-time"
    if "properties" in node:
        out.setdefault("type", "object")
        parts: Json = node["properties"]
        out["properties"] = {name: {} if part.get("readOnly") else _convert(part) for name, part in parts.items()}
        if "required" in out:  # one schema requires a property that it spells otherwise: only what is declared counts
            out["required"] = [name for name in out["required"] if name in parts and not parts[name].get("readOnly")]
    if isinstance(node.get("items"), dict):
        out["items"] = _convert(node["items"])
    if "additionalProperties" in node:
        extra = node["additionalProperties"]
        out["additionalProperties"] = _convert(extra) if isinstance(extra, dict) else extra
    for key in ("allOf", "anyOf"):
        if key in node:
            out[key] = [_convert(part) for part in node[key]]
    if "mapping" in node.get("discriminator", {}):
        out |= _choice(node["discriminator"])
    elif "oneOf" in node:
        out["anyOf"] = [_convert(part) for part in node["oneOf"]]
    return _nullable(out) if node.get("nullable") else out


def _choice(discriminator: Json) -> Json:
    """The alternatives of a discriminator as if/then, one for each value of its property."""
    name, mapping = discriminator["propertyName"], discriminator["mapping"]
    return {
        "type": "object",
        "required": [name],
        "properties": {name: {"enum": list(mapping)}},
        "allOf": [
            {
                "if": {"properties": {name: {"const": value}}},
                "then": {"$ref": f"#/definitions/{_target(ref)}"},
            }
            for value, ref in mapping.items()
        ],
    }


def _nullable(out: Json) -> Json:
    """The JSON Schema with null allowed."""
    if isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
        if "enum" in out:
            out["enum"] = [*out["enum"], None]
        return out
    return {"anyOf": [out, {"type": "null"}]}


def _definitions(name: str) -> Json:
    """The converted schema `name` and all that it refers to."""
    found: Json = {}
    todo = [name]
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = _convert(schema(name))
            todo += _references(found[name])
    return found


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for part in node for name in _references(part)]
    if not isinstance(node, dict):
        return []
    if isinstance(node.get("$ref"), str):
        return [_target(node["$ref"])]
    return [name for part in node.values() for name in _references(part)]


@cache
def validator(name: str) -> Validator:
    """A function that raises `Invalid`, naming the place, for a request body that breaks the schema; compiled on first use."""
    import fastjsonschema

    compiled = fastjsonschema.compile(
        {"$ref": f"#/definitions/{name}", "definitions": _definitions(name)}, use_default=False
    )

    def validate(body: object) -> None:
        try:
            compiled(body)
        except fastjsonschema.JsonSchemaValueException as error:
            place = ".".join(error.path[1:]) or "the body"
            rule = str(error.message).removeprefix(str(error.name)).strip()
            details: dict[str, object] = {"schema": name, "path": error.path[1:]}
            if error.rule == "required" and isinstance(error.value, dict):
                missing = [key for key in error.rule_definition if key not in error.value]
                rule, details["missing"] = f"lacks {', '.join(missing)}", missing
            raise Invalid(f"{place} {rule}", details=details) from None

    return validate


def writable(name: str) -> frozenset[str]:
    """The properties that a body of this schema may have, whichever alternative it is, without those that servers set."""
    found: set[str] = set()
    todo, seen = [schema(name)], {name}
    while todo:
        node = todo.pop()
        found |= {key for key, part in node.get("properties", {}).items() if not part.get("readOnly")}
        for part in [*node.get("allOf", ()), *node.get("oneOf", ()), *node.get("anyOf", ()),
                     *({"$ref": ref} for ref in node.get("discriminator", {}).get("mapping", {}).values())]:  # fmt: skip
            target = _target(part["$ref"]) if "$ref" in part else ""
            if target not in seen:
                seen |= {target} if target else set()
                todo.append(schema(target) if target else part)
    return frozenset(found - {"links", "labels", "id"})


def skeleton(name: str) -> Any:
    """An example body: every property that a client may set, with its default, first enum value or a placeholder.

    Of alternatives the first is shown; a schema inside itself ends as an empty value.
    """
    return _example({"$ref": f"#/components/schemas/{name}"}, ())


def _example(node: Json, above: tuple[str, ...]) -> Any:
    if "default" in node and node["default"] is not None:
        return node["default"]
    if "$ref" in node:
        name = _target(node["$ref"])
        return {} if name in above else _example(schema(name), (*above, name))
    if node.get("enum"):
        return node["enum"][0]
    if "allOf" in node or "properties" in node or "oneOf" in node or "anyOf" in node:
        return _composed(node, above)
    match node.get("type"):
        case "array":
            return _array(node, above)
        case "object":
            extra = node.get("additionalProperties")
            return {"key": _example(extra, above)} if isinstance(extra, dict) and extra else {}
        case "integer" | "number":
            return node.get("minimum", 0)
        case "boolean":
            return False
    return (
        "2026-01-01T00:00:00Z" if node.get("format") == "date-time" else "string".ljust(node.get("minLength", 0), "0")
    )


def _array(node: Json, above: tuple[str, ...]) -> list[Any]:
    items = node.get("items", {})
    if "$ref" in items and _target(items["$ref"]) in above:
        return []
    return [_example(items, above)]


def _composed(node: Json, above: tuple[str, ...]) -> Any:
    """An object put together from its own properties, all of `allOf` and the first alternative."""
    whole: Any = {}
    alternatives = node.get("oneOf") or node.get("anyOf") or []
    chosen: Json = {}
    if "mapping" in node.get("discriminator", {}):
        value, ref = next(iter(node["discriminator"]["mapping"].items()))
        alternatives, chosen = [{"$ref": ref}], {node["discriminator"]["propertyName"]: value}
    for part in [*node.get("allOf", []), *alternatives[:1]]:
        example = _example(part, above)
        whole = whole | example if isinstance(example, dict) and isinstance(whole, dict) else example
    for name, part in node.get("properties", {}).items():
        if not (part.get("readOnly") or part.get("deprecated")) and isinstance(whole, dict):
            whole[name] = _example(part, above)
    return whole | chosen if isinstance(whole, dict) else whole
