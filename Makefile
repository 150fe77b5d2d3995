# Two commands: `make demo` shows what Lupercal does, `make test` checks it; `make slow` checks the rest. Both need Python 3.11+ and a network to PyPI.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CASE ?= erlangen-first-car-t

.PHONY: demo test slow venv lint types tests clean help

help: ## list these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / - /'

demo: $(VENV)/.installed ## forecast a shipped case: table here, report in runs/
	$(BIN)/lupercal forecast $(CASE)

test: $(VENV)/.tested ## lint, type-check and run every quick test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 -m 'not slow'

slow: $(VENV)/.tested ## run the tests that take long
	$(BIN)/python -m pytest -n 2 -m slow

venv: $(VENV)/.tested ## make the environment for development

lint: $(VENV)/.tested ## lint and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.tested ## type-check
	$(BIN)/mypy

tests: $(VENV)/.tested ## run the quick tests only
	$(BIN)/python -m pytest -n 2 -m 'not slow'

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.tested: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.installed

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
