# The chores of this repository; each calls an ordinary tool or one script.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test fmt bench accuracy agreement speed decrypt memory logs interop bench-esp bench-stack bench-python schema docs web-package web web-bench fuzz-smoke release-check stubs wheel test-python

SHARED ?= $(or $(IPSEC_SHARED),../shared)
CORE := cargo run --quiet --release -p ipsec-core --all-features

help: ## list the chores
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## say why the tunnel in examples/captures/psk-mismatch.pcap fails
	@cargo run -p ipsec-core --features cli -- why examples/captures/psk-mismatch.pcap || test $$? -eq 1

test: ## everything CI checks, quickest failures first
	scripts/test.sh

fmt: ## format every crate
	cargo fmt --all && cargo fmt --manifest-path fuzz/Cargo.toml

bench: ## time decoding and encoding of single messages
	cargo bench -p ipsec-core --all-features

accuracy: ## compare verdicts with the labelled captures; fills the table in README.md
	$(CORE) --example accuracy -- $(SHARED)/captures | scripts/table.sh accuracy

agreement: ## compare every unencrypted field with tshark
	IPSEC_SHARED=$(SHARED) cargo nextest run -p ipsec-core --all-features --test tshark_agreement

speed: ## decode one capture beside tcpdump and tshark; fills the table in README.md
	scripts/speed.sh | scripts/table.sh speed

decrypt: ## open 100 MB of ESP beside tshark with the same keys; fills the table in README.md
	scripts/decrypt.sh | scripts/table.sh decrypt

memory: ## peak memory of `ipsec why` on 1 GB of capture; fills the table in README.md
	scripts/memory.sh | scripts/table.sh memory

logs: ## speed and peak memory of reading logs; fills the table in README.md
	scripts/logs.sh | scripts/table.sh logs

interop: ## our IKEv2 examples against other daemons, as root; fills the table in docs/interop.md
	scripts/interop.sh | scripts/table.sh interop docs/interop.md

bench-esp: ## seal and open ESP beside OpenSSL and ipsec-mb; fills the table in README.md
	scripts/esp.sh | scripts/table.sh esp

bench-python: ## read captures into Arrow beside dpkt, Scapy and pyshark; fills the table in README.md
	scripts/bench-python.sh | scripts/table.sh python

bench-stack: ## time the databases and the way in with up to a million SAs; fills the table in README.md
	cargo bench --quiet -p ipsec-core --no-default-features --features std,rustcrypto --bench stack | scripts/table.sh stack

schema: ## write the JSON Schemas of report, timeline, comparison and the JavaScript face
	for of in report timeline comparison; do $(CORE) --example schema -- $$of > target/$$of.schema.json; done
	cp target/{report,timeline,comparison}.schema.json ipsec-core/schema/
	UPDATE_SCHEMA=1 cargo test -p ipsec-wasm --features full --test schema

web-package: ## build the npm package in ipsec-wasm/pkg
	scripts/web-package.sh

web: web-package ## build the page in ipsec-wasm/page/dist
	cd ipsec-wasm/page && npm ci --no-audit --no-fund --loglevel=error && npm run build

web-bench: ## time the page on 100 MB of capture; fills the table in README.md
	scripts/web-bench.sh | scripts/table.sh page

stubs: ## write the stubs of the Python module (maturin must be there)
	scripts/stubs.sh > target/_native.pyi && cp target/_native.pyi ipsec-py/python/ipsec_core/_native.pyi

wheel: ## build the wheel for manylinux2014 into ipsec-py/dist (pip install maturin ziglang)
	cd ipsec-py && maturin build --zig --compatibility manylinux_2_17 --compression-level 9 --out dist

test-python: ## what `make test` checks of the Python package
	scripts/test-python.sh

docs: ## build the library's documentation
	RUSTDOCFLAGS="-D warnings" cargo doc -p ipsec-core --lib --no-deps --all-features

fuzz-smoke: ## fuzz every target for a minute
	scripts/fuzz-smoke.sh 60

release-check: ## feature powerset, licences, semver, public API; installs its tools
	scripts/release-check.sh
