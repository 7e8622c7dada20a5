# Two targets do everything on a machine that has Python 3.10+ and make: `make render` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CALICO ?=

.PHONY: render test lint types stubs prove bench clean

## Set up and render every profile into out/.
render: $(VENV)/.render
	$(BIN)/python -m manifestgen render --all $(if $(CALICO),--calico $(CALICO)) -o out

## Set up and run everything that must pass: format, lint, types, tests.
test: $(VENV)/.test lint types
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.test
	$(BIN)/mypy

## Generate the protobuf stubs again, with the compiler that requirements.txt pins.
stubs: $(VENV)/.stubs
	$(VENV)/stubs/bin/python manifestgen/authz/protos/generate.py

## The fuzz tests and the batteries (kills, concurrent renders) at length: many minutes.
prove: $(VENV)/.test
	MANIFESTGEN_PROVE=1 MANIFESTGEN_FUZZ=long $(BIN)/python -m pytest -n auto -k 'fuzz or battery'

clean:
	rm -rf out build dist *.egg-info $(VENV)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("manifestgen needs Python 3.10 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 10) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.render: $(VENV)/bin/python setup.cfg
	$(BIN)/python -m pip install --quiet --editable .
	$(BIN)/python -m compileall -q manifestgen
	touch $@

$(VENV)/.test: $(VENV)/bin/python setup.cfg
	$(BIN)/python -m pip install --quiet --editable '.[authz,test]'
	touch $@ $(VENV)/.render

$(VENV)/.stubs: $(VENV)/bin/python manifestgen/authz/protos/requirements.txt
	$(BIN)/python -m venv $(VENV)/stubs
	$(VENV)/stubs/bin/python -m pip install --quiet -r manifestgen/authz/protos/requirements.txt
	touch $@
