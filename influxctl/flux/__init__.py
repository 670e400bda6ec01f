"""Flux: the language. `run` (in `flux.run`) executes a script against a `World`."""
