"""Queries: what a language sees of the engine, with the caller's permissions."""
