"""Patterns are RE2's: what Go refuses is refused, matching is linear, and Go's rules for replacing and splitting hold."""

from __future__ import annotations

import pytest

from influxctl.core.errors import Invalid
from influxctl.core.regex import compile_regex, find_all, quote_meta, replace_all, split


@pytest.mark.parametrize("pattern", ["(", "a**", "(?=a)", "(?<!a)b", r"(a)\1", "[z-a]", "x{1001}", r"\C"])
def test_what_go_refuses_is_invalid(pattern: str) -> None:
    with pytest.raises(Invalid):
        compile_regex(pattern)


def test_syntax_that_python_lacks() -> None:
    assert compile_regex(r"^[[:alpha:]]+\z").search("abc")
    assert compile_regex(r"\p{Han}").search("東京")
    assert compile_regex(r"(?P<year>\d{4})").search("in 2026")["year"] == "2026"


def test_nested_repetition_does_not_hang() -> None:
    assert compile_regex(r"(a+)+$").search("a" * 5000 + "b") is None


@pytest.mark.parametrize(
    ("pattern", "text", "template", "result"),
    [
        ("a(x*)b", "-ab-axxb-", "T", "-T-T-"),
        ("a(x*)b", "-ab-axxb-", "$1", "--xx-"),
        ("a(x*)b", "-ab-axxb-", "$1W", "---"),
        ("a(x*)b", "-ab-axxb-", "${1}W", "-W-xxW-"),
        ("", "abc", "-", "-a-b-c-"),
        ("é", "été", "$$", "$t$"),
    ],
)
def test_replacing_as_go_does(pattern: str, text: str, template: str, result: str) -> None:
    assert replace_all(compile_regex(pattern), text, template) == result


@pytest.mark.parametrize(
    ("pattern", "text", "limit", "pieces"),
    [
        ("a", "banana", -1, ["b", "n", "n", ""]),
        ("a", "banana", 2, ["b", "nana"]),
        ("z+", "pizza", -1, ["pi", "a"]),
        ("", "abc", -1, ["a", "b", "c"]),
        ("a", "banana", 0, []),
    ],
)
def test_splitting_as_go_does(pattern: str, text: str, limit: int, pieces: list[str]) -> None:
    assert split(compile_regex(pattern), text, limit) == pieces


def test_finding_all() -> None:
    assert [m[0] for m in find_all(compile_regex("a."), "abacad", 2)] == ["ab", "ac"]


def test_quoted_text_matches_itself() -> None:
    text = r"1+1=2? [yes] (a|b) {x} ^$ \d ."
    assert compile_regex(f"^{quote_meta(text)}$").search(text)
