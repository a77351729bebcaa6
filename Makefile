# Baton's commands. `make up` and `make test` do all of their own set-up; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python

.PHONY: help up reset test lint lock bench storm long sabotage

help:  ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

up: .venv/local  ## start Baton with demo data (PORT=9000 for another port, DEMO=0 to start empty)
	@$(PY) manage.py up $(ARGS)

reset: .venv/local  ## forget this installation's data, after asking
	@$(PY) manage.py reset $(ARGS)

test:  ## everything that must hold: lint, tests, browser tests, outside servers
	@bash .ci/run

lint: .venv/dev  ## what takes seconds
	@bash .ci/lint.sh

lock: .venv/dev  ## resolve the dependencies of pyproject.toml anew
	@bash .ci/lock.sh

bench: .venv/dev  ## print the benchmark's figures (ARGS= for sizes)
	@$(PY) -m bench $(ARGS)

storm: .venv/dev  ## the storm test with 10,000 touches
	@STORM=10000 $(PY) -m pytest -m storm $(ARGS)

long: .venv/dev  ## the promises in full figures
	@LONG=1 LONG_ROWS=200000 STORM=10000 $(PY) -m pytest --timeout 7200 -m "storm or engine" $(ARGS)

sabotage: .venv/dev  ## break each promise once and see its test go red
	@$(PY) -m tests.sabotage $(ARGS)

# The mark of a finished installation is a copy of the lock it was made from.
.venv/local: requirements/local.txt
	@bash .ci/venv.sh local

.venv/dev: requirements/dev.txt
	@bash .ci/venv.sh dev
