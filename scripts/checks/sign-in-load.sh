#!/usr/bin/env bash
# The small form of `bench/run.sh sign-in`: fifty sign-ins by password a second for some seconds leave every page answered, and none of them fails
# but by being refused for the moment. Times are printed, not judged: that is the benchmark's, on a quiet machine.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

data=$MATINEE_CACHE_DIR/audit/data
for needed in "$SERVER" "$SITE_DIR/index.html"; do
  [ -e "$needed" ] || die "$needed is missing: the load needs what is built." "Run: make build"
done
scripts/fill-data.sh "$SERVER" "$DEMO_DIR" "$data"
BENCH_SERVER=$SERVER MATINEE_SITE_DIR=$SITE_DIR MATINEE_ORT_LIB=$ONNXRUNTIME_LIB MATINEE_DATA_DIR=$data \
  exec python3 -B bench/sign_in.py --runs 1 --seconds 5
