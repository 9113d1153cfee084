# The two commands are `make run` and `make test`; `make help` lists the others. The work is done by scripts/.
.DEFAULT_GOAL := help
.PHONY: help setup build run cluster test audit bench clean-data

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing to build and run
	@scripts/setup.sh run

build: ## build the release server and the browser bundle
	@scripts/setup.sh run quick
	@scripts/build.sh

run: ## set up, build, fill the data directory once, and serve on http://127.0.0.1:8080
	@scripts/setup.sh run quick
	@scripts/build.sh
	@scripts/run.sh

cluster: ## many processes on this machine: 2 directors, 3 web instances, 2 AI workers, PostgreSQL with a standby
	@scripts/setup.sh cluster quick
	@scripts/build.sh
	@scripts/build.sh director
	@scripts/cluster.sh

test: ## everything that guards the project, the browser tests included
	@scripts/setup.sh test
	@scripts/test.sh

audit: ## attack it with other people's scanners and with random bytes (about half an hour; docs/security.md)
	@scripts/setup.sh audit quick
	@scripts/build.sh
	@scripts/build.sh director
	@scripts/audit.sh

bench: ## measure quality, search, pages, imports, AI workers and failures, for hours (docs/benchmarks.md)
	@scripts/setup.sh run quick
	@scripts/build.sh
	@bench/run.sh

clean-data: ## remove the data directory (database, search index, models)
	@scripts/clean-data.sh
