"""Settings of the server; every field is a flag of `influxctl local serve` or has a good default."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a server behaves.

    `lock_timeout`: seconds to wait for the engine's lock. `password_cost`: log2 of scrypt's N. `max_body`: bytes of a request body after
    unpacking (413 above it). `query_memory`: bytes a query may gather. `query_seconds`: how long a query may run. `limits`: a JSON file
    shaped as the contract's schema Limit, `free`, or empty for none. `access_log`: one line a request on standard error.
    `catch_notifications`: what tasks would send by HTTP goes into the inbox (`influxctl local inbox`).
    `faults`: rules of `http.faults`; `fault_seed` decides which requests they hit. `record`: a file for all exchanges (`http.recording`).
    `tasks`: run tasks, checks and rules in the background (a daemon does, a command in process does not).
    """

    lock_timeout: float = 10.0
    password_cost: int = 14
    max_body: int = 128 << 20
    query_memory: int = 512 << 20
    query_seconds: float = 300.0
    limits: str = ""
    access_log: bool = False
    catch_notifications: bool = False
    faults: tuple[str, ...] = ()
    fault_seed: int = 0
    record: Path | None = None
    tasks: bool = False
    log_file: Path | None = None
