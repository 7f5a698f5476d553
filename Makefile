# Every target says what it does: make help
GO ?= go
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 30s

.PHONY: help deps build demo test check bench fuzz generate pictures

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 12

deps: ## install what the tests against third parties need (Debian; root)
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends openssl postgresql-15 libopenjp2-tools python3-skimage fonts-morisawa-bizud-gothic \
	  pcscd vsmartcard-vpcd opensc opensc-pkcs11 pcsc-tools \
	  softhsm2 gnutls-bin xmlsec1 libxmlsec1-openssl poppler-utils qpdf libnss3-tools chromium curl zbar-tools librsvg2-bin \
	  libengine-pkcs11-openssl xvfb xdotool firefox-esr apache2 libapache2-mod-auth-openidc python3-authlib python3-requests
	command -v npm >/dev/null || apt-get install -y -qq --no-install-recommends nodejs npm
	cd examples/node-rp && npm ci --no-audit --no-fund

build: ## the binary, ./kado
	CGO_ENABLED=0 $(GO) build -trimpath -o kado ./cmd/kado

demo: ## a card's life, end to end
	$(GO) run ./cmd/kado demo

test: ## every test
	$(GO) test -timeout 30m ./...

check: ## format, vet, staticcheck, generated documents, known vulnerabilities where the database can be reached
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo 'not gofmt-clean:'; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) run ./internal/house/generate
	@git diff --exit-code -- docs || { echo 'generated documents differ from what is committed: commit them'; exit 1; }
	@if command -v govulncheck >/dev/null 2>&1; then govulncheck ./... || echo 'govulncheck: see above, or its database could not be reached'; else echo 'govulncheck is not installed: skipped'; fi

bench: ## benchmarks beside the code
	$(GO) test -run '^$$' -bench . -benchmem ./...

fuzz: ## each fuzz target for FUZZTIME
	@for p in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
	    echo "== $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$p || exit 1; \
	  done; \
	done

generate: ## write the generated documents
	$(GO) run ./internal/house/generate

pictures: ## docs/pictures anew, from a real browser
	KADO_PICTURES=$(CURDIR)/docs/pictures $(GO) test -count=1 -run TestWays ./internal/cli/waystest
	KADO_PICTURES=$(CURDIR)/docs/pictures $(GO) test -count=1 -run 'TestWayByCertificate_(Chromium|Firefox)' ./internal/cli/middlewaretest
