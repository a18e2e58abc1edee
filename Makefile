# Every target works on a bare machine with make and Python 3.11 or newer: what it needs is installed first,
# into .venv, from the lock files. Nothing here asks a question, so it all runs in CI as well.

.DEFAULT_GOAL := help
.PHONY: help install semantic chat test check bench chaos picture lock clean
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
WHATIF := $(PY) -m bot
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore $(PY) -m pip install -q
UV := uv==0.13.9
COMPILE := $(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(ARGS)

# Each stamp is one layer: what chatting needs, `whatif` as a command, what developers need.
RUN := $(VENV)/.run
INSTALLED := $(VENV)/.installed
DEV := $(VENV)/.dev

# A .venv whose Python is gone (moved, upgraded) is begun again: its stamps would lie.
$(shell test -x $(PY) || rm -f $(RUN) $(INSTALLED) $(DEV))

# $(call quietly,command): not a word unless it fails, and never a look at standard input, which is the chat's.
quietly = { $(1); } >$(VENV)/make.log 2>&1 </dev/null || { cat $(VENV)/make.log >&2; exit 1; }

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## .venv from the locked requirements, with .venv/bin/whatif
	@echo 'ready: $(VENV)/bin/whatif --help'

semantic: $(INSTALLED) ## the extra that suggests by meaning, put in or put right
	@$(call quietly,$(PIP) --force-reinstall -r requirements-semantic.txt)
	@echo 'ready: suggestions go by meaning, too'

chat: $(RUN) ## talk it through, here in the terminal (ARGS="--fresh" starts anew)
	@$(WHATIF) chat $(ARGS)

test: $(DEV) ## the tests, with branch coverage (ARGS="-k name" picks some)
	@$(PY) -m pytest -n auto --cov $(ARGS)

check: $(DEV) ## all that CI runs: style, types, tests, words, transcripts
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(WHATIF) lint
	$(WHATIF) points
	$(WHATIF) replay --coverage tests/transcripts/*.txt
	@if test -f ../shared/tools/overlap.py; then \
		echo '$(PY) ../shared/tools/overlap.py .'; $(PY) ../shared/tools/overlap.py .; \
	else echo 'overlap with the two articles: skipped, ../shared/tools/overlap.py is not here'; fi
	$(PY) -m pytest -n auto --cov

bench: $(DEV) ## how fast it is, on this machine (ARGS=turns runs one part of it)
	@$(PY) -m tests.bench $(ARGS)

chaos: $(DEV) ## kill, freeze and cut off what runs, and count what is lost (ARGS=--short is under a minute)
	@$(PY) -m tests.chaos $(ARGS)

picture: $(DEV) ## README's pictures: a conversation off the screen of a real terminal, and its card
	@$(PY) -m tests.picture

lock: | $(PY) ## the lock files anew from pyproject.toml (ARGS=--upgrade takes newer versions)
	@test -x $(VENV)/lock/bin/uv || { $(PY) -m venv $(VENV)/lock && \
		$(call quietly,PIP_DISABLE_PIP_VERSION_CHECK=1 $(VENV)/lock/bin/python -m pip install -q $(UV)); }
	@$(COMPILE) pyproject.toml -o requirements.txt >/dev/null
	@$(COMPILE) pyproject.toml --extra semantic -c requirements.txt -o requirements-semantic.txt >/dev/null
	@$(COMPILE) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt >/dev/null
	@$(COMPILE) --group build -c requirements-dev.txt -o requirements-build.txt >/dev/null
	@echo 'locked: requirements.txt requirements-semantic.txt requirements-dev.txt requirements-build.txt'

clean: ## away with .venv and all that was made
	rm -rf $(VENV) build dist .coverage .coverage.* htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# PYTHON=... picks one; otherwise the first here that is new enough.
$(PY):
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "setting up $(VENV), once" >&2; \
			$$python -m venv --clear $(VENV) >&2 </dev/null && exit 0; \
			rm -rf $(VENV); \
			echo "$$python cannot make a virtual environment. On Debian or Ubuntu:" >&2; \
			echo "  sudo apt-get install $$($$python -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')" >&2; \
			exit 1; \
		fi; \
	done; echo 'whatif needs Python 3.11 or newer, and there is none here (PYTHON=/path/to/python3 names one)' >&2; exit 1

$(RUN): requirements.txt | $(PY)
	@$(call quietly,$(PIP) -r requirements.txt)
	@touch $@

$(INSTALLED): requirements-build.txt pyproject.toml $(RUN)
	@$(call quietly,$(PIP) -r requirements-build.txt && $(PIP) --no-deps --no-build-isolation -e .)
	@touch $@

$(DEV): requirements-dev.txt $(INSTALLED)
	@$(call quietly,$(PIP) -r requirements-dev.txt)
	@touch $@
