"""The server as a process: `serve` in the foreground; `start`, `stop`, `status`, `logs`, `reset` of a daemon in the background.

The process that serves a data directory holds a lock on `server.lock` in it and writes pid and address into that file, so a file left
behind by a crash fools nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from influxctl.core.errors import Conflict, InternalError, NotFound, Unavailable
from influxctl.core.leaving import leave
from influxctl.local.options import Options

if TYPE_CHECKING:
    from influxctl.local.app import App
    from influxctl.local.http.connection import WSGI
    from influxctl.local.http.server import HttpServer

LOCK, LOG = "server.lock", "server.log"
START_SECONDS, STOP_SECONDS = 20.0, 15.0
LOOK_SECONDS = 0.1
DEFAULT_PORT = 8086
# A query that computes gives way to short requests after this time, not after Python's 5 ms: four times as many are answered beside one.
SWITCH_SECONDS = 0.001
# A query makes and drops thousands of small objects in no cycles: the usual (700, 10, 10) has collections in the middle of most queries.
COLLECT_AFTER = (20_000, 20, 20)
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}  # daemons that this process started: `stop` waits for them


class Running(NamedTuple):
    """A server that holds a data directory."""

    pid: int
    url: str
    port: int


class _Lock:
    """The lock of the serving process."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fd = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not self._taken():
            text = os.read(self._fd, 4096)
            os.close(self._fd)
            raise Conflict(f"{data_dir} is served by {_who(text)} already", hint="stop it first: influxctl local stop")

    def _taken(self) -> bool:
        """Take the lock. Who asks whether a server runs (`running`) holds it for an instant, so one refusal says nothing."""
        deadline = time.monotonic() + LOOK_SECONDS
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except OSError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.005)

    def announce(self, running: Running) -> None:
        """Write down who serves and where."""
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, json.dumps(running._asdict()).encode(), 0)

    def release(self) -> None:
        """Give the directory back."""
        os.ftruncate(self._fd, 0)
        os.close(self._fd)


def _who(text: bytes) -> str:
    try:
        return f"process {json.loads(text)['pid']}"
    except (ValueError, KeyError, TypeError):
        return "another process"


def running(data_dir: Path) -> Running | None:
    """The server that holds a data directory, or None."""
    try:
        fd = os.open(Path(data_dir) / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except OSError:
        try:
            doc = json.loads(os.read(fd, 4096))
            return Running(int(doc["pid"]), str(doc["url"]), int(doc["port"]))
        except (ValueError, KeyError, TypeError):
            return None  # it is starting
    finally:
        os.close(fd)


def serve(
    port: int,
    bind: str,
    data_dir: Path,
    options: Options | None = None,
    *,
    setup: bool = False,
    ready: threading.Event | None = None,
) -> int:
    """Serve a data directory until SIGTERM or SIGINT; the exit code is 0 then. `setup`: set a fresh directory up first."""
    from influxctl.engine.memory import modest_allocators
    from influxctl.local.app import open_app
    from influxctl.local.onboard import ensure_setup

    data_dir = Path(data_dir)
    options = options or Options()
    options = replace(options, tasks=True)
    modest_allocators()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(*COLLECT_AFTER)
    lock = _Lock(data_dir)
    try:
        app = open_app(data_dir, options)
        if setup:
            ensure_setup(app.services)
        server = _listening(_extended(app, options), bind, port, options)
        host = "127.0.0.1" if bind in ("", "0.0.0.0", "::") else bind
        lock.announce(Running(os.getpid(), f"http://{host}:{server.port}", server.port))
        with _stopping_on_signals(server.stop):
            threading.Thread(target=_warm, args=(app,), name="warm", daemon=True).start()
            if ready is not None:
                ready.set()
            server.serve()
        app.close()
    finally:
        lock.release()
    return 0


def _warm(app: App) -> None:
    """Load what the first requests will need; collections of garbage need not look at it ever again."""
    app.warm()
    gc.freeze()


def replay(port: int, bind: str, recording: Path, options: Options) -> int:
    """Serve a recording until SIGTERM or SIGINT; there is no data directory."""
    from influxctl.local.http.recording import Replayer

    server = _listening(_extended(Replayer(recording), options), bind, port, options)
    with _stopping_on_signals(server.stop):
        server.serve()
    return 0


def _extended(app: WSGI, options: Options) -> WSGI:
    """The app with the faults and the recording that are asked for."""
    if options.faults:
        from influxctl.local.http.faults import Faults, parse_rule

        app = Faults(app, [parse_rule(text) for text in options.faults], options.fault_seed, log=options.access_log)
    if options.record:
        from influxctl.local.http.recording import Recorder

        app = Recorder(app, options.record)
    return app


def _listening(app: WSGI, bind: str, port: int, options: Options) -> HttpServer:
    from influxctl.local.http.server import HttpServer

    try:
        return HttpServer(app, bind, port)
    except OSError as error:
        raise Unavailable(f"cannot listen on {bind}:{port}: {error.strerror or error}") from None


@contextlib.contextmanager
def _stopping_on_signals(stop: object) -> Iterator[None]:
    """SIGTERM and SIGINT call `stop` in a thread of its own: the main thread is inside `serve`."""

    def handle(number: int, frame: object) -> None:
        threading.Thread(target=stop, name="stop", daemon=True).start()  # type: ignore[arg-type]

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def start(data_dir: Path, port: int = 0, bind: str = "127.0.0.1", arguments: tuple[str, ...] = ()) -> Running:
    """Start a daemon as a new interpreter and wait until it answers; the running one if there is one already."""
    data_dir = Path(data_dir)
    found = running(data_dir)
    if found is not None:
        return found
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-m", "influxctl.local.daemon", str(data_dir), str(port), bind, *arguments]
    with os.fdopen(os.open(data_dir / LOG, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), "ab") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = running(data_dir)
        if found is not None and _answers(found):
            _CHILDREN[found.pid] = child
            return found
        if child.poll() is not None:
            raise InternalError(
                f"the server did not start: {tail(data_dir, 5).strip() or 'no message'}", hint=f"see {data_dir / LOG}"
            )
        time.sleep(0.02)
    child.terminate()
    raise Unavailable(f"the server did not answer within {START_SECONDS:.0f} s", hint=f"see {data_dir / LOG}")


def _answers(found: Running) -> bool:
    from http.client import HTTPConnection

    host = found.url.split("//", 1)[1].rpartition(":")[0]
    connection = HTTPConnection(host, found.port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def stop(data_dir: Path) -> Running:
    """Stop the server that holds a data directory and wait until it is gone; `NotFound` if there is none."""
    found = running(data_dir)
    if found is None:
        raise NotFound(f"no server holds {data_dir}")
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if running(data_dir) is None and not _held(data_dir):
            child = _CHILDREN.pop(found.pid, None)
            if child is not None:
                child.wait(STOP_SECONDS)
            return found
        time.sleep(0.02)
    raise Unavailable(
        f"process {found.pid} did not stop within {STOP_SECONDS:.0f} s", hint=f"see {Path(data_dir) / LOG}"
    )


def _held(data_dir: Path) -> bool:
    try:
        _Lock(Path(data_dir)).release()
    except Conflict:
        return True
    return False


def status(data_dir: Path) -> Running | None:
    """The server that holds a data directory, or None."""
    return running(data_dir)


def tail(data_dir: Path, lines: int = 100) -> str:
    """The last lines of the daemon's log."""
    try:
        text = (Path(data_dir) / LOG).read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "".join(text.splitlines(keepends=True)[-lines:])


def reset(data_dir: Path) -> None:
    """Remove a data directory with everything in it; the server must have been stopped."""
    data_dir = Path(data_dir)
    found = running(data_dir)
    if found is not None:
        raise Conflict(f"{data_dir} is served by process {found.pid}", hint="stop it first: influxctl local stop")
    known = {LOCK, LOG, "influxctl.sqlite", "engine", "local.json"}
    if data_dir.exists() and not any((data_dir / name).exists() for name in known):
        raise Conflict(f"{data_dir} does not look like a data directory: nothing was removed")
    shutil.rmtree(data_dir, ignore_errors=True)


def describe(options: Options) -> dict[str, object]:
    """The settings as plain values."""
    return {name: value if value is None else str(value) for name, value in asdict(options).items()}


def main(arguments: list[str]) -> int:
    """The daemon's own entry: `python -m influxctl.local.daemon DIRECTORY PORT BIND`. The CLI is not imported."""
    directory, port, bind = arguments[:3]
    flags = arguments[3:]
    options = Options(access_log="--access-log" in flags, catch_notifications="--catch-notifications" in flags)
    return serve(int(port), bind, Path(directory), options, setup=True)


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
