#!/usr/bin/env bash
# How long a backup takes, and how long until a lost database is back: `bench/backup.sh [RATINGS]`, 1,000,000 otherwise. With
# the machine's load before it, for nothing else should run meanwhile.
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
cd "$ROOT"

doing "backup and restore of ${1:-1000000} ratings (load: $(cut -d ' ' -f 1-3 /proc/loadavg))"
# Of all default members, as the tests are built: dependencies have the same features then and are compiled once.
cargo run --locked --release --quiet --example backup "${1:-1000000}"
