#!/usr/bin/env bash
# The small form of `make audit`: the Observatory's score, schemathesis with few examples over our OpenAPI documents, wapiti with few modules and
# pages, and sqlmap with little effort, each shown to see first.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

data=$MATINEE_CACHE_DIR/audit/data
ai=$CARGO_TARGET_DIR/release/matinee-ai
# As the director's tests left it: the one that is served by is built for longer.
director=$CARGO_TARGET_DIR/release/matinee-director
for needed in "$SERVER" "$ai" "$director" "$SITE_DIR/index.html"; do
  [ -e "$needed" ] || die "$needed is missing: the scanners need what is built." "Run: make build && scripts/test.sh director"
done
scripts/fill-data.sh "$SERVER" "$DEMO_DIR" "$data"
exec python3 -B scripts/audit/main.py --quick --tools "$MATINEE_CACHE_DIR/audit" --data "$data" --server "$SERVER" \
  --ai "$ai" --director "$director" --site "$SITE_DIR" --ort "$ONNXRUNTIME_LIB" observatory schemathesis wapiti sqlmap
