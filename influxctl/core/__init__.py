"""What every other package may use: errors, IDs, times, blocks of tables, read requests, line protocol, annotated CSV."""
