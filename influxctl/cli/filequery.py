"""`query --data`: the files of a query stand in for the server, and settings of a configured one do not count."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from influxctl.core.errors import UsageError

if TYPE_CHECKING:
    from influxctl.cli.context import Context


@contextmanager
def opened(ctx: Context, data: Sequence[str], script: str, *, influxql: bool, bucket: str) -> Iterator[str]:
    """While open, the context talks to a server made of the files; the value is the script to send.

    `bucket`: the one that files without a name of their own are, where the script names none.
    """
    from influxctl.cli.connect import LOCAL_SCHEME
    from influxctl.config import profiles
    from influxctl.offline.dataquery import completed, file_server, named_buckets

    text = script if influxql else completed(script, bucket)
    with file_server(_buckets(data, [bucket] if influxql else named_buckets(text) or [bucket])) as adapter:
        flags = {"data_dir": str(adapter.data_dir), "timeout": ctx.settings.timeout, "output": ctx.settings.output}
        nowhere = {"INFLUXCTL_CONFIG_DIR": tempfile.gettempdir() + "/none", "INFLUX_CONFIGS_PATH": "/dev/null"}
        ctx.stand_in(profiles.load(nowhere, flags))
        ctx.client.session.mount(LOCAL_SCHEME, adapter)
        yield text


def _buckets(data: Sequence[str], named: Sequence[str]) -> dict[str, list[Path]]:
    """Which files are in which bucket: those with a name in that, the others in each that the script names and no file is called."""
    found: dict[str, list[Path]] = {}
    free: list[Path] = []
    for item in data:
        name, equals, path = item.partition("=")
        if equals and name and not Path(item).exists():
            found.setdefault(name, []).append(_checked(path))
        else:
            free.append(_checked(item))
    if free:
        for name in [each for each in named if each not in found] or list(found)[:1]:
            found.setdefault(name, []).extend(free)
    return found


def _checked(path: str) -> Path:
    file = Path(path).expanduser()
    try:
        file.open("rb").close()
    except OSError as error:
        raise UsageError(f"cannot read {path!r}: {error.strerror}") from None
    return file
