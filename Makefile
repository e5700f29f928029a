# What one types; "make help" lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test check format drills histories bench messages requirements clean dev chromium

PYTHON_IN_VENV := .venv/bin/python
MANAGE := $(PYTHON_IN_VENV) manage.py
PACKAGES := config accounts contests media_uploads scoring portal
BIND ?= 127.0.0.1

help: ## This list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: .venv/.installed-run var/static/.collected ## The program with the 2020 demonstration, on PORT (8000); Ctrl-C ends it
	@umask 077; exec $(MANAGE) serve --host $(BIND) --with-demo

test: dev chromium ## Every test: unit and integration on two cores, then the browser
	@$(PYTHON_IN_VENV) -m pytest -n 2 -m "not browser and not drill" $(PYTEST_ARGS)
	@$(PYTHON_IN_VENV) -m pytest -n 2 -m "browser and not drill" $(PYTEST_ARGS)

check: dev ## What CI asks before the tests: format, lint, types, imports, migrations, translations
	@echo "== format";        $(PYTHON_IN_VENV) -m ruff format --check .
	@echo "== lint";          $(PYTHON_IN_VENV) -m ruff check .
	@echo "== templates";     $(PYTHON_IN_VENV) -m djlint --lint --quiet templates
	@echo "== types";         $(PYTHON_IN_VENV) -m mypy $(PACKAGES) tests $(wildcard bench)
	@echo "== imports";       .venv/bin/lint-imports --no-cache
	@echo "== settings";      $(MANAGE) check
	@echo "== migrations";    $(MANAGE) makemigrations --check --dry-run
	@echo "== translations";  $(PYTHON_IN_VENV) deploy/check_translations.py
	@echo "== vendored";      cd static/vendor && sha256sum --quiet --check SHA256SUMS

format: dev ## Format and mend what ruff can mend
	@$(PYTHON_IN_VENV) -m ruff check --fix .
	@$(PYTHON_IN_VENV) -m ruff format .

drills: dev chromium ## Faults, races and hostile files with real processes (DRILLS=small or full)
	@DRILLS=$${DRILLS:-small} $(PYTHON_IN_VENV) -m tests.drills -m drill tests/drills $(PYTEST_ARGS)

histories: dev chromium ## 60 generated histories of one attempt in Chromium (HISTORIES=n; HISTORY=seed takes one again)
	@HISTORIES=$${HISTORIES:-60} $(PYTHON_IN_VENV) -m pytest -m browser tests/e2e/test_histories.py $(PYTEST_ARGS)

bench: dev var/static/.collected ## Load beside floors of the same run (PostgreSQL, nginx); PART=saves, starts, attempts, embedded, uploads, certificates or window
	@$(PYTHON_IN_VENV) -m bench $(PART)

messages: dev ## Collect the texts of the source into locale/vi and compile them (needs gettext)
	@$(MANAGE) makemessages --locale vi --no-wrap --no-location --ignore .venv --ignore var --ignore tests
	@$(MANAGE) compilemessages --locale vi --ignore .venv

requirements: ## Pin the newest fitting versions with hashes
	@deploy/requirements.sh

clean: ## Delete .venv and everything the program wrote, the database included
	rm -rf .venv var

dev: .venv/.installed-dev

chromium:
	@deploy/chromium.sh

.venv/.installed-run: requirements.txt deploy/venv.sh
	@deploy/venv.sh run

.venv/.installed-dev: requirements.txt requirements-dev.txt deploy/venv.sh
	@deploy/venv.sh dev

# Names with hashes, compressed once: again only after a change of a file or of a package.
var/static/.collected: $(shell find static -type f) requirements.txt | .venv/.installed-run
	@umask 077; $(MANAGE) collectstatic --clear --no-input --verbosity 0
	@touch $@
