# Everything a developer or a responder types. `make drill` and `make test` need python3 (3.11 or newer), git and gpg, nothing else.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
EXTRAS ?= test
PYTEST ?= -n auto --dist worksteal

.PHONY: drill drill-signing test lint format lab bench docs wheel clean help

help:             ## what there is
	@grep -hE '^[a-z-]+: .*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

drill: $(VENV)/.for-use        ## rehearse a whole incident on this machine alone
	@$(BIN)/irkit drill

drill-signing: $(VENV)/.for-use  ## the same for a leaked signing key: 2,000 files, 60 tags, an apt and an rpm repository
	@$(BIN)/irkit drill signing-key

test: $(VENV)/.for-$(EXTRAS)   ## run the tests; says what it skipped and how to get it
	@$(BIN)/pytest $(PYTEST)

lint: $(VENV)/.for-dev         ## types, style, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.for-dev       ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lab: $(VENV)/.for-use          ## JupyterLab on a case: make lab CASE=folder
	@test -n "$(CASE)" || { echo "say which: make lab CASE=folder" >&2; exit 2; }
	@$(BIN)/irkit lab $(CASE)

bench: $(VENV)/.for-test       ## measure what the documents promise
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

docs: $(VENV)/.for-docs        ## build the documents as a site into site/, which opens from there without a network
	@NO_MKDOCS_2_WARNING=1 DISABLE_MKDOCS_2_WARNING=true $(BIN)/mkdocs build -q
	@echo "written: site/index.html"

wheel: $(VENV)/.for-dev        ## build the wheel into dist/
	$(BIN)/pip wheel -q --no-deps -w dist .

clean:            ## remove what these commands made here; a drill says at its end where it lies
	rm -rf $(VENV) dist build site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "irkit needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv $(VENV) || { echo "python3 has no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }

FIRST = @echo "into $(VENV), once: what irkit needs, from the index of packages that pip knows; takes a minute or two, and is quiet meanwhile"

$(VENV)/.for-use: pyproject.toml | $(BIN)/python
	$(FIRST)
	@$(BIN)/pip install -q --disable-pip-version-check -e . && touch $@

$(VENV)/.for-%: pyproject.toml | $(BIN)/python
	$(FIRST)
	@$(BIN)/pip install -q --disable-pip-version-check -e '.[$*]' && touch $@
