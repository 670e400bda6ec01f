"""`influxctl ping`: whether the server answers."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from influxctl.cli.context import Context
from influxctl.cli.factories import command_of


def ping(
    ctx: Context, head: Annotated[bool, Option("--head", help="Ask with HEAD, as a load balancer would.")] = False
) -> None:
    """See whether the server answers, and which version it is."""
    answer = ctx.call("HeadPing" if head else "GetPing")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    version, build = headers.get("x-influxdb-version", ""), headers.get("x-influxdb-build", "")
    if ctx.format in ("json", "jsonl", "yaml"):
        ctx.show({"status": "ok", "url": ctx.settings.url, "version": version, "build": build}, ())
    else:
        ctx.stdout.write(f"OK {' '.join(part for part in (version, build) if part)}".rstrip() + "\n")


command = command_of(ping, "ping", ["GetPing", "HeadPing"])
