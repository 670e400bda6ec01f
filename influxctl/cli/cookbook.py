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
        for typed, line in self._lines():
            yield f"$ {line}" if typed == "command" else line

    def script(self) -> Iterator[str]:
        """The commands alone, to be run by a shell."""
        return (line for typed, line in self._lines() if typed)

    def _lines(self) -> Iterator[tuple[str, str]]:
        """(what is typed: "command", "text" of a file, or nothing; the line)."""
        inside = False
        for line in self.lines:
            if inside and not line.startswith("  "):
                inside = False
                yield "text", "END"
            mark, text = line[:2], line[2:]
            if mark == "= ":
                inside = True
                yield "command", f"cat > {text} <<'END'"
            elif inside:
                yield "text", text
            elif mark == "$ ":
                yield "command", text
            elif line.startswith("## "):
                yield "", f"# {line[3:]}"
            else:
                yield "", f"# exit code {text}" if mark == "? " else text if mark == "! " else line


def recipes() -> list[Recipe]:
    """All recipes by name."""
    folder = resources.files("influxctl.cli") / "recipes"
    found = []
    for file in folder.iterdir():
        if file.name.endswith(".txt"):
            first, *lines = file.read_text("utf-8").splitlines()
            found.append(Recipe(file.name.removesuffix(".txt"), first.removeprefix("## "), tuple(lines)))
    return sorted(found, key=lambda one: one.name)
