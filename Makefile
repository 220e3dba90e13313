# `make` alone lists what there is.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test bench ui clean

help: ## This list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "enrichment-assets needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install -qq --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: .venv/installed ## Enrich the sample list in the sandbox: no keys, nothing leaves this machine
	$(BIN)/enrich run --sandbox --file data/samples/companies.csv
	@echo
	@echo "Next: look at it in Dagster's UI with   $(BIN)/enrich ui --sandbox"
	@echo "      run your own list in the sandbox   $(BIN)/enrich run --sandbox --file YOUR.csv"
	@echo "      and for real                       $(BIN)/enrich init   (writes .env; it says which keys to fill in)"

test: .venv/installed ## Lint, types, import rules and tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile
	@echo
	@echo "All good. Next: make demo"

bench: .venv/installed ## Every figure of the README's table, measured on this machine
	$(BIN)/python -m benchmarks

ui: .venv/installed ## Dagster's UI on this project's real state
	$(BIN)/enrich ui

clean: ## Remove the virtual environment and caches, never .state
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
