# What can be done here. `make` alone says it.

GO          ?= go
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2

# The packages whose tests last longest go first: last, they would end alone.
LONGEST = ./internal/web/office ./internal/web/family ./internal/house ./internal/web/signin ./internal/demo ./internal/web/signup

# The packages that hold templates: the tests measure them, to know whether each template was drawn.
DRAWN = ./internal/web/...,./internal/work/...,./internal/demo/...

.DEFAULT_GOAL := help
.PHONY: help demo test lint generate bench build FORCE

help: ## Say what can be done.
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

demo: ## Start a believable town on this machine, with nothing to install.
	$(GO) run ./cmd/preau demo

test: ## Run every test, on SQLite, PostgreSQL and in a browser; installs what is missing when it may.
	@mkdir -p dist
	./scripts/test.sh -coverprofile=dist/drawn.out -coverpkg=$(DRAWN) $(LONGEST) ./...
	$(GO) run ./internal/arch/drawn dist/drawn.out

lint: ## Check the form of the code: gofmt, go vet, staticcheck; golangci-lint too where it is installed.
	@unformatted=$$(gofmt -l cmd internal); if [ -n "$$unformatted" ]; then echo "gofmt -w $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	@if command -v golangci-lint >/dev/null; then golangci-lint run; fi

generate: ## Make again what is made from something else: templates, the present schema, the school calendar.
	@for file in $$(find internal -name '*.templ'); do (cd $$(dirname $$file) && $(GO) tool templ generate -log-level error -f $$(basename $$file)) || exit 1; done
	$(GO) generate ./internal/...
	$(GO) test ./internal/db -run TestSchemaIsFresh -update

bench: dist/loadtest ## Measure pages and saves of a town of 1,000 households; some minutes. docs/performance.md explains the results.
	./dist/loadtest
	$(GO) test ./internal/paper -run '^$$' -bench . -benchmem

dist/loadtest: FORCE
	@mkdir -p dist
	$(GO) build -o dist/loadtest ./internal/loadtest
FORCE:

build: ## Build the one static binary, dist/preau.
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags="-s -w" -o dist/preau ./cmd/preau
