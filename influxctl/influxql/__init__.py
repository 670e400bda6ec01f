"""InfluxQL: the query language of InfluxDB 1.x, read, checked and run over columns; it reaches data through `source.Source` only."""
