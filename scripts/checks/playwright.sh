#!/usr/bin/env bash
# The Playwright suite against the release server and a data directory of its own.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT/end2end"

for needed in "$SERVER" "$SITE_DIR/index.html"; do
  [ -e "$needed" ] || die "$needed is missing: the browser tests need the built server and bundle." "Run: make build"
done
export E2E_SERVER=$SERVER E2E_SITE_DIR=$SITE_DIR E2E_ORT_LIB=$ONNXRUNTIME_LIB
export E2E_DEMO_DIR=$DEMO_DIR
[ -z "${RESULTS:-}" ] || export E2E_COUNTS_FILE=$RESULTS/playwright.counts E2E_FAILURES_FILE=$RESULTS/playwright.failures
npx --no-install tsc --noEmit
exec npx --no-install playwright test "$@"
