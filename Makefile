# make dev    everything on this machine, until Ctrl-C, with its console; CONSOLE_PORT is the port after PORT
# make up     the same in the background
# make down   end what runs on PORT                           make test   lint, types, and every test
# make unit   the quick tests, in seconds                     make check  lint and types only
# make test-webkit  the elements in Safari's engine: WebKitGTK, which must be installed on this machine
# make preflight  fetch what the tests run, such as a browser, Java and Node, or say what to install
# make soak   the long form of some tests, about an hour on two cores
# make bench  measure everything, into bench/results.md       make bench-quick  compare ratios with what is recorded
# make audit  known vulnerabilities, withdrawn releases       make mutants      change the rules; do tests notice?
# make seed FREELANCER=ID CLIENT=ID   sample contracts for two people of your own issuer, in what runs on PORT;
#                   with FREELANCER_TOKEN=… and CLIENT_TOKEN=… in every state
# make redrive      put back what waits in the failure queues of what runs on PORT
# make openapi      write docs/openapi.json anew
# make tools        sam, uv, esbuild, python3.13 and the operator's mid-job-feedback in .venv/bin
# make schemas      write events/schemas and docs/asyncapi.json anew; with RELEASE=1 also the released copies
# make screenshots  every page in every state, light and dark, on a desktop and a phone
# make console-recording  take the pictures of the console in README.md anew
# make playground   record the API's replies anew that /app/playground plays back
# make package      the elements as an npm package, in .local/package
# make release TAG=v1.2.3   notes, built stack and npm package, in .local/release
# make smoke STACK=mid-job-feedback-dev   check a deployed stack from outside, or without STACK what runs on PORT;
#                   with EVENT=1 a contract is played through, too
export PORT ?= 4566
export STACK_PARAMETERS ?=

.DEFAULT_GOAL := dev
.PHONY: dev up down redrive test test-webkit unit check lint types preflight soak soak-inside soak-deployed \
	soak-schedules mutants audit bench bench-quick openapi schemas tools tests-e2e tests-guarded tests-web \
	tests-store tests-component tests-tools tests-others screenshots console-recording playground package \
	release smoke seed

# Images of containers set it. Then every program would compile the same thousand modules each time it starts.
unexport PYTHONDONTWRITEBYTECODE

# A package index that is chosen for pip is meant for uv, too, and the other way round.
ifneq ($(UV_DEFAULT_INDEX)$(UV_INDEX_URL)$(PIP_INDEX_URL),)
export UV_DEFAULT_INDEX ?= $(or $(UV_INDEX_URL),$(PIP_INDEX_URL))
export PIP_INDEX_URL ?= $(UV_DEFAULT_INDEX)
endif

dev up: tools .local/cloud/installed
	@.venv/bin/python -m local $@

down: .venv/installed
	@.venv/bin/python -m local $@

seed: .venv/installed
	@PYTHONPATH=layers/mid_job_feedback .venv/bin/python -m local.seed

redrive: .venv/bin/mid-job-feedback
	@.venv/bin/mid-job-feedback --port $(PORT) failures redrive

# ---- Checks: quickest first ------------------------------------------------------------------------------

CODE = layers/mid_job_feedback functions web local cli tests bench
PYTEST = .venv/bin/python -m pytest

# Four at once keep two cores busy, because tests of the deployed service often wait. The make of macOS cannot keep
# the output of each together.
IN_PARALLEL = $(MAKE) --no-print-directory --jobs 4 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# In the order in which they begin: the longest first, so that all cores have work until the end.
TESTS = tests-e2e tests-web tests-guarded tests-store tests-component types tests-tools tests-others

# On stacks of their own: with IAM enforced, with TTL, and with an issuer and a site of a marketplace.
GUARDED = $(foreach name,attacks attacks_tokens example_issuers expiry ids least_privilege own_site schemathesis,\
	tests/e2e/test_$(name).py)

TEST_ENVIRONMENTS = $(foreach tool,cloud checkov mutmut locust workflows,.local/$(tool)/installed)

# `lint` is not a prerequisite: with --jobs, it would start beside `preflight`, whose message must come first.
test: preflight $(TEST_ENVIRONMENTS)
	@$(MAKE) --no-print-directory lint
	@began=$$(date +%s) && $(IN_PARALLEL) $(TESTS) && \
		echo "All of it passed, in $$(($$(date +%s) - began)) seconds."

tests-web tests-store tests-component: tests-%:
	$(PYTEST) tests/$*

tests-e2e:
	$(PYTEST) tests/e2e $(addprefix --ignore=,$(GUARDED))

tests-guarded:
	$(PYTEST) $(GUARDED)

tests-tools:
	$(PYTEST) tests/mutation tests/time tests/local

tests-others:
	$(PYTEST) tests/unit tests/static

test-webkit: tools
	@.venv/bin/python -m local.preflight webkit
	$(PYTEST) tests/webkit

unit: .venv/installed
	$(PYTEST) tests/unit

preflight: .venv/installed
	@.venv/bin/python -m local.preflight

check: lint types

lint: .venv/installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/installed
	.venv/bin/mypy $(CODE)
	.venv/bin/cfn-lint docs/examples/*.yaml
	@# The same cfn-lint, on template.yaml.
	AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 .venv/bin/sam validate --lint

soak: preflight $(TEST_ENVIRONMENTS)
	@$(MAKE) --no-print-directory check
	@SOAK=1 $(IN_PARALLEL) soak-inside soak-deployed soak-schedules

soak-inside:
	$(PYTEST) tests/store/test_memory_table.py tests/store/test_races.py tests/store/test_model.py \
		tests/store/test_event_order.py tests/store/test_backlog.py tests/component/test_crash_points.py \
		tests/component/test_faults.py tests/component/test_attack_links.py tests/component/test_attack_text.py

soak-schedules:
	$(PYTEST) tests/mutation tests/store/test_schedules.py tests/store/test_conditions.py

soak-deployed:
	$(PYTEST) tests/e2e tests/time

mutants: .venv/installed .local/mutmut/installed
	SOAK=1 $(PYTEST) tests/mutation

audit: .venv/installed
	.venv/bin/python -m local.audit

openapi: .venv/installed
	PYTHONPATH=layers/mid_job_feedback .venv/bin/python -m local.openapi

schemas: .venv/installed
	PYTHONPATH=layers/mid_job_feedback .venv/bin/python -m local.schemas $(if $(RELEASE),--release)

bench: RECORD = --record
bench-quick: RECORD = --quick
bench bench-quick: tools .local/cloud/installed .local/runtime/installed
	@.venv/bin/python -m local.preflight java dynamodb-local chromium
	PYTHONPATH=layers/mid_job_feedback .venv/bin/python -m bench everything $(RECORD)

console-recording: tools .local/cloud/installed
	@.venv/bin/python -m local.preflight chromium
	PYTHONPATH=layers/mid_job_feedback .venv/bin/python -m tests.local.console_recording

package: tools
	@.venv/bin/python -m local.npm_package

release: tools
	@.venv/bin/python -m local.release $(TAG)

smoke: .venv/bin/mid-job-feedback
	@.venv/bin/mid-job-feedback $(if $(STACK),--stack $(STACK),--port $(PORT)) smoke $(if $(EVENT),--event)

# What `sam build` runs: sam, uv and python3.13 are in the environment, and esbuild is linked into it. So is the
# operator's tool.
tools: .venv/installed .venv/esbuild-installed .venv/bin/mid-job-feedback

playground: .venv/installed
	PYTHONPATH=layers/mid_job_feedback .venv/bin/python -m tests.web.playground_replies

screenshots: tools
	@.venv/bin/python -m local.preflight chromium
	PYTHONPATH=layers/mid_job_feedback .venv/bin/python -m tests.web.screenshots

# ---- Environments: made when missing, installed anew when their requirements change -------------------

.venv/installed: requirements/dev.txt
	@python3 local/install.py .venv $<
	@touch $@

# Not the link: make takes it for as old as the program that it leads to.
.venv/esbuild-installed: .venv/installed local/programs/esbuild.py
	@.venv/bin/python -m local.preflight esbuild
	@touch $@

.venv/bin/mid-job-feedback: .venv/installed cli/mid-job-feedback
	@ln -sf ../../cli/mid-job-feedback $@

.local/%/installed: requirements/%.txt
	@python3 local/install.py .local/$* $<
	@touch $@
