"""Names of resources for shell completion: `influxctl __names KIND` prints those in a small cache and renews it behind the scenes.

Imports nothing but the interpreter's own: a TAB must not wait. A missing cache is waited for up to `PATIENCE` seconds; one older
than `FRESH` seconds is printed and renewed for the next time. The cache holds names only, no tokens, in files of mode 0600.
"""

from __future__ import annotations

import os
import sys
import time
import zlib

FRESH, PATIENCE, STEP = 30.0, 0.3, 0.02
# What decides which server is meant; another value is another cache.
SELECTORS = (
    "INFLUX_HOST", "INFLUX_ORG", "INFLUX_ORG_ID", "INFLUXCTL_PROFILE", "INFLUX_ACTIVE_CONFIG", "INFLUXCTL_CONFIG_DIR",
    "INFLUXCTL_DATA_DIR", "INFLUX_CONFIGS_PATH", "HOME",
)  # fmt: skip


def cache_file(kind: str) -> str:
    """The file that keeps the names of a kind for the server that is meant now."""
    env = os.environ
    folder = env.get("INFLUXCTL_CACHE_DIR") or os.path.join(
        env.get("XDG_CACHE_HOME") or os.path.join(env.get("HOME", "/tmp"), ".cache"), "influxctl"
    )
    profiles = os.path.join(
        env.get("INFLUXCTL_CONFIG_DIR") or os.path.join(env.get("HOME", ""), ".config", "influxctl"), "profiles.toml"
    )
    try:
        changed = str(os.stat(profiles).st_mtime_ns)
    except OSError:
        changed = ""
    key = zlib.crc32("\0".join([*(env.get(name, "") for name in SELECTORS), changed]).encode())
    return os.path.join(folder, f"{kind}-{key:08x}.names")


def main(args: list[str]) -> int:
    """`__names KIND` (fast) or `__names KIND --renew` (asks the server)."""
    if not args or not args[0].replace("-", "").isalpha():
        return 2
    kind = args[0]
    if "--renew" in args:
        from influxctl.cli.nameslookup import renew

        return renew(kind, cache_file(kind))
    file = cache_file(kind)
    try:
        old = time.time() - os.stat(file).st_mtime > FRESH
    except OSError:
        _renew_behind(kind)
        _wait_for(file)
        old = False
    if old:
        _renew_behind(kind)
    try:
        with open(file, encoding="utf-8") as names:
            sys.stdout.write(names.read())
    except OSError:
        return 1
    return 0


def _wait_for(file: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not os.path.exists(file):
        time.sleep(STEP)


def _renew_behind(kind: str) -> None:
    """A process of its own that outlives this one, with nothing to print to."""
    null = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0)
    actions = [null, (os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)]
    argv = [sys.executable, "-m", "influxctl", "__names", kind, "--renew"]
    os.posix_spawn(sys.executable, argv, dict(os.environ), file_actions=actions, setpgroup=0)
