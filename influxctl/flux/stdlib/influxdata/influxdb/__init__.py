"""The package influxdata/influxdb: reading and writing buckets."""
