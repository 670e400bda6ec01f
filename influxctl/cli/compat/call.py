"""Call: what a command of the drop-in mode works with: its flags, streams, configuration, client, and the ways to print and fail.

The settings of a call come, value by value, from a flag, its variable, the active configuration, a default.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO
from urllib.parse import urlsplit

from influxctl.cli.compat.gotext import aligned, as_json
from influxctl.core.errors import InfluxctlError, Unreachable

if TYPE_CHECKING:
    from influxctl.cli.compat.flags import Values
    from influxctl.cli.compat.table.model import Command
    from influxctl.client.answers import Answer
    from influxctl.client.client import Client
    from influxctl.config.influxfile import InfluxConfig, InfluxFile
    from influxctl.contract.model import Operation

DEFAULT_HOST = "http://localhost:8086"
SYSTEM_CERTIFICATES = (  # of Debian, Fedora and its kin, SUSE, Alpine
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


class Failed(Exception):
    """The command failed: exit code 1 and `Error: ` with this text on stderr."""


class Streams:
    """The world of a call: bytes in and out, remarks, environment."""

    __slots__ = ("env", "err", "out", "stdin")

    def __init__(self, out: BinaryIO, err: TextIO, stdin: BinaryIO, env: Mapping[str, str]) -> None:
        self.out = out
        self.err = err
        self.stdin = stdin
        self.env = env

    @classmethod
    def standard(cls) -> Streams:
        """Those of the process."""
        return cls(sys.stdout.buffer, sys.stderr, sys.stdin.buffer, os.environ)

    def print(self, text: str) -> None:
        """Text on stdout, as it is."""
        self.out.write(text.encode("utf-8", "surrogateescape"))

    def note(self, text: str) -> None:
        """A line on stderr."""
        self.err.write(text + "\n")
        self.err.flush()

    def flush(self) -> None:
        """Hands out what was printed."""
        self.out.flush()


class Call:
    """One run of a command."""

    def __init__(self, command: Command, flags: Values, streams: Streams) -> None:
        self.command = command
        self.flags = flags
        self.streams = streams
        self.code = 0  # what the command exits with unless it fails

    @property
    def arguments(self) -> list[str]:
        """What follows the flags."""
        return self.flags.arguments

    def close(self) -> None:
        """Give up the connection."""
        client: Client | None = self.__dict__.get("client")
        if client is not None:
            client.session.close()

    # -- settings ------------------------------------------------------------------------------------------------

    @cached_property
    def configs(self) -> InfluxFile:
        """The file of configurations."""
        from influxctl.config.influxfile import InfluxFile
        from influxctl.config.paths import influx_configs

        return InfluxFile(influx_configs(self.streams.env, self.flags.text("configs-path") or None))

    @cached_property
    def config(self) -> InfluxConfig:
        """The configuration of this call: the one named, or the active one. The file is not changed by it."""
        name = self.flags.text("active-config")
        if not name:
            from influxctl.config.influxfile import InfluxConfig

            return self.configs.active() or InfluxConfig("", DEFAULT_HOST)
        found = self.configs.read().get(name)
        if found is None:
            raise Failed(f'config "{name}" is not found')
        return found

    @property
    def host(self) -> str:
        """The server: scheme and address; a path in it is not used, as influx does not."""
        url = urlsplit(self.flags.text("host") or self.config.url or DEFAULT_HOST)
        return f"{url.scheme}://{url.netloc}" if url.netloc else url.geturl()

    @property
    def token(self) -> str:
        """The token: flag, variable, configuration."""
        return self.flags.text("token") or self.config.token

    @cached_property
    def client(self) -> Client:
        """The client of this server."""
        from influxctl.client.client import Client
        from influxctl.client.transport import RetryPolicy, TransportSettings, make_session

        settings = TransportSettings(verify_ssl=not self.flags.switch("skip-verify"), ca_cert=self._authorities())
        session = make_session(settings)
        if _loopback(urlsplit(self.host).hostname or ""):
            session.trust_env = False  # Go asks no proxy for a server on the same machine
        return Client(
            self.host,
            session,
            token=self.token or None,
            signin=None if self.token else self._signin(),
            timeout=None,
            headers=self._headers(),
            retry=RetryPolicy(retries=0),
            write_retry=RetryPolicy(retries=0),
            trace=self.streams.note if self.flags.switch("http-debug") else None,
        )

    def _authorities(self) -> str | None:
        """The file of certificates that the system trusts, as Go looks for it; None leaves the choice to the client."""
        env = self.streams.env
        if urlsplit(self.host).scheme != "https" or env.get("REQUESTS_CA_BUNDLE") or env.get("CURL_CA_BUNDLE"):
            return None
        return env.get("SSL_CERT_FILE") or next((path for path in SYSTEM_CERTIFICATES if os.path.isfile(path)), None)

    def use_token(self, token: str) -> None:
        """Go on with another token."""
        self.close()
        self.__dict__.pop("client", None)
        self.flags.values["token"] = token

    def _signin(self) -> tuple[str, str] | None:
        """User and password of the configuration; a password that is not in it is asked for."""
        if not self.config.cookie:
            return None
        user, colon, password = self.config.signin.partition(":")
        if not colon:
            password = self.ask_password(f"Please provide password for user {user}")
        return user, password

    def _headers(self) -> dict[str, str]:
        found = {}
        if self.flags.text("trace-debug-id"):
            found["Zap-Trace-Span"] = self.flags.text("trace-debug-id")
        for text in self.flags.many("extra-http-header"):
            name, _, value = text.partition(":")
            found[name.strip()] = value.strip()
        return found

    # -- organizations -------------------------------------------------------------------------------------------

    def org(self, *, required: bool = True) -> dict[str, str]:
        """The organization as a query: `orgID` or `org`; a flag beats a variable, both beat the configuration."""
        id, name = self.flags.text("org-id"), self.flags.text("org")
        if id and name:
            by_flag = self.flags.given & {"org-id", "org"}
            if len(by_flag) != 1:
                raise Failed(f"ambiguous org: use OrgId or OrgName, but not both. OrgID: {id}, OrgName: {name}")
            id, name = (id, "") if "org-id" in by_flag else ("", name)
        if id:
            return {"orgID": id}
        name = name or self.config.org
        if name:
            return {"org": name}
        if required:
            raise Failed("must specify org ID or org name")
        return {}

    def bucket(self) -> dict[str, str]:
        """The bucket as a query: `bucketID` or `bucket`; the ID counts, but a flag beats a variable."""
        id, name = self.flags.text("bucket-id"), self.flags.text("bucket")
        if name and "bucket" in self.flags.given and "bucket-id" not in self.flags.given:
            id = ""
        if not id and not name:
            raise Failed("must specify bucket ID or bucket name")
        return {"bucketID": id} if id else {"bucket": name}

    def org_id(self) -> str:
        """The ID of the organization; a name is looked up."""
        org = self.org()
        return org["orgID"] if "orgID" in org else self.find_org(org["org"])

    def find_org(self, name: str) -> str:
        """The ID of the organization of this name."""
        what = f'failed to lookup org with name "{name}"'
        found = self.json(what, "GetOrgs", query={"org": name})["orgs"]
        if not found:
            raise Failed(f'no organization found with name "{name}"')
        return str(found[0]["id"])

    # -- requests ------------------------------------------------------------------------------------------------

    def api(
        self,
        failing: str,
        operation: str | Operation,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, object] | None = None,
        **rest: Any,
    ) -> Answer:
        """Calls an operation; `failing` begins the message if it fails ('' for the bare reason)."""
        kept = {key: value for key, value in sorted((query or {}).items()) if value not in (None, "")}
        try:
            return self.client.call(operation, path, kept, **rest)
        except InfluxctlError as error:
            reason = self.reason(error, operation, path, kept)
            raise Failed(f"{failing}: {reason}" if failing else reason) from error

    def json(self, failing: str, operation: str | Operation, **rest: Any) -> Any:
        """The same, and its answer read as JSON."""
        return self.api(failing, operation, **rest).json()

    def reason(
        self,
        error: InfluxctlError,
        operation: str | Operation,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, object] | None = None,
    ) -> str:
        """A failed request in influx's words: status and message, or what the network said."""
        status = error.details.get("status")
        if isinstance(status, int):
            from http import HTTPStatus

            try:
                return f"{status} {HTTPStatus(status).phrase}: {error.message}"
            except ValueError:
                return f"{status}: {error.message}"
        if isinstance(error, Unreachable):
            return self._network_reason(error, operation, path, query)
        return error.message

    def _network_reason(
        self,
        error: Unreachable,
        operation: str | Operation,
        path: Mapping[str, str] | None,
        query: Mapping[str, object] | None,
    ) -> str:
        """What the network said, after method and address, as Go puts it."""
        from influxctl.contract.operations import OPERATIONS

        entry = OPERATIONS[operation] if isinstance(operation, str) else operation
        scheme, netloc = urlsplit(self.host)[:2]
        url = self.host + entry.path
        if scheme in ("http", "https"):
            url = self.client.prepare(entry, path, query).url or url
            said = not_reached(netloc, error)
        else:
            said = f'unsupported protocol scheme "{scheme}"'
        return f'{entry.method.capitalize()} "{url}": {said}'

    # -- output --------------------------------------------------------------------------------------------------

    @property
    def wants_json(self) -> bool:
        """Whether JSON is asked for."""
        return self.flags.switch("json")

    def print(self, text: str) -> None:
        """Text on stdout, as it is."""
        self.streams.print(text)

    def print_json(self, value: object, *, sort: bool = True) -> None:
        """A value as JSON; `sort=False` keeps the order of its keys."""
        self.print(as_json(value, sort=sort) + "\n")

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Rows aligned by tabs, below headings unless they are hidden."""
        lines = [] if self.flags.switch("hide-headers") else ["\t".join(headings)]
        lines += ["\t".join(_cell(cell) for cell in row) for row in rows]
        if lines:
            self.print(aligned("\n".join([*lines, ""]), minimum=1, tab=8, padding=1, fill="\t"))

    # -- input ---------------------------------------------------------------------------------------------------

    def read_stdin(self) -> str:
        """All of standard input."""
        return self.streams.stdin.read().decode("utf-8", "surrogateescape")

    def read_file(self, path: str) -> str:
        """A file as text."""
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "surrogateescape")

    @property
    def interactive(self) -> bool:
        """Whether there is somebody to ask."""
        return self.streams.stdin.isatty() and self.streams.err.isatty()

    def ask_password(self, question: str) -> str:
        """A password typed without echo; without a terminal the command fails."""
        if not self.interactive:
            raise Failed("password is required and there is no terminal to ask on")
        from getpass import getpass

        return getpass(f"{question}: ", stream=self.streams.err)

    def ask(self, question: str) -> str:
        """A line of text; without a terminal the command fails."""
        if not self.interactive:
            raise Failed(f"{question}: there is no terminal to ask on")
        self.streams.err.write(f"{question}: ")
        self.streams.err.flush()
        return self.streams.stdin.readline().decode().strip()

    def confirm(self, question: str) -> bool:
        """Whether the answer is yes; without a terminal it is the next line of standard input, and no if there is none."""
        if self.interactive:
            self.streams.err.write(f"{question} (y/N): ")
            self.streams.err.flush()
        return self.streams.stdin.readline().decode("utf-8", "replace").strip().lower().startswith("y")


def not_reached(netloc: str, error: InfluxctlError) -> str:
    """Why a server was not reached, in Go's words where they are known."""
    said = {
        "connection refused": f"dial tcp {netloc}: connect: connection refused",
        "the name of the host is not known": f"dial tcp: lookup {netloc.partition(':')[0]}: no such host",
    }
    return said.get(str(error.details.get("reason")), error.message)


def _loopback(host: str) -> bool:
    return host == "localhost" or host == "::1" or (host.startswith("127.") and host.replace(".", "").isdigit())


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
