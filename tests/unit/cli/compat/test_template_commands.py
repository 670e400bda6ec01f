"""`influx template`, `apply`, `stacks` and `export` (cli.compat), on a fresh server."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from influxctl.cli.compat.call import Streams
from influxctl.cli.compat.main import main
from influxctl.testing.server import LocalServer, local_server

TEMPLATE = """
apiVersion: influxdata.com/v2alpha1
kind: Label
metadata: {name: tag}
spec: {name: blue, color: "#0000FF"}
---
apiVersion: influxdata.com/v2alpha1
kind: Bucket
metadata: {name: store}
spec:
  name: kept
  retentionRules: [{type: expire, everySeconds: 7200}]
  associations: [{kind: Label, name: tag}]
---
apiVersion: influxdata.com/v2alpha1
kind: Variable
metadata: {name: choice}
spec: {name: choice, type: map, values: {b: "1", a: "2"}}
---
apiVersion: influxdata.com/v2alpha1
kind: Task
metadata: {name: job}
spec: {name: job, every: 1h, query: 'buckets() |> yield()'}
---
apiVersion: influxdata.com/v2alpha1
kind: Dashboard
metadata: {name: board}
spec:
  name: board
  associations: [{kind: Label, name: tag}]
  charts: [{kind: Markdown, name: note, note: hello, width: 2, height: 3}]
"""


class Shell:
    """Runs influx in process against the server, in a folder."""

    def __init__(self, server: LocalServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.env = {"INFLUX_HOST": server.url, "INFLUX_TOKEN": server.token, "INFLUX_ORG": server.org}
        self.env["INFLUX_CONFIGS_PATH"] = str(folder / "configs")
        self.path = folder / "t.yml"
        self.path.write_text(TEMPLATE)

    def __call__(self, *args: str, stdin: bytes | None = None) -> tuple[int, str, str]:
        out, err = io.BytesIO(), io.StringIO()
        source = open("/dev/null", "rb") if stdin is None else io.BytesIO(stdin)  # noqa: SIM115 - closed below
        with source:
            code = main(args, Streams(out, err, source, self.env))
        return code, out.getvalue().decode(), err.getvalue()


@pytest.fixture
def influx(tmp_path: Path) -> Iterator[Shell]:
    with local_server() as server:
        yield Shell(server, tmp_path)


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server


@pytest.fixture
def reader(shared: LocalServer, tmp_path: Path) -> Shell:
    """For calls that change nothing."""
    return Shell(shared, tmp_path)


def _tables(text: str) -> dict[str, list[list[str]]]:
    """Rows by the title of their table."""
    found: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        if line[:1].isalpha():
            rows = found[line.partition("  ")[0]] = []
        elif line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def test_a_summary(reader: Shell) -> None:
    code, out, err = reader("template", "-f", str(reader.path), "--disable-color")
    assert (code, err) == (0, "")
    tables = _tables(out)
    assert list(tables) == ["LABELS", "BUCKETS", "DASHBOARDS", "VARIABLES", "LABEL ASSOCIATIONS"]
    assert tables["BUCKETS"][1] == ["store", "0" * 16, "kept", "2h0m0s", "", "implicit"]
    assert tables["VARIABLES"][1][3:] == ["", "map", '{"a":"2","b":"1"}']
    assert tables["LABEL ASSOCIATIONS"][-1][-1] == "2"


def test_colours_unless_they_are_switched_off(reader: Shell) -> None:
    out = reader("template", "-f", str(reader.path))[1]
    assert "\x1b[96;1m" in out
    assert out.startswith("LABELS\n")  # titles are coloured on terminals only


def test_differences_are_shown_and_then_applied(influx: Shell) -> None:
    stack = json.loads(influx("stacks", "init", "-n", "mine", "--json")[1])["id"]
    args = ("apply", "-f", str(influx.path), "--disable-color", "--stack-id", stack)
    code, out, err = influx(*args, stdin=None)
    assert (code, err) == (1, "Error: aborted application of template\n")
    assert _tables(out)["BUCKETS"][1] == ["+", "store", "0" * 16, "kept", "2h0m0s", "", "implicit", "0"]
    assert influx("export", "--bucket-names", "kept")[0] == 1
    code, out, _ = influx(*args, "--force", "yes")
    assert code == 0
    assert out.endswith(f"Stack ID: {stack}\n")
    again = _tables(influx(*args, "--force", "conflict")[1].partition("LABELS\n")[0])
    assert [row[0] for row in again["BUCKETS"][1:-1]] == [""]
    assert [row[0] for row in again["DASHBOARDS"][1:-1]] == ["-", "+"]  # kinds that are not compared in full
    assert [row[0] for row in again["LABEL ASSOCIATIONS"][1:-1]] == ["", ""]
    assert influx(*args, "--force", "yes", "-q")[:2] == (0, "")


def test_apply_as_json(influx: Shell) -> None:
    code, out, _ = influx("apply", "-f", str(influx.path), "--force", "yes", "--json", "--filter", "kind=Bucket")
    assert code == 0
    decoder = json.JSONDecoder()
    diff, at = decoder.raw_decode(out)
    done, _ = decoder.raw_decode(out[at:].lstrip())
    assert diff["buckets"] == []
    assert list(diff["labels"][0]) == ["id", "kind", "new", "stateStatus", "templateMetaName"]
    assert list(done) == ["stackID", "Summary"]
    assert done["Summary"]["tasks"] is None
    assert isinstance(done["Summary"]["dashboards"][0]["id"], int)


def test_an_exported_stack_keeps_its_names_and_applies_again(influx: Shell) -> None:
    stack = json.loads(influx("stacks", "init", "--json")[1])["id"]
    assert influx("apply", "-f", str(influx.path), "--stack-id", stack, "--force", "yes", "-q")[0] == 0
    target = influx.folder / "out.yml"
    assert influx("export", "stack", stack, "-f", str(target)) == (0, "", "")
    assert target.stat().st_mode & 0o777 == 0o600
    names = {entry["kind"]: entry["metadata"]["name"] for entry in yaml.safe_load_all(target.read_text())}
    assert names == {"Label": "tag", "Bucket": "store", "Variable": "choice", "Task": "job", "Dashboard": "board"}
    code, out, _ = influx("apply", "-f", str(target), "--stack-id", stack, "--force", "yes", "--disable-color")
    assert code == 0
    assert [row[0] for row in _tables(out.partition("LABELS\n")[0])["VARIABLES"][1:-1]] == [""]


def test_exports_by_id_bring_labels_and_those_by_name_do_not(influx: Shell) -> None:
    influx("apply", "-f", str(influx.path), "--force", "yes", "-q")
    named = list(yaml.safe_load_all(influx("export", "--bucket-names", "kept")[1]))
    assert [entry["kind"] for entry in named] == ["Bucket"]
    assert "associations" not in named[0]["spec"]
    buckets = influx.server.call("GET", "/api/v2/buckets?name=kept").json()["buckets"]
    found = list(yaml.safe_load_all(influx("export", "--buckets", buckets[0]["id"])[1]))
    assert sorted(entry["kind"] for entry in found) == ["Bucket", "Label"]
    target = influx.folder / "all.json"
    assert influx("export", "all", "--filter", "labelName=blue", "-f", str(target))[0] == 0
    assert sorted(entry["kind"] for entry in json.loads(target.read_text())) == ["Bucket", "Dashboard", "Label"]
    assert target.read_text().startswith('[\n\t{\n\t\t"apiVersion"')


def test_stacks_are_listed_changed_and_removed_after_a_question(influx: Shell) -> None:
    id = influx("stacks", "init", "-n", "one", "-d", "first", "-u", "http://a", "-u", "http://b", "--hide-headers")[
        1
    ].split("\t")[0]
    influx("stacks", "init", "-n", "two")
    assert influx("stacks", "update", "-i", id, "-n", "uno", "--json")[0] == 0
    listed = influx("stacks", "--stack-name", "uno")[1].splitlines()
    assert listed[0].split("\t")[0] == "ID"
    assert [cell for cell in listed[1].split("\t") if cell][3:8] == ["uno", "first", "0", "[]", "[http://a http://b]"]
    assert influx("stacks", "rm", "--stack-id", id, stdin=b"no\n")[0] == 0
    assert "uno" in influx("stacks")[1]
    assert influx("stacks", "rm", "--stack-id", id, stdin=b"y\n")[0] == 0
    assert len(json.loads(influx("stacks", "--json")[1])) == 1


def test_resources_can_be_added_to_a_stack_and_exported_with_it(influx: Shell) -> None:
    id = json.loads(influx("stacks", "init", "--json")[1])["id"]
    target = influx.folder / "s.yml"
    args = (
        "stacks",
        "update",
        "-i",
        id,
        "--addResource",
        f"Bucket={influx.server.bucket_id}",
        "--export-file",
        str(target),
    )
    assert influx(*args, stdin=b"")[0] == 0
    assert target.read_text() == ""
    assert influx(*args, stdin=b"y\n")[0] == 0
    assert yaml.safe_load(target.read_text())["spec"]["name"] == "my-bucket"


def test_templates_come_from_folders_and_standard_input(influx: Shell) -> None:
    inner = influx.folder / "set" / "deep"
    inner.mkdir(parents=True)
    label = {
        "apiVersion": "influxdata.com/v2alpha1",
        "kind": "Label",
        "metadata": {"name": "deep"},
        "spec": {"name": "deep one"},
    }
    (inner / "l.json").write_text(json.dumps([label]))
    (inner.parent / "b.yaml").write_text(TEMPLATE.split("---")[0])
    folder = str(inner.parent)
    assert "deep one" not in influx("template", "-f", folder)[1]
    assert "deep one" in influx("template", "-R", "-f", folder)[1]
    code, out, _ = influx("apply", "-e", "json", "--force", "yes", stdin=json.dumps([label]).encode())
    assert code == 0
    assert "deep one" in out


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (
            ["template", "-f", "absent.yml"],
            'failed to find inputs at path "absent.yml": stat absent.yml: no such file or directory',
        ),
        (["apply", "--force", "maybe"], "invalid argument '--force maybe', should use '--force yes'"),
        (["apply", "--filter", "color=red"], 'invalid filter type "color"'),
        (["apply", "--filter", "resource=Label"], 'resource filter "Label" has invalid format'),
        (["apply", "--env-ref", "x"], 'env-ref "x" has invalid format'),
        (["export", "all", "--filter", "rubbish"], 'invalid filter "rubbish", must have format `type=example`'),
        (["export", "all", "--filter", "a=b"], "filter must be 1 in [labelName, resourceKind]"),
        (["export", "some-id"], "must specify --resource-type when passing IDs as args"),
        (["export", "stack"], "incorrect number of arguments"),
        (["stacks", "update", "-i", "0000000000000001", "--addResource", "Bucket"], "must have format `KIND=ID`"),
    ],
)
def test_refusals(reader: Shell, args: list[str], error: str) -> None:
    code, out, err = reader(*args)
    assert (code, out) == (1, "")
    assert error in err


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("n\n", "cannot unmarshal string into api.TemplateEntry"),
        ("a: [", "yaml: line 1"),
        ("metadata: {name: {envRef: {key: k}}}\n", "cannot unmarshal object into the field metadata.name"),
    ],
)
def test_what_is_no_template(reader: Shell, text: str, error: str) -> None:
    code, out, err = reader("apply", "--force", "yes", stdin=text.encode())
    assert (code, out) == (1, "")
    assert error in err


def test_validation(reader: Shell) -> None:
    assert reader("template", "validate", "-f", str(reader.path)) == (0, "", "")
    reader.path.write_text("apiVersion: influxdata.com/v2alpha1\nkind: Teapot\nmetadata: {name: pot}\n")
    code, out, err = reader("template", "validate", "-f", str(reader.path))
    assert (code, out) == (1, "")
    assert err == 'Error: template failed validation:\n\tkind=Teapot field= reason="unsupported kind provided"\n'
