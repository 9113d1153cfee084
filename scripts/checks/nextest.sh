#!/usr/bin/env bash
# Unit and integration tests of all default members at once, on the release profile: one set of features, so dependencies
# are compiled once for the server and all tests. (That a package builds with its own features is clippy's stage.)
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"
export MATINEE_ORT_LIB=${MATINEE_ORT_LIB:-$ONNXRUNTIME_LIB} INSTA_UPDATE=no

log=$LOG_DIR/nextest.log
status=0
# The worker's tests start it: with its features among theirs, every crate would be compiled once more than for the server.
cargo build --locked --release -p matinee-s3-server
cargo nextest run --locked --cargo-profile release --no-fail-fast --status-level fail --final-status-level fail \
  --failure-output immediate-final --hide-progress-bar 2>&1 | tee "$log" || status=1
# The tests' PostgreSQL stops by itself some seconds after the last test that used it: nothing is left running.
for _ in $(seq 100); do
  compgen -G "${TMPDIR:-/tmp}/matinee-pg-*/start.lock" >/dev/null || break
  sleep 0.2
done
[ -n "${MATINEE_TEST_COCKROACH_URL:-}" ] || note "CockroachDB was not tested: MATINEE_TEST_COCKROACH_URL is not set."
nextest_results nextest "$log"
exit $status
