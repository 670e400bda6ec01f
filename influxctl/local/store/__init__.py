"""SQLite: everything the server keeps except points."""
