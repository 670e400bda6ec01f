"""Conversations with the server in a file, one exchange a line, without secrets; and a server that plays them back.

A line is a JSON object: `method`, `path`, `query`, `body`, `status`, `headers`, `answer`. Bodies are text where they are UTF-8 and
`{"base64": …}` where not. Secrets are hidden the same way when recording and when playing, so requests are found whatever their token.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from influxctl.core.errors import InfluxctlError, NotImplementedHere, UsageError
from influxctl.core.redact import hide_body, hide_header, hide_url
from influxctl.local.http.connection import WSGI
from influxctl.local.http.errors import error_answer

_KEPT = frozenset(
    {"content-type", "location", "retry-after", "x-influxdb-build", "x-influxdb-version", "x-platform-error-code"}
)


def _question(environ: dict[str, Any], body: bytes) -> dict[str, Any]:
    """A request as it stands in a recording."""
    if environ.get("HTTP_CONTENT_ENCODING", "").lower() == "gzip":
        import gzip
        import zlib

        with contextlib.suppress(OSError, EOFError, zlib.error):
            body = gzip.decompress(body)
    query = hide_url("?" + environ.get("QUERY_STRING", ""))[1:]
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    return {
        "method": environ["REQUEST_METHOD"],
        "path": path,
        "query": query,
        "body": _text(body, environ.get("CONTENT_TYPE", "")),
    }


def _text(body: bytes, media: str) -> Any:
    try:
        body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}
    return hide_body(body, media, limit=None)


def _read_body(environ: dict[str, Any]) -> bytes:
    """The whole body, which is put back for the app."""
    source = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH") or ""
    if not length and "HTTP_TRANSFER_ENCODING" not in environ:
        return b""
    body = b""
    while not length or len(body) < int(length):
        piece = source.read(min(65536, int(length) - len(body)) if length else 65536)
        if not piece:
            break
        body += piece
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return body


class Recorder:
    """Writes every exchange of an app into a file of mode 0600, which is begun anew."""

    def __init__(self, app: WSGI, path: Path) -> None:
        self._app = app
        self._lock = threading.Lock()
        try:
            self._file: TextIO = os.fdopen(
                os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8"
            )
        except OSError as error:
            raise UsageError(f"cannot write {str(path)!r}: {error.strerror}") from None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # answers are kept as text
        environ.pop("influxctl.late", None)  # and are whole when they are kept
        question = _question(environ, _read_body(environ))
        head: list[Any] = []

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            head[:] = [int(status.split()[0]), headers]
            return start_response(status, headers, *rest)

        return self._kept(question, head, self._app(environ, started))

    def _kept(self, question: dict[str, Any], head: list[Any], chunks: Iterable[bytes]) -> Iterator[bytes]:
        whole = []
        try:
            for chunk in chunks:
                whole.append(chunk)
                yield chunk
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
            self._write(question, head, b"".join(whole))

    def _write(self, question: dict[str, Any], head: list[Any], answer: bytes) -> None:
        status, headers = head
        kept = {name: hide_header(name, value) for name, value in headers if name.lower() in _KEPT}
        media = next((value for name, value in headers if name.lower() == "content-type"), "")
        line = json.dumps(
            {**question, "status": status, "headers": kept, "answer": _text(answer, media)}, ensure_ascii=False
        )
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()


class Replayer:
    """Answers from a recording. The same request asked again gets the next answer that was recorded for it, and at the end the last one."""

    def __init__(self, path: Path) -> None:
        self._answers: dict[str, list[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        try:
            with path.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, 1):
                    exchange = _exchange(line, f"{path}:{number}")
                    self._answers.setdefault(_key(exchange), []).append(exchange)
        except OSError as error:
            raise UsageError(f"cannot read {str(path)!r}: {error.strerror}") from None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        question = _question(environ, _read_body(environ))
        with self._lock:
            left = self._answers.get(_key(question), [])
            found = left.pop(0) if len(left) > 1 else left[0] if left else None
        if found is None:
            return _unknown(question, start_response)
        answer = found["answer"]
        body = base64.b64decode(answer["base64"]) if isinstance(answer, dict) else answer.encode()
        headers = {**found["headers"], "Content-Length": str(len(body))}
        start_response(f"{found['status']} Recorded", list(headers.items()))
        return [] if question["method"] == "HEAD" else [body]


def _exchange(line: str, place: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
        if {"method", "path", "query", "body", "status", "headers", "answer"} <= found.keys():
            return dict(found)
    except (ValueError, AttributeError):
        pass
    raise UsageError(
        f"{place} is no exchange of a recording", hint="'influxctl local serve --record FILE' makes recordings"
    )


def _key(exchange: dict[str, Any]) -> str:
    return json.dumps([exchange[name] for name in ("method", "path", "query", "body")], sort_keys=True)


def _unknown(question: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    what = f"{question['method']} {question['path']}{'?' + question['query'] if question['query'] else ''}"
    error: InfluxctlError = NotImplementedHere(f"the recording has no answer for {what} with this body")
    response = error_answer(error)
    assert isinstance(response.body, bytes)
    start_response(
        response.status_line, [("Content-Type", response.media), ("Content-Length", str(len(response.body)))]
    )
    return [response.body]
