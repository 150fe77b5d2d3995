# Two commands: `make demo` shows what Lupercal does, `make test` checks it; `make slow` checks the rest, `make docs`
# builds the pages. All need Python 3.11+ and a network to PyPI.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CASE ?= erlangen-first-car-t
CHROMIUM ?= chromium

.PHONY: demo clinic test slow docs outside pages picture venv lint types tests clean help

help: ## list these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / - /'

demo: $(VENV)/.installed ## forecast a shipped case: table here, report in runs/
	$(BIN)/lupercal forecast $(CASE)

clinic: $(VENV)/.served ## install the workbench into .venv and serve the demo clinic in the browser
	$(BIN)/lupercal serve --demo

test: $(VENV)/.tested ## lint, type-check and run every quick test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 -m 'not slow'

slow: $(VENV)/.tested ## run the tests that take long
	$(BIN)/python -m pytest -n 2 -m slow

docs: $(VENV)/.documented ## build the pages as a site, strictly: site/index.html
	rm -rf site docs/built
	$(BIN)/python -m sphinx -W --keep-going -n -q -b html docs site
	@! grep -rnE '<(script|img|link|iframe)[^>]+(src|href)="(https?:)?//' site --include='*.html'
	@echo "pages in site/index.html"

outside: ## build the wheel and run README with it in an empty environment
	PYTHON=$(PYTHON) .ci/outside

pages: $(VENV)/.installed ## write the generated pages of docs/reference and docs/explanation anew
	$(BIN)/python -m lupercal.report.pages docs
	$(BIN)/python -m lupercal.cli.reference_page > docs/reference/commands.md.new && mv docs/reference/commands.md.new docs/reference/commands.md

picture: $(VENV)/.installed ## draw the report's picture of README anew; needs chromium
	$(BIN)/lupercal forecast erlangen-first-car-t -o demo/picture --force
	$(CHROMIUM) --headless --no-sandbox --hide-scrollbars --window-size=1280,800 \
		--screenshot=$(CURDIR)/docs/figures/report.png file://$(CURDIR)/demo/picture/report.html

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

$(VENV)/.served: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[web]'
	@touch $@ $(VENV)/.installed

$(VENV)/.tested: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.documented: pyproject.toml $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@

clean: ## remove the environment and caches
	rm -rf $(VENV) site docs/built .mypy_cache .ruff_cache .pytest_cache .hypothesis
