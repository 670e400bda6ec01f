"""The root command, and the frame of every call: usage errors, API errors, interruptions and closed pipes to exit
codes.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Sequence
from contextlib import redirect_stdout

import typer

from influxctl.cli.context import Context, Previewed
from influxctl.cli.lazy import HELP_NAMES, ClickException, NoArgsIsHelpError, Root, UsageError
from influxctl.cli.topics import topic
from influxctl.cli.tree import WORDS
from influxctl.core.errors import Exit, InfluxctlError
from influxctl.core.errors import UsageError as UsageOfOurs
from influxctl.core.standard import drop

# What a path on the command line can cause.
_OF_PATHS = {
    errno.ENOENT,
    errno.EACCES,
    errno.EPERM,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.EROFS,
    errno.EEXIST,
}
_OF_WRITES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}

ABOUT = """A command line for the whole InfluxDB v2 API, with an embedded server for offline use.

Without a profile it works on data of its own, in this process: try 'influxctl demo'.
"""


def root() -> Root:
    """The program as a command tree; nouns load when they are asked for."""
    return Root(
        "influxctl",
        help=ABOUT,
        epilog="'influxctl NOUN --help' lists the commands of a noun, 'influxctl help topics' what else is explained.",
    )


def main(args: list[str], context: Context | None = None) -> int:
    """Run one command line; all that goes wrong becomes one line on stderr and an exit code."""
    context = context or Context()
    context.args = tuple(args)
    try:
        return _run(args, context)
    except BrokenPipeError:
        drop(context.stdout)  # the reader of the pipe is gone
        return int(Exit.OK)
    finally:
        context.close()


def _words(args: Sequence[str]) -> Sequence[str]:
    """`help NOUN …` is `NOUN … --help`."""
    return [*args[1:], "--help"] if args[:1] == ["help"] else args


def _run(args: Sequence[str], context: Context) -> int:
    try:
        if len(args) == 2 and args[0] == "help" and (text := topic(args[1])) is not None:
            context.stdout.write(text)
            context.stdout.flush()
            return int(Exit.OK)
        args = _words(args)
        if args and args[0] not in WORDS and args[0] not in HELP_NAMES:
            from influxctl.cli.extend import expanded

            args = expanded(context, args)
        with redirect_stdout(context.stdout):  # help texts are printed by Typer
            result = root().main(args=list(args), prog_name="influxctl", standalone_mode=False, obj=context)
        context.stdout.flush()
        return result if isinstance(result, int) else int(Exit.OK)
    except Previewed:
        return int(Exit.OK)
    except NoArgsIsHelpError as error:
        context.tell(error.format_message() + "\n")
        return int(Exit.USAGE)
    except UsageError as error:
        path = error.ctx.command_path if error.ctx is not None else "influxctl"
        return report(context, InfluxctlError(
            _worded(error.format_message()), code="invalid", exit=Exit.USAGE, hint=f"see '{path} --help'"
        ))  # fmt: skip
    except ClickException as error:
        return report(context, InfluxctlError(error.format_message(), code="invalid"))
    except InfluxctlError as error:
        return report(context, error)
    except (KeyboardInterrupt, typer.Abort):
        return report(context, InfluxctlError("interrupted", exit=Exit.INTERRUPTED))
    except SystemExit as error:  # Typer leaves this way when the pipe of a help text is closed
        return int(Exit.OK) if error.code == 1 else int(error.code or 0)
    except BrokenPipeError:
        raise
    except UnicodeEncodeError as error:
        wrong = error.object[max(0, error.start - 20) : error.end]
        return report(context, UsageOfOurs(f"an argument or file name is not UTF-8 text: {wrong!r}"))
    except UnicodeError as error:
        return report(context, UsageOfOurs(f"the input is not UTF-8 text: {error}"))
    except OSError as error:
        return report(context, _of_system(error))
    except Exception as error:
        if os.environ.get("INFLUXCTL_DEBUG"):
            raise
        from influxctl.cli.oddness import odd_answer

        if (odd := odd_answer(context, error)) is not None:
            return report(context, odd)
        return report(context, InfluxctlError(
            f"{type(error).__name__}: {error}".replace("\n", " "),
            hint="this is a defect of influxctl; INFLUXCTL_DEBUG=1 shows where",
        ))  # fmt: skip


def _of_system(error: OSError) -> InfluxctlError:
    """What the operating system refused, that nothing nearer knew more about."""
    what = f"{str(error.filename)!r}: {error.strerror}" if error.filename else str(error.strerror or error)
    if error.errno == errno.EEXIST:
        what = f"{str(error.filename)!r} is there already, and is no folder"
    if error.errno in _OF_PATHS:
        return UsageOfOurs(what, hint="check the path and its permissions")
    return InfluxctlError(f"writing failed: {what}" if error.errno in _OF_WRITES else what, code="invalid")


_LONG = re.compile(r"\S{400,}")


def _shortened(text: str) -> str:
    """A message in which what somebody pasted does not fill the screen."""
    return _LONG.sub(lambda match: f"{match[0][:100]}… ({len(match[0]):,} characters)", text)


def _worded(message: str) -> str:
    """What Typer says about a command line, on one line and without its brackets."""
    text = message.replace("\n", " ").rstrip(".")
    extra = re.fullmatch(r"Got unexpected extra argument(?:\(s\)|s)? \((.*)\)", text)
    return f"too many arguments: {extra[1]}" if extra else text


def report(context: Context, error: InfluxctlError) -> int:
    """Print an error on stderr, as JSON when the output is JSON, and return its exit code."""
    context.finish_line()
    if context.wants_json_errors():
        body: dict[str, object] = {"code": error.code, "status": error.status, "message": error.message}
        if error.hint:
            body["hint"] = error.hint
        body.update(error.details)
        context.tell(json.dumps({"error": body, "exit": int(error.exit)}, ensure_ascii=False, default=str) + "\n")
    else:
        text = "; ".join(" ".join(line.split()) for line in _shortened(error.message).splitlines() if line.strip())
        join = " " if text.endswith("?") else "; "
        context.tell(f"Error: {text}{join + error.hint if error.hint else ''}\n")
    return int(error.exit)
