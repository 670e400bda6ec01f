"""Flux: the language. `influxctl.flux.run.run` executes a script against a `World`; importing this package imports nothing."""
