# Two commands on a fresh machine with Rust, Node and git: `make run` and `make test`. Each brings what it needs.

CARGO ?= cargo
APT := $(if $(filter 0,$(shell id -u)),,sudo) apt-get
PYTHON ?= python3

.PHONY: run build ui test check fmt bench bench-scan bench-pages peers screenshots clean
.DEFAULT_GOAL := build

## Build everything and serve on http://127.0.0.1:7300, with the data in ./keystead-data
run: build
	./target/release/keystead serve

build: ui
	$(CARGO) build --release

## The browser's part, built into ui/dist and from there into the binary. Without Node the server builds all the same.
ui:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory ui/dist/try.js; \
	else echo "Node is not installed: building without the browser's part (see /docs)" >&2; fi

ui/dist/try.js: ui/node_modules/.installed $(wildcard ui/*.json ui/*.mjs ui/docs/* ui/*/src/* ui/*/src/*/* ui/*/*.html)
	cd ui && npm run --silent build

ui/node_modules/.installed: ui/package.json ui/package-lock.json $(wildcard ui/*/package.json)
	cd ui && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# The provider that sign-in is tested against.
tests/oidc/node_modules/.installed: tests/oidc/package.json tests/oidc/package-lock.json
	@command -v npm >/dev/null || { echo "the tests need Node, version 20 or later: install it (nodejs.org)" >&2; exit 1; }
	cd tests/oidc && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

## All tests, after all checks. Installs what they need.
test: check tools/schemathesis tools/gateways tools/hooks tests/oidc/node_modules/.installed tests/browser/node_modules/.installed
	cd ui && npm run --silent test
	$(CARGO) build --profile release-dev --quiet
	$(CARGO) test --workspace --quiet
	tests/schemathesis/run
	tests/browser/run

## Pictures of every page of the console, for the README and for eyes: packaging/screenshots/
screenshots: ui tests/browser/node_modules/.installed
	$(CARGO) build --profile release-dev --quiet
	KEYSTEAD_BIN=$(CURDIR)/target/release-dev/keystead CHROMIUM=$${CHROMIUM:-$$(command -v chromium)} node tests/browser/screenshots.js

## Formatting, lints, licences, types
check: ui
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --quiet -- -D warnings
	@command -v cargo-deny >/dev/null || $(CARGO) install cargo-deny --locked --quiet
	$(CARGO) deny --log-level error check bans licenses sources
	@if command -v npm >/dev/null; then cd ui && npm run --silent check; fi

fmt:
	$(CARGO) fmt
	@if command -v npm >/dev/null; then cd ui && npm run --silent fmt; fi

## Everything measured side by side with its limit; some ten minutes. BENCH passes options: make bench BENCH="--keys 1000"
# In a folder of its own: what cargo builds for a bench has the tests' movable clock in it, and is not what ships.
bench: build
	@command -v wrk >/dev/null || { $(APT) update -qq && $(APT) install -y -qq wrk; }
	$(CARGO) bench --quiet --target-dir target/bench --bench bench -- --server $(CURDIR)/target/release/keystead $(BENCH)

## The scanner beside git, ripgrep and other scanners, in one run; some minutes. SCAN passes options: make bench-scan SCAN="--repository ../linux"
bench-scan: build target/peers/.installed
	@command -v rg >/dev/null || { $(APT) update -qq && $(APT) install -y -qq ripgrep; }
	$(CARGO) bench --quiet --target-dir target/bench --bench scan -- --program $(CURDIR)/target/release/keystead --peers $(CURDIR)/target/peers $(SCAN)

## How long a first visit takes until the page can be used, beside the browser's own time; half a minute
bench-pages: build tests/browser/node_modules/.installed
	KEYSTEAD_BIN=$(CURDIR)/target/release/keystead CHROMIUM=$${CHROMIUM:-$$(command -v chromium)} node tests/browser/interactive.js

# Other scanners, as far as they are published where packages are: none is part of any build.
target/peers/.installed: tests/peers/scanners.txt
	$(PYTHON) -m venv target/peers/venv
	target/peers/venv/bin/pip install --quiet --disable-pip-version-check -r tests/peers/scanners.txt
	$(CARGO) install --quiet --locked --root target/peers ripsecrets@0.1.11
	@touch $@

## Verification beside Better Auth's plugin on Node, in the same run; a minute. PEERS passes options: make peers PEERS="--seconds 2"
peers: build tests/peers/node_modules/.installed
	@command -v wrk >/dev/null || { $(APT) update -qq && $(APT) install -y -qq wrk; }
	node tests/peers/run.mjs $(PEERS)

tests/peers/node_modules/.installed: tests/peers/package.json tests/peers/package-lock.json tests/peers/.npmrc
	cd tests/peers && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

## schemathesis, in an environment of its own
.PHONY: tools/schemathesis
tools/schemathesis: .venv/bin/schemathesis
.venv/bin/schemathesis: tests/schemathesis/requirements.txt
	$(PYTHON) -m venv .venv || { $(APT) update -qq && $(APT) install -y -qq python3-venv && $(PYTHON) -m venv .venv; }
	.venv/bin/pip install --quiet --disable-pip-version-check -r tests/schemathesis/requirements.txt
	@touch $@

## What installs Git hooks for others, to be installed beside: husky and lefthook from npm, pre-commit from PyPI
.PHONY: tools/hooks
tools/hooks: tests/hooks/node_modules/.installed .venv/bin/pre-commit

tests/hooks/node_modules/.installed: tests/hooks/package.json tests/hooks/package-lock.json
	cd tests/hooks && npm ci --no-audit --no-fund --loglevel=error --ignore-scripts
	@touch $@

.venv/bin/pre-commit: tests/hooks/requirements.txt | .venv/bin/schemathesis
	.venv/bin/pip install --quiet --disable-pip-version-check -r tests/hooks/requirements.txt
	@touch $@

## nginx and Caddy, which the tests start themselves: the services that Debian makes of them are stopped again.
.PHONY: tools/gateways
tools/gateways:
	@for name in nginx caddy; do command -v $$name >/dev/null && continue; \
	{ $(APT) update -qq && $(APT) install -y -qq $$name; } || { echo "the tests need $$name: install it" >&2; exit 1; }; \
	[ ! -d /run/systemd/system ] || $(if $(filter 0,$(shell id -u)),,sudo) systemctl disable --now $$name; done

# Debian's Chromium, and what drives it.
tests/browser/node_modules/.installed: tests/browser/package.json tests/browser/package-lock.json
	@command -v chromium >/dev/null || { $(APT) update -qq && $(APT) install -y -qq chromium; }
	cd tests/browser && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

clean:
	$(CARGO) clean
	rm -rf ui/dist ui/node_modules tests/oidc/node_modules tests/browser/node_modules tests/hooks/node_modules tests/peers/node_modules .venv
