# Everything a fresh Debian or Ubuntu needs is installed by the first target that needs it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export UV_PROJECT_ENVIRONMENT := .venv
UV := $(shell command -v uv 2>/dev/null || echo .local/uv/bin/uv)
PIPELINE := .venv/bin/pipeline
STAMP := .local/installed
ARGS ?=
ENV ?= dev
ifdef EVENTS
ARGS += --events $(EVENTS)
endif
ifdef SEED
ARGS += --seed $(SEED)
endif
ifdef SOURCE
# of the shell's environment, where make puts it: a blank does not part it
ARGS += --source "$$SOURCE"
endif

.PHONY: no-environment help install demo up down status refresh live dashboard screenshots docs test test-fast test-nightly test-faults lint fidelity governance check-changes judge rehearse azure-plan azure-up azure-down azure-status format clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(STAMP)  ## what the project needs: uv, the locked environment, unixodbc, Java 17, Delta's jars

# a stamp says nothing of an environment that was removed since
$(STAMP): uv.lock pyproject.toml scripts/install $(if $(wildcard $(PIPELINE)),,no-environment)
	@scripts/install
	@touch $@

demo: install  ## the whole pipeline, once (EVENTS=20000 SEED=42 SOURCE=folder)
	@$(PIPELINE) demo $(ARGS)

up: install  ## start the services and leave them running
	@$(PIPELINE) up $(ARGS)

down:  ## stop the services; what they hold stays
	@test ! -x $(PIPELINE) || $(PIPELINE) down

status: install  ## the services: address, health, what flowed through
	@$(PIPELINE) status

refresh: install  ## build lakehouse and warehouse on the running services
	@$(PIPELINE) refresh

dashboard: install  ## the report's pages in a browser, on what was built last
	@$(PIPELINE) dashboard

screenshots: install  ## pictures of the pages in docs/dashboard, while make dashboard runs
	@.venv/bin/python scripts/screenshots

live: install  ## the pipeline as in production, one screen, until Ctrl-C (RATE=200)
	@$(PIPELINE) live $(if $(RATE),--rate $(RATE)) $(if $(SEED),--seed $(SEED))

docs: install  ## write the lineage site to .local/docs/
	@$(PIPELINE) docs

test: install lint governance  ## everything, unit to end to end
	@.venv/bin/pytest -m "not faults and not nightly" $(PYTEST)

test-fast: install  ## what needs no server
	@.venv/bin/pytest -m "not slow and not faults and not nightly" $(PYTEST)

test-nightly: install  ## faults planted in the lake, any split of the events, publishing: many builds
	@.venv/bin/pytest -m nightly $(PYTEST)

test-faults: install  ## kill the demo at ten random moments
	@.venv/bin/pytest -m faults $(PYTEST)

lint: install  ## ruff, mypy, sqlfluff, the figures of SQL style
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy
	@.venv/bin/sqlfluff lint models/bronze models/silver models/gold --disable-progress-bar
	@.venv/bin/sqlfluff lint models/marts --config .sqlfluff-marts --ignore-local-config --disable-progress-bar
	@.venv/bin/python scripts/sql_style

fidelity: install  ## local_azure/FIDELITY.md: what each client does with the services, as the suites declare it
	@.venv/bin/python scripts/fidelity

governance: install  ## names, layers, descriptions, tests, owners: dbt-bouncer and dbt-score
	@.venv/bin/dbt --quiet parse --profiles-dir profiles --target local --target-path target/governance
	@.venv/bin/dbt-bouncer run && .venv/bin/dbt-score lint --manifest target/governance/manifest.json --show failing-items

check-changes: install  ## build and test what your changes reach, beside the last refresh; see target/check/impact.md
	@scripts/check_changes && cat target/check/impact.md

judge: install  ## infra/ and .github/ with no account: schemas, azapi, assertions, checkov, zizmor, actionlint
	@.venv/bin/pytest tests/python/infra -m "not nightly" $(PYTEST)

rehearse: install  ## production's own steps and targets against the running services (make up; pipeline ingest)
	@scripts/rehearse

azure-plan: install  ## what would change in Azure (ENV=dev)
	@infra/azure plan $(ENV)

azure-up: install  ## the platform in Azure, in one command (ENV=dev)
	@infra/azure up $(ENV)

azure-down:  ## remove it again (ENV=dev)
	@infra/azure down $(ENV)

azure-status:  ## jobs, pool and last builds there (ENV=dev)
	@infra/azure status $(ENV)

format: install  ## mend what formatters can
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

clean: down  ## remove all state; the environment stays
	@rm -rf .local target logs
