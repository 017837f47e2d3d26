# Everything a person does with a checkout. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check
JOBS ?= auto

.DEFAULT_GOAL := help
.PHONY: help demo run test check bench sabotage screenshots clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Usher needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Usher and its tools into $(VENV) …"
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@

demo: $(READY) ## a throw-away store, sixty people and a stand-in provider; then the console
	@$(BIN)/usher demo

run: $(READY) ## the console on your own store
	@$(BIN)/usher

test: $(READY) ## all tests: the parallel ones, then the pictures
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal -m 'not snapshot'
	@$(BIN)/python -m pytest -q -p no:xdist -m snapshot

check: $(READY) ## formatting, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: $(READY) ## ratios against named limits, measured in one run
	@for bench in tests/bench/bench_*.py; do $(BIN)/python $$bench || exit 1; done

sabotage: $(READY) ## break the product line by line, in a copy: each break must turn a test red
	@$(BIN)/python -m tests.sabotage

screenshots: $(READY) ## the pictures in screenshots/, from the same scenes as the snapshot tests
	@$(BIN)/python -m tests.shoot

clean: ## forget the virtual environment and caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
