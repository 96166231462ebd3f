#!/usr/bin/env bash
# Makes modules/*.wasm anew, with the assembler among this repository's packages. Nothing but modules/ and made.sha256 is
# written here.
set -euo pipefail
cd "$(dirname "$0")"
binaryen=$(cd ../../../node_modules/.bin && pwd)
mkdir -p modules
for source in *.wat; do "$binaryen/wasm-as" --enable-bulk-memory "$source" -o "modules/${source%.wat}.wasm"; done
sha256sum ./*.wat modules/*.wasm | sed 's# \./# #' > made.sha256
