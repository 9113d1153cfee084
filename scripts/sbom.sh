#!/usr/bin/env bash
# Writes what the programs and the browser's bundle are made of, as CycloneDX 1.6 (JSON): `sbom.sh [FILE]`, to standard output without an
# argument. Each crate of Cargo.lock that is compiled for Linux or the browser, with its licence, checksum and where it comes from; and the npm
# packages that tools and tests use, as their lock files name them. It needs cargo and node, and no network once the crates are fetched.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

written=$(mktemp)
trap 'rm -f "$written"' EXIT
for target in x86_64-unknown-linux-gnu wasm32-unknown-unknown; do
  cargo metadata --locked --format-version 1 --filter-platform "$target" ||
    die "cargo does not know what the programs are made of." "Run cargo fetch --locked, where there is a network."
done >"$written"
if [ $# = 0 ]; then
  node scripts/sbom.mjs "$written"
else
  node scripts/sbom.mjs "$written" >"$1"
  ok "$1: $(grep -c '"purl"' "$1") components"
fi
