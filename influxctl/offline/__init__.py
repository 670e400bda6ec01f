"""What works without a server: the tools for Flux files, queries over files, plans against files. Imported when a command runs."""
