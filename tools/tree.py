"""Writes the tree of docs/architecture.md from the docstrings of the modules, so that the page cannot drift from the code.

    python tools/tree.py [--check]

With --check nothing is written; the exit code says whether the page is up to date.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- tree: written by tools/tree.py -->", "<!-- end of tree -->"
FOLDED = {"influxctl/flux/stdlib", "influxctl/cli/groups", "influxctl/_shipped"}  # one line for all that is below
WIDTH = 130


def first_sentence(path: Path) -> str:
    """What a module says that it owns: the first sentence of its docstring."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    paragraph = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=[a-z)`0-9])\. ", paragraph)[0].rstrip(".")


def lines(folder: Path, depth: int) -> list[str]:
    """The folder's own line and those of everything in it."""
    name = str(folder.relative_to(ROOT))
    out = [entry(f"{folder.name}/", folder / "__init__.py", depth)]
    if name in FOLDED:
        return out
    for path in sorted(folder.iterdir()):
        if path.is_dir() and any(path.rglob("*.py")) and path.name != "__pycache__":
            out += lines(path, depth + 1)
        elif path.suffix == ".py" and path.name != "__init__.py":
            out.append(entry(path.name, path, depth + 1))
    return out


def entry(name: str, path: Path, depth: int) -> str:
    """One line: name, and what the docstring says, cut at the width of the page."""
    text = first_sentence(path) if path.exists() else ""
    label = f"{'  ' * depth}{name}"
    return f"{label:<30} {textwrap.shorten(text, WIDTH - 30, placeholder=' …')}".rstrip()


def page() -> str:
    """The page with its tree made anew."""
    text = PAGE.read_text()
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    tree = "\n".join(lines(ROOT / "influxctl", 0))
    return f"{before}{BEGIN}\n```\n{tree}\n```\n{END}{after}"


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = page()
    if options.check:
        if PAGE.read_text() != text:
            print("docs/architecture.md is out of date: run tools/tree.py", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
