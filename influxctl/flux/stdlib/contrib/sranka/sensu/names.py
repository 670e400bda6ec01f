"""contrib/sranka/sensu: names that Sensu takes."""

from __future__ import annotations

import re

from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls


@builtin("contrib/sranka/sensu", "toSensuName")
@no_nulls
def to_sensu_name(v: str) -> str:
    """`v` with `_` for every character but letters, digits, `_`, `.` and `-`."""
    return re.sub(r"[^a-zA-Z0-9_.\-]", "_", v)
