"""YAML as Go's yaml.v3 writes plain data: four columns a level, lists inside their key, texts plain where they stay texts.

Only what a template is made of: mappings with text keys, lists, texts, numbers, truth values, null.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cmp_to_key
from itertools import pairwise

STEP = 4
_INDICATORS = set("#,[]{}&*!|>'\"%@`")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SIXTY = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)\Z")
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|[ ]+)\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?[ ]*(?:Z|[-+]\d\d?(?::?\d\d)?)?)?\Z"
)
_WORDS = {
    "", "~", "<<",
    *("null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE"),
    *(".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"),
    *("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"),
}  # fmt: skip
_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e",
    '"': '"', "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip
_BREAKS = "\n\r\x85\u2028\u2029"


def documents(entries: Sequence[object]) -> str:
    """Entries as a stream of documents."""
    return "---\n".join(document(entry) for entry in entries)


def document(value: object) -> str:
    """One document."""
    if isinstance(value, Mapping) and value:
        return "\n".join(_mapping(value, 0)) + "\n"
    if isinstance(value, list) and value:
        return "\n".join(_sequence(value, 0)) + "\n"
    return _scalar(value, 0, STEP) + "\n"


def _mapping(value: Mapping[str, object], indent: int) -> list[str]:
    out = []
    for key in sorted(value, key=cmp_to_key(_natural)):
        name = _scalar(key, indent, indent, key=True)
        out += _under(f"{' ' * indent}{name}:", value[key], indent, STEP * ((indent + STEP) // STEP))
    return out


def _sequence(value: Sequence[object], indent: int) -> list[str]:
    out = []
    for item in value:
        dash = f"{' ' * indent}- "
        if isinstance(item, Mapping) and item:
            first, *rest = _mapping(item, indent + 2)
            out += [dash + first[indent + 2 :], *rest]
        elif isinstance(item, list) and item:
            first, *rest = _sequence(item, indent + 2)
            out += [dash + first[indent + 2 :], *rest]
        else:
            out += [dash + _scalar(item, indent, indent + 2)]
    return out


def _under(head: str, value: object, indent: int, inner: int) -> list[str]:
    """A value behind its key."""
    if isinstance(value, Mapping) and value:
        return [head, *_mapping(value, inner)]
    if isinstance(value, list) and value:
        return [head, *_sequence(value, inner)]
    return [f"{head} {_scalar(value, indent, inner)}"]


def _scalar(value: object, outer: int, inner: int, *, key: bool = False) -> str:
    """A single value; `inner` is where the lines of a literal block begin, `outer` where what it stands in does."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list):
        return "[]"
    text = str(value)
    if "\n" in text and not key and _may_be_literal(text):
        return _literal(text, outer, inner)
    quoted = "\n" in text or text in _WORDS or _is_number(text) or bool(_DATE.match(text))
    if not quoted and _may_be_plain(text):
        return text
    if not quoted and _may_be_single(text):
        return "'" + text.replace("'", "''") + "'"
    return _double(text)


def number(value: float) -> str:
    """A number of JSON, which Go holds as a float: exponents from a million on and below a ten-thousandth."""
    value = float(value)
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    shown = next(text for text in (f"{value:.{places}e}" for places in range(18)) if float(text) == value)
    digits, _, power = shown.partition("e")
    exponent = int(power)
    count = len(digits.lstrip("-").replace(".", ""))
    if exponent < -4 or exponent >= 6:
        return f"{digits}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    return f"{value:.{max(count - 1 - exponent, 0)}f}"


def _is_number(text: str) -> bool:
    plain = text.replace("_", "")
    return bool(_FLOAT.match(plain) or _INTEGER.match(text) or _SIXTY.match(text)) and plain not in ("", "+", "-", ".")


def _may_be_plain(text: str) -> bool:
    """Whether a text without line ends reads back as itself without quotes."""
    if not text or text[0] in " " or text[-1] == " " or text.startswith(("---", "...")):
        return False
    if text[0] in _INDICATORS or (text[0] in "?:-" and (len(text) == 1 or text[1] in " \t")):
        return False
    if ": " in text or " #" in text or text[-1] == ":" or "\t" in text:
        return False
    return not any(_special(char) or char in _BREAKS for char in text)


def _may_be_single(text: str) -> bool:
    return not any(_special(char) or char in _BREAKS or char == "\t" for char in text)


def _may_be_literal(text: str) -> bool:
    spaced = any(before == " " and after in _BREAKS for before, after in pairwise(text))
    return not spaced and text[-1] != " " and not any(_special(char) for char in text)


def _special(char: str) -> bool:
    """A character that only double quotes can show."""
    if char in "\n\t" or " " <= char <= "~":
        return False
    return not (
        "\xa0" <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char >= "\U00010000" or char == "\x85"
    ) or (char == "\ufeff")


def _literal(text: str, outer: int, inner: int) -> str:
    hint = str(inner - outer) if text[0] in " \n" else ""  # yaml.v3 says 4 also where it is 2, and cannot read that
    end = "-" if text[-1] != "\n" else "+" if text == "\n" or text[-2:] == "\n\n" else ""
    body = text.removesuffix("\n")
    lines = [" " * inner + line if line else "" for line in body.split("\n")]
    return "\n".join([f"|{hint}{end}", *lines])


def _double(text: str) -> str:
    out = []
    for char in text:
        if char in _ESCAPES:
            out.append("\\" + _ESCAPES[char])
        elif not _special(char):
            out.append(char)
        elif char <= "\xff":
            out.append(f"\\x{ord(char):02X}")
        else:
            out.append(f"\\u{ord(char):04X}" if char <= "\uffff" else f"\\U{ord(char):08X}")
    return '"' + "".join(out) + '"'


def _natural(left: str, right: str) -> int:
    """The order of keys: numbers inside them by value, letters behind everything else."""
    digits = False
    for at, (a, b) in enumerate(zip(left, right, strict=False)):
        if a == b:
            digits = a.isdigit()
            continue
        if a.isalpha() and b.isalpha():
            return -1 if a < b else 1
        if a.isalpha() or b.isalpha():
            return (-1 if a.isalpha() else 1) if digits else (-1 if b.isalpha() else 1)
        one, other = _digits(left, at), _digits(right, at)
        if "0" in (a, b) and re.search(r"[1-9][0-9]*\Z", left[:at]):
            one, other = "1" + one, "1" + other
        if int(one or 0) != int(other or 0):
            return -1 if int(one or 0) < int(other or 0) else 1
        if len(one) != len(other):
            return -1 if len(one) < len(other) else 1
        return -1 if a < b else 1
    return (len(left) > len(right)) - (len(left) < len(right))


def _digits(text: str, at: int) -> str:
    match = re.compile(r"[0-9]*").match(text, at)
    return match[0] if match else ""
