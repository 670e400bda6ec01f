"""Texts as string literals of Flux."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r'[\\"\x00-\x1f\x7f]|\$(?=\{)')


def flux_text(text: str) -> str:
    """A string literal that stands for exactly this text: quotes, `${` and control characters mean nothing in it."""
    return '"' + _SPECIAL.sub(lambda match: _escaped(match[0]), text) + '"'


def _escaped(char: str) -> str:
    return f"\\{char}" if char in '\\"$' else f"\\x{ord(char):02x}"
