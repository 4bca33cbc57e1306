# Everything a contributor needs; each target does its own set-up, and works offline afterwards.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test lint bench bench-load fuzz screenshot lock clean

run: .venv/installed
	$(BIN)/python -m bot run

test: .venv/installed-test
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/installed-test
	$(BIN)/python -m benchmarks

# What is lost or said twice under load, and how long all takes; some minutes.
bench-load: .venv/installed-test
	$(BIN)/python -m benchmarks load

# Hostile input: `make fuzz` for a quarter of an hour, `make fuzz ONLY="spot slow"` for less.
fuzz: .venv/installed-fuzz
	$(BIN)/python -m fuzzing $(ONLY)

# Takes README's picture anew: docs/screenshot.png, from the playground with the bot as it is now.
screenshot: .venv/installed-test
	$(BIN)/python tests/screenshot.py

# Writes the lock files anew from pyproject.toml; the only target that needs uv.
lock: COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --group build pyproject.toml
lock:
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group test --group lint --output-file requirements-test.lock

clean:
	rm -rf .venv

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: $(BIN)/python requirements.lock pyproject.toml
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

.venv/installed-test: .venv/installed requirements-test.lock
	$(PIP) install --require-hashes --requirement requirements-test.lock
	touch $@

# In no lock: needed for nothing else, and its version decides nothing.
.venv/installed-fuzz: .venv/installed-test pyproject.toml
	$(PIP) install "$$($(BIN)/python -c 'import tomllib; \
		print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["fuzz"])')"
	touch $@
