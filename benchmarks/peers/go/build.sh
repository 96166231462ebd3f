#!/usr/bin/env bash
# Makes build/benchmarks/go/*.wasm, with Go (1.24 or later; the digests are of go 1.26.8) and the Go SDK from the module
# proxy. The modules take 2 to 4 MB each, so they are not kept here: what is not made is left out of the measurement.
set -euo pipefail
cd "$(dirname "$0")"
target=../../../build/benchmarks/go
mkdir -p "$target"
for workload in noop headers transform basic-auth body callout counter json; do
  GOOS=wasip1 GOARCH=wasm go build -trimpath -buildmode=c-shared -ldflags="-s -w" -o "$target/$workload.wasm" "./$workload"
done
{ sha256sum go.mod go.sum ./*/main.go | sed 's# \./# #'; (cd "$target" && sha256sum ./*.wasm | sed 's# \./# build/benchmarks/go/#'); } > made.sha256
