"""Replication: writes of a bucket forwarded to a remote server through a durable queue on disk."""
