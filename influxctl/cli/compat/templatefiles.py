"""Templates as the commands of influx read and write them: files, folders, addresses and standard input in; YAML or JSON out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from influxctl.cli.compat.call import Call, Failed, not_reached
from influxctl.cli.compat.gotext import as_json, quoted
from influxctl.cli.compat.goyaml import documents
from influxctl.cli.compat.inputs import is_device, log

STDIN = "byte stream"
ENCODINGS = {".jsonnet": "jsonnet", ".json": "json", ".yml": "yaml", ".yaml": "yaml"}
_RAW = {"github.com": "raw.githubusercontent.com"}


def read_templates(call: Call, *, stdin: bool = False) -> list[dict[str, Any]]:
    """What the flags name, as the body of a request wants it; with `stdin` also what is piped in."""
    found = []
    recurse, warned = call.flags.switch("recurse"), False
    for name in call.flags.many("file"):
        if urlsplit(name).scheme.startswith("http"):
            if not warned:
                log(call, "WARN: Passing URLs via -f/--file is deprecated, please use -u/--template-url instead")
            warned = True
            found.append(_from_address(call, name))
            continue
        try:
            paths = list(_paths(name, recurse))
        except OSError as error:
            raise Failed(
                f"failed to find inputs at path {quoted(name)}: stat {error.filename}: {_words(error)}"
            ) from None
        found += [_template(path, _encoding(call, path), _file(path)) for path in paths]
    found += [_from_address(call, address) for address in call.flags.many("template-url")]
    if stdin and not is_device(call.streams.stdin):
        found.append(_template(STDIN, _encoding(call, ""), call.streams.stdin.read()))
    return found


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _paths(path: str, recurse: bool) -> Iterator[str]:
    """A file, or the files of a folder by name, with `recurse` those of its folders too."""
    os.stat(path)
    if not os.path.isdir(path):
        yield path
        return
    for name in sorted(os.listdir(path), key=os.fsencode):
        inner = os.path.join(path, name)
        if not os.path.isdir(inner):
            yield inner
        elif recurse:
            yield from _paths(inner, recurse)


def _encoding(call: Call, name: str) -> str:
    given = call.flags.text("encoding")
    if given in ("", "unknown"):
        given = ENCODINGS.get(os.path.splitext(name)[1], "yaml")
    return given


def _file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Failed(f"failed to read template(s) from {quoted(path)}: open {path}: {_words(error)}") from None


def _from_address(call: Call, address: str) -> dict[str, Any]:
    import requests

    from influxctl.client.transport import unreachable

    url = urlsplit(address)
    encoding = _encoding(call, url.path)
    parts = url.path.split("/")
    if url.netloc in _RAW and os.path.splitext(url.path)[1] in ENCODINGS and len(parts) > 4:
        # the page of a file there: its text has another address
        url = url._replace(netloc=_RAW[url.netloc], path="/".join(parts[:3] + parts[4:]))
        address = url.geturl()
    start = f"failed to read template(s) from {quoted(address)}"
    try:
        answer = requests.get(address, timeout=None)
    except requests.RequestException as error:
        reason = not_reached(url.netloc, unreachable(error, address, None))
        raise Failed(f'{start}: Get "{address}": {reason}') from None
    if answer.status_code // 100 != 2:
        body = quoted(answer.text.strip())
        raise Failed(f"{start}: bad response: address={address} status_code={answer.status_code} body={body}")
    return _template(address, encoding, answer.content)


def _template(name: str, encoding: str, data: bytes) -> dict[str, Any]:
    try:
        contents = entries(encoding, data.decode("utf-8"))
    except ValueError as error:
        raise Failed(f"failed to read template(s) from {quoted(name)}: {error}") from None
    return {"contentType": "json", "sources": [f"{name}.generated.json"], "contents": contents}


def entries(encoding: str, text: str) -> list[dict[str, Any]]:
    """The objects of a template, reduced to the four things that each has."""
    if encoding == "yaml":
        found = yaml_objects(text)
    elif encoding == "jsonnet":
        found = json.loads(_jsonnet(text))
    else:
        try:
            found, _ = json.JSONDecoder().raw_decode(text.lstrip())
        except ValueError as error:
            raise ValueError("EOF" if not text.strip() else str(error)) from None
    if not isinstance(found, list):
        raise ValueError(f"json: cannot unmarshal {_kind(found)} into Go value of type []api.TemplateEntry")
    out = []
    for entry in found:
        if not isinstance(entry, dict):
            where = (
                "yaml: unmarshal errors:\n  line 1: cannot unmarshal"
                if encoding == "yaml"
                else "json: cannot unmarshal"
            )
            raise ValueError(f"{where} {_kind(entry)} into api.TemplateEntry")
        for path, value in _parts(entry):  # a name that refers to the environment is none for influx
            if value is not None and not isinstance(value, dict if path in ("metadata", "spec") else str):
                raise ValueError(f"cannot unmarshal {_kind(value)} into the field {path} of a template")
        out.append(
            {
                "apiVersion": entry.get("apiVersion") or "",
                "kind": entry.get("kind") or "",
                "metadata": entry.get("metadata") or {"name": ""},
                "spec": entry.get("spec") or {},
            }
        )
    return out


def _parts(entry: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for name in ("apiVersion", "kind", "metadata", "spec"):
        yield name, entry.get(name)
    meta = entry.get("metadata")
    if isinstance(meta, dict):
        yield "metadata.name", meta.get("name")


def yaml_objects(text: str) -> list[Any]:
    """The documents of a stream of YAML, as Go reads them; ValueError if it is none."""
    import yaml

    try:
        found = [each for each in yaml.load_all(text, _loader()) if each is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(f"yaml: {line}{getattr(error, 'problem', None) or error}") from None
    return found


def _loader() -> Any:
    """Safe, and with the plain values of Go's YAML: `yes`, `1:30` and times stay texts, `1e3` is a number."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    start = "tag:yaml.org,2002:"
    kept = {start + "null", start + "merge"}
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    Loader.yaml_implicit_resolvers = {
        first: [pair for pair in pairs if pair[0] in kept] for first, pairs in resolvers.items()
    }
    Loader.add_implicit_resolver(start + "bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF"))
    Loader.add_implicit_resolver(start + "int", _INTEGER, list("-+0123456789"))
    Loader.add_implicit_resolver(start + "float", _FLOAT, list("-+.0123456789"))
    Loader.add_constructor(start + "int", lambda loader, node: _integer(node.value))
    Loader.add_constructor(start + "float", lambda loader, node: float(node.value))
    return Loader


_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")


def _integer(text: str) -> int:
    plain = text.replace("_", "")
    sign, digits = (plain[0], plain[1:]) if plain[0] in "+-" else ("", plain)
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        digits = "0o" + digits[1:]
    return -int(digits, 0) if sign == "-" else int(digits, 0)


def _jsonnet(text: str) -> str:
    try:
        import _jsonnet  # type: ignore[import-untyped]
    except ImportError:
        raise ValueError("jsonnet templates need the Python package jsonnet (pip install jsonnet)") from None
    try:
        return str(_jsonnet.evaluate_snippet("template", text))
    except RuntimeError as error:
        raise ValueError(str(error).strip()) from None


def _kind(value: object) -> str:
    return {str: "string", bool: "bool", list: "array", dict: "object", type(None): "null"}.get(type(value), "number")


class Output:
    """Where a template goes: a file, opened at once and readable by its owner only, or stdout as YAML."""

    def __init__(self, call: Call, path: str) -> None:
        self._call, self._path = call, path
        if path:
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            except OSError as error:
                raise Failed(f"failed to open output path {quoted(path)}: open {path}: {_words(error)}") from None

    def write(self, entries: list[dict[str, Any]] | None) -> None:
        """Write a template: JSON if the file is called so, else YAML."""
        entries = [_entry(entry) for entry in entries or ()]
        if not self._path:
            self._call.print(documents(entries))
            return
        text = as_json(entries) + "\n" if self._path.endswith(".json") else documents(entries)
        with open(self._path, "w", encoding="utf-8") as file:
            file.write(text)


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry.get(name) for name in ("apiVersion", "kind", "metadata", "spec")}
