"""Asks the server for the names of a kind and keeps them for `cli.names`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from influxctl.cli.context import Context
from influxctl.cli.lookup import KINDS, every
from influxctl.core.errors import InfluxctlError
from influxctl.output.columns import lookup

MOST = 1000  # names that a shell can be given
TIMEOUT = 2.0


def renew(kind: str, file: str) -> int:
    """Write the names of a kind into the cache file, whole; the exit code is 1 if they cannot be had."""
    context = Context()
    context.flags["timeout"] = TIMEOUT
    try:
        names = sorted(set(islice(_names(context, kind), MOST)))
        folder = Path(file).parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.writelines(name + "\n" for name in names)
        os.replace(draft, file)
    except (InfluxctlError, OSError):
        return 1
    finally:
        context.close()
    return 0


def _names(context: Context, kind: str) -> Iterable[str]:
    if kind == "profile":
        from influxctl.config.profiles import read_all

        own, theirs = read_all(context.env)
        return iter(["local", *own.profiles, *theirs.profiles])
    if kind == "saved-query":
        from influxctl.config.files import read_profiles
        from influxctl.config.paths import profiles_file

        return iter(read_profiles(profiles_file(context.env)).queries)
    if kind not in KINDS:
        return iter(())
    found = (lookup(item, KINDS[kind].name) for item in every(context, kind))
    return (str(name) for name in found if name and "\n" not in str(name))
