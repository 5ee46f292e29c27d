# The two commands a newcomer needs: make demo, make test. `make help` lists the rest.
PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
FRONT := $(shell find static/src -type f ! -name '*.test.ts' 2>/dev/null) package.json vite.config.ts tsconfig.json
TESTS ?= tests

.PHONY: help demo test test-postgres check format bench fuzz demo-model lock openapi clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

# torch first: the plain CPU build; everything else is pinned by the lock files.
.venv/run.stamp: requirements.lock
	@echo "Installing (the first time takes some minutes) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --disable-pip-version-check torch==2.13.0
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps -r requirements.lock
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps -r requirements-dev.lock
	@touch $@

node_modules/.stamp: package.json package-lock.json .venv/run.stamp
	@tools/npm ci --no-audit --no-fund --loglevel=error
	@touch $@

static/dist/.stamp: node_modules/.stamp $(FRONT)
	@tools/npm run --silent build
	@touch $@

static/harness/.stamp: node_modules/.stamp $(FRONT) tests/browser/harness.ts
	@tools/npm run --silent harness
	@touch $@

demo: .venv/run.stamp static/dist/.stamp ## everything on this machine at http://127.0.0.1:8000 (PORT=8123 moves it)
	@MEDGAZE_DEMO=1 exec $(BIN)/python manage.py up --port $(PORT)

test: .venv/dev.stamp static/dist/.stamp static/harness/.stamp ## every test that this machine can run
	@tools/test-needs
	@tools/npm run --silent test
	@$(BIN)/python -m pytest -q -n 3 --dist loadgroup $(TESTS)

test-postgres: .venv/dev.stamp static/dist/.stamp static/harness/.stamp ## the same on a throw-away PostgreSQL
	@tools/test-needs
	@tools/npm run --silent test
	@tools/with-postgres $(BIN)/python -m pytest -q -n 3 --dist loadgroup $(TESTS)

check: .venv/dev.stamp static/dist/.stamp ## format, lint, types, import rules, migrations, OpenAPI
	@tools/check

format: .venv/dev.stamp node_modules/.stamp ## put every file into the house format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix . && tools/npm run --silent format

bench: .venv/dev.stamp static/dist/.stamp ## speed figures, as a table
	@tools/test-needs
	@$(BIN)/python -m tests.bench

fuzz: .venv/dev.stamp ## long corpora of hostile files
	@$(BIN)/python -m pytest -q -m fuzz tests

demo-model: .venv/run.stamp ## train the bundled demo model again (under half an hour on 2 cores)
	@$(BIN)/python -m ml train-demo

lock: .venv/dev.stamp ## write the lock files from what is installed
	@$(BIN)/python tools/lock.py

openapi: .venv/run.stamp ## write docs/openapi.yaml from the code
	@MEDGAZE_DEMO=1 $(BIN)/python manage.py spectacular --file docs/openapi.yaml --validate

clean: ## remove what was built (keeps var/)
	@rm -rf .venv node_modules static/dist static/harness
