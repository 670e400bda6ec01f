"""A data folder that is set up and filled before it is served: account, templates, points.

The account is that of the variables which the container image of InfluxDB reads (DOCKER_INFLUXDB_INIT_ORG, …), so that a pipeline
changes one line; what they do not say is as in `influxctl local start`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from influxctl.cli.context import Context
from influxctl.core.errors import InfluxctlError

_PREFIX = "DOCKER_INFLUXDB_INIT_"


def prepare(ctx: Context, where: Path, templates: Sequence[str], data: Sequence[str]) -> None:
    """Set a fresh folder up and fill it; one that is set up already is left as it is, with a note."""
    from influxctl.cli.durations import seconds
    from influxctl.local.app import open_app
    from influxctl.local.onboard import ensure_setup

    given = {
        name.removeprefix(_PREFIX).lower(): value
        for name, value in ctx.env.items()
        if name.startswith(_PREFIX) and value
    }
    account = {"org": "org", "bucket": "bucket", "username": "user", "admin_token": "token"}
    more: dict[str, object] = {"password": given["password"]} if "password" in given else {}
    if "retention" in given:
        more["retentionPeriodSeconds"] = seconds(given["retention"], _PREFIX + "RETENTION")
    app = open_app(where)
    try:
        if not app.services.onboarding.allowed():
            ctx.note(f"{where} is set up already; it keeps what it has.")
            return
        made = ensure_setup(
            app.services, **{field: given[name] for name, field in account.items() if name in given}, more=more
        )
    finally:
        app.close()
    for file in templates:
        _run(ctx, where, "apply", "-f", file, "--force", "yes", "--quiet")
    for file in data:
        _run(ctx, where, "write", "-b", made.bucket if made else "", "-f", file)


def _run(ctx: Context, where: Path, *words: str) -> None:
    """A command on the folder, in this process; what goes wrong ends the whole."""
    from influxctl.cli.app import main

    env = {key: value for key, value in ctx.env.items() if not key.startswith("INFLUX_")}
    error = io.StringIO()
    code = main(
        [*words, "--data-dir", str(where)], Context(stdin=ctx.stdin, stdout=io.StringIO(), stderr=error, env=env)
    )
    if code:
        text = error.getvalue().strip().removeprefix("Error: ")
        raise InfluxctlError(f"the folder could not be filled by 'influxctl {' '.join(words[:1])}': {text}")
