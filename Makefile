# Two commands need nothing but Python 3.11+ and make: `make serve` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
PORT   ?= 8400
# The CPU build of PyTorch; only the extras for training need it.
TORCH  ?= torch==2.13.0
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
JS     := tests/server/js/node_modules
TYPES  := tests/web/types/node_modules

.DEFAULT_GOAL := help
.PHONY: help serve test check lint types docs fix test-train figures wheel clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/.run ## set up what is missing and serve nano at http://127.0.0.1:8400
	@$(BIN)/helicon serve --port $(PORT)

test: $(VENV)/.test $(VENV)/.browser $(VENV)/.postgres $(JS)/.done $(TYPES)/.done ## set up what is missing and run the tests
	@$(BIN)/python -m pytest

check: lint types ## style and strict types

lint: $(VENV)/.test ## style
	@$(BIN)/ruff check src tests benchmarks recipes scripts
	@$(BIN)/ruff format --check src tests benchmarks recipes scripts

types: $(VENV)/.test ## strict types over source and tests
	@$(BIN)/mypy

docs: $(VENV)/.test ## only the tests that run every example of README and docs
	@$(BIN)/python -m pytest tests/docs

fix: $(VENV)/.test ## format, and mend what the linter can
	@$(BIN)/ruff check --fix src tests benchmarks recipes scripts
	@$(BIN)/ruff format src tests benchmarks recipes scripts

test-train: $(VENV)/.train ## the tests that need PyTorch: training, export, a foreign server
	@$(BIN)/python -m pytest tests/training tests/foreign

figures: $(VENV)/.test ## measure the figures of the README; results beside the scripts
	@$(BIN)/python benchmarks/run.py

wheel: $(VENV)/.test ## build the wheel into dist/
	@$(PIP) install build
	@$(BIN)/python -m build --wheel

clean: ## remove what the targets made
	rm -rf $(VENV) $(JS) $(TYPES) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than Python 3.11; name a newer one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(BIN)/python
	@echo "setting up $(VENV) (once)"
	@$(PIP) install -e .
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	@echo "setting up $(VENV) for the tests (once)"
	@$(PIP) install -e '.[test]'
	@touch $@ $(VENV)/.run

$(VENV)/.train: $(VENV)/.test
	@echo "setting up PyTorch for the training tests (once)"
	@$(PIP) install '$(TORCH)'
	@$(PIP) install -e '.[test,train]' 'transformers[serving]>=5.0'
	@touch $@

# The page is tested in Debian's Chromium; elsewhere those tests say that they skip.
$(VENV)/.browser: | $(BIN)/python
	@if command -v chromium >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium >/dev/null; \
	else echo "no Chromium here and no right to install it: the tests of the page will be skipped"; fi
	@touch $@

# The store is tested on a PostgreSQL of its own; elsewhere those tests say that they skip.
$(VENV)/.postgres: | $(BIN)/python
	@if command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y postgresql >/dev/null; \
	else echo "no PostgreSQL here and no right to install it: the store will be tested on SQLite only"; fi
	@touch $@

# The JavaScript SDK is tested where Node.js is; elsewhere that one test says that it skips.
$(JS)/.done: tests/server/js/package.json
	@if command -v npm >/dev/null; then npm --prefix tests/server/js install --silent --no-audit --no-fund && touch $@; \
	else echo "no npm here: the test of the JavaScript SDK will be skipped"; fi

# The page's modules are type-checked where npm is; elsewhere that one test says that it skips.
$(TYPES)/.done: tests/web/types/package.json
	@if command -v npm >/dev/null; then npm --prefix tests/web/types install --silent --no-audit --no-fund && touch $@; \
	else echo "no npm here: the page's modules will not be type-checked"; fi
