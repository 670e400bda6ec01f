"""What builtins share about their arguments: null is refused, with one wording."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from influxctl.core.errors import Invalid

F = TypeVar("F", bound=Callable[..., Any])


def no_nulls(code: F) -> F:
    """The function with a check: `Invalid` when an argument that has no default of null is null."""
    optional = {p.name for p in inspect.signature(code).parameters.values() if p.default is None}

    @wraps(code)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for name, value in kwargs.items():
            if value is None and name not in optional:
                raise Invalid(f'argument "{name.rstrip("_")}" is null')
        return code(*args, **kwargs)

    return cast(F, checked)
