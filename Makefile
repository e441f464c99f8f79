# What a developer runs. `make test` is what decides.

GO          ?= go
STATICCHECK  = $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK  = $(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0
FUZZTIME    ?= 100000x

.PHONY: run build test postgresql programs lint fuzz bench bench-daily microbench vuln

run: build ## serve from ./data
	bin/csrd serve

build:
	$(GO) build -o bin/csrd ./cmd/csrd

# The race detector needs a C compiler, and some tests need other programs.
# Without them the rest runs, and what was left out is said; in CI that fails.
RACE     := $(if $(shell command -v gcc),-race)
NEEDED   := gcc openssl curl node npm chromium redis-server
# Root of a Debian machine gets its PostgreSQL: the store is tested on it too.
CAN_INSTALL := $(if $(filter 0,$(shell id -u)),$(shell command -v apt-get))
LEFT_OUT := $(strip $(foreach program,$(NEEDED),$(if $(shell command -v $(program)),,$(program))) \
	$(if $(wildcard /usr/lib/postgresql/*/bin/initdb)$(shell command -v initdb pg_config)$(CAN_INSTALL),,postgresql))

# What takes long on databases and processes besides is run without the race
# detector, which makes SQLite's engine many times slower. The same code runs
# under it in the other tests.
LONG := ConformanceOnPostgreSQL|LargeListsAreExactOnPostgreSQL|LargeListsAreExactAcrossServers|WritesRunTwice|TestACopy|CopiedStore|KilledCopy|CommandLineOnPostgreSQL|SeveralServers|ServersTogether|KillOfPostgreSQL|FailoverTo|DatabaseInTrouble

test: postgresql lint ## everything that must pass, with official SDKs and a browser at the edges
	$(GO) test $(RACE) -timeout 18m -skip '$(LONG)' ./...
	$(GO) test -timeout 18m -run '$(LONG)' ./internal/sqlstore ./cmd/csrd
	cd sdktest && $(GO) vet ./... && $(GO) test -count=1 ./...
	cd bench && $(GO) vet ./... && $(GO) test ./...
	cd browsertest && $(GO) vet ./... && $(GO) test -count=1 ./...
ifneq ($(LEFT_OUT),)
	@echo "LEFT OUT: the tests that need what is not installed here: $(LEFT_OUT) (gcc: the race detector)"
	@test -z "$$CI"
endif

postgresql:
	$(if $(CAN_INSTALL),bash .ci/install postgresql)

programs: ## installs, on Debian, what the tests need besides Go
	bash .ci/install $(NEEDED) postgresql

lint:
	$(GO) vet ./...
	$(STATICCHECK) ./...

# Counted and not timed: a target that is cut off by the clock fails at times.
FUZZFLAGS := -fuzztime $(FUZZTIME) -fuzzminimizetime 10x

fuzz: ## each parser of what strangers send, as often as FUZZTIME says
	$(GO) test ./tc3 -run '^$$' -fuzz '^FuzzParseAuthorization$$' $(FUZZFLAGS)
	$(GO) test ./tc3 -run '^$$' -fuzz '^FuzzCanonicalRequest$$' $(FUZZFLAGS)
	$(GO) test ./sigv1 -run '^$$' -fuzz '^FuzzVerify$$' $(FUZZFLAGS)
	$(GO) test ./action -run '^$$' -fuzz '^FuzzDecode$$' $(FUZZFLAGS)
	$(GO) test ./action -run '^$$' -fuzz '^FuzzDecodeForm$$' $(FUZZFLAGS)
	$(GO) test ./action -run '^$$' -fuzz '^FuzzScan$$' $(FUZZFLAGS)
	$(GO) test ./internal/wire -run '^$$' -fuzz '^FuzzAppendString$$' $(FUZZFLAGS)
	$(GO) test ./csr -run '^$$' -fuzz '^FuzzParsePrivateKey$$' $(FUZZFLAGS)
	$(GO) test ./csr -run '^$$' -fuzz '^FuzzInspect$$' $(FUZZFLAGS)
	$(GO) test ./internal/policy -run '^$$' -fuzz '^FuzzParse$$' $(FUZZFLAGS)
	$(GO) test ./internal/seal -run '^$$' -fuzz '^FuzzOpen$$' $(FUZZFLAGS)
	$(GO) test ./internal/front -run '^$$' -fuzz '^FuzzMendHead$$' $(FUZZFLAGS)
	$(GO) test ./internal/front -run '^$$' -fuzz '^FuzzConnection$$' $(FUZZFLAGS)

bench: ## the real server under load, at up to ten million CSRs: writes docs/performance.md; about half an hour and 10 GB of disk
	cd bench && $(GO) run . --size full $(BENCHFLAGS)

bench-daily: ## the same in under two minutes, at up to 100,000 CSRs, to the terminal
	cd bench && $(GO) run . --size daily $(BENCHFLAGS)

microbench: ## single packages; figures decide nothing
	$(GO) test -run '^$$' -bench . -benchmem ./tc3 ./internal/limit ./internal/redislimit ./internal/policy ./internal/sqlstore ./ssl

vuln: ## needs the network
	$(GOVULNCHECK) ./...
