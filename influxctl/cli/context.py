"""Context: what a command needs of the world (flags, streams, environment, settings, client), each made on first use.

The composition root of the command line. Tests hand in their own streams, environment and client.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO, cast

from influxctl.core.errors import UsageError
from influxctl.core.standard import drop
from influxctl.core.times import now_ns
from influxctl.output import render
from influxctl.output.columns import Column
from influxctl.output.style import Style, style_for

if TYPE_CHECKING:
    from influxctl.client.answers import Answer
    from influxctl.client.client import Client
    from influxctl.config.profiles import Settings


class Previewed(Exception):
    """The request was printed (`--dry-run`, `--curl`) instead of sent; the command ends here, well."""


class Context:
    """One call of the program."""

    def __init__(
        self,
        *,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        env: Mapping[str, str] | None = None,
        client: Client | None = None,
    ) -> None:
        self.stdin = stdin or sys.stdin
        self.stdout = stdout or sys.stdout
        self.stderr = stderr or sys.stderr
        self.env: Mapping[str, str] = os.environ if env is None else env
        self.flags: dict[str, object] = {}
        self.args: tuple[str, ...] = ()
        self.looking_up = 0
        self.orgs: dict[str | None, str] = {}  # names to IDs that were looked up
        self.pause: Callable[[float], None] = time.sleep
        self._line_open = False
        if client is not None:
            self.__dict__["client"] = client

    @cached_property
    def settings(self) -> Settings:
        """Flags, environment and profile, each value with its origin."""
        from influxctl.config import profiles

        if self.flags.pop("token_stdin", None):
            self.flags["token"] = self.stdin.readline().strip()
            if not self.flags["token"]:
                raise UsageError("--token-stdin: standard input holds no token")
        return profiles.load(self.env, self.flags)

    @cached_property
    def local_account(self) -> dict[str, str]:
        """Organization, bucket and token of the embedded server's data folder, as far as it has set itself up."""
        if not self.settings.is_local:
            return {}
        import json

        try:
            found = json.loads((self.settings.data_dir / "local.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def client(self) -> Client:
        """The client of the chosen server."""
        from influxctl.cli.connect import connect

        return connect(self)

    def at(self, profile: str) -> Context:
        """The same call at a profile: flags and variables that name a server or an account count for this call's own profile only."""
        kept = ("trace", "timeout", "lock_timeout", "quiet", "no_color", "yes", "output")
        env, flags = dict(self.env), dict(self.flags)
        if profile != self.settings.profile:
            env = {k: v for k, v in env.items() if not k.startswith("INFLUX_") and k != "INFLUXCTL_DATA_DIR"}
            flags = {key: self.flags[key] for key in kept if key in self.flags}
        other = Context(stdin=self.stdin, stdout=self.stdout, stderr=self.stderr, env=env)
        other.flags = flags | {"profile": profile, "profile_origin": "the command line"}
        return other

    def stand_in(self, settings: Settings) -> None:
        """Talk to another server from now on than the one that flags, environment and profile say."""
        for made in ("client", "local_account"):
            self.__dict__.pop(made, None)
        self.orgs.clear()
        self.__dict__["settings"] = settings

    def close(self) -> None:
        """Give back what the call holds: connections, and the engine of an embedded server."""
        client = self.__dict__.get("client")
        if client is not None:
            client.session.close()

    # -- calls ---------------------------------------------------------------------------------------------------

    def call(self, operation: str, *, path: Mapping[str, str] | None = None, query: Mapping[str, object] | None = None,
             **rest: Any) -> Answer:  # fmt: skip
        """`client.call`, with query arguments that are None left out."""
        kept = {key: value for key, value in (query or {}).items() if value is not None and value != ()}
        return self.client.call(operation, path=dict(path or {}), query=kept, **rest)

    def org_id(self, org: str | None = None) -> str:
        """The ID of an organization by name or ID: the one given, or that of the flags, environment or profile."""
        from influxctl.cli.lookup import find_org

        return find_org(self, org)

    # -- output --------------------------------------------------------------------------------------------------

    @property
    def format(self) -> str:
        """The output format: flag, environment, profile, or a table."""
        return cast(str, self.flags.get("output")) or self.settings.output or "table"

    @cached_property
    def style(self) -> Style:
        """How stdout likes its tables."""
        headers = not (
            self.flags.get("hide_headers") or self.env.get("INFLUX_HIDE_HEADERS", "").lower() in ("1", "true")
        )
        return style_for(self.stdout, self.env, color=not self.flags.get("no_color"), headers=headers, now=now_ns())

    def forget_time(self) -> None:
        """Ages are told from a new now on."""
        self.__dict__.pop("style", None)

    def show(self, value: object, columns: Sequence[Column]) -> None:
        """Print an object (a mapping) or rows (an iterable of mappings) in the chosen format."""
        expression = cast("str | None", self.flags.get("select"))
        if expression:
            self._show_selected(value, expression)
            return
        one = isinstance(value, Mapping)
        rows = [value] if one else value
        fields = [name.strip() for name in str(self.flags.get("fields") or "").split(",") if name.strip()]
        format = "table" if self.format == "raw" else self.format
        render(
            self.stdout,
            cast("Iterable[Mapping[str, object]]", rows),
            columns,
            format=format,
            style=self.style,
            fields=fields,
            one=one,
        )

    def _show_selected(self, value: object, expression: str) -> None:
        import jmespath
        from jmespath.exceptions import JMESPathError

        try:
            found = jmespath.search(
                expression, value if isinstance(value, Mapping) else list(cast("Iterable[Any]", value))
            )
        except JMESPathError as error:
            raise UsageError(f"--select: {' '.join(str(error).split())}", hint="see https://jmespath.org") from None
        rows = found if isinstance(found, list) else [found]
        if self.format in ("json", "yaml", "jsonl"):
            render(self.stdout, rows, (), format=self.format, style=self.style, one=not isinstance(found, list))
        elif rows and all(isinstance(row, dict) for row in rows):
            names = dict.fromkeys(key for row in rows for key in row)
            render(self.stdout, rows, [Column(n, n) for n in names], format=self.format, style=self.style)
        else:
            from influxctl.output.columns import as_text

            self.stdout.writelines(as_text(row) + "\n" for row in rows if row is not None)

    def note(self, text: str) -> None:
        """A remark for people, on stderr; `--quiet` drops it."""
        if not self.flags.get("quiet"):
            self.finish_line()
            self.tell(text + "\n")

    @contextmanager
    def lookups(self) -> Iterator[None]:
        """What is asked in here only looks up what the command needs: it is asked in dry runs too, and not shown as the request."""
        self.looking_up += 1
        try:
            yield
        finally:
            self.looking_up -= 1

    def tell(self, text: str) -> None:
        """Words for people on stderr. Where they cannot be written they are lost, and what the command does is not."""
        try:
            self.stderr.write(text)
            self.stderr.flush()
        except OSError:
            drop(self.stderr)

    def progress(self, text: str) -> None:
        """A line that overwrites itself, on stderr when that is a terminal."""
        if not self.flags.get("quiet") and self.stderr.isatty():
            self.tell(f"\r\x1b[K{text}")
            self._line_open = True

    def finish_line(self) -> None:
        """End a progress line before something else is printed."""
        if self._line_open:
            self.tell("\n")
            self._line_open = False

    def wants_json_errors(self) -> bool:
        """Whether errors are JSON: also known when the command line could not be parsed."""
        if self.flags.get("output"):
            return self.flags["output"] in ("json", "jsonl")
        words = " ".join(self.args)
        if "--json" in self.args or "--output=json" in words or "--output json" in words or "-O json" in words:
            return True
        settings = self.__dict__.get("settings")
        return settings is not None and settings.output in ("json", "jsonl")

    # -- input ---------------------------------------------------------------------------------------------------

    def confirm(self, question: str) -> None:
        """Ask before something is lost: `--yes` and programs without a terminal are not asked; no is `UsageError`."""
        from influxctl.cli.prompt import confirm

        confirm(self, question)
