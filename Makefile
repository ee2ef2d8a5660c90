# One command each: demo, run, test, lint, bench. Everything installed stands in .venv, all data in var/.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled once, not in each of the many processes that lint, tests and benchmarks start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo run test soak lint format torch bench lock clean

setup: .venv/.installed

.venv/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Anbu needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

demo: setup
	$(BIN)/python main.py demo

run: setup
	$(BIN)/python main.py run

test: .venv/.installed-dev
	$(BIN)/python -m pytest -n 3 --no-loadscope-reorder $(ARGS)

# What takes too long for every day: each death of the fault suite with many seeds (ANBU_FAULT_SEED, ANBU_FAULT_SEEDS).
soak: .venv/.installed-dev
	$(BIN)/python -m pytest -m soak -s -p no:xdist $(ARGS)

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

format: .venv/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What training the language model needs, and the tests and benchmarks that look at it; the service runs without.
torch: .venv/.installed-torch

.venv/.installed-torch: .venv/.installed-dev pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["torch"])' \
	  | xargs $(BIN)/python -m pip install --quiet
	@touch $@

# Every figure of docs/benchmarks.md, printed anew.
bench: .venv/.installed-dev
	$(BIN)/python -m benchmarks

# Writes both locks anew from pyproject.toml, with hashes and without index addresses.
lock:
	$(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet pip-tools
	var/lock/bin/pip-compile --quiet --strip-extras --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	  --output-file requirements.lock pyproject.toml
	var/lock/bin/pip-compile --quiet --strip-extras --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	  --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf .venv var
