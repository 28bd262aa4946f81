# make dev    everything on this machine, until Ctrl-C        make up     the same in the background
# make down   end what runs on PORT                           make test   lint, types, and every test
# make check  lint and types only                             make tools  sam, uv and python3.13 in .venv/bin
# make redrive       put back what waits in the failure queues of what runs on PORT
# make screenshots   every page in every state, light and dark, on a desktop and a phone
export PORT ?= 4566
export STACK_PARAMETERS ?=

.DEFAULT_GOAL := dev
.PHONY: dev up down redrive test check tools screenshots

dev up: .venv/installed .local/cloud/installed
	@.venv/bin/python -m local $@

down redrive: .venv/installed
	@.venv/bin/python -m local $@

# ---- Checks: quickest first ------------------------------------------------------------------------------

CODE = layers/mid_job_feedback functions local tests

test: check .local/cloud/installed
	.venv/bin/python -m pytest tests/unit tests/component tests/store tests/local tests/web tests/e2e

check: tools
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $(CODE)
	.venv/bin/cfn-lint template.yaml
	AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 .venv/bin/sam validate --lint

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

.local/cloud/installed: requirements/cloud.txt | $(UV)
	@$(call install,.local/cloud,requirements/cloud.txt)

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
