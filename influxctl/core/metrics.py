"""Metrics in the Prometheus text format, read: names and labels to numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping

Labels = tuple[tuple[str, str], ...]
Metrics = dict[tuple[str, Labels], float]

_LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


def parse_metrics(text: str) -> Metrics:
    """Every sample of an exposition; lines that are none are left out."""
    found: Metrics = {}
    for line in text.splitlines():
        match = None if line.startswith("#") else _LINE.match(line)
        if match is None:
            continue
        try:
            value = float(match[3])
        except ValueError:
            continue
        labels = tuple(sorted((name, _unescaped(value)) for name, value in _LABEL.findall(match[2] or "")))
        found[match[1], labels] = value
    return found


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda m: "\n" if m[1] == "n" else m[1], text)


def summed(metrics: Metrics, name: str, *by: str) -> dict[tuple[str, ...], float]:
    """Samples of one name added up by some of their labels."""
    found: dict[tuple[str, ...], float] = {}
    for (sample, labels), value in metrics.items():
        if sample == name:
            known: Mapping[str, str] = dict(labels)
            key = tuple(known.get(label, "") for label in by)
            found[key] = found.get(key, 0.0) + value
    return found
