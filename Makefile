# The ways into this project. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup setup-all build lint arch docs test chaos demo up down doctor bench env models clean

# Where `make demo` copies its report; where `make up` listens for softphones.
JSON ?=
SIP_BIND ?= 127.0.0.1
# An agent of your own for `make up`; empty: the reference orchestrator.
AGENT_URL ?=
# 1: `make up` starts a Kafka broker too, and events go there.
KAFKA ?=
# The model that `make models` brings; never from the environment, where NAME means other things.
URL =
NAME =
SHA256 =
# What `make bench` measures: media, calls, soak, overload, asterisk-load, providers, state, events or speech.
BENCH ?= media

help: ## list these targets
	@echo "usage: make TARGET"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-10s %s\n", $$1, $$2 }'

setup: ## bring what is missing: Debian packages, Node packages, an Asterisk
	@echo "--- setup: what is missing on this machine"
	@tools/setup.sh $(if $(filter test chaos setup-all,$(MAKECMDGOALS))$(filter 1,$(KAFKA)),--all)

setup-all: setup ## the same, and what only the tests need: Kafka, Prometheus

build: setup ## compile TypeScript to dist/
	@echo "--- build: TypeScript to dist/"
	@npm run --silent build

lint: setup ## check the style rules
	@echo "--- lint: style rules"
	@npm run --silent lint

arch: setup ## check who imports whom
	@echo "--- arch: who may import whom"
	@npm run --silent arch

docs: build ## check that the generated documents are current
	@echo "--- docs: generated documents are current"
	@npm run --silent --if-present docs:check

test: setup build lint arch docs ## run all checks and all tests; the last line counts them
	@echo "--- test: unit, contract, integration and scenario tests"
	@npm run --silent test

chaos: setup build ## fail everything the gateway depends on, in every way and phase of a call (about 5 minutes); JSON=FILE keeps the cases
	@echo "--- chaos: 75 cases"
	@npm run --silent chaos --$(if $(JSON), --json "$(JSON)")

demo: setup build ## three real SIP calls, spoken and recognised offline; JSON=FILE keeps the report
	@echo "--- demo: three calls through a real Asterisk"
	@node tools/demo.mjs $(if $(JSON),--json "$(JSON)")

up: setup build ## start everything in the background, for your own softphone; SIP_BIND=ADDRESS lets phones of your network in, AGENT_URL=URL takes your agent, KAFKA=1 sends events to a broker
	@echo "--- up: Asterisk, reference orchestrator, gateway"
	@node tools/up.mjs --sip-bind "$(SIP_BIND)" --agent-url "$(AGENT_URL)"$(if $(filter 1,$(KAFKA)), --kafka)

down: ## stop what `make up` started
	@node tools/down.mjs

doctor: ## say what is wrong with this machine, and how to mend it
	@node tools/doctor.mjs

bench: setup build ## measure; BENCH=media (default), calls, soak, overload, asterisk-load, providers, state, events or speech
	@echo "--- bench: $(BENCH)"
	@npm run --silent bench -- $(BENCH)

env: ## write .env for docker compose, with passwords made at random
	@node tools/env.mjs

models: ## bring a model for the speech provider sherpa: URL=https://… NAME=…, SHA256=… checks it
	@node tools/models.mjs "$(URL)" "$(NAME)" "$(SHA256)"

clean: down ## delete everything that was built or recorded here (not the cache of setup)
	rm -rf dist var coverage
