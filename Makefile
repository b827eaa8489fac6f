# `make demo`: footage to a report, on a fresh machine.  `make test`: the whole suite.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# One language's texts are compiled from its .po file, without gettext.
MESSAGES := $(patsubst %.po,%.mo,$(wildcard sportsbr/locale/*/LC_MESSAGES/*.po))
# `make demo LANG_=zh-hans` prints the summary in Chinese.
LANG_ ?=

.PHONY: setup up demo test check bench clean openapi
setup: .venv/.system .venv/.python frontend/dist/.built $(MESSAGES)

.venv/bin/python:
	bash .ci/virtual_environment.sh $(PYTHON)

# What pip cannot give: ffmpeg, a browser, Redis for the two-worker test, fonts for Chinese.
.venv/.system: .venv/bin/python .ci/system_packages.sh
	bash .ci/system_packages.sh
	touch $@

.venv/.python: .venv/bin/python pyproject.toml constraints.txt requirements-nodeps.txt
	$(BIN)/pip install --quiet --retries 5 -c constraints.txt -e ".[web,embedded,learn,rtmpose,dev]"
	$(BIN)/pip install --quiet --retries 5 --no-deps -r requirements-nodeps.txt
	touch $@

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund
	touch $@

frontend/dist/.built: frontend/node_modules/.installed $(shell find frontend/src -type f 2>/dev/null)
	cd frontend && npm run build
	touch $@

%.mo: %.po | .venv/.python
	$(BIN)/pybabel --quiet compile -i $< -o $@

up: setup
	$(BIN)/python manage.py up $(if $(PORT),--port "$(PORT)") $(if $(WORKERS),--workers "$(WORKERS)")

# Exit status of the command itself: 0 done, 2 wrong arguments, 3 the footage cannot be analysed.
demo: setup
	$(BIN)/python manage.py demo $(if $(VIDEO),--video "$(VIDEO)") $(if $(ONCE),--once) \
	  $(if $(SPORT),--sport "$(SPORT)") $(if $(PORT),--port "$(PORT)") $(if $(LANG_),--lang "$(LANG_)")

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DATABASE_URL=postgresql://unused $(BIN)/mypy
	$(BIN)/lint-imports
	cd frontend && npm run check

test: setup
	cd frontend && npm test
	$(BIN)/python -m pytest

# Each script prints its figures and ends with one line of JSON.
bench: setup
	for script in bench/*.py; do $(BIN)/python $$script --json || exit 1; done

openapi: setup
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

clean:
	rm -rf .venv var frontend/node_modules frontend/dist
