"""The program: `main(argv)` runs one command line and returns its exit code; the only place that catches everything.

`--version` and the root help are answered before anything is imported.
"""

import os
import sys

from influxctl import __version__

HELP_FILE = os.path.join(os.path.dirname(__file__), "_shipped", "help.txt")


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` (without the program's name) and return the exit code."""
    args = sys.argv[1:] if argv is None else list(argv)
    if _is_influx():
        from influxctl.cli.compat.main import main as compat_main

        return compat_main(args)
    if len(args) <= 1:
        first = args[0] if args else "--help"
        if first in ("--version", "-V", "version"):
            return _print(f"influxctl {__version__}\n")
        if first in ("--help", "-h", "help"):
            try:
                with open(HELP_FILE, encoding="utf-8") as file:
                    return _print(file.read())
            except FileNotFoundError:  # a source tree in which it was not generated: the slow way gives the same text
                args = ["--help"]
    if args[:1] == ["__names"]:
        from influxctl.cli.names import main as names_main

        return names_main(args[1:])
    from influxctl.cli.app import main as app_main

    return app_main(args)


def _is_influx() -> bool:
    """Whether we stand in for the influx tool: called by its name, or asked to by the environment."""
    return os.path.basename(sys.argv[0]) == "influx" or os.environ.get("INFLUXCTL_COMPAT") == "influx"


def _print(text: str) -> int:
    """Write a text that needs no command; a reader who has left is no error."""
    code = 0
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"Error: the text could not be written: {error.strerror}\n")
            code = 1
        from influxctl.core.standard import drop

        drop(sys.stdout)
    return code


def run() -> None:
    """The console script."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from influxctl.core.standard import open_streams

        open_streams()
    try:
        code = main()
    except KeyboardInterrupt:
        code = 130
    if "influxctl.core" in sys.modules:  # else nothing was loaded that takes time to take apart
        from influxctl.core.leaving import leave

        leave(code)
    sys.exit(code)


if __name__ == "__main__":
    run()
