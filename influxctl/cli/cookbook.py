"""Recipes: what people do, as sessions that ran. They are data files of the package (`cli/recipes`); tests run every one of them.

A file begins with `## TITLE`; `## ` is a remark, `= NAME` a file with its lines indented by two blanks, `$ ` a command; `! ` stands
before standard error, `? ` before an exit code that is not 0, and everything else is standard output.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Recipe:
    """One recipe: `name` is its word on the command line."""

    name: str
    title: str
    lines: tuple[str, ...]

    def session(self) -> Iterator[str]:
        """As somebody sees it at a terminal; files are shown as they are made."""
        inside = False
        for line in self.lines:
            if inside and not line.startswith("  "):
                inside = False
                yield "END"
            mark, text = line[:2], line[2:]
            if mark == "= ":
                inside = True
                yield f"$ cat > {text} <<'END'"
            elif inside:
                yield text
            elif line.startswith("## "):
                yield f"# {line[3:]}"
            elif mark == "? ":
                yield f"# exit code {text}"
            else:
                yield text if mark == "! " else line

    def script(self) -> Iterator[str]:
        """The commands alone, to be run by a shell."""
        for line in self.session():
            if line.startswith("$ "):
                yield line[2:]
            elif self._is_file_text(line):
                yield line

    def _is_file_text(self, line: str) -> bool:
        return line == "END" or f"  {line}" in self.lines


def recipes() -> list[Recipe]:
    """All recipes by name."""
    folder = resources.files("influxctl.cli") / "recipes"
    found = []
    for file in folder.iterdir():
        if file.name.endswith(".txt"):
            first, *lines = file.read_text("utf-8").splitlines()
            found.append(Recipe(file.name.removesuffix(".txt"), first.removeprefix("## "), tuple(lines)))
    return sorted(found, key=lambda one: one.name)
