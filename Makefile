# The commands that .ci/run runs, in the environment at hand.
.PHONY: check test

check:
	ruff format --check .
	ruff check .
	mypy
	set -e; for tool in $$(grep -l -e '--check' tools/*.py); do echo "$$tool"; python "$$tool" --check; done

test:
	python -m pytest
