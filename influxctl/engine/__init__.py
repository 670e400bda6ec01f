"""The time-series engine: points on disk and in memory. It knows no language and no HTTP; `engine.engine.Engine` is its face."""
