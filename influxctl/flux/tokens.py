"""Kinds of tokens, named as the reference names them in its messages, and the tables of keywords and operators."""

from __future__ import annotations

from typing import NamedTuple


class Token(NamedTuple):
    """A token: its kind and the offsets of its first character and of the character after its last."""

    kind: str
    start: int
    end: int


KEYWORDS = {
    "and": "AND",
    "or": "OR",
    "not": "NOT",
    "import": "IMPORT",
    "package": "PACKAGE",
    "return": "RETURN",
    "option": "OPTION",
    "builtin": "BUILTIN",
    "testcase": "TESTCASE",
    "if": "IF",
    "then": "THEN",
    "else": "ELSE",
    "exists": "EXISTS",
}
OPERATORS = {
    "+": "ADD",
    "-": "SUB",
    "*": "MUL",
    "/": "DIV",
    "%": "MOD",
    "^": "POW",
    "==": "EQ",
    "<": "LT",
    ">": "GT",
    "<=": "LTE",
    ">=": "GTE",
    "!=": "NEQ",
    "=~": "REGEXEQ",
    "!~": "REGEXNEQ",
    "=": "ASSIGN",
    "=>": "ARROW",
    "<-": "PIPE_RECEIVE",
    "(": "LPAREN",
    ")": "RPAREN",
    "[": "LBRACK",
    "]": "RBRACK",
    "{": "LBRACE",
    "}": "RBRACE",
    ",": "COMMA",
    ".": "DOT",
    ":": "COLON",
    "?": "QUESTION_MARK",
    "|>": "PIPE_FORWARD",
}

# Binary operators that are not logical: kind to precedence; all bind to the left.
PRECEDENCE = {
    "EQ": 1, "NEQ": 1, "LT": 1, "LTE": 1, "GT": 1, "GTE": 1, "REGEXEQ": 1, "REGEXNEQ": 1,
    "ADD": 2, "SUB": 2,
    "MUL": 3, "DIV": 3, "MOD": 3,
    "POW": 4,
}  # fmt: skip

# Kinds after which `/` divides; after anything else it may begin a regular expression.
OPERANDS = frozenset(
    {"IDENT", "INT", "FLOAT", "STRING", "DURATION", "TIME", "REGEX", "QUOTE", "RPAREN", "RBRACK", "RBRACE"}
)
