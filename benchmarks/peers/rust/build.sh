#!/usr/bin/env bash
# Makes modules/*.wasm anew, with the Rust SDK from the registry of crates. Needs rustup's cargo (the modules here are of
# rustc 1.95.0) and the packages of this repository, for wasm-opt. Nothing but modules/ and made.sha256 is written here.
set -euo pipefail
cd "$(dirname "$0")"
rustup target list --installed | grep -qx wasm32-wasip1 || rustup target add wasm32-wasip1

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp Cargo.toml ./*.rs "$scratch"
binaryen=$(cd ../../../node_modules/.bin && pwd)
here=$PWD
mkdir -p modules
cd "$scratch"
cargo fetch --quiet --target wasm32-wasip1
# Panics name the file that they are in: as it lies in its crate, not on this machine.
flags=()
for crates in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do flags+=("--remap-path-prefix=$crates=crates"); done
RUSTFLAGS="${flags[*]}" cargo build --quiet --release --examples --target wasm32-wasip1
for workload in noop headers transform basic-auth body callout counter json; do
  "$binaryen/wasm-opt" -O3 --enable-bulk-memory --enable-multivalue --enable-mutable-globals \
    --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext --strip-debug --strip-producers \
    "target/wasm32-wasip1/release/examples/${workload//-/_}.wasm" -o "$here/modules/$workload.wasm"
done

cd "$here"
sha256sum Cargo.toml ./*.rs modules/*.wasm | sed 's# \./# #' > made.sha256
