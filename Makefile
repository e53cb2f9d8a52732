# Everything a developer, an operator or CI does, by name. `make` alone lists it.
# Needs: python3.11 or newer with pip, make, git. Everything else is installed into .boot/ and .venv/.

UV_VERSION := 0.13.8

# The first Python that is new enough and has pip; the shell asks each candidate.
PYTHON ?= $(shell for each in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$each" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$each"; break; }; done)

UV := .boot/bin/uv
BIN := .venv/bin
SOURCES := alembic meyasubako tests

export UV_PYTHON_DOWNLOADS := never
export VIRTUAL_ENV := $(CURDIR)/.venv
# Whatever the machine says, compiled modules are kept: every start would otherwise take seconds.
unexport PYTHONDONTWRITEBYTECODE
# An office network often inspects TLS with an authority of its own, which only the machine's store knows.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= true
endif
# Caches live where the user keeps caches, or in the checkout when there is no home to write to.
ifeq ($(shell test -n "$$HOME" && test -d "$$HOME" && test -w "$$HOME" && echo yes),)
export HOME := $(CURDIR)/.cache/home
export XDG_CACHE_HOME := $(CURDIR)/.cache
endif

.PHONY: help install run test test-full torture bench forget-pages pytest lint format browser lock clean
.DELETE_ON_ERROR:

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-10s %s\n' "$$name" "$$text"; done

install: .venv/.run ## what the service needs, from the lock file (nothing the second time)

run: install ## a running demo on http://127.0.0.1:8000
	$(BIN)/meyasubako migrate
	$(BIN)/meyasubako demo --if-empty
	$(BIN)/meyasubako serve

test: browser ## everything that must be green before a change lands
	$(MAKE) --no-print-directory -j 2 lint pytest

test-full: PYTEST_OPTIONS := -m "not torture"
test-full: export KEPT_PAGES := $(CURDIR)/.cache/pages
test-full: lint browser forget-pages pytest ## the same over every scheme, width and engine, and the pages through the Nu HTML Checker
	$(BIN)/python -m tests.harness.nu_checker

bench: .venv/.test ## how fast it is, on this machine; NAMES="pages lists" for some (python -m tests.bench --help)
	$(BIN)/python -m tests.bench $(NAMES)

torture: .venv/.test ## what breaks a service, against the real thing, many times: kill -9, full disk, mail server down
	$(BIN)/python -m pytest -m torture -s $(PYTEST_OPTIONS)

forget-pages:
	rm -rf .cache/pages

pytest: .venv/.test
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_OPTIONS)

lint: .venv/.test ## style, types, import rules and the migrations against the models
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/pyrefly check --summary=none
	$(BIN)/lint-imports
	$(BIN)/python -m tests.harness.migrations

format: .venv/.test ## put the code into its one format
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

browser: .venv/.test
	$(BIN)/python -m tests.harness.browser

lock: $(UV) ## choose versions anew and write both lock files
	$(UV) pip compile pyproject.toml --group build $(COMPILE) --output-file requirements.lock
	$(UV) pip compile --group test $(COMPILE) --constraints requirements.lock --output-file requirements-test.lock

COMPILE := --universal --python-version 3.11 --generate-hashes --upgrade --quiet \
	--no-header --no-emit-index-url --no-emit-find-links --no-annotate

clean: ## remove what was installed and cached, never data
	rm -rf .boot .venv .cache .hypothesis .import_linter_cache .pytest_cache .ruff_cache dist

$(UV): Makefile
	@test -n "$(PYTHON)" || { echo 'Meyasubako needs python3.11 or newer with pip: apt-get install python3 python3-pip' >&2; exit 1; }
	rm -rf .boot
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action ignore \
		--target .boot uv==$(UV_VERSION)
	@touch $@

.venv/bin/python: | $(UV)
	$(UV) venv --quiet --python $(PYTHON) --clear .venv

.venv/.run: requirements.lock pyproject.toml | $(UV) .venv/bin/python
	$(UV) pip install --quiet --require-hashes -r requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.test: requirements-test.lock .venv/.run
	$(UV) pip install --quiet --require-hashes -r requirements-test.lock
	@touch $@
