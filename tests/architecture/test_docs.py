"""The guides: their links lead somewhere, and the commands in their shell blocks exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from influxctl.cli.tree import WORDS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_ANCHOR = re.compile(r'<a id="([^"]+)"></a>|^#+ (.*)$', re.MULTILINE)
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    return {
        given or re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-")
        for given, title in _ANCHOR.findall(text)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in _LINK.findall(re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{page.name}: {link}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_shell_blocks_exist(page: Path) -> None:
    for block in _SHELL.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            match = re.match(r"\s*(?:[A-Z_]+=\S*\s+)?influxctl\s+(.*)", line)
            if match is None:
                continue
            try:
                words = [word for word in shlex.split(match[1], comments=True) if word]
            except ValueError:  # a quote that goes over several lines
                words = match[1].split()
            nouns = [word for word in words if word in WORDS or word == "help"]
            assert nouns or words[0].startswith("-"), f"{page.name}: {line}"
