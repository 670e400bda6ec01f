"""Man pages from the command tree: one a command, in plain man(7) macros."""

from __future__ import annotations

import re
from collections.abc import Iterable

from influxctl import __version__
from influxctl.cli.app import ABOUT, root
from influxctl.cli.lazy import Parameter, TyperContext, global_options
from influxctl.cli.tree import NOUNS
from influxctl.cli.walk import Node
from influxctl.core.errors import Exit

EXITS = {
    Exit.OK: "Done.",
    Exit.FAILED: "Failed.",
    Exit.USAGE: "The command line is wrong; nothing was sent.",
    Exit.NOT_FOUND: "The thing named does not exist.",
    Exit.NOT_AUTHORIZED: "The token is missing, wrong, or lacks the permission.",
    Exit.CONFLICT: "A name is taken, or another process holds the data.",
    Exit.UNREACHABLE: "No answer from the server.",
    Exit.PARTLY: "Some of the work was done and some was refused.",
    Exit.FINDINGS: "There are differences or findings.",
    Exit.RATE_LIMITED: "A rate limit is still reached after all tries.",
    Exit.INTERRUPTED: "Interrupted.",
}
FILES = "profiles.toml in the configuration folder (\\fBinfluxctl config path\\fR prints where) holds the profiles."
ENVIRONMENT = (
    ("INFLUX_HOST, INFLUX_TOKEN, INFLUX_ORG, INFLUX_ORG_ID", "Server, token and organization, as in the influx tool."),
    ("INFLUX_BUCKET_NAME, INFLUX_BUCKET_ID, INFLUX_PRECISION", "Defaults of write and delete."),
    ("INFLUX_ACTIVE_CONFIG, INFLUXCTL_PROFILE", "Profile to use."),
    ("INFLUXCTL_CONFIG_DIR, INFLUXCTL_DATA_DIR", "Folders of the profiles and of the embedded server."),
    ("INFLUXCTL_OUTPUT, INFLUXCTL_TIMEOUT", "Output format, and seconds to wait."),
    ("NO_COLOR", "No colours."),
)


def pages(nodes: list[Node]) -> dict[str, str]:
    """File name to text, for every command and the program itself."""
    found = {"influxctl.1": _root()}
    for node in nodes:
        found[f"influxctl-{'-'.join(node.words)}.1"] = _page(node, nodes)
    return found


def escape(text: str) -> str:
    """Text for roff: backslashes and dashes escaped, no line taken for a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def _title(words: Iterable[str], what: str) -> list[str]:
    name = "-".join(("influxctl", *words))
    return [
        f'.TH "{escape(name.upper())}" "1" "" "influxctl {__version__}" "influxctl"',
        ".SH NAME",
        f"{escape(name)} \\- {escape(what)}",
    ]


def _summary(text: str) -> str:
    first = " ".join(text.strip().split("\n\n")[0].split())
    return first[:1].lower() + first[1:].rstrip(".") if first else ""


def _paragraphs(text: str) -> list[str]:
    lines: list[str] = []
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        lines += [".PP"] if number else []
        lines += [escape(line) for line in paragraph.splitlines()]
    return lines


def _options(params: Iterable[Parameter], node: Node | None) -> list[str]:
    lines: list[str] = []
    for param in params:
        record = param.get_help_record(_context(node))
        if record is not None:
            lines += [".TP", f"\\fB{escape(record[0])}\\fR", escape(" ".join(record[1].split())) or "\\&"]
    return lines


def _context(node: Node | None) -> TyperContext:
    return node.context() if node is not None else TyperContext(root(), info_name="influxctl")


def _page(node: Node, nodes: list[Node]) -> str:
    command = "influxctl " + " ".join(node.words)
    usage = " ".join(node.command.collect_usage_pieces(node.context()))
    lines = _title(node.words, _summary(node.help) or command)
    lines += [".SH SYNOPSIS", f"\\fB{escape(command)}\\fR {escape(usage)}", ".SH DESCRIPTION", *_paragraphs(node.help)]
    if node.aliases:
        lines += [".PP", f"Also called {escape(', '.join(node.aliases))}."]
    if node.is_group:
        lines += [".SH COMMANDS"]
        for inner in nodes:
            if inner.words[:-1] == node.words:
                lines += [".TP", f"\\fB{escape(inner.words[-1])}\\fR", escape(_summary(inner.help)) or "\\&"]
    else:
        arguments = [p for p in node.params if p.param_type_name == "argument"]
        options = [p for p in node.params if p.param_type_name != "argument"]
        for heading, params in (("ARGUMENTS", arguments), ("OPTIONS", options)):
            if shown := _options(params, node):
                lines += [f".SH {heading}", *shown]
        if node.operations:
            lines += [".SH API", f"Calls {escape(', '.join(node.operations))}."]
    above = "influxctl" if len(node.words) == 1 else "influxctl-" + "-".join(node.words[:-1])
    seen = dict.fromkeys((above, "influxctl"))
    lines += [".SH SEE ALSO", ",\n".join(f"\\fB{escape(name)}\\fR(1)" for name in seen)]
    return "\n".join(lines) + "\n"


def _root() -> str:
    lines = _title((), _summary(ABOUT))
    lines += [".SH SYNOPSIS", "\\fBinfluxctl\\fR [OPTIONS] COMMAND [ARGS]...", ".SH DESCRIPTION", *_paragraphs(ABOUT)]
    lines += [".SH COMMANDS"]
    for noun in NOUNS:
        lines += [".TP", f"\\fB{escape(noun.name)}\\fR", escape(noun.help + ".")]
    lines += [
        ".SH GLOBAL OPTIONS",
        "These are accepted by every command, before and after the command words.",
        *_options(global_options(), None),
    ]
    lines += [".SH EXIT STATUS"]
    for code, text in EXITS.items():
        lines += [".TP", f"\\fB{int(code)}\\fR", escape(text)]
    lines += [".SH ENVIRONMENT"]
    for names, text in ENVIRONMENT:
        lines += [".TP", f"\\fB{escape(names)}\\fR", escape(text)]
    lines += [".SH FILES", FILES]
    return "\n".join(lines) + "\n"
