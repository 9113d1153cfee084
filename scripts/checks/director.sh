#!/usr/bin/env bash
# The director's own tests. By themselves, for the director is no default member: what it needs of OpenSSL and cmake, the rest needs not.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

log=$LOG_DIR/nextest-director.log
status=0
cargo nextest run --locked --cargo-profile release --no-fail-fast --status-level fail --final-status-level fail \
  --failure-output immediate-final --hide-progress-bar -p matinee-director 2>&1 | tee "$log" || status=1
nextest_results director "$log"
exit $status
