#!/usr/bin/env bash
# The director's own tests. By themselves, for the director is no default member: what it needs of OpenSSL and cmake, the rest needs not.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

log=$LOG_DIR/nextest-director.log
status=0
cargo nextest run --locked --cargo-profile release --no-fail-fast --status-level fail --final-status-level fail \
  --failure-output immediate-final --hide-progress-bar -p matinee-director 2>&1 | tee "$log" || status=1
summary=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -E 'Summary \[' | tail -n 1) || true
count() { grep -oE "[0-9]+ $1" <<<"$summary" | cut -d ' ' -f 1 || true; }
passed=$(count passed) broken=$(count failed)
[ -z "${RESULTS:-}" ] || echo "${passed:-0} ${broken:-0}" >"$RESULTS/director.counts"
[ "${passed:-0}" -gt 0 ] || die "No test passed: the reason is above."
exit $status
