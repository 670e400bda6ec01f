"""A server that answers everything and remembers what it was asked, for tests of the command line without one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.models import Response

from influxctl.cli.app import main
from influxctl.cli.context import Context
from influxctl.client.client import Client

ID = "0123456789abcdef"
OTHER = "fedcba9876543210"
URL = "http://server.test"
OBJECT: dict[str, Any] = {
    "id": ID, "name": "x", "orgID": ID, "allowed": True, "token": "t", "status": "success", "retentionRules": [], "cells": [],
    "secrets": ["a", "b"],
    "auth": {"token": "made"}, "org": {"id": ID, "name": "o"}, "user": {"name": "u"}, "bucket": {"name": "b"},
}  # fmt: skip


class Recorder(BaseAdapter):
    """Answers with `answers[(method, path)]` (status, value) or with `OBJECT`, and keeps the requests."""

    def __init__(self, answers: Mapping[tuple[str, str], tuple[int, object]]) -> None:
        super().__init__()
        self.answers = answers
        self.requests: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, **options: Any) -> Response:  # type: ignore[override]
        self.requests.append(request)
        path = request.path_url.partition("?")[0]
        status, value = self.answers.get((str(request.method), path), (200, OBJECT))
        response = Response()
        response.status_code = status
        response.url = str(request.url)
        response.request = request
        text = value if isinstance(value, str) else json.dumps(value)
        response.headers["Content-Type"] = "text/csv" if isinstance(value, str) else "application/json"
        response.raw = io.BytesIO(text.encode())
        return response

    def close(self) -> None:
        """Nothing is held."""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Ran:
    """What a command line did."""

    def __init__(self, code: int, out: str, err: str, recorder: Recorder) -> None:
        self.code, self.out, self.err, self.requests = code, out, err, recorder.requests

    @property
    def asked(self) -> list[str]:
        """The requests as `METHOD /path`."""
        return [f"{r.method} {r.path_url.partition('?')[0]}" for r in self.requests]

    def body(self, number: int = -1) -> Any:
        """The JSON body of a request."""
        return json.loads(self.requests[number].body or b"null")


def run(
    *argv: str,
    stdin: str | io.StringIO = "",
    env: Mapping[str, str] | None = None,
    answers: Mapping[tuple[str, str], tuple[int, object]] | None = None,
    real: bool = False,
    err: io.StringIO | None = None,
    recorder: Recorder | None = None,
    pause: Callable[[float], None] | None = None,
    terminal: bool = False,
) -> Ran:
    """Run a command line against the recorder (or with `real` against whatever its settings say)."""
    out, err = Terminal() if terminal else io.StringIO(), err or io.StringIO()
    recorder = recorder or Recorder(answers or {})
    context = Context(
        stdin=io.StringIO(stdin) if isinstance(stdin, str) else stdin,
        stdout=out,
        stderr=err,
        env={"INFLUX_HOST": URL, "INFLUX_TOKEN": "secret-token", "INFLUX_ORG": ID, "INFLUXCTL_CONFIG_DIR": "/nonexistent",
             "INFLUX_CONFIGS_PATH": "/nonexistent/configs", "HOME": "/nonexistent", **(env or {})},
    )  # fmt: skip
    context.pause = pause or context.pause
    if not real:
        from influxctl.cli import connect

        client = connect.connect

        def patched(ctx: Context) -> Client:
            made = client(ctx)
            made.session.mount("http://", recorder)
            return made

        connect.connect = patched
        try:
            code = main(list(argv), context)
        finally:
            connect.connect = client
    else:
        code = main(list(argv), context)
    return Ran(code, out.getvalue(), err.getvalue(), recorder)
