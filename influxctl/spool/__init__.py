"""Durable queues: what offline writes and replications have in common."""
