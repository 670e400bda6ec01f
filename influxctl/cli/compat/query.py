"""`influx query`: a Flux query, its result as tables or untouched."""

from __future__ import annotations

from collections.abc import Iterator

from influxctl.cli.compat.call import Call, Failed
from influxctl.cli.compat.gotext import quoted
from influxctl.cli.compat.handlers import command
from influxctl.cli.compat.querytables import ResultError, TablePrinter
from influxctl.client.lines import physical_lines

DIALECT = {"annotations": ["group", "datatype", "default"], "delimiter": ",", "header": True}


@command("query")
def query(call: Call) -> None:
    """Run a query and print what it gives."""
    script = _script(call).strip()
    if not script:
        raise Failed("no query provided")
    body: dict[str, object] = {"query": script, "type": "flux", "dialect": DIALECT}
    profilers = [name for names in call.flags.many("profilers") for name in names.split(",")]
    if profilers:
        body["extern"] = _profiling(profilers)
    answer = call.api("failed to execute query", "PostQuery", query=call.org(), json=body, stream=True)
    with answer:
        out = call.streams.out
        if call.flags.switch("raw"):
            for piece in answer.iter_bytes():
                out.write(piece)
            return
        try:
            TablePrinter(out.write).print(_lines(answer.iter_bytes()))
        except ResultError as error:
            raise Failed(str(error)) from None


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    for line in physical_lines(chunks):
        yield line.decode("utf-8", "surrogateescape") + "\n"


def _script(call: Call) -> str:
    """The query: an argument, `@FILE` or `-`, a file, else standard input."""
    file, arguments = call.flags.text("file"), call.arguments
    if len(arguments) > 1:
        raise Failed(f"at most 1 query string can be specified as an argument, got {len(arguments)}")
    if arguments and file:
        raise Failed("query can be specified as a CLI arg or passed in a file via flag, not both")
    if not file and arguments and arguments[0].startswith("@"):
        file = arguments[0][1:]
    if file:
        try:
            return call.read_file(file)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Failed(f"failed to read query from {quoted(file)}: open {file}: {reason}") from None
    return arguments[0] if arguments and arguments[0] != "-" else call.read_stdin()


def _profiling(names: list[str]) -> dict[str, object]:
    """The syntax tree that switches profilers on, in front of the query's own."""

    def text(value: str) -> dict[str, object]:
        return {"type": "StringLiteral", "value": value}

    def name(value: str) -> dict[str, object]:
        return {"type": "Identifier", "name": value}

    member = {"type": "MemberExpression", "object": name("profiler"), "property": name("enabledProfilers")}
    value = {"type": "ArrayExpression", "elements": [text(each) for each in names]}
    option = {"type": "OptionStatement", "assignment": {"type": "MemberAssignment", "member": member, "init": value}}
    return {"type": "File", "imports": [{"type": "ImportDeclaration", "path": text("profiler")}], "body": [option]}
