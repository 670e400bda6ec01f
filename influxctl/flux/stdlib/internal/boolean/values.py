"""internal/boolean: the truth values."""

from __future__ import annotations

from influxctl.flux.stdlib import constant

constant("internal/boolean", "true", True)
constant("internal/boolean", "false", False)
