"""The program `influx`: one command line in, exit code 0 or 1 out; usage on stdout, `Error: …` on stderr."""

from __future__ import annotations

from collections.abc import Sequence

from influxctl.cli.compat import route, usage
from influxctl.cli.compat.call import Call, Failed, Streams
from influxctl.cli.compat.flags import FlagError, Values, missing, parse
from influxctl.cli.compat.gotext import quoted
from influxctl.cli.compat.handlers import handler
from influxctl.cli.compat.table import group, tree
from influxctl.cli.compat.table.model import Node
from influxctl.core.errors import InfluxctlError
from influxctl.core.standard import drop


def main(args: Sequence[str], streams: Streams | None = None) -> int:
    """Run one command line as influx would and return its exit code."""
    streams = streams or Streams.standard()
    try:
        return _guarded(args, streams)
    except BrokenPipeError:
        drop(streams.out)
        return 0


def _guarded(args: Sequence[str], streams: Streams) -> int:
    try:
        code = _run(args, streams)
        streams.flush()
        return code
    except BrokenPipeError:
        raise
    except Failed as error:
        return _error(streams, str(error))
    except InfluxctlError as error:
        return _error(streams, error.message)
    except KeyboardInterrupt:
        return 130
    except FileNotFoundError as error:
        return _error(streams, f"open {error.filename}: no such file or directory")
    except (OSError, UnicodeError) as error:
        return _error(streams, str(error))
    except Exception as error:
        if streams.env.get("INFLUXCTL_DEBUG"):
            raise
        return _error(streams, f"{type(error).__name__}: {error}; this is a defect of influxctl")


def _error(streams: Streams, message: str) -> int:
    try:
        streams.flush()
    except BrokenPipeError:
        raise
    except OSError as error:  # a full disk: what was printed is lost, what is to be said is not
        message = message if str(error) in message else f"{message}; {error}"
    streams.note(f"Error: {message}")
    return 1


def _run(args: Sequence[str], streams: Streams) -> int:
    if list(args[:1]) in (["help"], ["h"]):
        return _help(args[1:], streams)
    found = route.find(args)
    node = found.node
    if node is None or node.command is None:
        text = usage.root() if node is None else usage.of(node)
        name = "influx" if node is None else f"influx {node.words}"
        if found.wrong is not None:
            return _error(streams, f"unknown command {quoted(found.wrong)} for {quoted(name)}")
        if found.refused is not None and not found.help:
            streams.print(f"Incorrect Usage. {found.refused}\n\n{text}")
            return _error(streams, found.refused)
        streams.print(text)
        return 0
    return _command(node, found.rest, streams)


def _command(node: Node, rest: list[str], streams: Streams) -> int:
    command = node.command
    assert command is not None
    values = Values()
    try:
        parse(command.all_flags, rest, streams.env, values)
    except FlagError as error:
        mark = "." if node.children else ":"
        streams.print(f"Incorrect Usage{mark} {error}\n\n{usage.of(node, values)}")
        return _error(streams, str(error))
    if values.help:
        streams.print(usage.of(node, values))
        return 0
    absent = missing(command.all_flags, values)
    if absent:
        streams.print(usage.of(node, values))
        names = quoted(", ".join(absent))
        return _error(streams, f"Required flag{'s' if len(absent) > 1 else ''} {names} not set")
    if values.arguments and not command.arguments:
        return _error(streams, f"unknown command {quoted(values.arguments[0])} for {quoted(node.word)}")
    call = Call(command, values, streams)
    try:
        handler(command.words)(call)
    finally:
        call.close()
    return call.code


def _help(words: Sequence[str], streams: Streams) -> int:
    """`help WORD …`: the help of that command."""
    node: Node | None = None
    for word in words:
        if node is None:
            entry = group(word)
            node = tree(entry) if entry else None
        else:
            node = node.child(word)
        if node is None:
            return _error(streams, f"No help topic for '{word}'")
    streams.print(usage.root() if node is None else usage.of(node))
    return 0
