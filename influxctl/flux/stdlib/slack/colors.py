"""slack: colours of attachments."""

from __future__ import annotations

import re

from influxctl.core.errors import Invalid
from influxctl.flux.stdlib import builtin
from influxctl.flux.stdlib._arguments import no_nulls

_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}){1,2}\Z")


@builtin("slack", "validateColorString")
@no_nulls
def validate_color_string(color: str) -> str:
    """The colour itself; `Invalid` when Slack does not know it."""
    if color in ("good", "warning", "danger") or _HEX.match(color):
        return color
    raise Invalid(f"invalid color {color!r}: use good, warning, danger or hexadecimal digits such as #ff0000")
