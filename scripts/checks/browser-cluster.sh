#!/usr/bin/env bash
# The Playwright suite through a director with three instances behind it: `browser-cluster.sh [calm|killing] [PLAYWRIGHT ARGUMENT…]`; `killing` kills one
# instance after the other meanwhile. `small` is what `make test` runs: two journeys, with killing.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT/end2end"

how=${1:-calm}
shift || true
if [ "$how" = small ]; then
  how=killing
  set -- --project=desktop tests/journey.spec.ts tests/mail.spec.ts "$@"
fi
# The one that the director's own tests are built with will do.
export E2E_DIRECTOR=${E2E_DIRECTOR:-$DIRECTOR} E2E_AI=$(dirname "$SERVER")/matinee-ai
[ -x "$E2E_DIRECTOR" ] || E2E_DIRECTOR=$(dirname "$SERVER")/matinee-director
for needed in "$SERVER" "$E2E_AI" "$E2E_DIRECTOR" "$SITE_DIR/index.html"; do
  [ -e "$needed" ] || die "$needed is missing: these tests need everything built." "Run: make build; scripts/build.sh director"
done
export E2E_SERVER=$SERVER E2E_SITE_DIR=$SITE_DIR E2E_ORT_LIB=$ONNXRUNTIME_LIB E2E_DEMO_DIR=$DEMO_DIR E2E_CLUSTER=$how
[ -z "${RESULTS:-}" ] || export E2E_COUNTS_FILE=$RESULTS/browser-cluster.counts E2E_FAILURES_FILE=$RESULTS/browser-cluster.failures
exec npx --no-install playwright test "$@"
