"""Makes influxctl/flux/stdlib/types.json: type, defaults and first version of every name of the standard library.

    python tools/flux_types.py [--check] [--source FILE]

The source is the reference's measured data; without it only the shape of the shipped copy is checked.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "shared" / "reference" / "flux-stdlib.json"
TARGET = Path(__file__).resolve().parent.parent / "influxctl" / "flux" / "stdlib" / "types.json"


def compact(source: dict[str, dict[str, dict[str, object]]]) -> str:
    """The shipped form: package to name to [type, defaults, introduced], trailing empty parts left out; a package a line."""
    packages = []
    for path, names in sorted(source.items()):
        entries = {}
        for name, facts in sorted(names.items()):
            entry = [facts["type"], facts.get("defaults") or {}, facts.get("introduced") or ""]
            while not entry[-1]:
                entry.pop()
            entries[name] = entry
        packages.append(f"{json.dumps(path)}: {json.dumps(entries, separators=(',', ':'))}")
    return "{\n" + ",\n".join(packages) + "\n}\n"


def main() -> int:
    """Write the file, or compare it with what would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--source", type=Path, default=SOURCE)
    options = parser.parse_args()
    if not options.source.exists():
        shipped = json.loads(TARGET.read_text())
        count = sum(len(names) for names in shipped.values())
        print(f"{options.source} is not here; the shipped copy has {count} names")
        return 0 if count == 677 else 1
    wanted = compact(json.loads(options.source.read_text()))
    if not options.check:
        TARGET.write_text(wanted)
        return 0
    if TARGET.exists() and TARGET.read_text() == wanted:
        return 0
    print(f"{TARGET} is stale: run python tools/flux_types.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
