#!/usr/bin/env bash
# Attacks a release server of its own, on a copy of the demo's data, with other people's tools and with random bytes:
#   observatory, schemathesis, wapiti, sqlmap   scanners, each shown to see by a site that is broken on purpose (scripts/audit)
#   fuzz      every parser that meets bytes from outside, for some seconds each (fuzz/)
#   timing    whether the time of a wrong password tells if there is an account, over 10,000 tries; wants a quiet machine
# `audit.sh NAME…` runs only those. It fails on anything of medium severity or higher, on any panic, and on a scanner that is blind.
# AUDIT_SECONDS: of fuzzing each parser (10). MATINEE_TIMING_TRIES: wrong passwords (10000).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

data=$MATINEE_CACHE_DIR/audit/data
failed=()
trap 'echo; bad "Interrupted."; exit 130' INT TERM

audit_scanner() {
  scripts/fill-data.sh "$SERVER" "$DEMO_DIR" "$data"
  python3 -B scripts/audit/main.py --tools "$MATINEE_CACHE_DIR/audit" --data "$data" --server "$SERVER" \
    --ai "$CARGO_TARGET_DIR/release/matinee-ai" --director "$DIRECTOR" --site "$SITE_DIR" --ort "$ONNXRUNTIME_LIB" "$1"
}

audit_fuzz() { scripts/fuzz.sh "${AUDIT_SECONDS:-10}"; }

audit_timing() {
  MATINEE_ORT_LIB=${MATINEE_ORT_LIB:-$ONNXRUNTIME_LIB} cargo nextest run --locked --cargo-profile release --run-ignored only \
    --no-capture ten_thousand_wrong_passwords
}

if [ $# = 0 ]; then set -- observatory schemathesis wapiti sqlmap fuzz timing; fi
for part in "$@"; do
  case $part in
    observatory | schemathesis | wapiti | sqlmap) audit_scanner "$part" || failed+=("$part") ;;
    fuzz | timing) "audit_$part" || failed+=("$part") ;;
    *) die "audit.sh has no part '$part'; its first lines name those there are." ;;
  esac
done
[ ${#failed[@]} = 0 ] || die "The audit failed: ${failed[*]}. What was found is above." "One part by itself: scripts/audit.sh ${failed[0]}"
ok "the audit found nothing of medium severity or higher"
