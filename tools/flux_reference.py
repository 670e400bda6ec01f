"""Generates docs/flux-reference.md (every name of the Flux library with type, text, example and result) and docs/flux-coverage.md.

Sources: `flux/stdlib/types.json` (names and types), the `.flux` files (texts), `tests/flux/*.test` (examples). `--check` only compares.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from flux_cases import Case, read_cases

from influxctl.flux import library, packages, stdlib

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "flux"
_DECLARATION = re.compile(r"(?:builtin |option )?([A-Za-z_]\w*) (?:=|:)")
_IMPLICIT = ("universe", "influxdata/influxdb", "internal/location", "internal/boolean")


@dataclass
class Entry:
    """One name: its package, type, text, where its code is, and the cases that use it."""

    path: str
    name: str
    type: str
    text: str
    code: str
    cases: list[Case]

    @property
    def missing(self) -> list[str]:
        """What there should be and is not."""
        have = {"code": self.code, "type": self.type, "doc": self.text, "case": self.cases}
        return [what for what, value in have.items() if not value]


def texts(path: str) -> dict[str, str]:
    """The comment above each declaration of a package."""
    found: dict[str, str] = {}
    comment: list[str] = []
    for line in (stdlib.source(path) or "").splitlines():
        if line.startswith("//"):
            comment.append(line.removeprefix("//").strip())
            continue
        declared = _DECLARATION.match(line)
        if declared and comment:
            found[declared[1]] = " ".join(comment)
        comment = []
    return found


def package_text(path: str) -> str:
    """The comment above the package clause."""
    lines = (stdlib.source(path) or "").split("package ", 1)[0].splitlines()
    return " ".join(line.removeprefix("//").strip() for line in lines if line.startswith("//"))


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case of tests/flux."""
    return tuple(case for file in sorted(CASES.glob("*.test")) for case in read_cases(file.read_text()))


def uses(case: Case, path: str, name: str) -> bool:
    """Whether a case uses a name: behind its package, or bare where no import is needed."""
    if path in case.uses and re.search(rf"\b{path.rsplit('/', 1)[-1]}\.{re.escape(name)}\b", case.flux):
        return True
    return path in _IMPLICIT and re.search(rf"(?<![.\w]){re.escape(name)}\b(?!:)", case.flux) is not None


def code_of(path: str, name: str) -> str:
    """What stands behind a name: Python or Flux."""
    declared = packages.declarations(path)
    if declared is None:
        return ""
    if name in declared.values:
        return "Flux"
    return "Python" if name in declared.builtins and stdlib.lookup(path, name) is not None else ""


def entries() -> list[Entry]:
    """Every name of the library, by package and name."""
    found = []
    for path in library.packages():
        comments = texts(path)
        for name in sorted(library.declarations()[path]):
            cases = [case for case in all_cases() if uses(case, path, name)]
            kind = library.type_text(path, name) or ""
            found.append(Entry(path, name, kind, comments.get(name, ""), code_of(path, name), cases))
    return found


def example(entry: Entry) -> list[str]:
    """The shortest case that has a result rather than an error, and that result."""
    good = [c for c in entry.cases if c.expected and not c.expected[0].startswith("fail ")] or entry.cases
    if not good:
        return []
    case = min(good, key=lambda c: (c.uses[:1] != (entry.path,), len(c.flux), c.line))
    lines = [*case.flux.strip().splitlines(), *(f"// {line}" for line in case.expected[:6])]
    return ["```flux", *lines, *(["// …"] if len(case.expected) > 6 else []), "```", ""]


def reference(found: list[Entry]) -> str:
    """The reference page."""
    out = [
        "# Flux reference",
        "",
        "Every name of the library with its type, what it does, and an example with its result.",
        "Made by `tools/flux_reference.py`; the texts come from the `.flux` files, the examples from `tests/flux`.",
        "In the examples now is 2021-03-10T12:00:00Z, and a server of the network says what it was sent.",
        "",
    ]
    path = ""
    for entry in found:
        if entry.path != path:
            path = entry.path
            out += [f"## {path}", "", package_text(path), ""]
        out += [f"### {path.rsplit('/', 1)[-1]}.{entry.name}", "", f"`{entry.type}`", "", entry.text, ""]
        given = library.defaults(path, entry.name)
        if given:
            out += [
                "Defaults: " + ", ".join(f"`{k}={' '.join(v.split())}`" for k, v in sorted(given.items())) + ".",
                "",
            ]
        out += example(entry)
    return "\n".join(out).rstrip() + "\n"


def coverage(found: list[Entry]) -> str:
    """The coverage page."""
    whole = [entry for entry in found if not entry.missing]
    out = [
        "# Flux coverage",
        "",
        f"{len(whole)} of {len(found)} names with code, type, doc and case. Made by `tools/flux_reference.py`.",
        "",
        "Names that cannot do their work here, each with a case that shows its error: `experimental/bigtable.from`,",
        "`experimental/iox.from`, `experimental/iox.sql`, `experimental/mqtt.publish` (refused by InfluxDB OSS in the same",
        "words), `kafka.to`, `socket.from`, `sql.from` and `sql.to` with drivers other than sqlite3 (no client here),",
        "`csv.from(file:)` (refused by InfluxDB OSS).",
        "",
        "| package | names | Python | Flux | missing |",
        "| --- | --: | --: | --: | --- |",
    ]
    for path in library.packages():
        mine = [entry for entry in found if entry.path == path]
        lacking = "; ".join(f"{e.name}: {', '.join(e.missing)}" for e in mine if e.missing)
        kinds = [entry.code for entry in mine]
        out.append(f"| {path} | {len(mine)} | {kinds.count('Python')} | {kinds.count('Flux')} | {lacking} |")
    return "\n".join(out) + "\n"


def main() -> int:
    """Writes the pages, or with `--check` says which are stale."""
    found = entries()
    pages = {"flux-reference.md": reference(found), "flux-coverage.md": coverage(found)}
    stale = [name for name, text in pages.items() if not _same(ROOT / "docs" / name, text)]
    if "--check" in sys.argv:
        for name in stale:
            print(f"docs/{name} is stale: run tools/flux_reference.py")
        return 1 if stale else 0
    for name in stale:
        (ROOT / "docs" / name).write_text(pages[name])
    return 0


def _same(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text() == text


if __name__ == "__main__":
    sys.exit(main())
