"""The requests adapter behind `http+local://`: calls the server in this process, or the daemon that holds the data directory."""

from __future__ import annotations

import io
from collections.abc import Mapping
from http.client import HTTPMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.cookies import extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from urllib3.response import HTTPResponse

from influxctl.core.streams import ChunkFile
from influxctl.local.app import App, open_app
from influxctl.local.daemon import running
from influxctl.local.onboard import ensure_setup, local_token
from influxctl.local.options import Options


class _Original:
    """What requests looks at to find cookies."""

    def __init__(self, headers: list[tuple[str, str]]) -> None:
        self.msg = HTTPMessage()
        for name, value in headers:
            if name == "Set-Cookie":
                self.msg[name] = value

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        pass


class LocalAdapter(BaseAdapter):
    """Serves `http+local://` from a data directory.

    The first call sets the directory up if that was not done. A call without credentials is made with the directory's own token: whoever
    can read the directory owns its data anyway. While a daemon holds the directory, calls go to it.
    """

    def __init__(
        self, data_dir: Path, lock_timeout: float = 10.0, *, setup: bool = True, options: Options | None = None
    ) -> None:
        """`lock_timeout`: seconds to wait while another process has the engine. `setup`: set a fresh directory up by itself."""
        super().__init__()
        self.data_dir = Path(data_dir)
        self.options = options or Options(lock_timeout=lock_timeout)
        self.setup = setup
        self._app: App | None = None
        self._http: HTTPAdapter | None = None

    @property
    def app(self) -> App:
        """The server in this process."""
        if self._app is None:
            self._app = open_app(self.data_dir, self.options)
            if self.setup:
                ensure_setup(self._app.services)
        return self._app

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer one request."""
        daemon = running(self.data_dir) if self._app is None else None
        if "Authorization" not in request.headers and "Cookie" not in request.headers and self.setup:
            if daemon is None:
                _ = self.app  # sets up a fresh directory
            token = local_token(self.data_dir)
            if token:
                request.headers["Authorization"] = f"Token {token}"
        if daemon is not None:
            return self._forward(request, daemon.url, stream, timeout)
        return self._call(request)

    def _forward(self, request: requests.PreparedRequest, url: str, stream: bool, timeout: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        forwarded = request.copy()
        forwarded.url = f"{url}{parts.path}{'?' + parts.query if parts.query else ''}"
        forwarded.headers.pop("Host", None)
        if self._http is None:
            self._http = HTTPAdapter()
        return self._http.send(forwarded, stream=stream, timeout=timeout, proxies={})

    def _call(self, request: requests.PreparedRequest) -> requests.Response:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            started[:] = [status, headers]

        chunks = self.app(_environ(request), start_response)
        status, headers = started
        code, _, reason = status.partition(" ")
        if request.method == "HEAD" or code in ("204", "304"):
            chunks = []  # urllib3 would wait for the body that Content-Length announces
            headers = [(name, value) for name, value in headers if name != "Content-Length"]
        response = requests.Response()
        response.status_code = int(code)
        response.reason = reason
        response.url = request.url or ""
        response.request = request
        response.connection = self  # type: ignore[assignment]
        response.headers = CaseInsensitiveDict(headers)
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        original = _Original(headers)
        response.raw = HTTPResponse(
            body=io.BufferedReader(ChunkFile(chunks)),
            headers=headers,
            status=int(code),
            preload_content=False,
            original_response=original,  # type: ignore[arg-type]
        )
        extract_cookies_to_jar(response.cookies, request, response.raw)  # type: ignore[no-untyped-call]
        return response

    def close(self) -> None:
        """Close the server in this process, if it was opened."""
        if self._app is not None:
            self._app.close()
            self._app = None
        if self._http is not None:
            self._http.close()


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    """The WSGI environment of a prepared request."""
    parts = urlsplit(request.url or "")
    body = request.body
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": parts.path or "/",
        "REQUEST_URI": f"{parts.path or '/'}?{parts.query}",
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "local",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = text
    if body is None:
        stream: Any = io.BytesIO()
    elif isinstance(body, (bytes, str)):
        data = body.encode() if isinstance(body, str) else body
        environ["CONTENT_LENGTH"] = str(len(data))
        stream = io.BytesIO(data)
    elif hasattr(body, "read"):
        stream = body
    else:
        stream = io.BufferedReader(ChunkFile(body))
    environ["wsgi.input"] = stream
    return environ
