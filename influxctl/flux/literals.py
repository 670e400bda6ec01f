"""Values of literals: text of numbers, strings, times, durations and regular expressions to what they mean, or why they mean nothing."""

from __future__ import annotations

import re
import warnings
from datetime import datetime

_MAX_INT = 2**63 - 1
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "${"}
_ESCAPE = re.compile(r'\\(?:([nrt"\\])|(\$)\{|x([0-9a-fA-F]{2}))')
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?)?\Z", re.ASCII)
_PART = re.compile(r"([0-9]+)([a-zµ]+)")


class BadLiteral(ValueError):
    """A literal without a value; the text says why, in the reference's words."""


def integer(text: str) -> int:
    """An integer of 64 bits; no zero in front."""
    if len(text) > 1 and text[0] == "0":
        raise BadLiteral(f'invalid integer literal "{text}": nonzero value cannot start with 0')
    value = int(text) if len(text) < 20 else _MAX_INT + 1
    if value > _MAX_INT:
        raise BadLiteral(f'invalid integer literal "{text}": value out of range')
    return value


def string(text: str) -> str:
    """The characters that the inside of a string means."""
    if "\\" not in text:
        return text
    if "\\x" not in text:
        return _ESCAPE.sub(lambda m: _ESCAPES[m[1] or m[2]], text)
    parts: list[bytes] = []
    at = 0
    for match in _ESCAPE.finditer(text):
        parts.append(text[at : match.start()].encode("utf-8", "surrogatepass"))
        parts.append(bytes.fromhex(match[3]) if match[3] else _ESCAPES[match[1] or match[2]].encode())
        at = match.end()
    parts.append(text[at:].encode("utf-8", "surrogatepass"))
    data = b"".join(parts)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        length = max(1, error.end - error.start)
        raise BadLiteral(f"invalid utf-8 sequence of {length} bytes from index {error.start}") from None


def time(text: str) -> str:
    """RFC 3339 text of a time literal: UTC as `Z`, the fraction without trailing zeros, other offsets as written."""
    match = _TIME.match(text)
    if match is None or (match[2] and not match[4]):
        raise BadLiteral("invalid date time literal, missing time offset")
    date, clock, fraction, zone = match.groups()
    clock, zone = clock or "00:00:00", zone or "Z"
    try:
        datetime.fromisoformat(f"{date}T{clock}{zone.replace('Z', '+00:00')}")
    except ValueError:
        raise BadLiteral("invalid date time literal, missing time offset") from None
    fraction = (fraction or "")[:9].rstrip("0")
    return f"{date}T{clock}{'.' + fraction if fraction else ''}{'Z' if zone in ('+00:00', '-00:00') else zone}"


def duration(text: str) -> list[tuple[int, str, int, int]]:
    """The parts of a duration: magnitude, unit, and the offsets of the part in the text."""
    parts = []
    for match in _PART.finditer(text):
        magnitude = int(match[1]) if len(match[1]) < 20 else _MAX_INT + 1
        if magnitude > _MAX_INT:
            raise BadLiteral("invalid token for primary expression: DURATION")
        parts.append((magnitude, "us" if match[2] == "µs" else match[2], match.start(), match.end()))
    return parts


_LOOKS = re.compile(r"\(\?(?:=|!|<=|<!)")
_BACK_REFERENCE = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]")


_BYTES = re.compile(r"((?:\\x[89a-fA-F][0-9a-fA-F])+)|\\.", re.DOTALL)


def _characters(match: re.Match[str]) -> str:
    """The characters that bytes written as `\\x` make together in UTF-8; what makes none stays as it is."""
    if match[1]:
        try:
            return bytes.fromhex(match[1].replace("\\x", "")).decode()
        except UnicodeDecodeError:
            pass
    return match[0]


def regexp(text: str) -> str:
    """The pattern between the slashes, `\\/` and bytes resolved; refused if it is certainly no RE2 pattern."""
    pattern = text[1:-1].replace("\\/", "/")
    if "\\x" in pattern:
        pattern = _BYTES.sub(_characters, pattern)
    problem = _regexp_problem(pattern)
    if problem:
        raise BadLiteral(f"regex parse error: {pattern} error: {problem}")
    return pattern


_PROBLEMS = {
    "missing ), unterminated subpattern": "unclosed group",
    "unterminated character set": "unclosed character class",
    "unbalanced parenthesis": "unopened group",
    "unknown extension": "unrecognized flag",
    "nothing to repeat": "repetition operator missing expression",
    "bad escape (end of pattern)": "incomplete escape sequence, reached end of pattern prematurely",
    "min repeat greater than max repeat": "invalid repetition count range, the start must be <= the end",
}


def _regexp_problem(pattern: str) -> str:
    if _LOOKS.search(pattern):
        return "look-around, including look-ahead and look-behind, is not supported"
    if _BACK_REFERENCE.search(pattern):
        return "backreferences are not supported"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `[[` and the like warn in Python and are plain characters in RE2
            re.compile(_as_python(pattern))
    except re.error as error:
        return next((ours for theirs, ours in _PROBLEMS.items() if error.msg.startswith(theirs)), "")
    except (OverflowError, RecursionError):
        return "compiled regex exceeds size limit"
    return ""


def _as_python(pattern: str) -> str:
    """The pattern with what Python's `re` does not know and RE2 does replaced, for the syntax check only."""
    pattern = re.sub(r"\(\?[imsUux]*(?:-[imsUux]+)?(:|\))", lambda m: "(?:" if m[1] == ":" else "", pattern)
    pattern = re.sub(r"\\[pP](?:\{[^}]*\}|\w)", "a", pattern)
    pattern = re.sub(r"\[:\^?\w+:\]", "a", pattern)
    return re.sub(r"\\[zCQE]", "", pattern)
