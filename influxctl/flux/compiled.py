"""Scripts that were parsed and found right, kept by their text: dashboards, tasks and checks send the same text again and again.

Nothing that a run does changes a tree, and types depend on the text and the library only, so a script is as good the second time. What is
kept is bounded by the length of the texts, for a tree takes about a hundred times the memory of its text.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from influxctl.flux import ast
from influxctl.flux.errors import FluxErrors
from influxctl.flux.infer import check
from influxctl.flux.parser import parse

_KEPT = 1 << 17  # characters
_kept: OrderedDict[str, ast.File] = OrderedDict()
_lock = threading.Lock()
_size = 0


def checked(*files: ast.File) -> None:
    """`FluxErrors` if a script has errors of syntax or of types."""
    for file in files:
        if file.errors:
            raise FluxErrors(file.errors, "compilation failed: ")
    errors = check(ast.package_of(*files))
    if errors:
        raise FluxErrors(errors)


def compiled(script: str) -> ast.File:
    """The tree of a script that parses and type-checks; `FluxErrors`."""
    global _size
    with _lock:
        file = _kept.get(script)
        if file is not None:
            _kept.move_to_end(script)
            return file
    file = parse(script)
    checked(file)
    with _lock:
        if len(script) <= _KEPT // 8 and script not in _kept:
            _kept[script] = file
            _size += len(script)
            while _size > _KEPT:
                _size -= len(_kept.popitem(last=False)[0])
    return file
