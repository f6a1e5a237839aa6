# Registry Hub. `make` alone lists what there is.
# Every target that runs the program first makes .venv, when pyproject.toml or constraints.txt is newer.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
STAMP := $(VENV)/.installed
SEEDS ?= 1 2 3
ARGS ?=
SIMULATED = --from $(or $(FROM),0) --seeds $(if $(filter command,$(origin SEEDS)),$(SEEDS),500)

.DEFAULT_GOAL := help
.PHONY: help setup fmt lint types test check check-long simulate demo demo-kafka bench bench-identity bench-policies schemas docs clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv and install the hub with its tools

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

fmt: $(STAMP) ## format the code, and mend what ruff can mend
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

lint: $(STAMP) ## ruff, its format, and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(STAMP) ## mypy --strict
	$(BIN)/mypy --strict hub connectors

test: $(STAMP) ## every test; those on real Kafka need Java 17 and Maven, and say so when they skip
	$(PY) -m pytest -ra $(ARGS)

check: lint types test ## format, lint, imports, types, tests: what .ci/run runs

check-long: check ## check, then every test again with other random examples (SEEDS="1 2 3")
	for seed in $(SEEDS); do $(PY) -m pytest -ra --hypothesis-seed=$$seed || exit 1; done

simulate: $(STAMP) ## lanes under every fault: SEED=7 replays one, SEEDS=10000 (FROM=0) runs many
	$(PY) -m tests.simulation.simulate $(if $(SEED),--seed $(SEED),$(SIMULATED))

demo: $(STAMP) ## the whole hub on the sample exports (ARGS="--once --no-ui" and others)
	$(BIN)/hub demo $(ARGS)

demo-kafka: $(STAMP) ## the same on a real Kafka broker and PostgreSQL; needs Java 17 and Maven
	$(PY) -m deploy.local.demo_kafka $(ARGS)

bench: $(STAMP) ## what it costs, as JSON lines (ARGS="--only lane-postgresql --large" and others)
	$(PY) -m benchmarks.bench $(ARGS)

bench-identity: $(STAMP) ## a million made-up people linked, and beside Splink (ARGS="--records 100000")
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(PY) -m benchmarks.identity_eval $(ARGS)
	$(PY) -m benchmarks.splink_compare $(ARGS)

bench-policies: $(STAMP) ## answers a second, and a new policy until it is in force (ARGS="--persons 2000")
	$(PY) -m benchmarks.evaluations
	$(PY) -m benchmarks.policy_change $(ARGS)

schemas: $(STAMP) ## check lock and compatibility of the Avro schemas
	$(BIN)/hub schemas check

docs: $(STAMP) ## write the pages that are made from code
	$(PY) docs/generate.py

clean: ## remove .venv, caches and the demo's data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache hub-demo
	rm -rf build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
