"""experimental/table: registers `fill`, which stands with the other builtins over tables."""

from influxctl.flux.stdlib.experimental import tables as tables
