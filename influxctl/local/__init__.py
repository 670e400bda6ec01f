"""The embedded server: the InfluxDB v2 API answered from a directory on disk."""
