"""The composition root: a data directory to one WSGI application."""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from influxctl.core.errors import InfluxctlError, Invalid
from influxctl.core.ids import ordered_id
from influxctl.local.http.auth import identify
from influxctl.local.http.errors import error_answer, unauthorized
from influxctl.local.http.request import Request
from influxctl.local.http.response import TEXT, LateAnswer, Response, answer, compressed
from influxctl.local.http.router import PUBLIC, handler_of, route
from influxctl.local.http.routes.server import VERSION
from influxctl.local.options import Options
from influxctl.local.services import Services
from influxctl.local.services.metering import METERED

StartResponse = Callable[..., Any]

_CORS = {
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS, PUT, DELETE, PATCH",
    "Access-Control-Allow-Headers": "Accept, Content-Type, Content-Length, Accept-Encoding, Authorization, User-Agent, Zap-Trace-Span",
}


class App:
    """The server as a WSGI callable. Engine and languages are opened and imported when they are first needed."""

    def __init__(self, directory: Path, options: Options) -> None:
        self.options = options
        self.services = Services(directory, options)
        self._asked = threading.Event()

    @property
    def base_path(self) -> Path:
        """The data directory."""
        return self.services.db.path.parent

    def warm(self) -> None:
        """Load engine and languages behind the first answers: after the first request, or half a second."""
        self._asked.wait(0.5)
        with contextlib.suppress(InfluxctlError):
            self.services.db.make_room()
            _ = self.services.points.engine
            importlib.import_module("influxctl.local.http.routes.query")
            importlib.import_module("influxctl.local.services.query").warm()
        if self.options.tasks:
            with contextlib.suppress(InfluxctlError):  # the server may be closing already
                self.services.runs.start_schedule()
                self.services.streams.start()

    def close(self) -> None:
        """Close engine and store."""
        self.services.close()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        started = time.monotonic()
        self._asked.set()
        request = Request(environ, self.services)
        request_id = ordered_id()
        response = self._guarded(request_id, lambda: self._answer(request))
        after = response.after
        if after is None:
            return self._given(request, response, request_id, started, start_response)

        def late() -> Iterable[bytes]:
            done = self._guarded(request_id, lambda: _finished(response))
            return self._given(request, done, request_id, started, start_response)

        return LateAnswer(after.sync, late) if "influxctl.late" in environ else late()

    @staticmethod
    def _guarded(request_id: str, work: Callable[[], Response]) -> Response:
        """What a piece of work answers, its errors as answers."""
        try:
            return work()
        except InfluxctlError as error:
            return error_answer(error)
        except Exception:
            sys.stderr.write(f"request {request_id} failed:\n{traceback.format_exc()}")
            return error_answer(
                InfluxctlError(f"an internal error has occurred; the log names it as request {request_id}")
            )

    def _given(
        self, request: Request, response: Response, request_id: str, started: float, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Count an answer and begin it."""
        if "gzip" in request.header("Accept-Encoding").lower():
            response = compressed(response)
        self._meter(request, response, time.monotonic() - started)
        headers = self._headers(request, response, request_id)
        if self.options.access_log:
            self._log(request, response, request_id, time.monotonic() - started)
        start_response(response.status_line, headers)
        if request.method == "HEAD":
            _close(response.body)
            return []
        return [response.body] if isinstance(response.body, bytes) else response.body

    def _answer(self, request: Request) -> Response:
        self._refuse_smuggling(request)
        path = request.segments
        if request.method == "OPTIONS" and path[0] == "api":
            return Response(204 if request.header("Origin") else 405)
        if path == ["api", "v2", "swagger.json"]:
            return Response(404, b"no assets included in binary\n", TEXT)
        if path[0] == "ping" and request.method not in ("GET", "HEAD", "OPTIONS"):
            return Response(405, b"Method Not Allowed\n", TEXT, {"Allow": "GET, HEAD, OPTIONS"})
        if path[-1] in ("health", "ready", "flags") and path[:-1] in ([], ["api", "v2"]) and request.method != "HEAD":
            request.environ["REQUEST_METHOD"] = "GET"  # these look at no method
        if path == [
            "api",
            "v2private",
            "notebooks",
        ]:  # asked for by the reference's user interface; none can be made here
            identify(request, self.services.credentials)
            return answer({"flows": []})
        found = route(request)
        operation = found.operation
        if (
            operation is None
            or operation.id not in PUBLIC
            or (operation.id == "GetRoutes" and not self._open_routes(request))
        ):
            if operation is None and path[:2] != ["api", "v2"] and path[0] not in ("query", "write"):
                return found.refusal() if found.refusal else unauthorized()
            v1 = operation.contract == "v1" if operation else path[0] in ("query", "write")
            request.actor = identify(request, self.services.credentials, v1=v1)
        if operation is None:
            assert found.refusal is not None
            return found.refusal()
        return handler_of(operation)(request)

    @staticmethod
    def _open_routes(request: Request) -> bool:
        """Only GET without a slash at the end needs no credentials, as in the reference."""
        return request.method in ("GET", "HEAD") and len(request.segments) == 2

    @staticmethod
    def _refuse_smuggling(request: Request) -> None:
        """Two announced lengths are the stuff of request smuggling; the reference passes them."""
        if request.header("Transfer-Encoding") and request.header("Content-Length"):
            raise Invalid("a request must not have both Content-Length and Transfer-Encoding")
        length = request.header("Content-Length")
        if length and not length.isdigit():
            raise Invalid("Content-Length is not a number")

    def _headers(self, request: Request, response: Response, request_id: str) -> list[tuple[str, str]]:
        headers = dict(response.headers)
        if response.media:
            headers["Content-Type"] = response.media
        if isinstance(response.body, bytes) and response.status not in (204, 304):
            headers["Content-Length"] = str(len(response.body))
        headers["X-Influxdb-Build"] = "OSS"
        headers["X-Influxdb-Version"] = VERSION
        headers["X-Request-Id"] = request_id
        origin = request.header("Origin")
        if origin and "\n" not in origin:
            headers |= {**_CORS, "Access-Control-Allow-Origin": origin, "Vary": "Origin"}
        return list(headers.items())

    def _meter(self, request: Request, response: Response, seconds: float) -> None:
        """Count the request; of an organization's reads and writes also the bytes, when the answer is complete."""
        operation = request.operation
        metering = self.services.metering
        path = operation.path if operation is not None else "-"
        metering.count(request.method, path, response.status, seconds)
        if not request.org_id or path not in METERED:
            return
        if isinstance(response.body, bytes):
            metering.use(request.org_id, path, response.status, request.sent, len(response.body))
        else:
            response.body = self._counted(request, response.status, path, response.body)

    def _counted(self, request: Request, status: int, path: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        size = 0
        try:
            for chunk in chunks:
                size += len(chunk)
                yield chunk
        finally:
            _close(chunks)
            self.services.metering.use(request.org_id, path, status, request.sent, size)

    def _log(self, request: Request, response: Response, request_id: str, seconds: float) -> None:
        """One line a request; the query string is left out: it may hold a password."""
        name = request.operation.id if request.operation else "-"
        trace = request.header("Zap-Trace-Span") or "-"
        line = f"{request_id} {request.method} {request.raw_path} {name} {response.status} {seconds * 1000:.1f}ms trace={trace}\n"
        sys.stderr.write(line.encode("unicode_escape").decode().removesuffix("\\n") + "\n")


def _finished(response: Response) -> Response:
    """An answer that could not be given before some work is done."""
    assert response.after is not None
    response.after.finish()
    return response


def _close(body: object) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        with contextlib.suppress(Exception):
            close()


def open_app(data_dir: Path, options: Options | None = None) -> App:
    """Open the server of a data directory, which is made (mode 0700) if it is not there."""
    data_dir = Path(data_dir)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return App(data_dir, options or Options())
