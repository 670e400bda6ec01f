"""`influxctl doctor`: what is wrong with the profile, the server, the token and the resources, and what mends it."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from influxctl.cli.checkup import FIRST, OK, Finding, Unanswered
from influxctl.cli.context import Context
from influxctl.cli.factories import command_of
from influxctl.core.errors import Exit
from influxctl.output.columns import Column

COLUMNS = (
    Column("Level", "level", kind="status"),
    Column("Check", "check"),
    Column("Finding", "message"),
    Column("Mend with", "mend"),
)
_SIGNS = {"ok": ("ok", "32"), "warning": ("warn", "33"), "error": ("FAIL", "31")}


def doctor(
    ctx: Context, every: Annotated[bool, Option("--all", help="Tell what is in order too, also in a pipe.")] = False
) -> int | None:
    """Look for what is wrong: address, certificate, clock, version, token, mappings, retention, tasks, checks; exit 8 on findings."""
    from influxctl.cli.checkup_resources import THEN, Lists

    found: list[Finding] = []
    try:
        for check in FIRST:
            found += check(ctx)
        lists = Lists(ctx)
        for look in THEN:
            found += look(lists)
    except Unanswered as last:
        found.append(last.finding)
    wrong = [one for one in found if one.level != OK]
    if ctx.flags.get("output") or ctx.flags.get("select"):
        ctx.show([one.as_dict() for one in (found if every else wrong)], COLUMNS)
    else:
        for one in found if every or ctx.stdout.isatty() else wrong:
            ctx.stdout.write(_line(ctx, one))
        ctx.note(f"{len(wrong)} findings." if wrong else "Nothing is wrong.")
    return Exit.FINDINGS if wrong else None


def _line(ctx: Context, one: Finding) -> str:
    sign, color = _SIGNS[one.level]
    shown = f"\x1b[{color}m{sign:4}\x1b[0m" if ctx.style.color else f"{sign:4}"
    text = f"{one.check}: {one.message}"
    if ctx.style.terminal:
        from textwrap import fill

        text = fill(
            text,
            max(20, ctx.style.width - 6),
            subsequent_indent=" " * 6,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return f"{shown}  {text}\n" + (f"      mend: {one.mend}\n" if one.mend else "")


command = command_of(doctor, "doctor", ["GetPing", "GetSetup", "GetMe", "GetAuthorizations", "GetDBRPs"])
