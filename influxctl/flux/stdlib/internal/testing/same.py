"""internal/testing: its builtins are registered with those of testing."""

from influxctl.flux.stdlib.testing import comparing as comparing
