# Two commands: `make demo` shows the main job, `make test` proves it. Everything is set up in .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: setup demo test test-all fuzz lint types bench docs lock clean

setup: $(VENV)/.ready

$(VENV)/.ready: requirements-dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: setup
	$(BIN)/graftsman demo $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

test: lint types
	$(BIN)/python -m tests.fetch
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not all_points" $(ARGS)

test-all: lint types
	$(BIN)/python -m tests.fetch
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

# The property tests of gate, engine and bridges, a hundred times longer.
fuzz: setup
	FUZZ=$${FUZZ:-100} $(BIN)/python -m pytest -n 2 --dist worksteal -m fuzz --timeout 10000 $(ARGS)

bench: setup
	$(BIN)/python -m tests.bench $(ARGS)

docs: setup
	$(BIN)/python -m tests.generate
	$(BIN)/python -m tests.transcript

lock: setup
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --extra dev pyproject.toml requirements-build.in -o requirements-dev.txt

clean:
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache
