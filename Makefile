# make dev    everything on this machine, until Ctrl-C        make up     the same in the background
# make down   end what runs on PORT                           make test   lint, types, and every test
# make check  lint and types only                             make soak   the long form of some tests, an hour at most
# make bench  measure everything, into bench/results.md       make bench-quick  compare ratios with what is recorded
# make audit  known vulnerabilities, withdrawn releases       make mutants      change the rules; do tests notice?
# make redrive      put back what waits in the failure queues of what runs on PORT
# make openapi      write docs/openapi.json anew              make tools  sam, uv and python3.13 in .venv/bin
# make screenshots  every page in every state, light and dark, on a desktop and a phone
export PORT ?= 4566
export STACK_PARAMETERS ?=

.DEFAULT_GOAL := dev
.PHONY: dev up down redrive test check soak soak-inside soak-deployed mutants audit bench bench-quick openapi tools \
	tests-inside tests-pages tests-deployed screenshots

dev up: .venv/installed .local/cloud/installed
	@.venv/bin/python -m local $@

down redrive: .venv/installed
	@.venv/bin/python -m local $@

# ---- Checks: quickest first ------------------------------------------------------------------------------

CODE = layers/mid_job_feedback functions local tests bench
PYTEST = .venv/bin/python -m pytest

# Two cores are kept busy by three at once, since what is deployed often waits for a clock.
IN_PARALLEL = $(MAKE) --no-print-directory --jobs 3 --output-sync=target

test: check $(foreach tool,cloud checkov mutmut locust,.local/$(tool)/installed)
	@began=$$(date +%s) && $(IN_PARALLEL) tests-inside tests-pages tests-deployed && \
		echo "All of it passed, in $$(($$(date +%s) - began)) seconds."

tests-inside:
	$(PYTEST) tests/unit tests/static tests/component tests/store tests/mutation tests/time

tests-pages:
	$(PYTEST) tests/local tests/web

tests-deployed:
	$(PYTEST) tests/e2e

check: tools
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $(CODE)
	.venv/bin/cfn-lint template.yaml
	AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 .venv/bin/sam validate --lint

soak: check $(foreach tool,cloud checkov mutmut locust,.local/$(tool)/installed)
	@SOAK=1 $(IN_PARALLEL) soak-inside soak-deployed

soak-inside:
	$(PYTEST) tests/mutation tests/store/test_races.py tests/store/test_model.py tests/store/test_event_order.py \
		tests/store/test_backlog.py tests/component/test_crash_points.py tests/component/test_faults.py \
		tests/component/test_attack_links.py tests/component/test_attack_text.py

soak-deployed:
	$(PYTEST) tests/e2e tests/time

mutants: tools .local/mutmut/installed
	SOAK=1 $(PYTEST) tests/mutation

audit: tools
	.venv/bin/python -m local.audit

openapi: tools
	PYTHONPATH=layers/mid_job_feedback .venv/bin/python -m local.openapi

bench: RECORD = --record
bench-quick: RECORD = --quick
bench bench-quick: tools .local/cloud/installed .local/runtime/installed
	PYTHONPATH=layers/mid_job_feedback .venv/bin/python -m bench everything $(RECORD)

tools: .venv/installed

screenshots: tools
	PYTHONPATH=layers/mid_job_feedback .venv/bin/python -m tests.web.screenshots

# ---- Environments: made when missing, installed anew when their requirements change -------------------

UV := .local/uv/bin/uv
# Version managers put a python3.13 on the path that fails when another version is selected: try before use.
PYTHON313 = $(or $(firstword $(foreach candidate,python3.13 \
	$(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.13.*/bin/python3.13),\
	$(shell $(candidate) -c 'import sys; print(sys.executable)' 2>/dev/null))),3.13)

.venv/installed: requirements/dev.txt | $(UV)
	@$(call install,.venv,requirements/dev.txt)

.local/%/installed: requirements/%.txt | $(UV)
	@$(call install,.local/$*,requirements/$*.txt)

$(UV):
	@echo "Installing uv …"
	@python3 -m venv .local/uv
	@.local/uv/bin/pip install --quiet --disable-pip-version-check "$$(grep -o '^uv==[^ ]*' requirements/dev.txt)"

# $(call install,environment,requirements)
define install
echo "Installing $(2) …"
test -x $(1)/bin/python || $(UV) venv --quiet --python "$(PYTHON313)" $(1)
$(UV) pip sync --quiet --require-hashes --python $(1)/bin/python $(2)
touch $@
endef
