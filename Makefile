# One line per target; `make help` lists them. The packages come from deploy/packages.txt.
.PHONY: help build release test serve demo format lint bench fuzz docs image clean ci ready \
  check-deploy contract load peers soak
PORT ?= 8080
MINUTES ?= 30
RELEASE := .build/release/vflowopt
CONTAINER := $(or $(shell command -v docker),$(shell command -v podman),docker)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

ready:
	@Scripts/require-swift.sh presence
	@Scripts/install-packages.sh build test demo
	@Scripts/require-swift.sh version

build: ready ## debug build
	swift build
release: ready ## optimised build, the program is .build/release/vflowopt
	swift build -c release --product vflowopt --static-swift-stdlib
test: ready ## every test
	@Scripts/test.sh
serve: release ## serve on 127.0.0.1:8080 with defaults (PORT=n for another port)
	@Scripts/serve.sh $(RELEASE) $(PORT)
demo: release ## prune a photograph through the service and draw what was kept
	python3 Examples/demo/demo.py --binary $(RELEASE)
format: ready ## format the Swift sources in place
	Scripts/format.sh
lint: ready ## style, file lengths, banned constructs
	Scripts/lint.sh
bench: release ## print the benchmark tables (PEER=a Python with torch and FastAPI)
	python3 Benchmarks/table.py $(RELEASE) $(if $(PEER),--peer $(PEER))
	python3 Benchmarks/service.py $(RELEASE)
	python3 Benchmarks/shared_memory.py $(RELEASE)
	python3 Benchmarks/floor.py $(RELEASE)
	python3 Benchmarks/capacity.py $(RELEASE)
	python3 Benchmarks/touches.py $(RELEASE)
fuzz: ready ## run each fuzz driver for 60 seconds
	Fuzz/run.sh
docs: ## check openapi.yaml, its examples and the problem pages
	@Scripts/install-packages.sh docs
	python3 Scripts/check-openapi.py
contract: release ## hold the running service against openapi.yaml with schemathesis
	@Scripts/install-packages.sh contract
	Scripts/check-contract-live.py $(RELEASE) --both
check-deploy: release ## check everything below deploy/ with the programs that read it
	@Scripts/install-packages.sh deploy
	Scripts/check-deploy.sh
	Scripts/check-deploy-live.py $(RELEASE)
load: release ## overload, slow clients, drain, rolling restart and kill -9, a table each
	@Scripts/install-packages.sh load
	Benchmarks/Load/run.sh $(RELEASE)
peers: release ## processor time per request beside nginx, h2o and nghttpd
	@Scripts/install-packages.sh load
	python3 Benchmarks/Peers/servers.py --binary $(RELEASE)
soak: release ## mixed traffic for MINUTES=30; memory and descriptors must stay flat
	python3 Benchmarks/Load/soak.py --binary $(RELEASE) --minutes $(MINUTES)
image: ## build the container image
	$(CONTAINER) build --tag vflowopt .
ci: ## everything that has to pass, as continuous integration runs it
	.ci/run
clean: ## remove what was built
	rm -rf .build demo-output
