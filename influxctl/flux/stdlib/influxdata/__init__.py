"""Packages of influxdata."""
