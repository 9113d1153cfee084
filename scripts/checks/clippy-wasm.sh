#!/usr/bin/env bash
# Clippy with warnings denied for what runs in the browser.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"
use_wasm_toolchain

status=0
lint() {
  note "$*"
  cargo clippy --locked --quiet --target wasm32-unknown-unknown "$@" -- -D warnings || status=1
}
lint -p matinee-domain
lint -p matinee-app --features hydrate
lint -p matinee-frontend
exit $status
