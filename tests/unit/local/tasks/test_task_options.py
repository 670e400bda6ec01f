"""The option `task`: read, checked and changed in the script."""

from __future__ import annotations

import pytest

from influxctl.core.errors import Invalid
from influxctl.local.tasks.options import task_options, with_options


def test_all_options_are_read_as_they_are_written() -> None:
    options = task_options('option task = {name: "a", every: 90m, offset: -1m30s, concurrency: 2, retry: 3, x: 1}\nf()')
    assert (options.name, options.every, options.offset, options.concurrency) == ("a", "90m", "-1m30s", 2)
    assert options.delay == -90 * 10**9


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("", "no task options"),
        ("option task = {every: 1h}", "name"),
        ('option task = {name: "x"}', "cron or every"),
        ('option task = {name: "x", every: 1h, cron: "* * * * *"}', "both"),
        ('option task = {name: "x", every: "1h"}', "'every'"),
        ('option task = {name: 1, every: 1h}', "'name'"),
        ('option task = {name: "x", every: 500ms}', "1 second"),
        ('option task = {name: "x", cron: "x"}', "cron"),
        ('option task = {name: "x", every: 1h, offset: 1ms}', "offset"),
        ('option task = {name: "x", every: 1h, concurrency: 101}', "concurrency"),
        ('option task = {name: "x", every: 1h, retry: 0}', "retry"),
        ('option task = {name: "x", cron: "* * * * *", timezone: "Nowhere"}', "Nowhere"),
        ('option task = {name: "x", every: 1h}\nfrom(', "1"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(option: str, reason: str) -> None:
    with pytest.raises(Invalid) as error:
        task_options(f"{option}\nbuckets()" if "from(" not in option else option)
    assert reason in error.value.message


SCRIPT = 'option task = {name: "t", every: 1h}\nbuckets()'


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"every": "2h"}, 'option task = {name: "t", every: 2h}'),
        ({"cron": "0 3 * * *"}, 'option task = {name: "t", cron: "0 3 * * *"}'),
        ({"offset": "1m"}, 'option task = {name: "t", every: 1h, offset: 1m}'),
        ({"name": 'a "b" ${c}'}, 'option task = {name: "a \\"b\\" \\${c}", every: 1h}'),
    ],
)
def test_options_are_rewritten(changes: dict[str, str], expected: str) -> None:
    changed = with_options(SCRIPT, changes)
    assert changed == f"{expected}\n\nbuckets()\n"
    read = task_options(changed)
    assert all(getattr(read, key) == value for key, value in changes.items())


def test_comments_and_unknown_options_survive() -> None:
    changed = with_options(
        '// mine\noption task = {name: "t", every: 1h, color: "red"}\n// why\nbuckets()', {"every": "5m"}
    )
    assert "// mine" in changed and "// why" in changed and 'color: "red"' in changed
