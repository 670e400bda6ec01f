"""YAML as yaml.v3 writes it (cli.compat.goyaml): the form, and that it reads back as what it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influxctl.cli.compat.goyaml import document, documents, number
from influxctl.cli.compat.templatefiles import yaml_objects


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": [{"x": 1, "a": [{}]}, []], "a": {}}, "a: {}\nb:\n    - a:\n        - {}\n      x: 1\n    - []\n"),
        ({"k": {"l": {"m": ["s"]}}}, "k:\n    l:\n        m:\n            - s\n"),
        ({"k": [["a", "b"]]}, "k:\n    - - a\n      - b\n"),
        ({"k": "a\nb"}, "k: |-\n    a\n    b\n"),
        ({"k": "a\n\nb\n"}, "k: |\n    a\n\n    b\n"),
        ({"k": " a\nb\n\n"}, "k: |4+\n     a\n    b\n\n"),
        ({"k": ["\na", {"l": " b\n"}]}, "k:\n    - |2-\n\n      a\n    - l: |2\n         b\n"),
        ({"k": "a \nb"}, 'k: "a \\nb"\n'),
        ({"k": "tab\there"}, 'k: "tab\\there"\n'),
        ({"k10": 1, "k9": 2, "K": 3, "_": 4}, "_: 4\nK: 3\nk9: 2\nk10: 1\n"),
        ({"k": None, "l": True}, "k: null\nl: true\n"),
    ],
)
def test_form(value: object, text: str) -> None:
    assert document(value) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("#hash", "'#hash'"),
        ("it's: so", "'it''s: so'"),
        ("a#b", "a#b"),
        ("1", '"1"'),
        ("1.5e3", '"1.5e3"'),
        ("1:30", '"1:30"'),
        ("2024-01-02", '"2024-01-02"'),
        ("yes", '"yes"'),
        ("true", '"true"'),
        ("~", '"~"'),
        ("", '""'),
        ("- x", "'- x'"),
        ("-x", "-x"),
        ("ends:", "'ends:'"),
        (" x", "' x'"),
        ("žluť", "žluť"),
        ("\x07", '"\\a"'),
    ],
)
def test_texts_are_quoted_only_where_they_must(text: str, shown: str) -> None:
    assert document({"k": text}) == f"k: {shown}\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (172800, "172800"),
        (2592000, "2.592e+06"),
        (1000000, "1e+06"),
        (0.25, "0.25"),
        (0.00001, "1e-05"),
        (-3.5, "-3.5"),
        (0, "0"),
    ],
)
def test_numbers_are_floats(value: float, text: str) -> None:
    assert number(value) == text


def test_documents_are_divided() -> None:
    assert documents([{"a": 1}, {"b": 2}]) == "a: 1\n---\nb: 2\n"


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n :#-'\"\t"), max_size=12)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | _TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_TEXT.filter(lambda t: "\n" not in t), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text("abc1", min_size=1, max_size=3), _VALUES, min_size=1, max_size=3))
def test_what_is_written_reads_back(value: dict[str, object]) -> None:
    assert yaml_objects(document(value)) == [value]
