"""The arrows of docs/architecture.md: which package may import which, no cycles inside a package, nothing heavy at start-up."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "influxctl"
LAYERS: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["layers"]
FILES = sorted(p for p in SOURCE.rglob("*.py") if p.parent != SOURCE)
LOCAL = {  # inside local: http → services → the rest; `app` sees all, nothing sees `app` but the daemon and the adapter
    "http": {"http", "services", "store"},
    "services": {"services", "store", "query", "tasks", "monitor", "templates", "replicate"},
    "store": {"store"},
    "query": {"query", "services", "store"},
    "tasks": {"tasks", "store", "query"},
    "monitor": {"monitor", "store", "query"},
    "templates": {"templates", "store"},
    "replicate": {"replicate", "store"},
}


def imports(path: Path, *, top_level: bool = False) -> set[str]:
    """The modules of influxctl that a file imports; with `top_level` only those that importing the file imports too."""
    tree = ast.parse(path.read_text())
    nodes: list[ast.AST] = []
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        if top_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if top_level and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        nodes.append(node)
        todo.extend(ast.iter_child_nodes(node))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {f"{node.module}.{a.name}" for a in node.names}
    return {m for m in found if m.startswith("influxctl.")}


def layer(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_package_imports_only_the_layers_listed_for_it(path: Path) -> None:
    own = layer(path)
    allowed = {own, *LAYERS[own]}
    wrong = {m for m in imports(path) if m.split(".")[1] in LAYERS and m.split(".")[1] not in allowed}
    assert not wrong, f"{own} may import {sorted(allowed)}, not {sorted(wrong)}"


@pytest.mark.parametrize("path", [p for p in FILES if layer(p) == "local"], ids=lambda p: str(p.relative_to(SOURCE)))
def test_inside_local_the_arrows_point_one_way(path: Path) -> None:
    parts = path.relative_to(SOURCE / "local").parts
    if len(parts) < 2:
        return
    allowed = LOCAL[parts[0]]
    inner = {m.split(".")[2] for m in imports(path) if m.startswith("influxctl.local.")}
    wrong = {part for part in inner & set(LOCAL) if part not in allowed} | (inner & {"app", "daemon", "adapter"})
    assert not wrong, f"local.{parts[0]} may not import local.{sorted(wrong)}"


def test_the_layers_have_no_cycle() -> None:
    done: set[str] = set()
    while len(done) < len(LAYERS):
        ready = {name for name, needs in LAYERS.items() if name not in done and set(needs) <= done}
        assert ready, f"a cycle among {sorted(set(LAYERS) - done)}"
        done |= ready


def test_no_cycle_among_modules_when_they_are_imported() -> None:
    names = {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in FILES}
    graph = {
        name: {m for m in imports(path, top_level=True) if m in names and m != name} for name, path in names.items()
    }
    for name in graph:  # a package's __init__ may gather its own modules
        graph[name] = {m for m in graph[name] if not name.startswith(m + ".")}
    state: dict[str, int] = {}

    def visit(name: str, trail: list[str]) -> None:
        if state.get(name) == 2:
            return
        assert state.get(name) != 1, "import cycle: " + " → ".join([*trail[trail.index(name) :], name])
        state[name] = 1
        for other in graph[name]:
            visit(other, [*trail, name])
        state[name] = 2

    for name in graph:
        visit(name, [])


HEAVY = (
    "requests",
    "rich",
    "yaml",
    "sqlite3",
    "numpy",
    "polars",
    "fastjsonschema",
    "influxctl.flux",
    "influxctl.local",
)


@pytest.mark.parametrize(
    ("arguments", "also"),
    [(["--version"], ("typer",)), (["--help"], ("typer",)), (["bucket", "--help"], ())],
    ids=["version", "root-help", "group-help"],
)
def test_help_imports_nothing_heavy(arguments: list[str], also: tuple[str, ...]) -> None:
    code = (
        "import sys, json\n"
        "from influxctl.__main__ import main\n"
        f"code = main({arguments!r})\n"
        "print(json.dumps([code, sorted(sys.modules)]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    code_and_modules = __import__("json").loads(done.stdout.splitlines()[-1])
    assert code_and_modules[0] in (0, None)
    loaded = [m for m in (*HEAVY, *also) if m in code_and_modules[1]]
    assert not loaded, f"influxctl {' '.join(arguments)} imports {loaded}"
