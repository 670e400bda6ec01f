"""Where influxctl keeps its files, and the profiles and environment variables that say which server to talk to."""
