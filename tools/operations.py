"""Makes the contract files of `influxctl/contract`.

    python tools/operations.py                  operations.py from the committed contract JSON files
    python tools/operations.py --check          fails if operations.py is not what those files give
    python tools/operations.py --strip FOLDER   first makes cloud-2.0.1.json, oss.json and v1.json from the OpenAPI
                                                files in FOLDER: paths, parameters, schemas; none of their prose

`unlisted.json` is written by hand: operations that servers answer and no published file lists.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

Json = dict[str, Any]

CONTRACT = Path(__file__).parent.parent / "influxctl" / "contract"
TABLE = CONTRACT / "operations.py"
FILES = (("cloud-2.0.1.json", "cloud"), ("oss.json", "oss"), ("v1.json", "v1"), ("unlisted.json", "oss"))
METHODS = ("get", "post", "put", "patch", "delete", "head")
UNNAMED = {"/orgs/{orgID}/limits": "GetOrgLimitsID", "/orgs/{orgID}/usage": "GetOrgUsageID"}
NOT_WANTED = ("/debug/",)  # profiles of the Go runtime
UMBRELLA_TAGS = {"System information endpoints", "Security and access endpoints"}

SCHEMA_KEYS = (
    "$ref", "type", "format", "enum", "default", "nullable", "readOnly", "writeOnly", "pattern", "minimum", "maximum",
    "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "required",
)  # fmt: skip


# -- stripping -----------------------------------------------------------------------------------------------------


def strip_schema(schema: Json) -> Json:
    """The schema without titles, descriptions, examples and vendor keys."""
    kept: Json = {key: schema[key] for key in SCHEMA_KEYS if key in schema}
    if kept.get("type") == "timestamp":  # not a type of OpenAPI; on the wire it is text
        kept["type"] = "string"
    if "properties" in schema:
        kept["properties"] = {name: strip_schema(part) for name, part in schema["properties"].items()}
    for key in ("items", "additionalProperties", "not"):
        if key in schema:
            part = schema[key]
            kept[key] = strip_schema(part) if isinstance(part, dict) else part
    for key in ("oneOf", "anyOf", "allOf"):
        if key in schema:
            kept[key] = [strip_schema(part) for part in schema[key]]
    if "discriminator" in schema:
        kept["discriminator"] = schema["discriminator"]
    return kept


class Published:
    """One published OpenAPI file."""

    def __init__(self, document: Json) -> None:
        self.document = document

    def resolve(self, node: Json) -> Json:
        """The node, or what its `$ref` points to."""
        while "$ref" in node:
            target: Any = self.document
            for key in node["$ref"].removeprefix("#/").split("/"):
                target = target[key]
            node = target
        return node

    def operations(self) -> list[tuple[str, str, Json]]:
        """(path, method, operation) in the order of the file."""
        return [
            (path, method, item[method] | {"servers": item[method].get("servers", item.get("servers"))})
            for path, item in self.document["paths"].items()
            for method in item
            if method in METHODS
        ]

    def strip_operation(self, path: str, operation: Json, hoisted: Json) -> Json:
        """The operation without prose; inline JSON schemas move to `hoisted` under a name made from the operation's."""
        name = operation.get("operationId") or UNNAMED[path]
        kept: Json = {"operationId": name, "tags": [t for t in operation["tags"] if t not in UMBRELLA_TAGS]}
        params = [self.resolve(p) for p in operation.get("parameters", [])]
        if params:
            kept["parameters"] = [self.strip_param(p) for p in params if p["in"] != "cookie"]
        if "requestBody" in operation:
            body = self.resolve(operation["requestBody"])
            kept["requestBody"] = {
                "required": body.get("required", False),
                "content": self.strip_content(body["content"], f"{name}Request", hoisted),
            }
        kept["responses"] = {}
        for status, answer in operation["responses"].items():
            answer = self.resolve(answer)
            kept["responses"][str(status)] = {"description": ""}
            if "content" in answer:
                suffix = "Answer" if str(status).startswith("2") else f"Answer{status}"
                content = self.strip_content(answer["content"], f"{name}{suffix}", hoisted)
                kept["responses"][str(status)]["content"] = content
        if operation["servers"]:
            kept["servers"] = [{"url": server["url"]} for server in operation["servers"]]
        return kept

    def strip_param(self, param: Json) -> Json:
        kept: Json = {key: param[key] for key in ("name", "in", "required", "style", "explode") if key in param}
        kept["schema"] = strip_schema(self.resolve(param["schema"]))
        return kept

    def strip_content(self, content: Json, name: str, hoisted: Json) -> Json:
        kept: Json = {}
        for media, value in content.items():
            schema = strip_schema(value.get("schema", {}))
            if schema and "$ref" not in schema and media.startswith("application/json"):
                if hoisted.get(name, schema) != schema:
                    sys.exit(f"two different inline schemas are both called {name}")
                hoisted[name] = schema
                schema = {"$ref": f"#/components/schemas/{name}"}
            kept[media] = {"schema": schema} if schema else {}
        return kept


def document(paths: Json, schemas: Json, base: str) -> Json:
    """An OpenAPI document of ours around stripped paths and schemas."""
    return {
        "openapi": "3.0.0",
        "info": {"title": "InfluxDB API: structure only", "version": "2.0.1"},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def write_document(name: str, content: Json) -> None:
    """One line a path and a schema: small, and still readable in a diff."""

    def lines(part: Json) -> str:
        return ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in part.items())

    head = {key: content[key] for key in ("openapi", "info", "servers")}
    text = json.dumps(head)[:-1] + ',\n"paths": {\n' + lines(content["paths"])
    text += '\n},\n"components": {"schemas": {\n' + lines(content["components"]["schemas"]) + "\n}}}\n"
    (CONTRACT / name).write_text(text)


def references(node: Any) -> set[str]:
    """Names of the component schemas that a node refers to."""
    if isinstance(node, list):
        return set().union(*map(references, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    found = set().union(*map(references, node.values())) if node else set()
    if isinstance(node.get("$ref"), str):
        found.add(node["$ref"].rsplit("/", 1)[1])
    return found


def reachable(start: Any, schemas: Json) -> Json:
    """Those of `schemas` that `start` needs, in alphabetical order."""
    seen: set[str] = set()
    todo = references(start)
    while todo:
        name = todo.pop()
        if name not in seen and name in schemas:
            seen.add(name)
            todo |= references(schemas[name])
    return {name: schemas[name] for name in sorted(seen)}


def strip_cloud(published: Json) -> Json:
    """The cloud contract, whole."""
    source = Published(published)
    paths: Json = {}
    schemas = {name: strip_schema(schema) for name, schema in published["components"]["schemas"].items()}
    for path, method, operation in source.operations():
        paths.setdefault(path, {})[method] = source.strip_operation(path, operation, schemas)
    return document(paths, schemas, "/api/v2")


def strip_rest(published: Json, cloud: Json, base: str) -> Json:
    """What another contract adds to the cloud's: operations, query parameters (under `x-added`), schemas."""
    source = Published(published)
    schemas = {name: strip_schema(schema) for name, schema in published["components"]["schemas"].items()}
    known = {op["operationId"]: op for item in cloud["paths"].values() for op in item.values()}
    paths: Json = {}
    for path, method, operation in source.operations():
        if path.startswith(NOT_WANTED):
            continue
        kept = source.strip_operation(path, operation, schemas)
        same = known.get(kept["operationId"])
        if same is not None:
            names = {p["name"] for p in same.get("parameters", [])}
            added = [p for p in kept.get("parameters", []) if p["name"] not in names]
            if not added:
                continue
            kept = {"operationId": kept["operationId"], "x-added": added}
        paths.setdefault(path, {})[method] = kept
    theirs = cloud["components"]["schemas"]
    needed = {name: schema for name, schema in reachable(paths, schemas).items() if name not in theirs}
    return document(paths, needed, base)


def strip_all(folder: Path) -> None:
    """The three stripped files from the published ones."""
    import yaml

    cloud = strip_cloud(json.loads((folder / "cloud-2.0.1.openapi.json").read_text()))
    write_document("cloud-2.0.1.json", cloud)
    oss = json.loads((folder / "oss-newest.openapi.json").read_text())
    write_document("oss.json", strip_rest(oss, cloud, "/api/v2"))
    v1 = yaml.safe_load((folder / "v1-compat.openapi.yml").read_text())
    write_document("v1.json", strip_rest(v1, cloud, ""))


# -- the table -----------------------------------------------------------------------------------------------------


def call(name: str, values: list[str], keywords: Json) -> str:
    """A constructor call that leaves out what equals the dataclass's default."""
    empty = {"required": False, "enum": (), "media": (), "schema": ""}
    parts = values + [f"{key}={value!r}" for key, value in keywords.items() if value != empty.get(key)]
    return f"{name}({', '.join(parts)})"


def render_param(param: Json) -> str:
    """`Param(…)` for a stripped parameter."""
    schema = param["schema"]
    kind = schema.get("type", "string")
    return call(
        "Param",
        [repr(param["name"]), repr(param["in"]), repr(kind)],
        {
            "required": param.get("required", False) or param["in"] == "path",
            "enum": tuple(schema.get("enum", ()) or schema.get("items", {}).get("enum", ())),
            "default": schema.get("default"),
            "minimum": schema.get("minimum"),
            "maximum": schema.get("maximum"),
        },
    )


def json_schema_name(content: Json) -> str:
    """The component schema of the JSON form, '' if there is none."""
    for media, value in content.items():
        if "json" in media and "$ref" in value.get("schema", {}):
            return str(value["schema"]["$ref"].rsplit("/", 1)[1])
    return ""


class Table:
    """Collects operations and renders the module; parts used more than once become constants."""

    def __init__(self) -> None:
        self.rows: dict[str, Json] = {}
        self.uses: dict[str, int] = {}

    def add(self, contract: str, base: str, path: str, method: str, operation: Json) -> None:
        """One operation of one contract file."""
        name = operation["operationId"]
        if "x-added" in operation:
            self.rows[name]["params"] += [self.use(render_param(p)) for p in operation["x-added"]]
            return
        if name in self.rows:
            sys.exit(f"{name} stands in two contract files")
        root = operation["servers"][0]["url"] if "servers" in operation else base
        body = operation.get("requestBody")
        answers = []
        for status, answer in operation["responses"].items():
            content = answer.get("content", {})
            keywords = {"media": tuple(content), "schema": json_schema_name(content)}
            answers.append(self.use(call("Answer", [repr(status)], keywords)))
        self.rows[name] = {
            "head": [repr(name), repr(method.upper()), repr(root.rstrip("/") + path), repr(tuple(operation["tags"]))],
            "params": [self.use(render_param(p)) for p in operation.get("parameters", [])],
            "body": body
            and call(
                "Body",
                [repr(tuple(body["content"]))],
                {"required": body.get("required", False), "schema": json_schema_name(body["content"])},
            ),
            "answers": answers,
            "contract": contract,
        }

    def use(self, text: str) -> str:
        self.uses[text] = self.uses.get(text, 0) + 1
        return text

    def render(self) -> str:
        """The text of operations.py."""
        shared = {text: f"_{i}" for i, text in enumerate(t for t, count in self.uses.items() if count > 1)}

        def group(texts: list[str]) -> str:
            return "(" + "".join(shared.get(text, text) + ", " for text in texts).rstrip() + ")" if texts else "()"

        lines = [f"{name} = {text}" for text, name in shared.items()]
        lines += ["", "OPERATIONS: dict[str, Operation] = {"]
        for name, row in self.rows.items():
            parts = row["head"] + [group(row["params"]), str(row["body"]), group(row["answers"]), repr(row["contract"])]
            lines.append(f"    {name!r}: Operation({', '.join(parts)}),")
        return HEADER + "\n".join(lines) + "\n}\n"


HEADER = '''"""The table of all operations, by operationId. Generated by tools/operations.py: do not edit."""
# fmt: off
# ruff: noqa: E501, Q

from __future__ import annotations

from influxctl.contract.model import Answer, Body, Operation, Param

'''


def make_table() -> str:
    """operations.py from the contract files in the package."""
    table = Table()
    for name, contract in FILES:
        content = json.loads((CONTRACT / name).read_text())
        for path, item in content["paths"].items():
            for method, operation in item.items():
                kind = operation.get("x-contract", contract)
                table.add(kind, content["servers"][0]["url"], path, method, operation)
    return table.render()


def main() -> None:
    """The command line above."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--strip", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    if options.strip:
        strip_all(options.strip)
    text = make_table()
    if not options.check:
        TABLE.write_text(text)
    elif TABLE.read_text() != text:
        sys.exit("influxctl/contract/operations.py is out of date: run tools/operations.py")


if __name__ == "__main__":
    main()
