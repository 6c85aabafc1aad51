# For developers. `make` alone prints this list; users need only ./daybook.

SWIFT ?= swift
.DEFAULT_GOAL := help
.PHONY: help build release test check format lint run demo bench bench-peers clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

build: ## Build everything, tests included (debug, engine optimised)
	$(SWIFT) build --build-tests

release: ## Build the program for use
	./daybook version

test: ## Run every test
	./daybook test

check: lint ## Run format check and style tests: before every commit
	$(SWIFT) test --disable-xctest --filter StyleTests

format: ## Rewrite every Swift file in the format of the project
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

lint: ## Report Swift files that are not in that format
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

run: ## Start a server on port 8420 with its data in ./data
	./daybook serve

demo: ## Show the whole path on real input, checked
	./daybook demo

bench: ## Measure this build on this machine
	./daybook bench

ROWS ?= 1M
bench-peers: release ## Measure it beside DuckDB, ClickHouse, PostgreSQL and others (ROWS=10M)
	bench/peers/setup.sh .build/bench
	.build/bench/venv/bin/python bench/peers/compare.py --rows $(ROWS) --home .build/bench

clean: ## Remove what was built
	rm -rf .build
