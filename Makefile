# `make run` and `make test` each set up all they need; see CONTRIBUTING.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= var
EVAL_DATA ?= $(VITRINE_EVAL_DATA)
CHROMIUM := $(or $(VITRINE_CHROMIUM),$(shell command -v chromium || command -v chromium-browser || command -v google-chrome))
# A page that nobody looked at passes on no CI machine; elsewhere it is left out by name.
PAGES := $(if $(or $(CHROMIUM),$(CI)),,--ignore=tests/e2e)

.DEFAULT_GOAL := help
.PHONY: help setup run check fix test test-again conversations mutations test-slow eval bench docs clean

help:  ## Say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Vitrine needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,otel,train]'
	@touch $@

$(DATA)/.ready: $(VENV)/.run
	$(BIN)/vitrine --data-dir $(DATA) setup
	@touch $@

setup: $(DATA)/.ready $(VENV)/.dev  ## Install everything and prepare the models

run: $(DATA)/.ready  ## Start the demo shop (http://localhost:8321/demo)
	@exec $(BIN)/vitrine --data-dir $(DATA) serve --demo

check: $(VENV)/.dev  ## Lint, format and types, the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.dev  ## Format, and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: $(VENV)/.dev $(DATA)/.ready  ## Run the tests (under 5 minutes on 2 cores)
	VITRINE_TEST_MODELS=$(abspath $(DATA))/models $(BIN)/python -m pytest -n 2 --dist loadfile -m 'not slow' $(PAGES)
	$(if $(PAGES),@echo "The tests of the pages (tests/e2e) were left out: they need Chromium (apt-get install chromium, or set VITRINE_CHROMIUM).")

test-again: $(VENV)/.dev  ## Run what failed last time once more, one after the other
	VITRINE_TEST_MODELS=$(abspath $(DATA))/models $(BIN)/python -m pytest --last-failed --last-failed-no-failures none -m 'not slow' $(PAGES)

conversations: $(VENV)/.dev $(DATA)/.ready  ## Speak our own conversations to the demo shop (a minute or two on 2 cores)
	$(BIN)/vitrine --data-dir $(DATA) test tests/conversations --jobs 2

mutations: $(VENV)/.dev $(DATA)/.ready  ## Plant faults in a copy and see which our conversations notice (a quarter of an hour; RESUME=1 goes on)
	VITRINE_TEST_MODELS=$(abspath $(DATA))/models $(BIN)/python tests/mutations/plant.py --json $(DATA)/mutations.json $(if $(RESUME),--resume)

test-slow: $(VENV)/.dev $(DATA)/.ready  ## Run the long tests too: floods, crashes, large catalogues
	VITRINE_TEST_MODELS=$(abspath $(DATA))/models $(BIN)/python -m pytest $(PAGES)

eval: $(DATA)/.ready  ## Measure quality on the demo shop: FAQ, codes, photos
	$(BIN)/vitrine --data-dir $(DATA) eval all

bench: $(DATA)/.ready  ## Measure speed
	$(BIN)/vitrine --data-dir $(DATA) bench all

docs: $(VENV)/.dev  ## Generate the reference pages from the code
	$(BIN)/vitrine docs

clean:  ## Remove what was made: environment, caches, state
	rm -rf $(VENV) $(DATA) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
