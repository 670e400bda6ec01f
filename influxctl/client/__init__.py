"""The HTTP client of the InfluxDB API: requests built from the table of operations, retries, paging, batched writes."""
