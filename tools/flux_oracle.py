"""Compares our parser and type checker with the reference's WASM build, script by script. For development only.

    npm install --prefix DIR @influxdata/flux-lsp-node
    python tools/flux_oracle.py --lsp DIR [--recordings FILE…] [--mutations N] [--show N]

Scripts: tests/flux/corpus, combinations made here, the queries of recordings, and damaged copies of them. Compared are the verdict
(does it parse and type-check), every error with place and words, and the syntax tree with the location of every node. An answer in
which only the names of type variables differ counts as equal but for names: the build is newer than the server we follow (whose
recorded answers we match where they disagree).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from influxctl.flux.ast import File
from influxctl.flux.astjson import to_json
from influxctl.flux.infer import check
from influxctl.flux.parser import parse

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests" / "flux" / "corpus"
VALUES = ["true", "1", "uint(v: 1)", "1.5", '"s"', 'bytes(v: "b")', "1h", "2020-01-01", "/a/", "[1]", '["a": 1]', "{a: 1}",
          "(x) => x", 'from(bucket: "b")', "now", "r"]  # fmt: skip
OPERATORS = ["+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "=~", "!~", "and", "or", "|>"]
FORMS = ["x = -{a}", "x = not {a}", "x = exists {a}", "x = ({a}).b", "x = ({a})[0]", 'x = "${{{a}}}"', "x = [{a}, 1]",
         "x = [1, {a}]", "x = {{p: {a}}}.q", "x = if {a} then 1 else 2", "x = if true then {a} else 1", "x = ({a})(y: 1)",
         "x = string(v: {a}) + 1", "f = (p={a}) => p + 1 x = f()", "x = range(tables: {a}, start: {a})",
         "x = filter(tables: {a}, fn: {a})", 'x = ["k": {a}, "l": 2]', "x = [{a}: 1]", "f = (r) => r.v + {a} x = f(r: {{v: 1}})",
         "option x = {a} y = x + 1"]  # fmt: skip
WORDS = ["(", ")", "[", "]", "{", "}", ",", ":", "=", "|>", '"', "${", "+", "-", "not", "and", "if", "then", "else", "return",
         "import", "option", "1", '"s"', "x", "<-", "=>", "/a/", "1h", "@a", ".", "==", "with", "\\", ";", "01"]  # fmt: skip
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\w+|\s+|[^\w\s]')


def corpus() -> list[str]:
    """The scripts of tests/flux/corpus."""
    return [
        text for path in sorted(CORPUS.glob("*.txt")) for text in path.read_text("utf-8").rstrip("\n").split("\n----\n")
    ]


def combinations() -> Iterator[str]:
    """Every operator between, and every form around, values of every type."""
    for operator in OPERATORS:
        for left in VALUES:
            for right in VALUES[:13:3]:
                yield f"x = {left} {operator} {right}"
    for form in FORMS:
        for value in VALUES:
            yield form.format(a=value)


def queries(paths: list[Path]) -> Iterator[str]:
    """The Flux of recordings."""
    for path in paths:
        for step in json.loads(path.read_text("utf-8"))["steps"]:
            body = step.get("json")
            text = step.get("flux") or (body.get("query") if isinstance(body, dict) else None)
            if isinstance(text, str):
                yield text


def damaged(scripts: list[str], count: int, seed: int) -> Iterator[str]:
    """Scripts with a token or two taken out, put in, replaced or swapped."""
    dice = random.Random(seed)
    short = [s for s in scripts if 0 < len(s) < 250]
    for _ in range(count):
        tokens = TOKEN.findall(dice.choice(short))
        for _ in range(dice.choice((1, 1, 2))):
            place, action = dice.randrange(len(tokens) or 1), dice.randrange(3)
            if not tokens or action == 0:
                tokens.insert(place, dice.choice(WORDS))
            elif action == 1:
                tokens[place] = dice.choice(WORDS)
            else:
                del tokens[place]
        yield "".join(tokens)


def ask(scripts: list[str], lsp: Path) -> list[dict[str, Any]]:
    """What the reference's build says."""
    program = Path(__file__).with_suffix(".mjs")
    environment = {**os.environ, "FLUX_LSP": str(lsp)}
    answer = subprocess.run(
        ["node", str(program)], input=json.dumps(scripts), capture_output=True, text=True, env=environment, check=True
    )
    return list(json.loads(answer.stdout))


def our_errors(file: File) -> list[list[Any]]:
    """Our errors, shaped as the oracle's."""
    errors = file.errors or check(file)
    return [[*e.location.start, *e.location.end, e.message] for e in errors]


_SEMANTIC = re.compile(
    r"undefined identifier|expected .* but found|is not [A-Z]|invalid binary operator <|missing required|found unexpected"
    r"|record is missing|missing return|invalid import path|invalid named type|invalid constraint|return not valid"
    r"|a pipe literal may|Labels are curr|invalid bad statement|missing pipe|recursive types|reassigned|conflicts with"
    r"|function types can have",
    re.DOTALL,
)


def their_errors(answer: dict[str, Any], parsing: bool) -> list[list[Any]]:
    """Their errors; the language server goes on to types after syntax errors, which the real server does not."""
    errors = [[*e[:4], e[4].replace("a.flux@", "@")] for e in answer["errors"] or []]
    return [e for e in errors if not _SEMANTIC.search(e[4])] if parsing else errors


def nameless(errors: list[list[Any]]) -> list[list[Any]]:
    """Errors with type variables all alike, and our own words for the one that the reference leaves empty."""
    return [[*e[:4], "" if "expected WITH" in e[4] else re.sub(r"\b[A-Z]\b", "_", e[4])] for e in errors]


_SKIPPED = {"type", "metadata", "comments", "errors", "attributes", "lparen", "rparen", "lbrack", "rbrack", "lbrace", "rbrace",
            "arrow", "comma", "separator", "eof", "assign", "op"}  # fmt: skip


def plain(node: Any) -> Any:
    """A tree without type tags (which theirs leaves out where implied), comments and empty parts."""
    if isinstance(node, list):
        return [plain(item) for item in node]
    if not isinstance(node, dict):
        return float(node) if isinstance(node, int) and not isinstance(node, bool) else node
    found: dict[str, Any] = {}
    for key, value in node.items():
        if key in _SKIPPED or value in (None, [], ""):
            continue
        if key == "value" and isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
            value = (
                re.sub(r"\.?0*(?=Z|[+-]\d\d:\d\d$)", "", value.replace("+00:00", "Z"))
                if "." in value
                else value.replace("+00:00", "Z")
            )
        found[key] = plain(value)
    return found


def compare(script: str, answer: dict[str, Any]) -> str:
    """How our answer to one script differs: "" if it does not."""
    if answer.get("crash"):
        return "crash"
    file = parse(script)
    ours, theirs = our_errors(file), their_errors(answer, bool(file.errors))
    if bool(ours) == answer["valid"]:
        return "verdict"
    if ours != theirs:
        return "names" if nameless(ours) == nameless(theirs) else "errors"
    return "" if plain(to_json(file)) == plain(answer["ast"]) else "tree"


def main() -> int:
    """Compare, count, show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lsp", type=Path, required=True, help="the folder with node_modules")
    parser.add_argument("--recordings", type=Path, nargs="*", default=[], help="golden.json files")
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument(
        "--record", type=Path, help="write the answers for the corpus that we agree with, for the tests"
    )
    options = parser.parse_args()
    groups = {
        "corpus": corpus(),
        "combinations": list(dict.fromkeys(combinations())),
        "recordings": list(dict.fromkeys(queries(options.recordings))),
    }
    groups["damaged"] = list(damaged([*groups["corpus"], *groups["recordings"]], options.mutations, options.seed))
    shown = 0
    agreed: list[dict[str, Any]] = []
    for name, scripts in groups.items():
        counts: Counter[str] = Counter()
        for start in range(0, len(scripts), 200):
            part = scripts[start : start + 200]
            for script, answer in zip(part, ask(part, options.lsp), strict=True):
                difference = compare(script, answer)
                counts[difference or "equal"] += 1
                if name == "corpus" and not difference:
                    file = parse(script)
                    agreed.append(
                        {"script": script, "parses": not file.errors, "errors": their_errors(answer, bool(file.errors))}
                    )
                if difference not in ("", "names", "crash") and shown < options.show:
                    shown += 1
                    print(
                        f"{difference}: {script!r}\n  ours   {our_errors(parse(script))}\n  theirs {answer['errors']}"
                    )
        rest = ", ".join(f"{kind} {count}" for kind, count in counts.most_common())
        print(f"{name}: {len(scripts)} scripts: {rest}")
    if options.record:
        lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in agreed)
        options.record.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
