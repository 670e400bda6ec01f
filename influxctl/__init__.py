"""influxctl: a command line for the InfluxDB v2 API and an embedded server that answers the same API."""

__version__ = "0.1.0"
