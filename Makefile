# Every command of this project; what each does stands beside it and nothing is hidden behind it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
STACK ?= local
WORKERS ?= 2

BIN := .venv/bin
TYPED := infra components serving toolchain tests bench examples
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/python -m piptools compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.PHONY: help
help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## get what is missing: two virtual environments and a Pulumi engine
	@$(PYTHON) -m toolchain setup

.PHONY: lock
lock: setup ## pin requirements.txt anew from requirements.in, for the program and for the policy pack
	$(COMPILE) --output-file requirements.txt requirements.in
	$(COMPILE) --output-file policies/requirements.txt policies/requirements.in

.PHONY: check
check: setup ## formatting, lint, types
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy $(TYPED)
	cd policies && ../$(BIN)/mypy --config-file ../pyproject.toml --python-executable .venv/bin/python .

.PHONY: test
test: check ## everything that CI checks: the above, then every test, the end-to-end ones with real processes
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup
