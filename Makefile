# Two targets do everything on a machine that has Python 3.10+ and make: `make render` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CALICO ?=

.PHONY: render test lint types prove batteries coverage bench docs stubs clean help

## Set up and render every profile into out/.
render: $(VENV)/.render
	$(BIN)/python -m manifestgen render --all $(if $(CALICO),--calico $(CALICO)) -o out

## Set up and run everything that must pass: format, lint, types, tests.
test: $(VENV)/.test lint types
	@echo 'make: the tests, several minutes on two cores; a line is printed every 72 tests'
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.test
	@echo 'make: types of the package, the tests and the benchmarks'
	$(BIN)/mypy

## The same tests with larger numbers: fuzzing and long batteries at length.
prove: $(VENV)/.test
	MANIFESTGEN_PROVE=1 $(BIN)/python -m pytest -n auto

## Run the batteries that attack manifestgen, and print how many attempts it held (minutes; LONG=1 for hours).
batteries: $(VENV)/.test
	$(BIN)/python -m tests.batteries $(if $(LONG),--long)

## Measure branch coverage, also of the processes that tests start, and fail below the threshold of pyproject.toml.
coverage: $(VENV)/.test
	rm -rf .coverage && mkdir .coverage
	$(BIN)/python -m pytest -n auto --cov --cov-report=term --cov-report=html:.coverage/html

## Run the benchmarks, which compare with kubectl, jsonpatch, PyYAML, ruamel.yaml and a bare grpc server.
bench: $(VENV)/.test
	@missed=0; for benchmark in benchmarks/*.py; do \
		echo "== $$benchmark"; $(BIN)/python $$benchmark || missed=1; \
	done; exit $$missed

## Write the parts of the documentation that are made from data, then build the site into out-docs/, strictly.
docs: $(VENV)/.test
	$(BIN)/python -m tests.project.reference
	$(BIN)/python -m tests.parameters.document
	$(BIN)/python -m tests.docs
	$(BIN)/python -m tests.project.former_names
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo 'make: the site is in out-docs/; open out-docs/index.html'

## Generate the protobuf stubs again, with the compiler that requirements.txt pins.
stubs: $(VENV)/.stubs
	$(VENV)/stubs/bin/python manifestgen/authz/protos/generate.py

## What can be made.
help:
	@awk '/^## /{text=substr($$0, 4)} /^[a-z]+:/{if (text) printf "%-10s %s\n", substr($$1, 1, length($$1) - 1), text; text=""}' Makefile

## Remove everything that make has made.
clean:
	rm -rf out out-docs build dist .coverage *.egg-info $(VENV)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("manifestgen needs Python 3.10 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 10) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.render: $(VENV)/bin/python setup.cfg
	$(BIN)/python -m pip install --quiet --editable '.[fast]'
	$(BIN)/python -m compileall -q manifestgen
	touch $@

$(VENV)/.test: $(VENV)/bin/python setup.cfg
	$(BIN)/python -m pip install --quiet --editable '.[authz,test]'
	touch $@ $(VENV)/.render

$(VENV)/.stubs: $(VENV)/bin/python manifestgen/authz/protos/requirements.txt
	$(BIN)/python -m venv $(VENV)/stubs
	$(VENV)/stubs/bin/python -m pip install --quiet -r manifestgen/authz/protos/requirements.txt
	touch $@
