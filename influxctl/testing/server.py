"""`local_server()`: a fresh server in a temporary directory, already set up; the in-process session needs no port at all."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import requests

from influxctl.local.adapter import LocalAdapter
from influxctl.local.http.server import HttpServer
from influxctl.local.options import Options

ORG, BUCKET, USER, PASSWORD, TOKEN = "my-org", "my-bucket", "my-user", "my-password", "my-token"
IN_PROCESS = "http+local://server"


@dataclass
class LocalServer:
    """A running server. `session` calls it in this process (URLs begin with `base`); `url` is its address on a real socket."""

    adapter: LocalAdapter
    org_id: str = ""
    bucket_id: str = ""
    user_id: str = ""
    org: str = ORG
    bucket: str = BUCKET
    token: str = TOKEN
    base: str = IN_PROCESS
    _http: list[tuple[HttpServer, threading.Thread]] = field(default_factory=list)

    @cached_property
    def session(self) -> requests.Session:
        """A session that reaches the server in process and sends its token."""
        session = requests.Session()
        session.mount("http+local://", self.adapter)
        session.headers["Authorization"] = f"Token {self.token}"
        return session

    def call(self, method: str, path: str, **arguments: object) -> requests.Response:
        """One request in process: `call("GET", "/api/v2/buckets", params={"limit": 5})`."""
        return self.session.request(method, f"{self.base}{path}", **arguments)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        """The server's address on 127.0.0.1; the first use starts to listen on a free port."""
        if not self._http:
            server = HttpServer(self.adapter.app, "127.0.0.1", 0)
            thread = threading.Thread(target=server.serve, name="local-server", daemon=True)
            thread.start()
            self._http.append((server, thread))
        return f"http://127.0.0.1:{self._http[0][0].port}"

    def close(self) -> None:
        """Stop listening, close the server."""
        for server, thread in self._http:
            server.stop()
            thread.join(10)
        self._http.clear()
        if "session" in self.__dict__:
            self.session.close()
        self.adapter.close()


@contextlib.contextmanager
def local_server(
    data_dir: Path | None = None, *, setup: bool = True, options: Options | None = None
) -> Iterator[LocalServer]:
    """A fresh server, set up with org `my-org`, bucket `my-bucket`, user `my-user`, token `my-token` unless `setup` is False."""
    with contextlib.ExitStack() as stack:
        directory = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="influxctl-")))
        adapter = LocalAdapter(directory, setup=False, options=options or Options(password_cost=1))
        server = LocalServer(adapter)
        stack.callback(server.close)
        if setup:
            fields = {"username": USER, "password": PASSWORD, "org": ORG, "bucket": BUCKET, "token": TOKEN}
            answer = server.call("POST", "/api/v2/setup", json=fields)
            answer.raise_for_status()
            made = answer.json()
            server.org_id, server.bucket_id, server.user_id = (made[name]["id"] for name in ("org", "bucket", "user"))
        yield server
