#!/usr/bin/env bash
# Clippy with warnings denied, one package at a time: each is checked with its own features only, so that a feature that
# another package happens to switch on can't hide a missing one.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

status=0
lint() {
  note "$*"
  cargo clippy --locked --quiet --all-targets "$@" -- -D warnings || status=1
}
for package in domain services migrations store search importer connections s3-server server bench fuzz; do lint -p "matinee-$package"; done
lint -p matinee-app --features ssr
lint -p matinee-ai
lint -p matinee-director
# The web's side of the AI pool alone, as a web instance without embedded worker would have it.
lint -p matinee-ai --no-default-features --features pool
exit $status
