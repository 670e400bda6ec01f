"""Laying out text in a given width: documents of text, lines that may be broken, groups and indentation.

A group stands on one line if it fits and holds nothing that forces a break; otherwise its own lines are broken. (The method is the
usual one of pretty printers, after Wadler.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A possible line end; `flat` is what stands there when the line is not broken."""

    flat: str = " "
    hard: bool = False
    blank: bool = False  # an empty line before the next one


@dataclass(frozen=True, slots=True)
class Suffix:
    """Text that goes to the end of the line on which it is met, and breaks the groups around it."""

    text: str


class Group:
    """A document that is on one line or broken; `broken` forces the latter."""

    __slots__ = ("broken", "doc")

    def __init__(self, doc: Doc, broken: bool = False) -> None:
        self.doc = doc
        self.broken = broken or _forced(doc)


class Indent:
    """A document whose lines begin four columns further right."""

    __slots__ = ("doc",)

    def __init__(self, doc: Doc) -> None:
        self.doc = doc


class IfBroken:
    """Text that is there only in a broken group."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


Doc = str | Line | Suffix | Group | Indent | IfBroken | list["Doc"]

LINE = Line()
SOFT = Line("")
HARD = Line(hard=True)
BLANK = Line(hard=True, blank=True)


def join(docs: Iterable[Doc], between: list[Doc]) -> list[Doc]:
    """The documents with something between them."""
    answer: list[Doc] = []
    for number, doc in enumerate(docs):
        if number:
            answer += between
        answer.append(doc)
    return answer


def _forced(doc: Doc) -> bool:
    if isinstance(doc, list):
        return any(_forced(part) for part in doc)
    if isinstance(doc, Group):
        return doc.broken and _forced(doc.doc)
    if isinstance(doc, Indent):
        return _forced(doc.doc)
    return isinstance(doc, Suffix) or (isinstance(doc, Line) and doc.hard)


def render(doc: Doc, width: int = 100) -> str:
    """The text of a document; no line ends in blanks."""
    out: list[str] = []
    suffixes: list[str] = []
    column = 0
    stack: list[tuple[int, bool, Doc]] = [(0, True, doc)]
    while stack:
        indent, broken, doc = stack.pop()
        if isinstance(doc, str):
            out.append(doc)
            column = column + len(doc) if "\n" not in doc else len(doc) - doc.rfind("\n") - 1
        elif isinstance(doc, list):
            stack.extend((indent, broken, part) for part in reversed(doc))
        elif isinstance(doc, Indent):
            stack.append((indent + 4, broken, doc.doc))
        elif isinstance(doc, Group):
            flat = not doc.broken and _fits(doc.doc, width - column, stack)
            stack.append((indent, not flat, doc.doc))
        elif isinstance(doc, IfBroken):
            if broken:
                out.append(doc.text)
                column += len(doc.text)
        elif isinstance(doc, Suffix):
            suffixes.append(doc.text)
        elif broken or doc.hard:
            _end_line(out, suffixes)
            out.append(("\n\n" if doc.blank else "\n") + " " * indent)
            column = indent
        else:
            out.append(doc.flat)
            column += len(doc.flat)
    _end_line(out, suffixes)
    return "".join(out)


def _end_line(out: list[str], suffixes: list[str]) -> None:
    while out and not out[-1].strip(" "):
        out.pop()
    if out:
        out[-1] = out[-1].rstrip(" ")
    out.extend(" " + text for text in suffixes)
    suffixes.clear()


def _fits(doc: Doc, room: int, rest: list[tuple[int, bool, Doc]]) -> bool:
    """Whether the document, flat, and what follows it up to the next line end have room."""
    stack: list[tuple[bool, Doc]] = [(False, doc)]
    place = len(rest)
    while room >= 0:
        if not stack:
            if not place:
                return True
            place -= 1
            stack.append((rest[place][1], rest[place][2]))
        broken, doc = stack.pop()
        if isinstance(doc, str):
            end = doc.find("\n")
            if end >= 0:
                return end <= room
            room -= len(doc)
        elif isinstance(doc, list):
            stack.extend((broken, part) for part in reversed(doc))
        elif isinstance(doc, Indent):
            stack.append((broken, doc.doc))
        elif isinstance(doc, Group):
            stack.append((broken, doc.doc))  # what follows may break, the document itself may not
        elif isinstance(doc, IfBroken):
            room -= len(doc.text) if broken else 0
        elif isinstance(doc, Line):
            if broken or doc.hard:
                return True
            room -= len(doc.flat)
    return False
