# Every command of this project; what each does stands beside it and nothing is hidden behind it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
STACK ?= local
WORKERS ?= 3

BIN := .venv/bin
TYPED := infra components serving toolchain tests bench examples
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/python -m piptools compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.PHONY: help
help: ## list these commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## get what is missing: two virtual environments and a Pulumi engine
	@$(PYTHON) -m toolchain setup

.PHONY: lock
lock: setup ## pin requirements.txt anew from requirements.in, for the program and for the policy pack
	$(COMPILE) --output-file requirements.txt requirements.in
	$(COMPILE) --output-file policies/requirements.txt policies/requirements.in
	for image in rollout triton_cpu triton_gpu; do $(COMPILE) --constraint requirements.txt --output-file serving_image/$$image.txt serving_image/$$image.in; done
	$(COMPILE) --output-file serving_image/sbom.txt serving_image/sbom.in

.PHONY: check
check: setup ## formatting, lint, types
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy $(TYPED)
	cd policies && MYPYPATH=.:../tests/policies ../$(BIN)/mypy --config-file ../pyproject.toml --python-executable .venv/bin/python \
		. ../tests/policies/adapter

.PHONY: test
test: test-quick prove ## everything that CI checks: the two below, about 25 minutes

.PHONY: test-quick
test-quick: check ## the checks and every test but those under load, the end-to-end ones with real processes
	@$(BIN)/python -m tests.cluster prepare
	$(BIN)/python -m pytest -m "not load and not cluster" --numprocesses $(WORKERS) --dist loadfile

.PHONY: prove
prove: setup ## every switch, fault and bad release under a load that counts each request; alone on the machine
	$(BIN)/python -m pytest -m "load and not cluster"

# A stack on one machine keeps its state here; one in the cloud where PULUMI_BACKEND_URL says, if it says anything.
BACKEND := $(PULUMI_BACKEND_URL)
# The first word of a stack's name says which rules hold: prod-cloud is checked as prod. A stack of another name is local.
WORD := $(firstword $(subst -, ,$(subst _, ,$(subst ., ,$(STACK)))))
KIND := $(if $(filter preprod prod production foundation,$(WORD)),prod,$(if $(filter dev development stage staging,$(WORD)),dev,local))
# Stacks in the cloud need an account and no releases of this machine. They ask before they make anything, but in CI.
CLOUD := $(shell grep -lsE 'kind: *(aws|foundation|kubernetes)\b' Pulumi.$(STACK).yaml)
ENVIRONMENT := source .slipway/env$(if $(CLOUD),$(if $(BACKEND), && export PULUMI_BACKEND_URL='$(BACKEND)'))
PULUMI := $(ENVIRONMENT) && pulumi
POLICIES := --policy-pack policies --policy-pack-config policies/config/$(KIND).json

.PHONY: up
up: setup $(if $(CLOUD),,releases) ## bring a stack up, or to what its stack file says now (STACK=local)
ifeq ($(CLOUD),)
	@$(PULUMI) stack select --create $(STACK) && pulumi up --stack $(STACK) --yes --refresh --suppress-outputs --skip-plugin-pre-install $(POLICIES)
else
	@$(BIN)/python -m infra.prerequisites --stack $(STACK)
	@$(BIN)/python -m infra.charts --stack $(STACK)
	@$(PULUMI) stack select --create $(STACK) && pulumi up --stack $(STACK) --refresh $(if $(CI),--yes )$(POLICIES)
endif
	@$(ENVIRONMENT) && $(BIN)/python -m infra.summary --stack $(STACK)

.PHONY: plan
plan: setup ## what a cloud stack would be and cost, with the rules' findings; needs no account (STACK=dev)
	@source .slipway/env && $(BIN)/python -m infra.plan --stack $(STACK) --policies policies/config/$(KIND).json

.PHONY: preview
preview: setup $(if $(CLOUD),,releases) ## show what `make up` would do, and change nothing
	$(if $(CLOUD),@$(BIN)/python -m infra.charts --stack $(STACK))
	@$(PULUMI) stack select --create $(STACK) && pulumi preview --stack $(STACK) --diff --skip-plugin-pre-install $(POLICIES)

.PHONY: releases
releases: setup ## train and pack the example releases that are not there yet
	@$(BIN)/python -m examples.digits.train
	@$(BIN)/python -m examples.tumours.train

.PHONY: down
down: setup ## take a stack down: no process and no file of it stays but its reports; a cloud is drained first
ifeq ($(CLOUD),)
	@$(PULUMI) destroy --stack $(STACK) --yes --suppress-outputs --skip-plugin-pre-install
else
	@$(ENVIRONMENT) && $(BIN)/python -m infra.teardown check --stack $(STACK)
	@$(PULUMI) destroy --stack $(STACK)$(if $(CI), --yes)
endif

.PHONY: drain
drain: setup ## write lifecycle: drain into a cloud's stack file and bring it up so, before it is taken down (STACK=dev)
	@$(BIN)/python -m infra.teardown drain --stack $(STACK)
	@$(MAKE) --no-print-directory up STACK=$(STACK)

.PHONY: leaks
leaks: setup ## what a cloud that was taken down left behind, asked of AWS; SWEEP=--sweep deletes logs that EKS made again
	@$(BIN)/python -m infra.teardown leaks --stack $(STACK) $(SWEEP)

.PHONY: status
status: setup ## what runs, here or on a cluster: slots, roles, weights, health, requests (STACK=local)
	@$(ENVIRONMENT) && $(BIN)/python -m infra.status --stack $(STACK)

.PHONY: release
release: setup ## edit the stack file: MODEL=digits RELEASE=releases/digits/3 into the idle slot, and live
	@$(BIN)/python -m infra.stack_file release --stack $(STACK) --model $(MODEL) --release $(RELEASE)

.PHONY: rollback
rollback: setup ## edit the stack file: the other slot of MODEL=digits live again
	@$(BIN)/python -m infra.stack_file rollback --stack $(STACK) --model $(MODEL)

NAMESPACE ?= models
.PHONY: release-push
release-push: setup ## send a release to a cloud's store and say what its stack file then names: STACK=dev MODEL=digits RELEASE=releases/digits/3
	@$(BIN)/python -m infra.push --stack $(STACK) --model $(MODEL) --release $(RELEASE) --namespace $(NAMESPACE)

.PHONY: schema
schema: setup ## write the JSON Schema of stack files, from which editors complete
	@$(BIN)/python -m infra.stack_file_schema

.PHONY: bench
bench: setup releases ## measure serving beside Triton alone, FastAPI and ONNX Runtime; needs wrk, takes minutes
	@$(BIN)/python -m bench.serve

.PHONY: bench-switch
bench-switch: setup ## measure switches, rollbacks and the growth of a stack to 50 models; takes minutes
	@$(BIN)/python -m bench.switch

.PHONY: cluster-up
cluster-up: setup ## a real Kubernetes node for tests, built here; Linux and root; half an hour once, then a minute
	@$(BIN)/python -m tests.cluster up

.PHONY: e2e-cluster
e2e-cluster: $(if $(SLIPWAY_TEST_KUBECONFIG),setup,cluster-up) ## the tests on that node or a named cluster: switches, faults, bad releases; 20 minutes
	$(BIN)/python -m pytest -m cluster tests/cluster tests/kubernetes_stand_in tests/serving_image tests/e2e_cluster

.PHONY: cluster-down
cluster-down: setup ## end that node; nothing of it stays but what is cached
	@$(BIN)/python -m tests.cluster down
