#!/usr/bin/env bash
# Makes modules/*.wasm anew, with the SDK @solo-io/proxy-runtime and the compiler of its time from the registry of npm.
# Nothing but modules/ and made.sha256 is written here. Words name the workloads to make, in place of all.
set -euo pipefail
cd "$(dirname "$0")"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp ./*.ts "$scratch"
here=$PWD
mkdir -p modules
[ $# -gt 0 ] || set -- noop headers transform basic-auth body callout counter
cd "$scratch"
echo '{ "private": true }' > package.json
npm install --no-audit --no-fund --loglevel=error --save-exact @solo-io/proxy-runtime@0.1.8 assemblyscript@0.14.13
for workload in "$@"; do
  # Its warnings are about files of its own library.
  node_modules/.bin/asc "$workload.ts" -b "$here/modules/$workload.wasm" --use abort=abort_proc_exit -O3 --noColors \
    > log 2>&1 || { cat log; exit 1; }
done

cd "$here"
sha256sum ./*.ts modules/*.wasm | sed 's# \./# #' > made.sha256
