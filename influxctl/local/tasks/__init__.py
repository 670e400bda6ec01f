"""Tasks: their options, when they run, and the runs."""
