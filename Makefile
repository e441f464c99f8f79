# What a developer runs. `make test` is what decides.

GO          ?= go
STATICCHECK  = $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK  = $(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0
FUZZTIME    ?= 20s

.PHONY: run build test lint fuzz bench vuln

run: build ## serve from ./data
	bin/csrd serve

build:
	$(GO) build -o bin/csrd ./cmd/csrd

test: lint ## everything that must pass, with official SDKs at the edges
	$(GO) test -race ./...
	cd sdktest && $(GO) vet ./... && $(GO) test ./...

lint:
	$(GO) vet ./...
	$(STATICCHECK) ./...

fuzz: ## each parser of what strangers send, for FUZZTIME
	$(GO) test ./tc3 -run '^$$' -fuzz '^FuzzParseAuthorization$$' -fuzztime $(FUZZTIME)
	$(GO) test ./tc3 -run '^$$' -fuzz '^FuzzCanonicalRequest$$' -fuzztime $(FUZZTIME)
	$(GO) test ./action -run '^$$' -fuzz '^FuzzDecode$$' -fuzztime $(FUZZTIME)

bench: ## figures; they decide nothing
	$(GO) test -run '^$$' -bench . -benchmem ./tc3 ./csr ./internal/sqlstore ./ssl

vuln: ## needs the network
	$(GOVULNCHECK) ./...
