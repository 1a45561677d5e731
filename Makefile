.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help
help: ## List what can be made
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: ## Run it here with the demo service: http://localhost:8000 (PORT and HOST are honoured)
	@$(PYTHON) scripts/parts.py run
	@$(BIN)/ledvei serve --prepare

.PHONY: test
test: ## Run everything: style, types, architecture, Python on SQLite and PostgreSQL, scripts, browsers
	@$(PYTHON) scripts/parts.py test
	@$(BIN)/python scripts/check.py all

.PHONY: test-fast
test-fast: ## Run what takes a minute: no browsers, no second database
	@$(PYTHON) scripts/parts.py test
	@$(BIN)/python scripts/check.py fast

.PHONY: lint
lint: ## Check style, types and import directions, change nothing
	@$(PYTHON) scripts/parts.py test
	@$(BIN)/python scripts/check.py lint

.PHONY: fmt
fmt: ## Put Python, templates and scripts into the house's style
	@$(PYTHON) scripts/parts.py test
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .
	biome check --write --log-level=warn ledvei_pwa/static scripts tests/js

.PHONY: i18n
i18n: ## Gather the texts, bring translations/nb and nn up to date, say what is missing
	@$(PYTHON) scripts/parts.py run
	@$(BIN)/python scripts/catalogues.py

.PHONY: migrate
migrate: ## Write a migration from the models: make migrate INTENT="remember who moved a session"
	@test -n "$(INTENT)" || { echo 'Name it by its intent: make migrate INTENT="remember who moved a session"'; exit 1; }
	@$(BIN)/ledvei db revision "$(INTENT)"

.PHONY: bench
bench: ## Measure what we promise (BENCH="first_visit offline_open" for some of it)
	@$(PYTHON) scripts/parts.py test
	@$(BIN)/ledvei bench $(BENCH)

.PHONY: kills
kills: ## Kill browser and server at any moment, and say what was lost: nothing (KILLS=500 for more)
	@$(PYTHON) scripts/parts.py test
	@$(BIN)/python scripts/kills.py

.PHONY: fuzz
fuzz: ## Prove sync: make fuzz SEEDS=10000 JOBS=2, SEED=123 for one again, DATABASE=postgresql
	@$(PYTHON) scripts/parts.py test
	@$(BIN)/python scripts/fuzz.py $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),200) --first $(or $(FIRST),1) --jobs $(or $(JOBS),1)) $(if $(DATABASE),--database $(DATABASE))

.PHONY: hostile
hostile: ## Send all hostile texts to all fields, parameters and headers: half an hour
	@$(PYTHON) scripts/parts.py test
	@LEDVEI_HOSTILE=all $(BIN)/python -m pytest --quiet tests/security/test_hostile.py

.PHONY: schemathesis
schemathesis: ## Make many requests out of docs/openapi.json, and fill in all forms oddly, otherwise each time (REQUESTS=2000 for more)
	@$(PYTHON) scripts/parts.py test
	@LEDVEI_SCHEMATHESIS=$(or $(REQUESTS),500) $(BIN)/python -m pytest --quiet tests/security/test_schemathesis.py tests/security/test_forms.py

.PHONY: wheel
wheel: ## Build dist/ledvei_pwa-….whl, all of Ledvei, and put the hashes of what it needs beside it
	@$(PYTHON) scripts/parts.py test
	@rm -rf build && $(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@mkdir -p dist/requirements && cd requirements && cp build.txt run.txt scale.txt oidc.txt ../dist/requirements/

.PHONY: lock
lock: ## Write requirements/ anew: versions stay, unless UPGRADE="mako idna" or UPGRADE=all (asks PyPI)
	@$(PYTHON) scripts/parts.py test
	@$(BIN)/python scripts/pin_parts.py $(if $(UPGRADE),--upgrade $(UPGRADE))

.PHONY: sbom
sbom: ## List every part as pinned in dist/ledvei.cdx.json (CycloneDX)
	@$(PYTHON) scripts/parts.py test
	@$(BIN)/python scripts/sbom.py

.PHONY: audit
audit: ## Say which parts have known holes, and which are outdated (asks PyPI and npm)
	@$(BIN)/python scripts/audit.py

.PHONY: clean
clean: ## Remove what was built and installed; the instance folder, with its data, stays
	rm -rf .venv node_modules bench/peers/node_modules build dist *.egg-info ledvei_pwa/static/vendor tests/.work
