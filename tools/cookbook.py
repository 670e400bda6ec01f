"""Writes docs/cookbook.md from the recipes of the package; --check only compares.

python tools/cookbook.py [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from influxctl.cli.cookbook import recipes

TARGET = Path(__file__).parents[1] / "docs" / "cookbook.md"
HEAD = """# Cookbook

What people do, as sessions that ran: the tests run every one of them. `influxctl examples NAME` prints a recipe offline,
`influxctl examples NAME --script` its commands alone. Without a profile everything happens in the embedded server.

"""


def page() -> str:
    """The whole page: a list of the recipes, then each as a session."""
    found = recipes()
    parts = [HEAD, "".join(f"* [{one.title}](#{one.name})\n" for one in found)]
    for one in found:
        session = "\n".join(one.session())
        parts.append(f'\n<a id="{one.name}"></a>\n\n## {one.title}\n\n```text\n{session}\n```\n')
    return "".join(parts)


def main() -> int:
    """Write the page, or say that it is not the one in the repository."""
    text = page()
    if "--check" in sys.argv[1:]:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            print(f"{TARGET} is not up to date: run python tools/cookbook.py")
            return 1
        return 0
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
