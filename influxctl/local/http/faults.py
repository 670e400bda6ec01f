"""Faults on purpose: answers that are refused, late or broken off, so that people can test their clients.

A rule is `[WHERE=]FAULT[,FAULT]…`. WHERE is an operation of the contract (`PostWrite`) or the beginning of a path (`/api/v2/query`);
without it every request is meant but those that ask whether the server lives. FAULT is one of

    429:0.1          one in ten is answered 429 (any status from 400 to 599; 429 and 503 say `Retry-After`)
    latency:200ms    every answer is late; `latency:200ms:0.5` every other one
    reset:0.01       one in a hundred breaks off in the middle

Which requests are hit is decided by a generator with a seed: the same requests in the same order meet the same faults.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from influxctl.contract.operations import OPERATIONS
from influxctl.core.errors import CODES, InfluxctlError, UsageError
from influxctl.core.times import parse_duration
from influxctl.local.http.connection import WSGI, Gone
from influxctl.local.http.errors import error_answer

SPARED = ("/health", "/ready", "/ping", "/metrics")  # unless a rule names them
RETRY_AFTER = 1  # seconds
_CODE_OF = {code.status: name for name, code in reversed(CODES.items())}
_PROMISED = 65536  # bytes that an answer announces before it breaks off


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` is a status, "latency" or "reset"; it comes with `chance` (0 to 1)."""

    kind: str
    chance: float
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """Faults for the requests of one operation (`method` and `path` with placeholders), of a path, or of all."""

    faults: tuple[Fault, ...]
    method: str = ""
    path: str = ""

    def meets(self, method: str, path: str) -> bool:
        """Whether a request is meant."""
        if not self.path:
            return path not in SPARED
        if not self.method:
            return path.startswith(self.path)
        mine, theirs = self.path.split("/"), path.rstrip("/").split("/")
        same = all(one.startswith("{") or one == other for one, other in zip(mine, theirs, strict=False))
        return method == self.method and len(mine) == len(theirs) and same


def parse_rule(text: str) -> Rule:
    """A rule from its text; `UsageError` tells what is wrong with it."""
    where, equals, faults = text.rpartition("=")
    found = tuple(_fault(text, one.strip()) for one in faults.split(",") if one.strip())
    if not found:
        raise UsageError(f"--fault {text!r} names no fault", hint="such as 429:0.1, latency:200ms or reset:0.01")
    if not equals:
        return Rule(found)
    if where.startswith("/"):
        return Rule(found, path=where)
    if where not in OPERATIONS:
        raise UsageError(
            f"--fault {text!r}: {where!r} is neither an operation nor a path", hint="such as PostWrite=503:0.5"
        )
    return Rule(found, OPERATIONS[where].method, OPERATIONS[where].path.rstrip("/"))


def _fault(rule: str, text: str) -> Fault:
    kind, *rest = text.split(":")
    try:
        if kind == "latency" and rest:
            return Fault(kind, _chance(rest[1:]), parse_duration(rest[0]).ns / 1e9)
        if kind == "reset" or (kind.isdigit() and 400 <= int(kind) <= 599):
            return Fault(kind, _chance(rest))
    except (ValueError, InfluxctlError):
        pass
    raise UsageError(
        f"--fault {rule!r}: {text!r} is no fault",
        hint="write STATUS:CHANCE, latency:TIME[:CHANCE] or reset:CHANCE, a chance from 0 to 1",
    )


def _chance(rest: Sequence[str]) -> float:
    if len(rest) > 1:
        raise ValueError(rest)
    found = float(rest[0]) if rest else 1.0
    if not 0 <= found <= 1:
        raise ValueError(found)
    return found


class Faults:
    """A server that misbehaves as told, around one that does not."""

    def __init__(self, app: WSGI, rules: Sequence[Rule], seed: int = 0, *, log: bool = False) -> None:
        self._app = app
        self._log = log
        self._rules = tuple(rules)
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        for fault in self._drawn(method, path):
            if self._log:
                sys.stderr.write(f"fault {method} {path} {fault.kind}".encode("unicode_escape").decode() + "\n")
            if fault.kind == "latency":
                self._wait(environ, fault.seconds)
            elif fault.kind == "reset":
                start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(_PROMISED))])
                return _broken_off()
            else:
                return _refused(int(fault.kind), start_response)
        return self._app(environ, start_response)

    def _drawn(self, method: str, path: str) -> list[Fault]:
        """The faults of this request; one number is drawn for each fault of the rules that mean it."""
        with self._lock:
            meant = [fault for rule in self._rules if rule.meets(method, path) for fault in rule.faults]
            return [fault for fault in meant if self._random.random() < fault.chance]

    @staticmethod
    def _wait(environ: dict[str, Any], seconds: float) -> None:
        others = environ.get("influxctl.yield")
        if others is not None:
            others()  # the thread that answers short requests would hold up all of them
        time.sleep(seconds)


def _refused(status: int, start_response: Callable[..., Any]) -> Iterable[bytes]:
    code = _CODE_OF.get(status, "internal error" if status >= 500 else "invalid")
    response = error_answer(InfluxctlError("a fault on purpose (--fault)", code=code, status=status))
    headers = {**response.headers, "Content-Type": response.media, "Content-Length": str(len(response.body))}  # type: ignore[arg-type]
    if status in (429, 503):
        headers["Retry-After"] = str(RETRY_AFTER)
    start_response(response.status_line, list(headers.items()))
    return [response.body] if isinstance(response.body, bytes) else response.body


def _broken_off() -> Iterator[bytes]:
    """A body that ends before its announced length."""
    yield b"this answer breaks off on purpose (--fault)\n"
    raise Gone
