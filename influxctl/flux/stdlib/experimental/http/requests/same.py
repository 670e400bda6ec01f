"""experimental/http/requests: its builtins are registered with those of http/requests."""

from influxctl.flux.stdlib.http.requests import sending as sending
