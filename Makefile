# `make` alone lists the targets.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/stamp
STAMP_DEV := .venv/stamp-dev
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Alur is not installed, it is read from here.
export PYTHONPATH := $(CURDIR)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run worker migrate migration messages test check lint bench chaos faults pins screenshots clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(STAMP) ## serve everything on http://127.0.0.1:8000 (first start: about a minute)
	@exec $(BIN)/python wsgi.py

worker: $(STAMP) ## one more worker process (needs BROKER_URL and DATABASE_URL)
	@exec $(BIN)/dramatiq wsgi:broker --processes 1 --threads 4

migrate: $(STAMP) ## bring the database to the present schema
	@$(BIN)/python -m migrations

migration: $(STAMP_DEV) ## write the next migration: make migration m="add a column"
	@$(BIN)/python -m migrations new "$(m)"

messages: $(STAMP_DEV) ## collect the sentences to translate, compile what is translated
	@$(BIN)/pybabel -q extract -F babel.cfg --no-location --sort-output -k _l -k lazy_gettext -o blueprints/translations/messages.pot .
	@$(BIN)/pybabel -q update --init-missing -l id -i blueprints/translations/messages.pot -d blueprints/translations \
	  --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/pybabel -q compile -d blueprints/translations

test: $(STAMP_DEV) ## the whole suite; services and browsers are used where they are
	@$(BIN)/python -m pytest -n 3 --maxschedchunk 1 $(TESTS)

check: $(STAMP_DEV) lint ## everything that must hold before a change is read by others
	@rm -f .coverage .coverage.*
	@$(MAKE) --no-print-directory test TESTS="--cov --cov-report=term-missing:skip-covered $(TESTS)"

lint: $(STAMP_DEV) ## format, lint, types, import contracts, dependencies
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .

bench: $(STAMP_DEV) ## measure decisions and sweeps against bare SQL, mails against bare SMTP; catching up; a year; the check; moving cases; the days to come
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.mails
	@$(BIN)/python -m bench.sweeping
	@$(BIN)/python -m bench.catching_up
	@$(BIN)/python -m bench.year
	@$(BIN)/python -m bench.exploring
	@$(BIN)/python -m bench.moving
	@$(BIN)/python -m bench.forecast

chaos: $(STAMP_DEV) ## kill every part at random for half an hour, write docs/reliability.md
	@$(BIN)/python -m tests.crashes.chaos

faults: $(STAMP_DEV) ## put each of thirty known faults in, and see that a test catches it
	@$(BIN)/python -m tests.faults $(FAULTS)

screenshots: $(STAMP_DEV) ## take the pictures of the documentation (needs Chromium)
	@$(BIN)/python docs/screenshots.py

pins: $(STAMP_DEV) ## pin the newest versions that pyproject.toml allows
	@$(BIN)/uv pip compile $(PINS) --upgrade pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile $(PINS) --upgrade --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	@! grep -n '://' requirements.txt requirements-dev.txt
PINS := --quiet --universal --generate-hashes --no-header --python-version 3.11

clean: ## remove the environment and caches (the data folder stays)
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov

$(STAMP): requirements.txt
	@$(call environment,requirements.txt)
	@touch $@

$(STAMP_DEV): requirements.txt requirements-dev.txt
	@$(call environment,requirements-dev.txt)
	@touch $(STAMP) $@

define environment
if ! command -v $(PYTHON) >/dev/null; then \
  echo "Alur needs Python 3.11 or newer, and there is no $(PYTHON) on this machine." >&2; exit 1; fi; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
  echo "Alur needs Python 3.11 or newer; $(PYTHON) is older: run make PYTHON=/path/to/python3.11." >&2; exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
  echo "Python's venv module is missing; on Debian and Ubuntu install it with: apt-get install python3-venv" >&2; exit 1; }; \
echo "Preparing the environment (once)..."; \
test -x $(BIN)/python || $(PYTHON) -m venv .venv; \
$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r $(1) || { \
  echo "The libraries could not be installed: is there a package index within reach?" >&2; exit 1; }
endef
