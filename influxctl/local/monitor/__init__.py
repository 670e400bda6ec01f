"""Checks and notification rules as Flux."""
