"""The option that writes the list of pending steps anew."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-pending", action="store_true", help="write tests/data/conformance/pending.json anew")
